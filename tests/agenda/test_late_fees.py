"""Late fees on their day: once, in the books, for whoever may be charged (semantics 2.4, LATE-01 to LATE-03)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import bindparam, update

from tests.server.bodies import client, invoice, line, pay
from tests.support.ledger import everything, rows

if TYPE_CHECKING:
    from tests.support.tenant import Tenant

DAY_S = 86_400
FEE = {"enabled": True, "days": 7, "type": "percent", "value": 10}
TAXED = FEE | {"first_tax_name": "HST", "first_tax_percent": 13}


def later(books: Tenant, days: int, seconds: int = 0) -> None:
    """Move the clock of the server."""
    status, answer, _ = books.post("/_/test/clock", {"advance_s": days * DAY_S + seconds})
    assert status == 200, answer


def late(books: Tenant, **fields: Any) -> Any:
    """Make a sent invoice of 250.00, due today, the 10th of March."""
    body = {"create_date": "2026-03-10", "late_fee": FEE, **fields}
    return invoice(books, *body.pop("lines", [line("1", "250.00")]), **body)


def fees(books: Tenant, number: int) -> list[dict[str, Any]]:
    return [each for each in books.read("invoice", number, "lines")["lines"] if each["name"] == "Late fee"]


def events(books: Tenant, number: int) -> list[str]:
    return [
        event
        for _, event, about in sorted(rows(books, "outbox", "id", "event", "object_id"))
        if about == number and event.startswith("invoice.")
    ]


@pytest.mark.parametrize(
    ("fee", "paid", "charged", "amount", "owed"),
    [
        pytest.param(FEE, "100.00", "25.00", "275.00", "175.00", id="LATE-01"),
        pytest.param(TAXED, "", "25.00", "278.25", "278.25", id="LATE-02"),
        pytest.param(FEE | {"type": "flat", "value": 12.5}, "", "12.50", "262.50", "262.50", id="flat"),
        pytest.param(FEE | {"value": 1.333}, "", "3.33", "253.33", "253.33", id="rounded"),
    ],
)
def test_on_day_8_the_fee_is_a_line(books: Tenant, fee: Any, paid: str, charged: str, amount: str, owed: str) -> None:
    made = late(books, late_fee=fee)
    if paid:
        pay(books, made["id"], paid, date="2026-03-10")
    later(books, 7)
    assert fees(books, made["id"]) == []
    later(books, 1)
    (found,) = fees(books, made["id"])
    assert (found["amount"]["amount"], found["date"], found["lineid"]) == (charged, "2026-03-18 00:00:00", 2)
    now = books.read("invoice", made["id"])
    assert (now["amount"]["amount"], now["outstanding"]["amount"]) == (amount, owed)
    assert now["v3_status"] == "overdue"
    assert events(books, made["id"]) == ["invoice.create", "invoice.update"]


def test_there_is_no_second_fee_late_03(books: Tenant) -> None:
    made = late(books, late_fee=FEE | {"repeat": True})
    later(books, 8)
    before = everything(books)
    later(books, 60)
    assert len(fees(books, made["id"])) == 1
    assert everything(books) == before | {"outbox": []}  # events are kept for thirty days


def test_the_day_begins_where_the_business_is(books: Tenant) -> None:
    made = late(books, late_fee=FEE | {"days": 0})  # it is 11:00 in Toronto
    later(books, 0, 13 * 3600 - 1)
    assert fees(books, made["id"]) == []
    later(books, 0, 1)
    assert len(fees(books, made["id"])) == 1
    assert books.read("invoice", made["id"])["updated"] == "2026-03-11 00:00:00"


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"status": 1}, id="a draft"),
        pytest.param({"vis_state": 1}, id="deleted"),
        pytest.param({"late_fee": FEE | {"enabled": False}}, id="switched off"),
        pytest.param({"late_fee": FEE | {"value": 0}}, id="of nothing"),
        pytest.param({"lines": [line("1", "0.00")]}, id="nothing owed"),
        pytest.param({"late_fee": FEE | {"days": 3650}}, id="not yet"),
    ],
)
def test_who_is_not_charged(books: Tenant, fields: dict[str, Any]) -> None:
    made = late(books, **{name: value for name, value in fields.items() if name != "vis_state"})
    if "vis_state" in fields:
        books.change("invoice", made["id"], vis_state=1)
    before = everything(books)
    later(books, 30)
    assert everything(books) == before


def test_a_paid_invoice_is_not_charged_until_its_payment_is_gone(books: Tenant) -> None:
    made = late(books)
    payment = pay(books, made["id"], "250.00", date="2026-03-10")
    later(books, 30)
    assert fees(books, made["id"]) == []
    books.change("payment", payment["id"], vis_state=1)
    later(books, 0)
    assert len(fees(books, made["id"])) == 1


def test_a_client_that_takes_no_fees_is_passed_over_for_good(books: Tenant) -> None:
    customer = client(books, allow_late_fees=False)
    made = late(books, customerid=customer)
    later(books, 8)
    books.change("client", customer, allow_late_fees=True)
    later(books, 8)
    assert fees(books, made["id"]) == []
    assert books.read("invoice", made["id"])["updated"] == made["updated"]


def test_a_new_invoice_takes_the_terms_of_its_client(books: Tenant) -> None:
    customer = client(books, late_fee=FEE)
    taken = late(books, customerid=customer)
    without = books.create("invoice", customerid=customer, create_date="2026-03-10", status=2, lines=[line("1", "250.00")])
    refused = late(books, customerid=customer, late_fee=None)
    later(books, 8)
    assert [len(fees(books, made["id"])) for made in (taken, without, refused)] == [1, 1, 0]


def test_the_books_agree_after_a_fee(books: Tenant) -> None:
    from bursar.store.verify import Verifier

    late(books, late_fee=TAXED, discount_value="10")
    later(books, 8)
    verifier = Verifier(books.application.store, books.application.upstream.policy, books.business_id)

    async def disagreements() -> list[str]:
        return [str(each) async for each in verifier.disagreements()]

    assert books.place.run(disagreements()) == []


def test_a_fee_beyond_what_the_books_hold_is_passed_over(books: Tenant) -> None:
    made = late(books, lines=[line("100000", "90000000.00")], late_fee=FEE | {"value": 900})
    later(books, 30)
    assert fees(books, made["id"]) == []


def stored(books: Tenant, number: int, **columns: Any) -> None:
    """Write columns of an invoice past all rules."""
    table = books.application.store.table("invoices")
    values: dict[str, Any] = {name: bindparam(name) for name in columns}
    one = (table.c.business_id == bindparam("of_business"), table.c.id == bindparam("of_id"))
    statement = books.application.store.compile(update(table).where(*one).values(values))

    async def written() -> None:
        async def work(session: Any) -> None:
            await session.run(statement, {**columns, "of_business": books.business_id, "of_id": number})

        await books.place.driver.write(books.business_id, work)

    books.place.run(written())


def drain(books: Tenant) -> None:
    books.place.run(books.application.agenda._duties[0].drain())


def test_one_invoice_that_cannot_be_reckoned_keeps_nobody_else_from_the_fee(books: Tenant) -> None:
    broken = late(books)["id"]
    other = books.another(timezone="America/Toronto", currency_code="CAD")
    sound = late(other)["id"]
    (kept,) = [fee for number, fee in rows(books, "invoices", "id", "late_fee") if number == broken]
    stored(books, broken, late_fee='{"enabled":true,"value":10}')
    books.clock.pass_time(days=8)
    with pytest.raises(KeyError):
        drain(books)
    assert len(fees(other, sound)) == 1
    stored(books, broken, late_fee=kept)
    drain(books)
    assert len(fees(books, broken)) == 1


def test_a_day_on_which_nothing_is_due_is_reckoned_anew(books: Tenant) -> None:
    made = late(books)["id"]
    due = dict(rows(books, "invoices", "id", "dunning_on"))[made]
    stored(books, made, dunning_on="2026-03-09")
    drain(books)
    assert dict(rows(books, "invoices", "id", "dunning_on"))[made] == due
