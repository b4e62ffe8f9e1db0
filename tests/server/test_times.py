"""Instants on the wire, and when `updated` moves (semantics 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.server.bodies import client, invoice, line, pay
from tests.support.ledger import everything

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.tenant import Tenant


@pytest.mark.unverified
@pytest.mark.parametrize("timezone", ["America/Toronto", "Africa/Nairobi"])
@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        pytest.param("2026-07-04 18:30:00", "2026-07-04 14:30:00", id="TZ-01"),
        pytest.param("2026-01-15 18:30:00", "2026-01-15 13:30:00", id="TZ-02"),
        pytest.param("2026-11-01 05:30:00", "2026-11-01 01:30:00", id="TZ-03 before"),
        pytest.param("2026-11-01 06:30:00", "2026-11-01 01:30:00", id="TZ-03 after"),
        pytest.param("2026-03-08 07:00:00", "2026-03-08 03:00:00", id="TZ-04"),
        pytest.param("2026-03-08 06:59:59", "2026-03-08 01:59:59", id="TZ-04 a second before"),
    ],
)
def test_accounting_prints_eastern_time_for_every_business(server: Tenant, timezone: str, moment: str, shown: str) -> None:
    books = server.another(timezone=timezone)
    server.clock.set(moment)
    made = invoice(books, line("1", "5.00"), include=["lines"])
    assert (made["updated"], made["created_at"], made["lines"][0]["updated"]) == (shown, shown, shown)
    assert made["version"].startswith(shown + ".")


def test_tz_03_order_is_by_instant_in_the_hour_that_comes_twice(server: Tenant) -> None:
    numbers = []
    for moment in ("2026-11-01 05:30:00", "2026-11-01 06:10:00"):
        server.clock.set(moment)
        numbers.append(client(server))
    assert [server.read("client", number)["updated"] for number in numbers] == ["2026-11-01 01:30:00", "2026-11-01 01:10:00"]
    assert [each["id"] for each in server.found("client", sort="updated_asc")] == numbers
    found = server.found("client", **{"search[updated_min]": "2026-11-01T06:00:00Z"})
    assert [each["id"] for each in found] == numbers[1:]


def test_the_end_of_a_range_of_instants_is_left_out(server: Tenant) -> None:
    numbers = []
    for moment in ("2026-03-10 15:00:00", "2026-03-10 15:01:00"):
        server.clock.set(moment)
        numbers.append(client(server))
    found = server.found("client", **{"search[updated_max]": "2026-03-10 11:01:00"})
    assert [each["id"] for each in found] == numbers[:1]


def test_tz_05_a_client_signs_up_in_utc(server: Tenant) -> None:
    server.clock.set("2026-07-04 18:30:00")
    made = server.create("client", email="a@b.example")
    assert (made["signup_date"], made["updated"]) == ("2026-07-04 18:30:00", "2026-07-04 14:30:00")


def moved(server: Tenant, noun: str, number: int, act: Callable[[], Any]) -> bool:
    """Whether `updated` of an object moves when something is done a minute later."""
    before = server.read(noun, number)
    server.clock.pass_time(seconds=60)
    act()
    after = server.read(noun, number)
    if "version" in after:
        assert (before["version"] != after["version"]) == (before["updated"] != after["updated"])
    return bool(before["updated"] != after["updated"])


def test_a_payment_moves_its_invoice(server: Tenant) -> None:
    made = invoice(server, line("1", "5.00"))
    row: dict[str, Any] = {}
    assert moved(server, "invoice", made["id"], lambda: row.update(pay(server, made["id"], "1.00")))
    assert not moved(server, "invoice", made["id"], lambda: server.change("payment", row["id"], note="cash in a box"))
    assert moved(server, "invoice", made["id"], lambda: server.change("payment", row["id"], amount="2.00"))
    assert moved(server, "invoice", made["id"], lambda: server.change("payment", row["id"], vis_state=1))


def test_documents_move_their_client(server: Tenant) -> None:
    customer = client(server)
    assert moved(server, "client", customer, lambda: invoice(server, line("1", "5.00"), customerid=customer))
    assert moved(server, "client", customer, lambda: server.create("estimate", customerid=customer, create_date="2026-03-03"))


def test_reading_and_time_move_nothing(server: Tenant) -> None:
    made = invoice(server, line("1", "5.00"))
    before = everything(server)

    def read() -> None:
        server.clock.pass_time(days=40)
        server.read("invoice", made["id"], "lines", "presentation", "owner")
        server.found("invoice")
        server.read("client", made["customerid"], "outstanding_balance")

    assert not moved(server, "invoice", made["id"], read)
    assert everything(server) == before


@pytest.mark.parametrize("noun", ["invoice", "estimate", "client", "item", "payment"])
def test_deleting_again_moves_nothing(server: Tenant, noun: str) -> None:
    made = invoice(server, line("1", "5.00"))
    number = {
        "invoice": lambda: made["id"],
        "estimate": lambda: server.create("estimate", customerid=made["customerid"], create_date="2026-03-03")["id"],
        "client": lambda: made["customerid"],
        "item": lambda: server.create("item", name="Nails")["id"],
        "payment": lambda: pay(server, made["id"], "1.00")["id"],
    }[noun]()
    assert moved(server, noun, number, lambda: server.change(noun, number, vis_state=1))
    assert not moved(server, noun, number, lambda: server.change(noun, number, vis_state=1))
    if noun in ("invoice", "estimate"):
        assert not moved(server, noun, number, lambda: server.remove(noun, number))
    assert moved(server, noun, number, lambda: server.change(noun, number, vis_state=0))


def test_writing_what_is_there_already_moves_nothing(server: Tenant) -> None:
    made = invoice(server, line("1", "5.00"), notes="the same")
    assert not moved(server, "invoice", made["id"], lambda: server.change("invoice", made["id"], notes="the same"))
    assert not moved(server, "client", made["customerid"], lambda: server.change("client", made["customerid"], organization="Acme"))
