"""Whatever clients do, in whatever order, the books agree with the documents (semantics 8.7)."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from bursar.store.verify import Verifier
from tests.support.ledger import balances, rows, summed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.support.tenant import Tenant

CODES = ("USD", "EUR", "JPY")
TAXES = (("", "0"), ("HST", "13"), ("QST", "9.975"))
DAYS = ("2026-02-01", "2026-03-03", "2026-03-31")
MOST = {"client": 2, "invoice": 4, "payment": 12, "expense": 2}
RECEIVABLE, CREDIT = "1200/1", "2004/1"

cents = st.integers(1, 20_000).map(lambda minor: f"{minor // 100}.{minor % 100:02d}")
lines = st.lists(
    st.builds(
        lambda qty, amount, tax: {"qty": qty, "unit_cost": {"amount": amount}, "taxName1": tax[0], "taxAmount1": tax[1]},
        st.sampled_from(["1", "2", "0.5", "1.25"]),
        cents,
        st.sampled_from(TAXES),
    ),
    max_size=3,
)
days = st.sampled_from(DAYS)
discounts = st.sampled_from(["0", "10", "12.5", "100"])


class Business(RuleBasedStateMachine):
    """Clients, invoices, payments and expenses of one business; requests may be refused, the server may never fail."""

    clients, invoices, payments, expenses = (Bundle(name) for name in ("clients", "invoices", "payments", "expenses"))

    def __init__(self, server: Tenant) -> None:
        super().__init__()
        self.server = server.another()
        self.count: Counter[str] = Counter()
        self.category = self.server.found("category")[0]["id"]
        self.verifier = Verifier(self.server.application.store, self.server.application.settings.chosen_policy(), self.server.business_id)

    @initialize()
    def rates(self) -> None:
        for code, day, rate in (("EUR", "2026-01-01", "1.10"), ("EUR", "2026-03-20", "1.15"), ("JPY", "2026-01-01", "0.0067")):
            self.server.rate(code, day, rate)

    def ask(self, method: str, path: str, noun: str, **fields: Any) -> int:
        """Send a request; answer the id of the object, 0 when the request was refused."""
        status, body, _ = self.server.call(method, path, json={noun: fields} if method != "DELETE" else None)
        assert status in (200, 404, 422), body
        if status != 200:
            return 0
        return int(body["response"]["result"][noun]["id"]) if "result" in body["response"] else 0

    def made(self, path: str, noun: str, **fields: Any) -> Any:
        """Make an object for a bundle, but only a few of a kind: so that what is done meets."""
        if self.count[noun] >= MOST[noun]:
            return multiple()
        number = self.ask("POST", path, noun, **fields)
        self.count[noun] += bool(number)
        return number or multiple()

    @rule(target=clients, code=st.sampled_from(CODES))
    def add_client(self, code: str) -> Any:
        return self.made("users/clients", "client", organization="Acme", currency_code=code)

    @rule(client=clients, state=st.sampled_from([0, 1, 2]))
    def show_client(self, client: int, state: int) -> None:
        self.ask("PUT", f"users/clients/{client}", "client", vis_state=state, organization="Renamed")

    @rule(target=invoices, client=clients, lines=lines, day=days, discount=discounts, status=st.sampled_from([1, 2, 2]))
    def add_invoice(self, client: int, lines: list[Any], day: str, discount: str, status: int) -> Any:
        body = {"customerid": client, "create_date": day, "lines": lines, "discount_value": discount, "status": status}
        return self.made("invoices/invoices", "invoice", **body)

    @rule(target=invoices, client=clients, expense=expenses, code=st.sampled_from(CODES))
    def bill_expense(self, client: int, expense: int, code: str) -> Any:
        body = {"customerid": client, "create_date": DAYS[1], "currency_code": code, "lines": [{"type": 1, "expenseid": expense}]}
        return self.made("invoices/invoices", "invoice", status=2, **body)

    @rule(invoice=invoices, lines=lines, discount=discounts)
    def rewrite_invoice(self, invoice: int, lines: list[Any], discount: str) -> None:
        self.ask("PUT", f"invoices/invoices/{invoice}", "invoice", lines=lines, discount_value=discount)

    @rule(invoice=invoices, client=clients, day=days, code=st.sampled_from([None, *CODES]))
    def move_invoice(self, invoice: int, client: int, day: str, code: str | None) -> None:
        self.ask("PUT", f"invoices/invoices/{invoice}", "invoice", customerid=client, create_date=day, currency_code=code)

    @rule(invoice=invoices, status=st.sampled_from([0, 1, 2, 3]))
    def mark_invoice(self, invoice: int, status: int) -> None:
        self.ask("PUT", f"invoices/invoices/{invoice}", "invoice", status=status)

    @rule(invoice=invoices, state=st.sampled_from([0, 0, 1, 2]))
    def show_invoice(self, invoice: int, state: int) -> None:
        self.ask("PUT", f"invoices/invoices/{invoice}", "invoice", vis_state=state)

    @rule(invoice=invoices)
    def delete_invoice(self, invoice: int) -> None:
        self.ask("DELETE", f"invoices/invoices/{invoice}", "invoice")

    @rule(target=payments, invoice=invoices, amount=cents, day=days, credit=st.booleans())
    def pay(self, invoice: int, amount: str, day: str, credit: bool) -> Any:
        return self.made("payments/payments", "payment", invoiceid=invoice, amount=amount, date=day, from_credit=credit)

    @rule(target=payments, invoice=invoices, day=days)
    def pay_in_full(self, invoice: int, day: str) -> Any:
        owed = self.server.read("invoice", invoice)["outstanding"]
        return self.made("payments/payments", "payment", invoiceid=invoice, amount=owed, date=day)

    @rule(payment=payments, amount=cents, day=days)
    def change_payment(self, payment: int, amount: str, day: str) -> None:
        self.ask("PUT", f"payments/payments/{payment}", "payment", amount=amount, date=day)

    @rule(payment=payments, state=st.sampled_from([0, 1, 1, 2]))
    def show_payment(self, payment: int, state: int) -> None:
        self.ask("PUT", f"payments/payments/{payment}", "payment", vis_state=state)

    @rule(target=expenses, amount=cents, tax=st.sampled_from(TAXES), code=st.sampled_from(CODES), day=days)
    def spend(self, amount: str, tax: tuple[str, str], code: str, day: str) -> Any:
        body = {"amount": {"amount": amount, "code": code}, "taxName1": tax[0], "taxPercent1": tax[1], "markup_percent": "20"}
        return self.made("expenses/expenses", "expense", categoryid=self.category, staffid=1, date=day, **body)

    @rule(expense=expenses, amount=cents, state=st.sampled_from([0, 0, 1, 2]))
    def change_expense(self, expense: int, amount: str, state: int) -> None:
        self.ask("PUT", f"expenses/expenses/{expense}", "expense", amount=amount, vis_state=state)

    @invariant()
    def everything_agrees(self) -> None:
        self.the_ledger_balances()
        self.receivables_are_what_is_outstanding()
        self.credit_is_what_is_unused()
        self.invoices_are_paid_by_their_payments()

    def the_ledger_balances(self) -> None:
        assert summed(self.server, lambda row: row[:3]) == {}, "every entry in the business's currency"
        assert summed(self.server, lambda row: row[:3], native=True) == {}, "every entry in its own"

    def receivables_are_what_is_outstanding(self) -> None:
        owed: dict[tuple[int, str], int] = defaultdict(int)
        columns = ("customerid", "currency_code", "outstanding", "amount", "paid", "delivery", "vis_state")
        for customer, code, outstanding, amount, paid, delivery, state in rows(self.server, "invoices", *columns):
            assert 0 <= paid <= amount
            assert outstanding == amount - paid
            if delivery != 1 and state != 1:
                owed[customer, code] += outstanding
        booked = summed(self.server, lambda row: (row.clientid, row.code) if row.account == RECEIVABLE else None, native=True)
        assert {key: minor for key, minor in booked.items() if key} == {key: minor for key, minor in owed.items() if minor}

    def credit_is_what_is_unused(self) -> None:
        unused: dict[tuple[int, str], int] = defaultdict(int)
        columns = ("clientid", "currency_code", "amount", "used", "vis_state", "parent_deleted")
        for client, code, amount, used, state, orphaned in rows(self.server, "credit_notes", *columns):
            assert 0 <= used <= amount
            if state != 1 and not orphaned:
                unused[client, code] += amount - used
        booked = summed(self.server, lambda row: (row.clientid, row.code) if row.account == CREDIT else None, native=True)
        assert {key: -minor for key, minor in booked.items() if key} == {key: minor for key, minor in unused.items() if minor}

    def invoices_are_paid_by_their_payments(self) -> None:
        paid: dict[int, int] = defaultdict(int)
        for invoice, amount, state in rows(self.server, "payments", "invoiceid", "amount", "vis_state"):
            if invoice and state != 1:
                paid[invoice] += amount
        for number, sum_ in rows(self.server, "invoices", "id", "paid"):
            assert sum_ == paid[number]

    def the_proof_of_the_books_finds_nothing(self) -> None:
        async def found() -> list[str]:
            return [str(each) async for each in self.verifier.disagreements()]

        assert self.server.place.run(found()) == []

    def teardown(self) -> None:
        """Take everything back: nothing may be left; then bring it back: everything must be."""
        self.the_proof_of_the_books_finds_nothing()
        before = balances(self.server)
        living = [number for number, state in rows(self.server, "invoices", "id", "vis_state") if state != 1]
        spent = [number for number, state in rows(self.server, "expenses", "id", "vis_state") if state != 1]
        taken = self.until_done(living, partial(self.ask_to_show, "invoices/invoices", "invoice", 1))
        billed = self.until_done(spent, partial(self.ask_to_show, "expenses/expenses", "expense", 1))
        assert balances(self.server) == {}
        self.until_done(billed[::-1], partial(self.ask_to_show, "expenses/expenses", "expense", 0))
        self.until_done(taken[::-1], partial(self.ask_to_show, "invoices/invoices", "invoice", 0))
        assert balances(self.server) == before
        self.the_proof_of_the_books_finds_nothing()

    def ask_to_show(self, path: str, noun: str, state: int, number: int) -> bool:
        return bool(self.ask("PUT", f"{path}/{number}", noun, vis_state=state))

    @staticmethod
    def until_done(numbers: Iterable[int], act: Any) -> list[int]:
        """Do to each what is refused at first and possible later; answer the order in which it went."""
        left, done = list(numbers), list[int]()
        while left:
            going = [number for number in left if act(number)]
            assert going, f"nothing more goes: {left}"
            done += going
            left = [number for number in left if number not in going]
        return done


@pytest.mark.timeout(300)
def test_the_books_agree_whatever_is_done(server: Tenant) -> None:
    run_state_machine_as_test(
        lambda: Business(server),  # type: ignore[arg-type]  # any way to make one will do
        settings=settings(
            max_examples=10,
            stateful_step_count=25,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.soak
def test_the_books_agree_whatever_is_done_for_long(server: Tenant) -> None:
    run_state_machine_as_test(
        lambda: Business(server),  # type: ignore[arg-type]  # any way to make one will do
        settings=settings(max_examples=500, stateful_step_count=80, deadline=None, suppress_health_check=list(HealthCheck)),
    )
