"""Deposits and due dates (semantics 2.3, 2.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.server.bodies import HST, client, invoice, line, pay, refused
from tests.support.ledger import everything

if TYPE_CHECKING:
    from tests.support.tenant import Tenant


@pytest.fixture
def deposited(server: Tenant) -> Any:
    """DEP-01: an invoice of 847.50 with a deposit of a quarter, due in two months."""
    return invoice(server, line("1", "750.00", HST), deposit_percentage="25", due_offset_days=60)


def state(server: Tenant, invoiceid: int) -> tuple[str, str, str, int]:
    found = server.read("invoice", invoiceid)
    return found["deposit_status"], found["v3_status"], found["outstanding"]["amount"], found["status"]


def test_dep_01_a_percentage_makes_the_deposit_of_the_total(server: Tenant, deposited: Any) -> None:
    assert deposited["amount"]["amount"] == "847.50"
    assert deposited["deposit_amount"] == {"amount": "211.88", "code": "USD"}
    assert deposited["deposit_percentage"] == "25"
    assert state(server, deposited["id"]) == ("unpaid", "sent", "847.50", 2)


def test_dep_02_to_05_payments_fill_the_deposit_first(server: Tenant, deposited: Any) -> None:
    number = deposited["id"]
    pay(server, number, "100.00")
    assert state(server, number) == ("partial", "deposit-partial", "747.50", 2), "DEP-02"
    pay(server, number, "111.88")
    assert state(server, number) == ("paid", "deposit-paid", "635.62", 2), "DEP-03"
    last = pay(server, number, "635.62")
    assert state(server, number) == ("paid", "paid", "0.00", 4), "DEP-04"
    server.change("payment", last["id"], vis_state=1)
    assert state(server, number) == ("paid", "deposit-paid", "635.62", 2), "DEP-05"


@pytest.mark.parametrize(
    ("fields", "amount"),
    [
        pytest.param({"deposit_amount": {"amount": "50.00"}}, "50.00", id="an amount"),
        pytest.param({"deposit_amount": {"amount": "50.00"}, "deposit_percentage": "10"}, "50.00", id="an amount beats a percentage"),
        pytest.param({"deposit_percentage": "100"}, "200.00", id="all of it"),
    ],
)
def test_a_deposit_is(server: Tenant, fields: dict[str, Any], amount: str) -> None:
    made = invoice(server, line("1", "200.00"), **fields)
    assert made["deposit_amount"]["amount"] == amount
    server.change("invoice", made["id"], notes="nothing about money")
    assert server.read("invoice", made["id"])["deposit_amount"]["amount"] == amount


def test_an_invoice_without_a_deposit_has_none(server: Tenant) -> None:
    made = invoice(server, line("1", "200.00"))
    assert (made["deposit_amount"], made["deposit_percentage"], made["deposit_status"]) == (None, None, "none")


def test_a_deposit_follows_the_total_until_something_is_paid(server: Tenant, deposited: Any) -> None:
    number = deposited["id"]
    assert server.change("invoice", number, lines=[line("1", "400.00")])["deposit_amount"]["amount"] == "100.00"
    pay(server, number, "1.00")
    assert server.change("invoice", number, lines=[line("1", "800.00")])["deposit_amount"]["amount"] == "100.00"


@pytest.mark.parametrize(
    ("cancelled", "amount"),
    [pytest.param({}, "40.00", id="its own"), pytest.param({"deposit_amount": None}, None, id="none any more")],
)
def test_a_deposit_that_is_no_share_of_the_total_does_not_follow_it(server: Tenant, cancelled: Any, amount: str | None) -> None:
    made = invoice(server, line("1", "100.00"), deposit_percentage="25", deposit_amount={"amount": "40.00"})["id"]
    server.change("invoice", made, **cancelled)
    after = server.change("invoice", made, lines=[line("1", "200.00")])
    assert after["deposit_amount"] == (amount and {"amount": amount, "code": "USD"})
    assert server.change("invoice", made, deposit_percentage="25")["deposit_amount"]["amount"] == "50.00"


def test_a_deposit_beyond_the_total_is_refused(server: Tenant) -> None:
    made = invoice(server, line("1", "200.00"))
    answer = server.put(f"invoices/invoices/{made['id']}", {"invoice": {"deposit_amount": {"amount": "200.01"}}})
    assert refused(answer) == (422, 1004, "deposit_amount")


def test_a_deposit_cancelled_after_money_came_is_converted(server: Tenant, deposited: Any) -> None:
    pay(server, deposited["id"], "100.00")
    after = server.change("invoice", deposited["id"], deposit_amount=None, deposit_percentage=None)
    assert (after["deposit_status"], after["v3_status"]) == ("converted", "partial")


@pytest.mark.unverified
@pytest.mark.parametrize("said", ["none", "unpaid", "partial", "paid", "converted"])
def test_a_new_invoice_may_say_what_became_of_its_deposit_before(server: Tenant, said: str) -> None:
    made = invoice(server, line("1", "200.00"), deposit_amount={"amount": "50.00"}, deposit_status=said, due_offset_days=60)
    assert state(server, made["id"]) == (said, "sent", "200.00", 2)
    assert server.change("invoice", made["id"], deposit_status="none", notes="x")["deposit_status"] == said
    pay(server, made["id"], "20.00")
    assert state(server, made["id"])[0] == ("converted" if said == "converted" else "partial")
    assert server.change("invoice", made["id"], deposit_amount={"amount": "10.00"})["deposit_status"] == "paid"


@pytest.mark.parametrize("said", ["settled", 1, ["paid"]])
def test_a_new_invoice_says_nothing_else_of_its_deposit(server: Tenant, said: Any) -> None:
    status, errno, field = refused(
        server.post("invoices/invoices", {"invoice": {"customerid": client(server), "create_date": "2026-03-03", "deposit_status": said}})
    )
    assert (status, errno, field) == (422, 1004 if isinstance(said, str) else 1035, "deposit_status")


@pytest.mark.parametrize(
    ("create_date", "offset", "due"),
    [
        pytest.param("2026-01-31", 30, "2026-03-02", id="DUE-01"),
        pytest.param("2028-02-28", 2, "2028-03-01", id="DUE-02 in a leap year"),
        pytest.param("2026-03-03", 0, "2026-03-03", id="due on issue"),
    ],
)
def test_the_due_date_is_counted(server: Tenant, create_date: str, offset: int, due: str) -> None:
    assert invoice(server, create_date=create_date, due_offset_days=offset)["due_date"] == due


def test_due_03_the_due_date_cannot_be_written(server: Tenant) -> None:
    made = invoice(server, line("1", "5.00"))
    before = everything(server)
    answer = server.put(f"invoices/invoices/{made['id']}", {"invoice": {"due_date": "2026-05-01", "notes": "x"}})
    assert refused(answer) == (403, 1038, "due_date")
    assert "due_date" in answer[1]["response"]["errors"][0]["message"]
    assert everything(server) == before
    answer = server.post("invoices/invoices", {"invoice": {"customerid": made["customerid"], "create_date": "2026-03-03", "due_date": "x"}})
    assert refused(answer) == (403, 1038, "due_date")


def test_due_04_the_offset_moves_the_due_date(server: Tenant) -> None:
    made = invoice(server)
    assert server.change("invoice", made["id"], due_offset_days=30)["due_date"] == "2026-04-02"
    assert server.change("invoice", made["id"], create_date="2026-04-01")["due_date"] == "2026-05-01"


def test_a_due_date_beyond_the_calendar_is_refused(server: Tenant) -> None:
    made = invoice(server, create_date="9999-12-01")
    answer = server.put(f"invoices/invoices/{made['id']}", {"invoice": {"due_offset_days": 31}})
    assert refused(answer) == (422, 1004, "due_offset_days")
