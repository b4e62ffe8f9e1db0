"""Payments, overpayments and the credits they make (semantics 4.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.tables import differences
from tests.server.bodies import HST, balance, client, invoice, line, pay, refused
from tests.support.ledger import balances, everything, last_entry

if TYPE_CHECKING:
    from tests.support.tenant import Tenant


class Story:
    """The invoices and payments of PAY-01 to PAY-03, as far as they have been told."""

    def __init__(self, server: Tenant) -> None:
        self.server = server
        self.customer = client(server)
        lines = (line("5", "30.00", HST), line("2", "25.00"))
        self.first = invoice(server, *lines, customerid=self.customer, discount_value="10")["id"]
        self.second = 0
        self.paid: list[Any] = []

    def tell(self, chapters: int) -> Story:
        """Pay 100.00, then 120.00, then apply the credit to another invoice."""
        if chapters >= 1:
            self.paid.append(pay(self.server, self.first, "100.00"))
        if chapters >= 2:
            self.paid.append(pay(self.server, self.first, "120.00", date="2026-03-10"))
        if chapters >= 3:
            self.second = invoice(self.server, line("1", "80.00", HST), customerid=self.customer, create_date="2026-03-11")["id"]
            self.paid.append(pay(self.server, self.second, "22.45", date="2026-03-12", from_credit=True))
        return self

    def state(self, invoiceid: int) -> tuple[str, str, str, int]:
        found = self.server.read("invoice", invoiceid)
        return found["paid"]["amount"], found["outstanding"]["amount"], found["payment_status"], found["status"]

    def found(self, **searches: str) -> set[int]:
        return {each["id"] for each in self.server.found("payment", **{f"search[{key}]": value for key, value in searches.items()})}

    def credit(self) -> dict[str, str]:
        return balance(self.server, self.customer, "credit_balance")


@pytest.fixture
def story(server: Tenant) -> Story:
    return Story(server)


def test_pay_01_a_part(story: Story) -> None:
    row = story.tell(1).paid[0]
    assert story.state(story.first) == ("100.00", "97.55", "partial", 2)
    assert (row["id"], row["invoiceid"], row["clientid"]) == (row["logid"], story.first, story.customer)
    assert (row["amount"], row["overpaymentid"], row["from_credit"]) == ({"amount": "100.00", "code": "USD"}, None, False)


@pytest.mark.unverified
def test_pay_02_too_much_becomes_a_credit(story: Story) -> None:
    row = story.tell(2).paid[1]
    assert row["amount"]["amount"] == "97.55"
    assert story.state(story.first) == ("197.55", "0.00", "paid", 4)
    assert story.credit() == {"USD": "22.45"}
    listed = story.server.found("payment")
    extra = next(each for each in listed if each["id"] == row["overpaymentid"])
    assert len(listed) == 3
    assert (extra["amount"]["amount"], extra["invoiceid"], extra["from_credit"]) == ("22.45", None, False)
    assert (extra["date"], extra["type"], extra["clientid"]) == (row["date"], row["type"], story.customer)
    assert extra["creditid"] is not None
    assert last_entry(story.server, "payment", row["id"]) == {"1000/1": "120.00", "1200/1": "-97.55", "2004/1": "-22.45"}


def test_the_credit_of_an_overpayment_is_shown_whole(server: Tenant) -> None:
    customer = client(server, fname="Ada", lname="Byron", p_city="Toronto", vat_number="42")
    bills = [invoice(server, line("1", "80.00"), customerid=customer)["id"] for _ in range(2)]
    extras = [pay(server, bill, "95.00")["overpaymentid"] for bill in bills]
    server.change("client", customer, organization="Acme Two", p_city="Ottawa")
    first, second = (server.read("payment", extra, "credit_note")["credit_note"] for extra in extras)
    assert differences(first, "credit_note") == []
    assert (first["organization"], first["current_organization"]) == ("Acme", "Acme Two")
    assert (first["city"], first["vat_number"]) == ("Toronto", "42")
    assert (first["credit_number"], second["credit_number"]) == ("0000001", "0000002")


def test_payments_are_told_apart_by_what_they_stand_on(story: Story) -> None:
    rows = {row["id"]: row for row in story.tell(3).paid}
    extra = story.paid[1]["overpaymentid"]
    assert story.found(payment_or_credit="credit") == {extra}
    assert story.found(payment_or_credit="invoice") == set(rows)
    assert story.found(number=story.server.read("invoice", story.first)["invoice_number"]) >= {each["id"] for each in story.paid[:2]}
    story.server.change("invoice", story.first, invoice_number="INV-A")
    assert story.found(number="inv-a") == {each["id"] for each in story.paid[:2]}
    assert story.found(number="0000001") == {extra, story.paid[2]["id"]}
    assert refused(story.server.get("payments/payments", params={"search[payment_or_credit]": "both"})) == (422, 1004, "payment_or_credit")


def test_pay_03_a_credit_pays(story: Story) -> None:
    row = story.tell(3).paid[2]
    assert (row["type"], row["from_credit"], row["amount"]["amount"]) == ("Credit", True, "22.45")
    assert story.state(story.second) == ("22.45", "67.95", "partial", 2)
    assert story.credit() == {}
    assert last_entry(story.server, "payment", row["id"]) == {"2004/1": "22.45", "1200/1": "-22.45"}


def test_pay_04_a_used_credit_holds_its_payment(story: Story) -> None:
    row = story.tell(3).paid[1]
    before = everything(story.server)
    answer = story.server.put(f"payments/payments/{row['id']}", {"payment": {"vis_state": 1}})
    assert refused(answer)[:2] == (422, 1004)
    assert everything(story.server) == before


def test_pay_05_backwards_everything_goes(story: Story) -> None:
    paid = story.tell(3).paid
    story.server.change("payment", paid[2]["id"], vis_state=1)
    assert story.state(story.second) == ("0.00", "90.40", "unpaid", 2)
    assert story.credit() == {"USD": "22.45"}
    story.server.change("payment", paid[1]["id"], vis_state=1)
    assert story.state(story.first) == ("100.00", "97.55", "partial", 2)
    assert story.credit() == {}
    assert [each["id"] for each in story.server.found("payment")] == [paid[0]["id"]]
    assert {each["id"] for each in story.server.found("payment", **{"search[vis_state]": 1})} == {
        paid[1]["id"],
        paid[1]["overpaymentid"],
        paid[2]["id"],
    }


def test_pay_06_a_refund_is_a_smaller_payment(story: Story) -> None:
    paid = story.tell(2).paid
    server = story.server
    server.clock.pass_time(days=12)
    row = server.change("payment", paid[0]["id"], amount={"amount": "77.40"})
    assert row["amount"]["amount"] == "77.40"
    assert story.state(story.first) == ("174.95", "22.60", "partial", 2)
    assert server.read("invoice", story.first)["date_paid"] is None
    assert story.credit() == {"USD": "22.45"}
    assert last_entry(server, "payment", row["id"]) == {"1000/1": "77.40", "1200/1": "-77.40"}


def test_pay_07_a_deleted_invoice_takes_no_payment(story: Story) -> None:
    story.server.change("invoice", story.first, vis_state=1)
    body = {"payment": {"invoiceid": story.first, "amount": {"amount": "1.00"}, "date": "2026-03-05"}}
    assert refused(story.server.post("payments/payments", body)) == (422, 1011, "invoiceid")


def test_pay_08_a_payment_has_the_currency_of_its_invoice(story: Story) -> None:
    server = story.server
    body = {"payment": {"invoiceid": story.first, "amount": {"amount": "1.00", "code": "EUR"}, "date": "2026-03-05"}}
    before = everything(server)
    assert refused(server.post("payments/payments", body)) == (422, 1004, "amount")
    assert everything(server) == before
    euro = invoice(server, line("1", "5.00"), customerid=story.customer, currency_code="EUR")
    assert pay(server, euro["id"], "1.00")["amount"] == {"amount": "1.00", "code": "EUR"}


@pytest.mark.unverified
def test_a_payment_sends_a_draft_first(server: Tenant) -> None:
    made = invoice(server, line("1", "5.00"), status=1)
    pay(server, made["id"], "1.00")
    after = server.read("invoice", made["id"])
    assert (after["status"], after["payment_status"], after["fulfillment_date"]) == (2, "partial", "2026-03-03")
    assert balances(server) == {"1000/1": "1.00", "1200/1": "4.00", "4000/1": "-5.00"}


def test_a_payment_may_be_older_than_its_invoice(server: Tenant) -> None:
    made = invoice(server, line("1", "5.00"), create_date="2026-03-09")
    pay(server, made["id"], "5.00", date="2026-03-08")
    assert server.read("invoice", made["id"])["date_paid"] == "2026-03-08"


def test_a_payment_on_a_paid_invoice_is_all_credit(server: Tenant) -> None:
    customer = client(server)
    made = invoice(server, line("1", "5.00"), customerid=customer)
    pay(server, made["id"], "5.00")
    row = pay(server, made["id"], "3.00")
    assert row["amount"]["amount"] == "0.00"
    assert balance(server, customer, "credit_balance") == {"USD": "3.00"}
    assert server.read("invoice", made["id"])["paid"]["amount"] == "5.00"
    server.change("payment", row["id"], vis_state=1)
    assert balance(server, customer, "credit_balance") == {}


def test_more_than_the_credit_or_the_debt_is_never_applied(story: Story) -> None:
    server = story.tell(2).server
    small = invoice(server, line("1", "10.00"), customerid=story.customer)
    assert pay(server, small["id"], "500.00", from_credit=True)["amount"]["amount"] == "10.00"
    large = invoice(server, line("1", "100.00"), customerid=story.customer)
    assert pay(server, large["id"], "500.00", from_credit=True)["amount"]["amount"] == "12.45"
    body = {"payment": {"invoiceid": large["id"], "amount": "1.00", "date": "2026-03-05", "from_credit": True}}
    assert refused(server.post("payments/payments", body)) == (422, 1004, "creditid"), "nothing is left"


@pytest.mark.parametrize("noun_of_change", [{"amount": "5.00"}, {"vis_state": 1}, {"note": "x"}, {"date": "2026-03-06"}])
def test_the_second_row_of_an_overpayment_cannot_be_edited(story: Story, noun_of_change: dict[str, Any]) -> None:
    row = story.tell(2).paid[1]
    before = everything(story.server)
    answer = story.server.put(f"payments/payments/{row['overpaymentid']}", {"payment": noun_of_change})
    assert refused(answer)[:2] == (422, 1004)
    assert everything(story.server) == before


def test_the_second_row_follows_the_first(story: Story) -> None:
    server, row = story.server, story.tell(2).paid[1]
    server.change("payment", row["id"], date="2026-03-09", type="Cash")
    extra = server.read("payment", row["overpaymentid"])
    assert (extra["date"], extra["type"], extra["amount"]["amount"]) == ("2026-03-09", "Cash", "22.45")
    server.change("payment", row["id"], vis_state=1)
    assert server.read("payment", row["overpaymentid"])["vis_state"] == 1
    server.change("payment", row["id"], vis_state=0)
    assert server.read("payment", row["overpaymentid"])["vis_state"] == 0
    assert story.state(story.first) == ("197.55", "0.00", "paid", 4)
    assert story.credit() == {"USD": "22.45"}


@pytest.mark.parametrize(
    ("amount", "applied", "credit"),
    [
        pytest.param("97.55", "97.55", {"USD": "22.45"}, id="what the row says already"),
        pytest.param("60.00", "60.00", {}, id="less than is owed"),
        pytest.param("100.00", "97.55", {"USD": "2.45"}, id="a smaller excess"),
        pytest.param("150.00", "97.55", {"USD": "52.45"}, id="a larger excess"),
    ],
)
def test_an_overpayment_is_edited(story: Story, amount: str, applied: str, credit: dict[str, str]) -> None:
    server, row = story.server, story.tell(2).paid[1]
    assert server.change("payment", row["id"], amount=amount)["amount"]["amount"] == applied
    assert story.credit() == credit
    assert server.read("invoice", story.first)["paid"]["amount"] == f"{100 + float(applied):.2f}"


def test_a_restored_payment_finds_less_to_pay(story: Story) -> None:
    server, paid = story.server, story.tell(1).paid
    server.change("payment", paid[0]["id"], vis_state=1)
    pay(server, story.first, "150.00")
    assert server.change("payment", paid[0]["id"], vis_state=0)["amount"]["amount"] == "47.55"
    assert story.credit() == {"USD": "52.45"}
    assert story.state(story.first) == ("197.55", "0.00", "paid", 4)


@pytest.mark.parametrize("deleted_before", [True, False])
def test_an_amount_changed_while_deleted_is_what_is_restored(story: Story, deleted_before: bool) -> None:
    server, row = story.server, story.tell(2).paid[1]
    if deleted_before:
        server.change("payment", row["id"], vis_state=1)
    server.change("payment", row["id"], vis_state=1, amount="50.00")
    assert server.change("payment", row["id"], vis_state=0)["amount"]["amount"] == "50.00"
    assert (story.state(story.first)[0], story.credit()) == ("150.00", {})


def test_deleting_a_payment_twice_changes_nothing(story: Story) -> None:
    server, row = story.server, story.tell(1).paid[0]
    first = server.change("payment", row["id"], vis_state=1)
    server.clock.pass_time(seconds=60)
    assert server.change("payment", row["id"], vis_state=1) == first
    assert story.state(story.first) == ("0.00", "197.55", "unpaid", 2)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        pytest.param({"amount": {"amount": "0.00"}}, (422, 1004, "amount"), id="nothing"),
        pytest.param({"amount": {"amount": "-1.00"}}, (422, 1025, "amount"), id="less than nothing"),
        pytest.param({"type": "Seashells"}, (422, 1004, "type"), id="an unknown type"),
        pytest.param({"date": "2026-02-30"}, (422, 1033, "date"), id="no day of the calendar"),
        pytest.param({"creditid": 999999}, (404, 1012, "creditid"), id="an unknown credit"),
    ],
)
def test_a_payment_is_refused(story: Story, fields: dict[str, Any], problem: tuple[int, int, str]) -> None:
    body = {"payment": {"invoiceid": story.first, "amount": {"amount": "1.00"}, "date": "2026-03-05", **fields}}
    before = everything(story.server)
    assert refused(story.server.post("payments/payments", body)) == problem
    assert everything(story.server) == before


def test_the_type_is_other_unless_said(story: Story) -> None:
    made = story.server.create("payment", invoiceid=story.first, amount="1.00", date="2026-03-05")
    assert (made["type"], made["note"]) == ("Other", "")


def test_the_total_of_an_invoice_does_not_fall_below_what_was_paid(story: Story) -> None:
    story.tell(1)
    answer = story.server.put(f"invoices/invoices/{story.first}", {"invoice": {"lines": [line("1", "99.99")]}})
    assert refused(answer)[:2] == (422, 1004)
    story.server.change("invoice", story.first, lines=[line("1", "120.00")])
    assert story.state(story.first) == ("100.00", "8.00", "partial", 2), "the discount stays 10 %"


def test_a_restored_payment_sends_its_invoice_again(server: Tenant) -> None:
    made = invoice(server, line("1", "5.00"))
    row = pay(server, made["id"], "2.00")
    server.change("payment", row["id"], vis_state=1)
    server.change("invoice", made["id"], status=1)
    assert balances(server) == {}
    server.change("payment", row["id"], vis_state=0)
    after = server.read("invoice", made["id"])
    assert (after["status"], after["payment_status"]) == (2, "partial")
    assert balances(server) == {"1000/1": "2.00", "1200/1": "3.00", "4000/1": "-5.00"}


def test_a_new_payment_is_never_deleted(server: Tenant) -> None:
    made = invoice(server, line("1", "5.00"))
    assert pay(server, made["id"], "2.00", vis_state=1)["vis_state"] == 0
    assert balances(server)["1000/1"] == server.read("invoice", made["id"])["paid"]["amount"] == "2.00"


def test_the_day_of_settling_is_that_of_the_payment_that_settled(server: Tenant) -> None:
    made = invoice(server, line("1", "5.00"))["id"]
    first, second = (pay(server, made, "2.50", date=day)["id"] for day in ("2026-03-05", "2026-03-09"))
    server.change("payment", first, note="in coins", type="Cash")
    assert server.read("invoice", made)["date_paid"] == "2026-03-09"
    server.change("payment", first, date="2026-03-04")
    assert server.read("invoice", made)["date_paid"] == "2026-03-09"
    server.change("payment", second, date="2026-03-08")
    assert server.read("invoice", made)["date_paid"] == "2026-03-08"
    server.change("payment", second, vis_state=1)
    assert server.read("invoice", made)["date_paid"] is None
    server.change("payment", second, vis_state=0)
    assert server.read("invoice", made)["date_paid"] == "2026-03-08"


@pytest.mark.parametrize("name", ["currency_code", "customerid"])
def test_an_invoice_keeps_its_currency_and_client_with_a_payment_that_is_all_credit(server: Tenant, name: str) -> None:
    made = invoice(server, line("1", "5.00"))["id"]
    row, _ = pay(server, made, "5.00"), pay(server, made, "1.00")
    server.change("payment", row["id"], vis_state=1)
    other = {"currency_code": "EUR", "customerid": client(server)}[name]
    before = everything(server)
    assert refused(server.put(f"invoices/invoices/{made}", {"invoice": {name: other}})) == (422, 1004, name)
    assert everything(server) == before


def test_a_payment_that_is_all_credit_settles_nothing(server: Tenant) -> None:
    made = invoice(server, line("1", "5.00"))["id"]
    extra = [pay(server, made, "5.00"), pay(server, made, "1.00")][1]["id"]
    server.change("payment", extra, date="2026-03-09")
    assert server.read("invoice", made)["date_paid"] == "2026-03-05"


def test_the_day_of_settling_follows_the_total(server: Tenant) -> None:
    made = invoice(server, line("1", "5.00"))["id"]
    for day in ("2026-03-09", "2026-03-05"):
        pay(server, made, "2.00", date=day)
    settled = server.change("invoice", made, lines=[line("1", "4.00")])
    assert (settled["status"], settled["date_paid"]) == (4, "2026-03-09")
    raised = server.change("invoice", made, lines=[line("1", "8.00")])
    assert (raised["status"], raised["date_paid"]) == (2, None)
    assert server.change("invoice", made, discount_value="50")["date_paid"] == "2026-03-09"
