"""Which currency a document is in (semantics 2.1, 2.6), and balances by currency."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.server.bodies import balance, client, invoice, line, pay, refused
from tests.support.ledger import balances, everything

if TYPE_CHECKING:
    from tests.support.tenant import Tenant

PLAIN, EURO, POUND = line("1", "5.00"), line("1", "5.00", code="EUR"), line("1", "5.00", code="GBP")


@pytest.mark.parametrize("noun", ["invoice", "estimate"])
@pytest.mark.parametrize(
    ("fields", "theirs", "lines", "code"),
    [
        pytest.param({}, "", [PLAIN], "USD", id="the business's"),
        pytest.param({}, "CAD", [PLAIN], "CAD", id="the client's"),
        pytest.param({}, "CAD", [], "CAD", id="the client's without lines"),
        pytest.param({}, "CAD", [EURO, EURO], "EUR", id="the lines'"),
        pytest.param({}, "CAD", [EURO, PLAIN], "EUR", id="that of the one line that says it"),
        pytest.param({"currency_code": "EUR"}, "CAD", [EURO, PLAIN], "EUR", id="its own, lines agreeing"),
        pytest.param({"currency_code": "eur"}, "CAD", [PLAIN], "EUR", id="its own in small letters"),
        pytest.param({"currency_code": None}, "CAD", [PLAIN], "CAD", id="null is not sent"),
    ],
)
def test_a_document_takes_the_currency(server: Tenant, noun: str, fields: dict[str, Any], theirs: str, lines: list[Any], code: str) -> None:
    customer = client(server, currency_code=theirs or None)
    body = {"customerid": customer, "create_date": "2026-03-03", "lines": lines, **fields}
    made = server.create(noun, **body, include=["lines"])
    assert (made["currency_code"], made["amount"]["code"]) == (code, code)
    assert {each["unit_cost"]["code"] for each in made["lines"]} <= {code}


@pytest.mark.parametrize("noun", ["invoice", "estimate"])
@pytest.mark.parametrize(
    ("fields", "lines"),
    [
        pytest.param({}, [EURO, POUND], id="lines that disagree"),
        pytest.param({"currency_code": "USD"}, [EURO], id="a line in another code than the document"),
        pytest.param({"currency_code": "EUR"}, [EURO, POUND], id="one line in another code than the document"),
    ],
)
def test_disagreement_is_refused(server: Tenant, noun: str, fields: dict[str, Any], lines: list[Any]) -> None:
    body = {"customerid": client(server), "create_date": "2026-03-03", "lines": lines, **fields}
    before = everything(server)
    assert refused(server.post(f"{noun}s/{noun}s", {noun: body})) == (422, 1004, "lines")
    assert everything(server) == before


def test_lines_do_not_decide_when_the_policy_says_so(server: Tenant) -> None:
    strict = server.under(policy={"currency_from_lines": False})
    body = {"customerid": client(server), "create_date": "2026-03-03", "lines": [EURO]}
    assert refused(strict.post("invoices/invoices", {"invoice": body})) == (422, 1004, "lines")
    assert strict.create("invoice", **body | {"currency_code": "EUR"})["currency_code"] == "EUR"


@pytest.mark.parametrize("code", ["XXX", "XAU", "EURO", "", 7, "E€R"])
def test_what_is_no_currency_is_refused(server: Tenant, code: Any) -> None:
    body = {"customerid": client(server), "create_date": "2026-03-03", "currency_code": code}
    assert refused(server.post("invoices/invoices", {"invoice": body})) == (422, 1004, "currency_code")
    assert refused(server.post("users/clients", {"client": {"currency_code": code}})) == (422, 1004, "currency_code")


def test_a_line_in_an_unknown_currency_is_refused(server: Tenant) -> None:
    body = {"customerid": client(server), "create_date": "2026-03-03", "lines": [line("1", "5.00", code="XXX")]}
    assert refused(server.post("invoices/invoices", {"invoice": body}))[:2] == (422, 1004)


def test_new_lines_are_in_the_currency_of_the_document(server: Tenant) -> None:
    made = invoice(server, EURO)
    assert server.change("invoice", made["id"], lines=[PLAIN, EURO])["amount"] == {"amount": "10.00", "code": "EUR"}
    answer = server.put(f"invoices/invoices/{made['id']}", {"invoice": {"lines": [POUND]}})
    assert refused(answer) == (422, 1004, "lines")


def test_the_currency_of_an_unpaid_document_changes_with_its_lines(server: Tenant) -> None:
    made = invoice(server, EURO, deposit_amount="2.00")
    after = server.change("invoice", made["id"], currency_code="JPY", lines=[line("3", "33.5")], deposit_amount="7", include=["lines"])
    assert (after["amount"], after["deposit_amount"]) == ({"amount": "101.00", "code": "JPY"}, {"amount": "7.00", "code": "JPY"})
    assert after["lines"][0]["unit_cost"] == {"amount": "33.50", "code": "JPY"}
    after = server.change("invoice", made["id"], deposit_amount="1.234", currency_code="BHD")
    assert after["deposit_amount"] == {"amount": "1.234", "code": "BHD"}, "whatever the order of the keys"


@pytest.mark.parametrize("noun", ["invoice", "estimate"])
def test_stored_lines_follow_a_new_currency(server: Tenant, noun: str) -> None:
    body = {"customerid": client(server), "create_date": "2026-03-03", "lines": [line("3", "33.33")]}
    made = server.create(noun, **body)
    after = server.change(noun, made["id"], currency_code="JPY", include=["lines"])
    assert (after["amount"]["amount"], after["lines"][0]["amount"]) == ("100.00", {"amount": "100.00", "code": "JPY"})
    assert server.read(noun, made["id"], "lines") == after
    if noun == "invoice":
        server.change("invoice", made["id"], status=2)
        assert balances(server) == {"1200/1": "100.00", "4000/1": "-100.00"}


def test_stored_lines_follow_a_new_policy(server: Tenant) -> None:
    made = invoice(server, line("0.5", "0.05"))
    even = server.under(policy={"rounding": "half_even"})
    assert even.change("invoice", made["id"], notes="recomputed")["amount"]["amount"] == "0.02"
    assert server.read("invoice", made["id"], "lines")["lines"][0]["amount"]["amount"] == "0.02"
    assert balances(server) == {"1200/1": "0.02", "4000/1": "-0.02"}


def test_the_currency_of_a_paid_document_stays(server: Tenant) -> None:
    made = invoice(server, EURO)
    pay(server, made["id"], "1.00")
    before = everything(server)
    answer = server.put(f"invoices/invoices/{made['id']}", {"invoice": {"currency_code": "GBP"}})
    assert refused(answer) == (422, 1004, "currency_code")
    assert everything(server) == before
    assert server.change("invoice", made["id"], currency_code="EUR", notes="the same")["notes"] == "the same"


def test_a_deposit_keeps_its_amount_when_the_currency_changes(server: Tenant) -> None:
    made = invoice(server, line("1", "100.00"), deposit_amount="20.00")
    after = server.change("invoice", made["id"], currency_code="BHD")
    assert (after["amount"]["amount"], after["deposit_amount"]["amount"]) == ("100.000", "20.000")


def test_balances_are_lists_by_currency(server: Tenant) -> None:
    customer = client(server)
    for code, amount, day, status in (
        ("USD", "10.00", "2026-03-10", 2),
        ("USD", "4.00", "2026-03-01", 2),
        ("EUR", "7.00", "2026-03-10", 2),
        ("JPY", "500", "2026-03-01", 2),
        ("EUR", "9.00", "2026-03-10", 1),
    ):
        made = invoice(server, line("1", amount), customerid=customer, currency_code=code, create_date=day, status=status)
        if code == "EUR" and status == 2:
            pay(server, made["id"], "8.50")
    assert balance(server, customer, "outstanding_balance") == {"JPY": "500.00", "USD": "14.00"}
    assert balance(server, customer, "overdue_balance") == {"JPY": "500.00", "USD": "4.00"}
    assert balance(server, customer, "draft_balance") == {"EUR": "9.00"}
    assert balance(server, customer, "credit_balance") == {"EUR": "1.50"}
    assert server.read("client", client(server), "outstanding_balance")["outstanding_balance"] == []


def test_clients_are_found_by_what_they_owe(server: Tenant) -> None:
    customers = {name: client(server, organization=name) for name in ("draft", "sent", "overdue", "credit", "none")}
    invoice(server, line("1", "5.00"), customerid=customers["draft"], status=1)
    invoice(server, line("1", "5.00"), customerid=customers["sent"], create_date="2026-03-10")
    invoice(server, line("1", "5.00"), customerid=customers["overdue"], create_date="2026-03-09")
    pay(server, invoice(server, line("1", "5.00"), customerid=customers["credit"])["id"], "6.00")
    found = {
        flag: {each["organization"] for each in server.found("client", **{flag: "True"})}
        for flag in ("has_draft", "has_outstanding", "has_overdue", "has_credit")
    }
    assert found == {"has_draft": {"draft"}, "has_outstanding": {"sent", "overdue"}, "has_overdue": {"overdue"}, "has_credit": {"credit"}}
    assert {each["organization"] for each in server.found("client", has_overdue="")} == {"overdue"}
    without = {each["organization"] for each in server.found("client", **{"search[has_credit]": "false"})}
    assert without == customers.keys() - {"credit"}
