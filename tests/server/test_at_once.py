"""Requests that come at the same time, and refused amounts as they are told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.server.bodies import balance, client, invoice, line, pay, refused
from tests.support.ledger import balances

if TYPE_CHECKING:
    from tests.support.tenant import Tenant

KEY = {"Idempotency-Key": "once-and-only-once"}


def body_of(server: Tenant) -> dict[str, Any]:
    return {"invoice": {"customerid": client(server), "create_date": "2026-03-03", "lines": [line("1", "5.00")], "surprise": 1}}


def test_a_key_sent_many_times_at_once_creates_once(server: Tenant) -> None:
    body = body_of(server)
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: server.apart().post("invoices/invoices", body, headers=KEY)[:2], range(12)))
    assert all(answer == answers[0] for answer in answers)
    assert answers[0][0] == 200
    assert len(server.found("invoice")) == 1


def test_payments_at_the_same_time_are_all_counted(server: Tenant) -> None:
    customer = client(server)
    made = invoice(server, line("1", "100.00"), customerid=customer)["id"]
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda _: pay(server.apart(), made, "9.00"), range(12)))
    after = server.read("invoice", made)
    assert (after["paid"]["amount"], after["outstanding"]["amount"], after["v3_status"]) == ("100.00", "0.00", "paid")
    assert balance(server, customer, "credit_balance") == {"USD": "8.00"}
    assert balances(server) == {"1000/1": "108.00", "2004/1": "-8.00", "4000/1": "-100.00"}


def test_edits_and_payments_at_the_same_time_agree(server: Tenant) -> None:
    made = invoice(server, line("1", "100.00"))["id"]

    def act(turn: int) -> int:
        apart = server.apart()
        if turn % 2:
            path, body = f"invoices/invoices/{made}", {"invoice": {"lines": [line("1", f"{100 + turn}.00")]}}
            return apart.put(path, body)[0]
        return apart.post("payments/payments", {"payment": {"invoiceid": made, "amount": "10.00", "date": "2026-03-05"}})[0]

    with ThreadPoolExecutor(6) as threads:
        assert set(threads.map(act, range(12))) == {200}
    after = server.read("invoice", made)
    assert after["paid"]["amount"] == "60.00"
    assert balances(server)["1200/1"] == after["outstanding"]["amount"]


@pytest.mark.parametrize(
    ("path", "body", "value"),
    [
        pytest.param("payments/payments", {"amount": "0", "date": "2026-03-05"}, "0.00", id="a payment of nothing"),
        pytest.param("invoices/invoices/{id}", {"deposit_amount": "200"}, "200.00", id="a large deposit"),
        pytest.param("invoices/invoices/{id}", {"lines": [line("1", "-7.5")]}, "-7.50", id="a negative total"),
    ],
)
def test_a_refused_amount_is_named_as_money(server: Tenant, path: str, body: dict[str, Any], value: str) -> None:
    made = invoice(server, line("1", "5.00"))["id"]
    if path.startswith("payments"):
        answer = server.post(path, {"payment": body | {"invoiceid": made}})
    else:
        answer = server.put(path.format(id=made), {"invoice": body})
    assert refused(answer)[0] == 422
    assert answer[1]["response"]["errors"][0]["value"] == value
