"""Expenses, and what becomes of them on an invoice (semantics 5.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.tables import differences
from tests.server.bodies import balance, client, invoice, line, pay, refused
from tests.support.ledger import balances, everything, journal, last_entry

if TYPE_CHECKING:
    from tests.support.tenant import Tenant


def category(server: Tenant, name: str = "Office Supplies") -> int:
    return next(int(each["id"]) for each in server.found("category") if each["category"] == name)


def spend(server: Tenant, amount: str, **fields: Any) -> Any:
    body = {"amount": {"amount": amount}, "categoryid": category(server), "staffid": 1, "date": "2026-03-15", **fields}
    return server.create("expense", **body)


def billing(server: Tenant, expense: Any, *prices: str, **fields: Any) -> Any:
    """Put an expense on an invoice, by a line with these prices, or without one."""
    lines = [{"name": "Rebill", "type": 1, "expenseid": expense["id"], "unit_cost": {"amount": price}} for price in prices]
    bare = [{"name": "Rebill", "type": 1, "expenseid": expense["id"]}]
    return invoice(server, *(lines or bare), customerid=expense["clientid"] or None, include=["lines"], **fields)


@pytest.mark.parametrize(
    ("amount", "taxes", "contained", "net"),
    [
        pytest.param("113.00", {"taxName1": "HST", "taxPercent1": "13"}, ("13.00", None), "100.00", id="EXP-01"),
        pytest.param("54.00", {"taxName1": "HST", "taxPercent1": "13"}, ("6.21", None), "47.79", id="EXP-02"),
        pytest.param(
            "229.95",
            {"taxName1": "GST", "taxPercent1": "5", "taxName2": "QST", "taxPercent2": "9.975"},
            ("10.00", "19.95"),
            "200.00",
            id="EXP-03",
        ),
        pytest.param("113.00", {"taxName1": "HST", "taxAmount1": {"amount": "12.00"}}, ("12.00", None), "101.00", id="a tax as sent"),
        pytest.param("113.00", {}, (None, None), "113.00", id="no tax"),
    ],
)
def test_taxes_are_contained(
    server: Tenant, amount: str, taxes: dict[str, Any], contained: tuple[str | None, str | None], net: str
) -> None:
    made = spend(server, amount, **taxes)
    shown = tuple(made[f"taxAmount{at}"] and made[f"taxAmount{at}"]["amount"] for at in (1, 2))
    assert (made["amount"]["amount"], shown) == (amount, contained)
    booked = last_entry(server, "expense", made["id"])
    assert booked.pop("6000/1") == net
    assert booked.pop("1000/1") == f"-{amount}"
    expected = {f"2005/{taxes[f'taxName{at}']}": tax for at, tax in enumerate(contained, 1) if tax}
    assert booked == expected


def test_exp_04_a_marked_up_expense_is_billed(server: Tenant) -> None:
    made = spend(server, "56.50", clientid=client(server), markup_percent="20")
    assert (made["status"], made["markup_percent"]) == (1, "20")
    bill = billing(server, made)
    assert (bill["lines"][0]["unit_cost"]["amount"], bill["amount"]["amount"]) == ("67.80", "67.80")
    after = server.read("expense", made["id"])
    assert (after["status"], after["invoiceid"]) == (2, bill["id"])
    assert last_entry(server, "invoice", bill["id"]) == {"1200/1": "67.80", "4000/2": "-67.80"}


def test_exp_05_the_markup_is_rounded(server: Tenant) -> None:
    made = spend(server, "33.35", clientid=client(server), markup_percent="12.5")
    assert billing(server, made)["amount"]["amount"] == "37.52"


def test_a_price_on_the_line_beats_the_markup(server: Tenant) -> None:
    made = spend(server, "56.50", clientid=client(server), markup_percent="20")
    assert billing(server, made, "50.00")["amount"]["amount"] == "50.00"
    assert server.read("expense", made["id"])["status"] == 2


def test_exp_06_an_expense_is_recouped_with_its_invoice(server: Tenant) -> None:
    made = spend(server, "56.50", clientid=client(server), markup_percent="20")
    bill = billing(server, made)
    pay(server, bill["id"], "60.00")
    assert server.read("expense", made["id"])["status"] == 2
    last = pay(server, bill["id"], "7.80")
    assert server.read("expense", made["id"])["status"] == 4
    server.change("payment", last["id"], vis_state=1)
    assert server.read("expense", made["id"])["status"] == 2


def test_an_expense_follows_the_total_of_a_paid_invoice(server: Tenant) -> None:
    made = spend(server, "50.00", clientid=client(server))
    bill = billing(server, made)
    pay(server, bill["id"], "50.00")
    also = {"type": 1, "expenseid": made["id"]}
    server.change("invoice", bill["id"], lines=[also, line("1", "50.00")])
    assert server.read("expense", made["id"])["status"] == 2
    server.change("invoice", bill["id"], discount_value="50")
    assert server.read("expense", made["id"])["status"] == 4


def test_exp_07_an_expense_is_billed_in_its_own_currency(server: Tenant) -> None:
    made = spend(server, "56.50", clientid=client(server))
    before = everything(server)
    body = {
        "customerid": made["clientid"],
        "create_date": "2026-03-16",
        "currency_code": "EUR",
        "lines": [{"type": 1, "expenseid": made["id"]}],
    }
    assert refused(server.post("invoices/invoices", {"invoice": body})) == (422, 1004, "expenseid")
    assert everything(server) == before


def test_an_invoice_with_an_expense_keeps_its_currency(server: Tenant) -> None:
    bill = billing(server, spend(server, "56.50", clientid=client(server)))
    before = everything(server)
    answer = server.put(f"invoices/invoices/{bill['id']}", {"invoice": {"currency_code": "EUR"}})
    assert refused(answer) == (422, 1004, "expenseid")
    assert everything(server) == before
    assert server.change("invoice", bill["id"], currency_code="EUR", lines=[line("1", "5.00")])["currency_code"] == "EUR"


def test_an_expense_is_billed_once(server: Tenant) -> None:
    made = spend(server, "10.00", clientid=client(server))
    billing(server, made)
    body = {"customerid": made["clientid"], "create_date": "2026-03-16", "lines": [{"type": 1, "expenseid": made["id"]}]}
    assert refused(server.post("invoices/invoices", {"invoice": body})) == (422, 1004, "expenseid")


def test_a_deleted_invoice_takes_back_no_expense(server: Tenant) -> None:
    made = spend(server, "10.00", clientid=client(server))
    deleted = billing(server, made)["id"]
    server.remove("invoice", deleted)
    bill = billing(server, made)["id"]
    assert refused(server.put(f"invoices/invoices/{deleted}", {"invoice": {}})) == (422, 1011, "invoiceid")
    assert server.read("expense", made["id"])["invoiceid"] == bill


def test_an_expense_off_the_lines_is_outstanding_again(server: Tenant) -> None:
    made = spend(server, "10.00", clientid=client(server))
    bill = billing(server, made)
    server.change("invoice", bill["id"], notes="lines untouched")
    assert server.read("expense", made["id"])["invoiceid"] == bill["id"]
    server.change("invoice", bill["id"], lines=[line("1", "5.00")])
    after = server.read("expense", made["id"])
    assert (after["status"], after["invoiceid"]) == (1, None)
    billing(server, made)


def test_the_status_follows_the_client(server: Tenant) -> None:
    made = spend(server, "10.00")
    assert (made["status"], made["clientid"]) == (0, 0)
    assert server.change("expense", made["id"], clientid=client(server))["status"] == 1
    assert server.change("expense", made["id"], clientid=0)["status"] == 0


def test_a_status_is_set_when_an_expense_is_made_and_holds_until_it_moves(server: Tenant) -> None:
    made = spend(server, "10.00", status=4)
    assert made["status"] == 4
    assert server.change("expense", made["id"], status=0, notes="x")["status"] == 4
    assert server.change("expense", made["id"], clientid=client(server))["status"] == 1


def test_a_twin_is_noticed(server: Tenant) -> None:
    assert [spend(server, amount)["isduplicate"] for amount in ("10.00", "10.00", "11.00")] == [False, True, False]
    assert spend(server, "10.00", date="2026-03-16")["isduplicate"] is False


def test_a_deleted_expense_leaves_the_books_and_comes_back(server: Tenant) -> None:
    made = spend(server, "113.00", taxName1="HST", taxPercent1="13")
    standing = balances(server)
    server.change("expense", made["id"], vis_state=1)
    assert balances(server) == {}
    assert server.found("expense") == []
    server.change("expense", made["id"], vis_state=0)
    assert balances(server) == standing
    assert len({row.revision for row in journal(server)}) == 3


def test_an_edited_expense_is_booked_anew(server: Tenant) -> None:
    made = spend(server, "113.00", taxName1="HST", taxPercent1="13")
    after = server.change("expense", made["id"], amount={"amount": "226.00"})
    assert after["taxAmount1"]["amount"] == "26.00"
    assert balances(server) == {"6000/1": "200.00", "2005/HST": "26.00", "1000/1": "-226.00"}
    server.change("expense", made["id"], categoryid=category(server, "Cost of Materials"))
    assert balances(server) == {"5000/1": "200.00", "2005/HST": "26.00", "1000/1": "-226.00"}


def test_a_used_category_says_so_and_moves(server: Tenant) -> None:
    number = category(server)
    before = server.read("category", number)
    server.clock.pass_time(seconds=60)
    spend(server, "10.00")
    first = server.read("category", number)
    assert (before["transaction_posted"], first["transaction_posted"]) == (False, True)
    assert first["updated_at"] > before["updated_at"]
    server.clock.pass_time(seconds=60)
    spend(server, "11.00")
    assert server.read("category", number)["updated_at"] > first["updated_at"]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        pytest.param({"categoryid": 999999}, (404, 1012, "categoryid"), id="an unknown category"),
        pytest.param({"staffid": 999999}, (404, 1012, "staffid"), id="an unknown member of staff"),
        pytest.param({"status": 3}, (422, 1004, "status"), id="no status"),
        pytest.param({"clientid": 999999}, (404, 1012, "clientid"), id="an unknown client"),
        pytest.param({"taxName1": "HST", "taxAmount1": {"amount": "10.01"}}, (422, 1004, "taxAmount1"), id="more tax than money"),
        pytest.param({"taxName1": "HST", "taxPercent1": "-1"}, (422, 1025, "taxPercent1"), id="a negative percentage"),
        pytest.param({"markup_percent": "a lot"}, (422, 1018, "markup_percent"), id="no percentage"),
        pytest.param({"attachment": {"jwt": "nobody.uploaded.this"}}, (404, 1012, "attachment"), id="an unknown receipt"),
    ],
)
def test_an_expense_is_refused(server: Tenant, fields: dict[str, Any], problem: tuple[int, int, str]) -> None:
    body = {"amount": "10.00", "categoryid": category(server), "staffid": 1, "date": "2026-03-15", **fields}
    before = everything(server)
    assert refused(server.post("expenses/expenses", {"expense": body})) == problem
    assert everything(server) == before


def test_a_deleted_client_takes_no_new_expense(server: Tenant) -> None:
    customer = client(server)
    server.change("client", customer, vis_state=1)
    body = {"amount": "10.00", "categoryid": category(server), "staffid": 1, "date": "2026-03-15", "clientid": customer}
    assert refused(server.post("expenses/expenses", {"expense": body})) == (422, 1011, "clientid")


def test_an_expense_has_the_currency_it_was_paid_in(server: Tenant) -> None:
    made = server.create("expense", amount={"amount": "10.00", "code": "EUR"}, categoryid=category(server), staffid=1, date="2026-03-15")
    assert made["amount"] == {"amount": "10.00", "code": "EUR"}


def test_a_billed_expense_counts_in_the_client_balance(server: Tenant) -> None:
    customer = client(server)
    billing(server, spend(server, "10.00", clientid=customer))
    assert balance(server, customer, "outstanding_balance") == {"USD": "10.00"}


@pytest.mark.parametrize("key", ["projectid", "modern_projectid"])
def test_an_expense_names_a_project_that_is_there(server: Tenant, key: str) -> None:
    where = f"/projects/business/{server.business_id}/project"
    project = server.post(where, {"project": {"title": "Website"}})[1]["project"]
    body = {"amount": {"amount": "5.00"}, "categoryid": category(server), "staffid": 1, "date": "2026-03-03"}
    answer = server.post("expenses/expenses", {"expense": body | {key: 4711}})
    assert refused(answer) == (404, 1012, key)
    made = server.create("expense", **body, **{key: project["id"]}, include=("project",))
    assert (made[key], made["project"]["title"]) == (project["id"], "Website")
    assert differences(made, "expense", ("project",)) == []
    found = [each["id"] for each in server.found("expense", **{"search[projectid]": project["id"]})]
    assert found == ([made["id"]] if key == "projectid" else [])
    server.delete(f"{where}/{project['id']}")
    after = server.read("expense", made["id"], "project")
    assert (after[key], after["project"]) == (0 if key == "projectid" else None, None)
