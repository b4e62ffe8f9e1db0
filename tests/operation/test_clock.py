"""The clock of sample books: it is shown, and moves forward only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.support.tenant import Tenant


def test_it_shows_the_time(server: Tenant) -> None:
    assert server.get("/_/test/clock")[:2] == (200, {"now": "2026-03-10T15:00:00Z", "ahead_s": 0})


def test_it_advances_and_the_books_know(server: Tenant) -> None:
    customer = server.create("client", organization="Acme")["id"]
    body = {"name": "x", "qty": 1, "unit_cost": {"amount": "5"}}
    made = server.create("invoice", customerid=customer, create_date="2026-03-10", due_offset_days=7, status=2, lines=[body])
    assert made["v3_status"] == "sent"
    assert server.post("/_/test/clock", {"advance_s": 10 * 86_400})[:2] == (200, {"now": "2026-03-20T15:00:00Z", "ahead_s": 864_000})
    assert server.read("invoice", made["id"])["v3_status"] == "overdue"
    assert server.get("/_/test/clock")[1]["now"] == "2026-03-20T15:00:00Z"


def test_it_goes_to_a_moment(server: Tenant) -> None:
    assert server.post("/_/test/clock", {"to": "2026-05-01T12:00:00Z"})[1]["now"] == "2026-05-01T12:00:00Z"
    assert server.post("/_/test/clock", {"to": "2026-05-01T14:00:00+02:00"})[1]["now"] == "2026-05-01T12:00:00Z"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"advance_s": -1}, id="backwards"),
        pytest.param({"to": "2020-01-01T00:00:00Z"}, id="to the past"),
        pytest.param({"to": "soon"}, id="no moment"),
        pytest.param({"advance_s": 1.5}, id="a fraction"),
        pytest.param({"advance_s": True}, id="a flag"),
        pytest.param({"advance_s": 10**13}, id="beyond all dates"),
        pytest.param({"advance_s": 1, "to": "2027-01-01T00:00:00Z"}, id="both"),
        pytest.param({}, id="nothing"),
        pytest.param([1], id="no object"),
    ],
)
def test_what_it_does_not_do(server: Tenant, body: Any) -> None:
    status, answer, _ = server.post("/_/test/clock", body)
    assert status == 422
    assert answer["error"]
    assert server.get("/_/test/clock")[1]["ahead_s"] == 0


def test_a_page_of_another_site_cannot_move_it(server: Tenant) -> None:
    status, _, _ = server.call("POST", "/_/test/clock", data='{"advance_s": 5}', headers={"Content-Type": "text/plain"})
    assert status == 415


@pytest.mark.parametrize("path", ["/_/test/clock", "/_/mail"])
def test_real_books_have_none_of_it(server: Tenant, path: str) -> None:
    tenant = server.under(demo=False)
    assert tenant.get(path)[0] == 404
    assert tenant.post(path, {"advance_s": 5})[0] == 404
