"""Forwarded headers count only when they come from a configured proxy: here they decide whose sign-ins are limited."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bursar.oauth.registration import register_app
from bursar.throttling.sign_in import ONE_EMAIL
from tests.oauth.place import CALLBACK, Browser

if TYPE_CHECKING:
    from tests.conftest import Places


def try_from(browser: Browser, email: str, forwarded_for: str) -> int:
    """Send one wrong password, as a proxy forwards it."""
    browser.session.headers["X-Forwarded-For"] = forwarded_for
    return browser.sign_in(email, "wrong password").status_code


@pytest.mark.parametrize(
    ("trusted", "elsewhere"),
    [
        pytest.param("127.0.0.1", 401, id="from the proxy, each caller is limited apart"),
        pytest.param("127.0.0.0/8", 401, id="from a network of proxies too"),
        pytest.param("", 429, id="without a proxy nobody believes the header"),
        pytest.param("10.0.0.1", 429, id="from somebody else than the proxy neither"),
    ],
)
def test_whose_sign_ins_are_limited(places: Places, trusted: str, elsewhere: int) -> None:
    server = places.on("sqlite").tenant().under(trusted_proxies=trusted, login_limits=True)
    people, run = server.application.people, server.place.run
    person = run(people.identity(server.identity_id))
    assert person is not None
    app, _ = run(register_app(people, "App", [CALLBACK], "user:clients:read", 1, allow_http_localhost=False))
    browser = Browser(server.url)
    asked = {"client_id": app.client_id, "response_type": "code", "redirect_uri": CALLBACK}
    browser.get("/oauth/authorize", asked)
    assert [try_from(browser, person.email, "203.0.113.1") for _ in range(ONE_EMAIL + 1)] == [401] * ONE_EMAIL + [429]
    assert try_from(browser, person.email, "198.51.100.7, 203.0.113.1") == 429, "what the caller itself puts before counts for nothing"
    browser.get("/oauth/authorize", asked)
    assert try_from(browser, person.email, "203.0.113.2") == elsewhere
    browser.session.close()
