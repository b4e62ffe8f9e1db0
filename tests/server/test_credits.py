"""Payments that credits make: which credit they take, and that they move to another (semantics 4.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bursar.store.verify import Verifier
from tests.server.bodies import balance, client, invoice, line, pay, refused

if TYPE_CHECKING:
    from tests.support.tenant import Tenant


def test_the_oldest_credit_goes_first_unless_one_is_named(server: Tenant) -> None:
    customer = client(server)
    credits_ = []
    for excess in ("6.00", "7.00"):
        made = invoice(server, line("1", "5.00"), customerid=customer)
        row = pay(server, made["id"], excess)
        credits_.append(server.read("payment", row["overpaymentid"])["creditid"])
    debt = invoice(server, line("1", "100.00"), customerid=customer)["id"]
    assert pay(server, debt, "0.50", creditid=credits_[1])["creditid"] == credits_[1]
    assert [pay(server, debt, "9.00", from_credit=True)["creditid"] for _ in range(2)] == credits_


def a_credit(server: Tenant, customer: int, amount: str) -> int:
    """Pay an invoice of one dollar with too much, and answer the credit that leaves."""
    row = pay(server, invoice(server, line("1", "1.00"), customerid=customer)["id"], amount)
    return int(server.read("payment", row["overpaymentid"])["creditid"])


@pytest.mark.unverified
def test_a_payment_moves_to_another_credit(server: Tenant) -> None:
    customer = client(server)
    first, second, small = (a_credit(server, customer, amount) for amount in ("11.00", "21.00", "2.00"))
    debt = invoice(server, line("1", "50.00"), customerid=customer)["id"]
    paid = pay(server, debt, "8.00", creditid=first)["id"]
    assert server.change("payment", paid, creditid=second, note="moved")["creditid"] == second
    assert balance(server, customer, "credit_balance") == {"USD": "23.00"}
    assert pay(server, debt, "10.00", creditid=first)["amount"]["amount"] == "10.00", "all of the first is free again"
    assert server.read("invoice", debt)["outstanding"]["amount"] == "32.00"
    answer = server.put(f"payments/payments/{paid}", {"payment": {"creditid": small}})
    assert refused(answer) == (422, 1004, "amount"), "a dollar does not pay eight"
    assert server.change("payment", paid, creditid=small, amount={"amount": "1.00"})["amount"]["amount"] == "1.00"
    assert balance(server, customer, "credit_balance") == {"USD": "20.00"}
    verifier = Verifier(server.application.store, server.application.settings.chosen_policy(), server.business_id)

    async def disagreements() -> list[str]:
        return [str(found) async for found in verifier.disagreements()]

    assert server.place.run(disagreements()) == []


def test_only_what_a_credit_paid_moves_to_another(server: Tenant) -> None:
    customer = client(server)
    mine, foreign = a_credit(server, customer, "11.00"), a_credit(server, client(server), "11.00")
    debt = invoice(server, line("1", "50.00"), customerid=customer)["id"]
    money, credit = pay(server, debt, "5.00")["id"], pay(server, debt, "5.00", creditid=mine)["id"]
    for payment, wanted in ((money, mine), (credit, None), (credit, foreign)):
        answer = server.put(f"payments/payments/{payment}", {"payment": {"creditid": wanted}})
        assert refused(answer) == (422, 1004, "creditid")
    assert refused(server.put(f"payments/payments/{credit}", {"payment": {"creditid": 4711}})) == (404, 1012, "creditid")


def test_a_credit_of_another_client_or_currency_pays_nothing(server: Tenant) -> None:
    customer = client(server)
    row = pay(server, invoice(server, line("1", "5.00"), customerid=customer)["id"], "9.00")
    credit = server.read("payment", row["overpaymentid"])["creditid"]
    euro = invoice(server, line("1", "5.00"), customerid=customer, currency_code="EUR")
    other = invoice(server, line("1", "5.00"))
    for debt in (euro, other):
        body = {"payment": {"invoiceid": debt["id"], "amount": "1.00", "date": "2026-03-05", "creditid": credit}}
        assert refused(server.post("payments/payments", body)) == (422, 1004, "creditid")
