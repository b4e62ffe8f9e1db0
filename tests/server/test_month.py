"""LED-01: one month of books end to end, as far as its documents exist (semantics 8.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bursar.domain.money import amount_text
from tests.server.bodies import HST, balance, client, invoice, line, pay
from tests.support.ledger import balances, everything, journal, last_entry, summed

if TYPE_CHECKING:
    from tests.support.tenant import Tenant


class Month:
    """The events of LED-01 without what cannot be written yet: owner's money, the bill, other income, the goodwill credit."""

    def __init__(self, server: Tenant) -> None:
        self.server = server
        server.rate("EUR", "2026-03-01", "1.10")
        server.rate("EUR", "2026-03-28", "1.15")
        category = next(each["id"] for each in server.found("category") if each["category"] == "Office Supplies")
        self.anna, self.chris, self.dora = (client(server, organization=name) for name in ("Anna", "Chris", "Dora"))
        lines = (line("5", "30.00", HST), line("2", "25.00"))
        self.a = invoice(server, *lines, customerid=self.anna, create_date="2026-03-03", discount_value="10")["id"]
        self.paid = pay(server, self.a, "100.00", date="2026-03-05")["id"]
        self.overpaid = pay(server, self.a, "120.00", date="2026-03-10")["id"]
        self.b = invoice(server, line("1", "80.00", HST), customerid=self.anna, create_date="2026-03-11", due_offset_days=15)["id"]
        self.credited = pay(server, self.b, "22.45", date="2026-03-12", from_credit=True)["id"]
        spent = {"amount": "56.50", "categoryid": category, "staffid": 1, "date": "2026-03-15", "clientid": self.chris}
        taxed = {"taxName1": "HST", "taxPercent1": "13", "markup_percent": "20"}
        self.expense = server.create("expense", **spent, **taxed)["id"]
        self.c = invoice(server, {"type": 1, "expenseid": self.expense}, customerid=self.chris, create_date="2026-03-16")["id"]
        server.clock.set("2026-03-22 15:00:00")
        server.change("payment", self.paid, amount={"amount": "77.40"})
        server.clock.set("2026-03-31 15:00:00")
        self.d = invoice(server, line("1", "100.00"), customerid=self.dora, create_date="2026-03-26", currency_code="EUR")["id"]
        self.paid_d = pay(server, self.d, "100.00", date="2026-03-30")["id"]


@pytest.fixture
def month(server: Tenant) -> Month:
    return Month(server)


def test_led_01_each_event_books_as_written(month: Month) -> None:
    booked = {
        ("invoice", month.a): {"1200/1": "197.55", "4000/6": "20.00", "4000/1": "-200.00", "2005/HST": "-17.55"},
        ("payment", month.paid): {"1000/1": "77.40", "1200/1": "-77.40"},
        ("payment", month.overpaid): {"1000/1": "120.00", "1200/1": "-97.55", "2004/1": "-22.45"},
        ("invoice", month.b): {"1200/1": "90.40", "4000/1": "-80.00", "2005/HST": "-10.40"},
        ("payment", month.credited): {"2004/1": "22.45", "1200/1": "-22.45"},
        ("expense", month.expense): {"6000/1": "50.00", "2005/HST": "6.50", "1000/1": "-56.50"},
        ("invoice", month.c): {"1200/1": "67.80", "4000/2": "-67.80"},
        ("invoice", month.d): {"1200/1": "100.00", "4000/1": "-100.00"},
    }
    assert {document: last_entry(month.server, *document) for document in booked} == booked


@pytest.mark.unverified
def test_led_01_the_trial_balance(month: Month) -> None:
    assert balances(month.server) == {
        "1000/1": "255.90",
        "1200/1": "158.35",
        "2005/HST": "-21.45",
        "4000/1": "-390.00",
        "4000/2": "-67.80",
        "4000/6": "20.00",
        "6000/1": "50.00",
        "7000/1": "-5.00",
    }
    assert summed(month.server, lambda row: row.code, native=True) == {}


