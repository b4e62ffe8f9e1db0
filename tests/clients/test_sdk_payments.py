"""The official SDK with payments: what they clear, what is too much, what becomes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from freshbooks import FilterBuilder, SortBuilder
from freshbooks.models import VisState

from tests.clients.methods import calls
from tests.clients.program import including, iso, just_now, price, refusal, today

if TYPE_CHECKING:
    from freshbooks.models import Result

    from tests.clients.program import Program


def state(program: Program, invoice_id: int) -> tuple[str, str, str, int]:
    """Answer what an invoice says of its payments."""
    invoice = program.sdk.invoices.get(program.account, invoice_id)
    return (invoice.paid.amount, invoice.outstanding.amount, invoice.payment_status, invoice.status)


@pytest.fixture
def invoice(program: Program) -> Result:
    """An invoice of 197.55 that is due in a while."""
    return program.invoice(program.client().id, "197.55", due_offset_days=30)


@calls("payments.create", "payments.get")
def test_a_payment(program: Program, invoice: Result) -> None:
    sent = {"invoiceid": invoice.id, "amount": price("100.00"), "date": "2026-01-02", "type": "Bank Transfer", "note": "Überweisung"}
    payment = program.sdk.payments.create(program.account, sent)
    assert {name: payment.data[name] for name in sent} == sent
    assert (payment.id, payment.clientid, payment.accounting_systemid) == (payment.logid, invoice.customerid, program.account)
    assert (payment.overpaymentid, payment.creditid, payment.from_credit, payment.gateway) == (None, None, False, None)
    assert just_now(payment.updated)
    assert program.sdk.payments.get(program.account, payment.id).data == payment.data
    assert state(program, invoice.id) == ("100.00", "97.55", "partial", 2)


@calls("payments.create")
def test_a_payment_may_leave_out_its_currency_and_type(program: Program) -> None:
    invoice = program.invoice(program.client(currency_code="EUR").id, "10.00", code="EUR")
    payment = program.pay(invoice.id, "4.00")
    assert (payment.amount.data, payment.type, payment.note) == (price("4.00", "EUR"), "Other", "")


@calls("payments.create", "payments.get", "payments.list")
def test_too_much_money_becomes_a_credit_that_pays_the_next_invoice(program: Program, invoice: Result) -> None:
    program.pay(invoice.id, "100.00")
    second = program.pay(invoice.id, "120.00", type="Check")
    assert second.amount.amount == "97.55"
    assert state(program, invoice.id) == ("197.55", "0.00", "paid", 4)
    assert iso(program.sdk.invoices.get(program.account, invoice.id).date_paid) == today()
    rest = program.sdk.payments.get(program.account, second.overpaymentid)
    assert (rest.amount.amount, rest.invoiceid, rest.from_credit, rest.type) == ("22.45", None, False, "Check")

    client = including("credit_balance")
    assert program.sdk.clients.get(program.account, invoice.customerid, client).data["credit_balance"] == [{"amount": price("22.45")}]
    following = program.invoice(invoice.customerid, "90.40")
    used = program.pay(following.id, "90.40", from_credit=True)
    assert (used.amount.amount, used.type, used.from_credit, used.creditid) == ("22.45", "Credit", True, rest.creditid)
    assert state(program, following.id) == ("22.45", "67.95", "partial", 2)
    assert program.sdk.clients.get(program.account, invoice.customerid, client).data["credit_balance"] == []

    refused = refusal(lambda: program.sdk.payments.delete(program.account, second.id))
    assert (refused.status, refused.code) == (422, 1004)
    assert "credit" in refused.message
    program.sdk.payments.delete(program.account, used.id)
    program.sdk.payments.delete(program.account, second.id)
    assert state(program, following.id) == ("0.00", "90.40", "unpaid", 2)
    assert state(program, invoice.id) == ("100.00", "97.55", "partial", 2)
    mine = [FilterBuilder().equals("clientid", invoice.customerid)]
    assert [payment.amount.amount for payment in program.sdk.payments.list(program.account, mine)] == ["100.00"]


@calls("payments.update")
def test_a_changed_amount_moves_the_invoice(program: Program, invoice: Result) -> None:
    payment = program.pay(invoice.id, "197.55")
    changed = program.sdk.payments.update(program.account, payment.id, {"amount": price("77.40"), "note": "refunded 120.15"})
    assert (changed.amount.amount, changed.note) == ("77.40", "refunded 120.15")
    assert state(program, invoice.id) == ("77.40", "120.15", "partial", 2)
    assert program.sdk.invoices.get(program.account, invoice.id).date_paid is None


@calls("payments.update")
def test_the_invoice_of_a_payment_cannot_be_changed(program: Program, invoice: Result) -> None:
    payment = program.pay(invoice.id, "10.00")
    other = program.invoice(invoice.customerid)
    whole = {**payment.data, "invoiceid": other.id, "note": "same invoice"}
    changed = program.sdk.payments.update(program.account, payment.id, whole)
    assert (changed.invoiceid, changed.note) == (invoice.id, "same invoice")


@calls("payments.delete", "payments.update", "payments.get")
def test_a_deleted_payment_is_taken_back_and_can_be_restored(program: Program, invoice: Result) -> None:
    payment = program.pay(invoice.id, "197.55")
    deleted = program.sdk.payments.delete(program.account, payment.id)
    assert deleted.vis_state == VisState.DELETED
    assert state(program, invoice.id) == ("0.00", "197.55", "unpaid", 2)
    assert program.sdk.payments.get(program.account, payment.id).vis_state == VisState.DELETED
    assert program.sdk.payments.delete(program.account, payment.id).updated == deleted.updated
    assert program.sdk.payments.update(program.account, payment.id, {"vis_state": 0}).vis_state == VisState.ACTIVE
    assert state(program, invoice.id) == ("197.55", "0.00", "paid", 4)


@calls("payments.create")
@pytest.mark.parametrize(
    ("sent", "status", "code", "field"),
    [
        pytest.param({"amount": {"amount": "1", "code": "EUR"}}, 422, 1004, "amount", id="in another currency"),
        pytest.param({"amount": {"amount": "0"}}, 422, 1004, "amount", id="of nothing"),
        pytest.param({"amount": {"amount": "-5"}}, 422, 1025, "amount", id="below nothing"),
        pytest.param({"amount": {"amount": "much"}}, 422, 1015, "amount", id="of a word"),
        pytest.param({"type": "Barter"}, 422, 1004, "type", id="of an unknown type"),
        pytest.param({"date": "02/01/2026"}, 422, 1033, "date", id="with a date of another form"),
        pytest.param({"invoiceid": 999_999_999}, 404, 1012, "invoiceid", id="on no invoice"),
        pytest.param({"date": None}, 422, 1001, "date", id="without a date"),
    ],
)
def test_refused(program: Program, invoice: Result, sent: dict[str, Any], status: int, code: int, field: str) -> None:
    body = {"invoiceid": invoice.id, "amount": {"amount": "10.00"}, "date": today()} | sent
    refused = refusal(lambda: program.sdk.payments.create(program.account, body))
    assert (refused.status, refused.code, refused.field) == (status, code, field)
    assert state(program, invoice.id) == ("0.00", "197.55", "unpaid", 2)


@calls("payments.create")
def test_a_deleted_invoice_takes_no_money(program: Program, invoice: Result) -> None:
    program.sdk.invoices.delete(program.account, invoice.id)
    refused = refusal(lambda: program.pay(invoice.id, "10.00"))
    assert (refused.status, refused.code, refused.field) == (422, 1011, "invoiceid")


@calls("payments.create")
def test_a_payment_sends_a_draft(program: Program) -> None:
    draft = program.invoice(program.client().id, "50.00", status=1)
    program.pay(draft.id, "20.00")
    assert state(program, draft.id) == ("20.00", "30.00", "partial", 2)


@calls("payments.get")
def test_what_a_payment_belongs_to(program: Program, invoice: Result) -> None:
    payment = program.pay(invoice.id, "1.00")
    whole = program.sdk.payments.get(program.account, payment.id, including("client", "invoice"))
    assert (whole.client.organization, whole.invoice.data["invoice_number"]) == (invoice.organization, invoice.data["invoice_number"])


@pytest.fixture(scope="module")
def four(settled: Program) -> list[int]:
    """Four payments of one client, the last from its credit."""
    client = settled.client(organization="Four Payments Inc.")
    first, second = settled.invoice(client.id, "30.00"), settled.invoice(client.id, "100.00")
    return [
        settled.pay(first.id, "10.00", date="2026-01-03", type="Check", note="Alpha 1").id,
        settled.pay(first.id, "25.00", date="2026-01-01", type="Cash", note="alphabet").id,
        settled.pay(second.id, "40.00", date="2026-01-02", type="Check", note="beta").id,
        settled.pay(second.id, "5.00", date="2026-01-04", from_credit=True).id,
    ]


@calls("payments.list")
@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        pytest.param(lambda f, _: f.equals("type", "Check"), [3, 1], id="of a type"),
        pytest.param(lambda f, ids: f.equals("logid", ids[1]), [2], id="by id"),
        pytest.param(lambda f, ids: f.in_list("logid", ids[:2]), [2, 1], id="in a list"),
        pytest.param(lambda f, _: f.like("notes", "ALPHA"), [2, 1], id="like in the note"),
        pytest.param(lambda f, _: f.like("client_name", "four pay"), [4, 3, 2, 1], id="like in the client's name"),
        pytest.param(lambda f, _: f.between("date", "2026-01-02", "2026-01-03"), [3, 1], id="between days"),
        pytest.param(lambda f, _: f.between("amount", "10", "20"), [2, 1], id="between amounts"),
        pytest.param(lambda f, _: f.equals("currency", "EUR"), [], id="in a currency"),
        pytest.param(lambda f, _: f.equals("from_credit", value="true"), [4], id="from credit"),
        pytest.param(lambda f, _: f.boolean("from_credit", value=True), [4], id="from credit, as a flag"),
        pytest.param(lambda f, _: f.equals("payment_or_credit", "invoice"), [4, 3, 2, 1], id="of invoices"),
    ],
)
def test_searches(program: Program, four: list[int], narrowed: Any, expected: list[int]) -> None:
    client = program.sdk.payments.get(program.account, four[0]).clientid
    mine = narrowed(FilterBuilder().equals("clientid", client), four)
    listed = [payment.id for payment in program.sdk.payments.list(program.account, [mine])]
    assert [four.index(number) + 1 for number in listed if number in four] == expected


@calls("payments.list")
def test_the_newest_comes_first_and_an_unknown_sort_turns_it_round(program: Program, four: list[int]) -> None:
    mine = FilterBuilder().in_list("logid", four)
    orders = [
        [each.id for each in program.sdk.payments.list(program.account, [mine, *sort])] for sort in ([], [SortBuilder().desc("amount")])
    ]
    assert orders == [four[::-1], four]
