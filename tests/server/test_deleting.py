"""Deleting and restoring (semantics 4.3, 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.server.bodies import HST, balance, client, invoice, line, pay, refused
from tests.support.ledger import balances, entries, everything

if TYPE_CHECKING:
    from tests.support.tenant import Tenant


@pytest.fixture
def paid(server: Tenant) -> Any:
    """An invoice of 90.40 that is paid in full; with it the row of its payment."""
    made = invoice(server, line("1", "80.00", HST))
    return {"invoice": made["id"], "customer": made["customerid"], "payment": pay(server, made["id"], "90.40")["id"]}


def delete(server: Tenant, invoiceid: int, way: str) -> None:
    if way == "DELETE":
        server.remove("invoice", invoiceid)
    else:
        assert server.change("invoice", invoiceid, vis_state=1)["vis_state"] == 1


@pytest.mark.unverified
@pytest.mark.parametrize("way", ["DELETE", "vis_state"])
def test_del_01_a_deleted_invoice_takes_its_payments_along(server: Tenant, paid: Any, way: str) -> None:
    delete(server, paid["invoice"], way)
    assert balances(server) == {}
    assert (server.found("invoice"), server.found("payment")) == ([], [])
    assert server.read("payment", paid["payment"])["vis_state"] == 0
    assert server.read("invoice", paid["invoice"])["vis_state"] == 1
    assert balance(server, paid["customer"], "outstanding_balance") == {}


@pytest.mark.unverified
@pytest.mark.parametrize("way", ["DELETE", "vis_state"])
def test_del_02_restoring_brings_everything_back(server: Tenant, paid: Any, way: str) -> None:
    before = balances(server), server.found("payment"), server.read("invoice", paid["invoice"]) | {"updated": "", "version": ""}
    delete(server, paid["invoice"], way)
    server.change("invoice", paid["invoice"], vis_state=0)
    after = balances(server), server.found("payment"), server.read("invoice", paid["invoice"]) | {"updated": "", "version": ""}
    assert after == before
    assert entries(server, "invoice", paid["invoice"]) == entries(server, "payment", paid["payment"]) == 3


@pytest.mark.parametrize("way", ["DELETE", "vis_state"])
def test_del_03_a_used_credit_holds_the_invoice_it_came_from(server: Tenant, way: str) -> None:
    customer = client(server)
    first = invoice(server, line("1", "5.00"), customerid=customer)["id"]
    pay(server, first, "8.00")
    second = invoice(server, line("1", "5.00"), customerid=customer)["id"]
    pay(server, second, "3.00", from_credit=True)
    before = everything(server)
    path = f"invoices/invoices/{first}"
    answer = server.delete(path) if way == "DELETE" else server.put(path, {"invoice": {"vis_state": 1}})
    assert refused(answer)[:2] == (422, 1004)
    assert everything(server) == before


def test_an_unused_credit_goes_and_comes_with_its_invoice(server: Tenant) -> None:
    customer = client(server)
    made = invoice(server, line("1", "5.00"), customerid=customer)["id"]
    row = pay(server, made, "8.00")
    standing = balances(server)
    delete(server, made, "DELETE")
    assert balances(server) == {}
    assert balance(server, customer, "credit_balance") == {}
    assert server.found("payment") == [], "the row of the credit goes too"
    body = {"payment": {"invoiceid": invoice(server, line("1", "1.00"), customerid=customer)["id"], "amount": "1", "date": "2026-03-05"}}
    body["payment"]["from_credit"] = True
    assert refused(server.post("payments/payments", body)) == (422, 1004, "creditid")
    server.change("invoice", made, vis_state=0)
    assert balance(server, customer, "credit_balance") == {"USD": "3.00"}
    assert {each["id"] for each in server.found("payment")} == {row["id"], row["overpaymentid"]}
    assert balances(server)["1000/1"] == standing["1000/1"]


def test_an_invoice_paid_by_credit_gives_it_back(server: Tenant) -> None:
    customer = client(server)
    pay(server, invoice(server, line("1", "5.00"), customerid=customer)["id"], "8.00")
    second = invoice(server, line("1", "5.00"), customerid=customer)["id"]
    pay(server, second, "3.00", from_credit=True)
    delete(server, second, "DELETE")
    assert balance(server, customer, "credit_balance") == {"USD": "3.00"}
    third = invoice(server, line("1", "2.00"), customerid=customer)["id"]
    pay(server, third, "2.00", from_credit=True)
    before = everything(server)
    answer = server.put(f"invoices/invoices/{second}", {"invoice": {"vis_state": 0}})
    assert refused(answer)[:2] == (422, 1004)
    assert everything(server) == before, "restored as a whole or not at all"
    delete(server, third, "DELETE")
    server.change("invoice", second, vis_state=0)
    assert balance(server, customer, "credit_balance") == {}


def test_a_credit_that_pays_its_own_invoice_goes_along(server: Tenant) -> None:
    customer = client(server)
    made = invoice(server, line("1", "5.00"), customerid=customer)["id"]
    pay(server, made, "8.00")
    server.change("invoice", made, lines=[line("1", "7.00")])
    pay(server, made, "2.00", from_credit=True)
    standing = balances(server)
    delete(server, made, "DELETE")
    assert (balances(server), balance(server, customer, "credit_balance")) == ({}, {})
    server.change("invoice", made, vis_state=0)
    assert (balances(server), balance(server, customer, "credit_balance")) == (standing, {"USD": "1.00"})


def test_an_invoice_does_not_come_back_without_the_credit_that_paid_it(server: Tenant) -> None:
    customer = client(server)
    first = invoice(server, line("1", "5.00"), customerid=customer)["id"]
    pay(server, first, "8.00")
    second = invoice(server, line("1", "5.00"), customerid=customer)["id"]
    row = pay(server, second, "3.00", from_credit=True)["id"]
    delete(server, second, "DELETE")
    delete(server, first, "DELETE")
    before = everything(server)
    assert refused(server.put(f"invoices/invoices/{second}", {"invoice": {"vis_state": 0}}))[:2] == (422, 1004)
    assert everything(server) == before
    server.change("invoice", first, vis_state=0)
    server.change("invoice", second, vis_state=0)
    server.change("payment", row, vis_state=1)
    delete(server, first, "vis_state")
    before = everything(server)
    assert refused(server.put(f"payments/payments/{row}", {"payment": {"vis_state": 0}}))[:2] == (422, 1004)
    assert everything(server) == before


def test_del_04_a_billed_expense_is_outstanding_again(server: Tenant) -> None:
    customer = client(server)
    category = server.found("category")[0]["id"]
    expense = server.create("expense", amount="10", categoryid=category, staffid=1, date="2026-03-03", clientid=customer)["id"]
    made = invoice(server, {"type": 1, "expenseid": expense}, customerid=customer)["id"]
    delete(server, made, "DELETE")
    after = server.read("expense", expense)
    assert (after["status"], after["invoiceid"]) == (1, None)
    other = invoice(server, {"type": 1, "expenseid": expense}, customerid=customer)["id"]
    answer = server.put(f"invoices/invoices/{made}", {"invoice": {"vis_state": 0}})
    assert refused(answer)[:2] == (422, 1004), "it is billed elsewhere by now"
    delete(server, other, "vis_state")
    server.change("invoice", made, vis_state=0)
    after = server.read("expense", expense)
    assert (after["status"], after["invoiceid"]) == (2, made)


def test_a_deleted_payment_stays_deleted_with_its_invoice(server: Tenant, paid: Any) -> None:
    server.change("payment", paid["payment"], vis_state=1)
    delete(server, paid["invoice"], "DELETE")
    server.change("invoice", paid["invoice"], vis_state=0)
    assert server.read("invoice", paid["invoice"])["paid"]["amount"] == "0.00"
    assert server.read("payment", paid["payment"])["vis_state"] == 1
    assert balances(server)["1200/1"] == "90.40"


def test_archived_counts_like_active(server: Tenant, paid: Any) -> None:
    standing = balances(server)
    server.change("invoice", paid["invoice"], vis_state=2)
    assert balances(server) == standing
    assert [each["id"] for each in server.found("invoice")] == [paid["invoice"]]
    other = invoice(server, line("1", "5.00"), customerid=paid["customer"], vis_state=2)
    assert balance(server, paid["customer"], "outstanding_balance") == {"USD": "5.00"}
    assert [each["id"] for each in server.found("invoice", **{"search[vis_state]": 2})] == [other["id"], paid["invoice"]]


@pytest.mark.parametrize("noun", ["invoice", "estimate", "client", "item"])
def test_lists_show_active_and_archived_rows(server: Tenant, noun: str) -> None:
    customer = client(server)
    more: dict[str, dict[str, Any]] = {
        "client": {"organization": "Beta"},
        "item": {"name": "Nails"},
    }
    body = more.get(noun, {"customerid": customer, "create_date": "2026-03-03"})
    numbers = [server.create(noun, **body)["id"] for _ in range(3)]
    for state, number in enumerate(numbers):
        assert server.change(noun, number, vis_state=state)["vis_state"] == state
    listed = [each["id"] for each in server.found(noun) if each["id"] in numbers]
    assert listed == [numbers[2], numbers[0]]
    for state, number in enumerate(numbers):
        assert number in [each["id"] for each in server.found(noun, **{"search[vis_state]": state})]
        assert server.read(noun, number)["vis_state"] == state


@pytest.mark.unverified
@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"notes": "x"}, id="data"),
        pytest.param({"action_mark_as_sent": True}, id="an action"),
        pytest.param({"action_email": True}, id="a mail"),
        pytest.param({"status": 2}, id="a state"),
        pytest.param({"lines": []}, id="lines"),
        pytest.param({"allowed_gatewayids": [30]}, id="gateways"),
        pytest.param({}, id="nothing"),
        pytest.param({"vis_state": None, "notes": "x"}, id="no visibility and data"),
    ],
)
def test_a_deleted_invoice_takes_nothing_but_its_state(server: Tenant, body: dict[str, Any]) -> None:
    made = invoice(server, line("1", "5.00"), status=1)
    delete(server, made["id"], "DELETE")
    before = everything(server)
    assert refused(server.put(f"invoices/invoices/{made['id']}", {"invoice": body})) == (422, 1011, "invoiceid")
    assert everything(server) == before


@pytest.mark.parametrize("noun", ["client", "item"])
def test_a_deleted_object_takes_its_state_with_its_data(server: Tenant, noun: str) -> None:
    name = {"client": "organization", "item": "name"}[noun]
    number = server.create(noun, **{name: "Before"})["id"]
    server.change(noun, number, vis_state=1)
    path = {"client": "users/clients", "item": "items/items"}[noun]
    assert refused(server.put(f"{path}/{number}", {noun: {name: "After"}}))[:2] == (422, 1011)
    after = server.change(noun, number, vis_state=0, **{name: "After"})
    assert (after["vis_state"], after[name]) == (0, "After")


@pytest.mark.unverified
def test_a_deleted_client_keeps_its_documents_and_gets_no_new_ones(server: Tenant) -> None:
    customer = client(server)
    made = invoice(server, line("1", "5.00"), customerid=customer)
    server.change("client", customer, vis_state=1)
    assert [each["id"] for each in server.found("invoice")] == [made["id"]]
    assert server.change("invoice", made["id"], notes="still ours")["notes"] == "still ours"
    pay(server, made["id"], "5.00")
    for noun in ("invoice", "estimate"):
        answer = server.post(f"{noun}s/{noun}s", {noun: {"customerid": customer, "create_date": "2026-03-03"}})
        assert refused(answer) == (422, 1011, "customerid")


def test_what_is_in_use_can_be_deleted(server: Tenant) -> None:
    tax = server.create("tax", name="HST", amount="13")["id"]
    item = server.create("item", name="Nails", tax1=tax)["id"]
    made = invoice(server, line("1", "5.00", HST, name="Nails"))
    server.change("item", item, vis_state=1)
    server.remove("tax", tax)
    for method in ("GET", "PUT", "DELETE"):
        assert refused(server.call(method, f"taxes/taxes/{tax}", json={"tax": {}} if method == "PUT" else None)) == (404, 1012, "taxid")
    assert server.read("invoice", made["id"])["amount"]["amount"] == "5.65"


def test_a_tax_is_also_removed_by_its_state(server: Tenant) -> None:
    made = server.create("tax", name="HST", amount="13")
    assert server.change("tax", made["id"], vis_state=1)["name"] == "HST"
    assert server.found("tax") == []
    assert server.create("tax", name="HST", amount="15")["amount"] == "15"
