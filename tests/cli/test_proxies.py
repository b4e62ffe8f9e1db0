"""Forwarded headers count only when they come from a configured proxy: here they decide whose sign-ins are limited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bursar.throttling.sign_in import ONE_EMAIL
from tests.cli.commands import serving
from tests.cli.conftest import credentials
from tests.oauth.place import Browser

if TYPE_CHECKING:
    from tests.cli.conftest import Books


def try_from(browser: Browser, known: Any, forwarded_for: str) -> int:
    """Send one wrong password, as a proxy forwards it."""
    browser.session.headers["X-Forwarded-For"] = forwarded_for
    return browser.sign_in(known["owner_email"], "wrong password").status_code


@pytest.mark.parametrize(
    ("trusted", "elsewhere"),
    [
        pytest.param("127.0.0.1", 401, id="from the proxy, each caller is limited apart"),
        pytest.param("127.0.0.0/8", 401, id="from a network of proxies too"),
        pytest.param("", 429, id="without a proxy nobody believes the header"),
        pytest.param("10.0.0.1", 429, id="from somebody else than the proxy neither"),
    ],
)
def test_whose_sign_ins_are_limited(demo: Books, trusted: str, elsewhere: int) -> None:
    with serving("--demo", *demo.flags, cwd=demo.folder, env={"BURSAR_TRUSTED_PROXIES": trusted}) as server:
        known = credentials(demo.folder / "data" / "demo.json")
        browser = Browser(server.url)
        asked = {"client_id": known["client_id"], "response_type": "code", "redirect_uri": known["redirect_uri"]}
        browser.get("/oauth/authorize", asked)
        assert [try_from(browser, known, "203.0.113.1") for _ in range(ONE_EMAIL + 1)] == [401] * ONE_EMAIL + [429]
        assert try_from(browser, known, "198.51.100.7, 203.0.113.1") == 429, "what the caller itself puts before counts for nothing"
        browser.get("/oauth/authorize", asked)
        assert try_from(browser, known, "203.0.113.2") == elsewhere
        browser.session.close()