def test_led_01_receivables_are_those_of_the_documents(month: Month) -> None:
    owed = summed(month.server, lambda row: row.clientid if row.account == "1200/1" else 0)
    assert {client: amount_text(minor, "USD") for client, minor in owed.items() if client} == {month.anna: "90.55", month.chris: "67.80"}
    outstanding = [month.server.read("invoice", number)["outstanding"]["amount"] for number in (month.a, month.b, month.c, month.d)]
    assert outstanding == ["22.60", "67.95", "67.80", "0.00"]
    assert balance(month.server, month.anna, "outstanding_balance") == {"USD": "90.55"}


def test_led_01_the_exchange_gain_of_invoice_d(month: Month) -> None:
    mine = [row for row in journal(month.server) if (row.source_type, row.source_id) == ("payment", month.paid_d)]
    assert {row.account: (row.minor, row.base_minor) for row in mine} == {
        "1000/1": (100_00, 115_00),
        "1200/1": (-100_00, -110_00),
        "7000/1": (0, -5_00),
    }


def test_led_01_the_refund_is_dated_as_the_payment_and_booked_when_it_happened(month: Month) -> None:
    mine = [row for row in journal(month.server) if (row.source_type, row.source_id) == ("payment", month.paid)]
    assert {(row.revision, row.reverses_revision, row.effective_date) for row in mine} == {
        (1, None, "2026-03-05"),
        (2, 1, "2026-03-05"),
        (3, None, "2026-03-05"),
    }
    assert len({row.booked_us for row in mine}) == 2
    cash = [(row.revision, row.minor) for row in mine if row.account == "1000/1"]
    assert cash == [(1, 100_00), (2, -100_00), (3, 77_40)]


def test_led_01_every_entry_balances(month: Month) -> None:
    assert summed(month.server, lambda row: row[:3]) == {}
    assert summed(month.server, lambda row: row[:3], native=True) == {}


def test_reversing_everything_returns_to_nothing(month: Month) -> None:
    server = month.server
    before = balances(server)
    for number in (month.c, month.b, month.a, month.d):
        server.remove("invoice", number)
    server.change("expense", month.expense, vis_state=1)
    assert balances(server) == {}
    server.change("expense", month.expense, vis_state=0)
    for number in (month.d, month.a, month.b, month.c):
        server.change("invoice", number, vis_state=0)
    assert balances(server) == before


def test_a_new_date_books_at_the_rate_of_that_day(month: Month) -> None:
    server = month.server
    server.change("invoice", month.d, create_date="2026-03-29")
    assert balances(server)["4000/1"] == "-395.00"
    assert balances(server)["1200/1"] == "158.35", "nothing stays on a paid receivable"
    assert "7000/1" not in balances(server)


def test_an_unknown_rate_is_one_to_one(server: Tenant) -> None:
    invoice(server, line("1", "100.00"), currency_code="GBP")
    assert balances(server) == {"1200/1": "100.00", "4000/1": "-100.00"}


def test_an_edit_that_money_does_not_notice_books_nothing(month: Month) -> None:
    before = everything(month.server)["postings"]
    month.server.change("invoice", month.a, notes="x", po_number="7", due_offset_days=5)
    month.server.change("payment", month.paid, note="x", type="Cash")
    month.server.change("expense", month.expense, notes="x")
    assert everything(month.server)["postings"] == before


def test_an_edited_invoice_is_reversed_whole(server: Tenant) -> None:
    made = invoice(server, line("1", "100.00", HST))
    server.change("invoice", made["id"], lines=[line("1", "100.00")])
    mine = [(row.revision, row.reverses_revision, row.account, row.minor) for row in journal(server)]
    assert sorted(mine, key=repr) == [
        (1, None, "1200/1", 113_00),
        (1, None, "2005/HST", -13_00),
        (1, None, "4000/1", -100_00),
        (2, 1, "1200/1", -113_00),
        (2, 1, "2005/HST", 13_00),
        (2, 1, "4000/1", 100_00),
        (3, None, "1200/1", 100_00),
        (3, None, "4000/1", -100_00),
    ]
