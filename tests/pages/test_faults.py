"""What people see when something is broken: a page or a sentence, never what broke."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.pages.shared import link_of, opened, sent_invoice
from tests.support.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Place]:
    """A server that a test may break."""
    place = Place(tmp_path / "books.db")
    yield place
    place.close()


def test_a_shared_invoice_while_the_database_is_away(alone: Place) -> None:
    tenant = alone.tenant()
    link = link_of(tenant, sent_invoice(tenant)["id"])
    alone.run(alone.driver.close())
    answer = opened(tenant, link)
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "text/html; charset=utf-8")
    assert "Not available right now" in answer.text
    assert answer.headers["Retry-After"]


def test_a_file_while_the_database_is_away(alone: Place) -> None:
    alone.run(alone.driver.close())
    answer = alone.http.get(alone.url + "/uploads/images/abc", timeout=10)
    assert (answer.status_code, set(answer.json())) == (503, {"error"})
    assert answer.headers["Retry-After"]


def test_a_fault_of_a_page_is_json_without_what_broke(alone: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    tenant = alone.tenant()
    link = link_of(tenant, sent_invoice(tenant)["id"])

    def broken(*_: object) -> str:
        raise RuntimeError("the secret reason")

    monkeypatch.setattr(alone.clock, "today", broken)
    answer = opened(tenant, link)
    assert (answer.status_code, answer.json()["error"]) == (500, "internal_server_error")
    assert "secret reason" not in answer.text
    assert answer.headers["X-Request-Id"]


def test_a_view_that_cannot_be_noted_is_still_shown(alone: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from bursar.store.driver import Unavailable

    tenant = alone.tenant()
    made = sent_invoice(tenant)
    link = link_of(tenant, made["id"])

    async def full(*_: object, **_more: object) -> None:
        raise Unavailable("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(alone.driver, "write", full)
        assert opened(tenant, link).status_code == 200
    assert tenant.read("invoice", made["id"])["status"] == 2
    opened(tenant, link)
    assert tenant.read("invoice", made["id"])["status"] == 3, "the next look is noted"
