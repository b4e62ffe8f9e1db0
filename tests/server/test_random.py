"""Whatever clients do, in whatever order, the books agree with the documents (semantics 8.7)."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from bursar.store.verify import Verifier
from tests.support.ledger import balances, rows, summed
from tests.support.tenant import PATHS

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
which = st.integers(0, 11)
discounts = st.sampled_from(["0", "10", "12.5", "100"])


class Business(RuleBasedStateMachine):
    """Clients, invoices, payments and expenses of one business; requests may be refused, the server may never fail.

    There are only a few of a kind, so that what is done meets; ``which`` picks one of them.
    """

    def __init__(self, server: Tenant) -> None:
        super().__init__()
        self.server = server.another()
        self.category = self.server.found("category")[0]["id"]
        self.verifier = Verifier(self.server.application.store, self.server.application.settings.chosen_policy(), self.server.business_id)
        for code, day, rate in (("EUR", "2026-01-01", "1.10"), ("EUR", "2026-03-20", "1.15"), ("JPY", "2026-01-01", "0.0067")):
            self.server.rate(code, day, rate)
        self.ids: dict[str, list[int]] = defaultdict(list)
        for code in CODES[:2]:
            self.make("client", organization="Acme", currency_code=code)
        self.add_invoice(0, [{"qty": "1", "unit_cost": {"amount": "100.00"}}], DAYS[0], "0", 2)
        self.spend("10.00", TAXES[1], "USD", DAYS[0])
        self.pay(0, "10.00", DAYS[1], credit=False)

    def ask(self, method: str, path: str, noun: str, **fields: Any) -> int:
        """Send a request; answer the id of the object, 0 when the request was refused."""
        status, body, _ = self.server.call(method, path, json={noun: fields} if method != "DELETE" else None)
        assert status in (200, 404, 422), body
        if status != 200:
            return 0
        return int(body["response"]["result"][noun]["id"]) if "result" in body["response"] else 0

    def make(self, noun: str, **fields: Any) -> None:
        if len(self.ids[noun]) < MOST[noun]:
            number = self.ask("POST", PATHS[noun], noun, **fields)
            self.ids[noun] += [number] if number else []

    def one(self, noun: str, which: int) -> int:
        return self.ids[noun][which % len(self.ids[noun])]

    def put(self, noun: str, which: int, **fields: Any) -> None:
        self.ask("PUT", f"{PATHS[noun]}/{self.one(noun, which)}", noun, **fields)

    @rule(which=which, state=st.sampled_from([0, 1, 2]))
    def show_client(self, which: int, state: int) -> None:
        self.put("client", which, vis_state=state, organization="Renamed")

    @rule(client=which, lines=lines, day=days, discount=discounts, status=st.sampled_from([1, 2, 2]))
    def add_invoice(self, client: int, lines: list[Any], day: str, discount: str, status: int) -> None:
        body = {"customerid": self.one("client", client), "create_date": day, "lines": lines, "discount_value": discount}
        self.make("invoice", status=status, **body)

    @rule(client=which, expense=which, code=st.sampled_from(CODES))
    def bill_expense(self, client: int, expense: int, code: str) -> None:
        lines = [{"type": 1, "expenseid": self.one("expense", expense)}]
        body = {"customerid": self.one("client", client), "create_date": DAYS[1], "currency_code": code, "lines": lines}
        self.make("invoice", status=2, **body)

    @rule(which=which, lines=lines, discount=discounts)
    def rewrite_invoice(self, which: int, lines: list[Any], discount: str) -> None:
        self.put("invoice", which, lines=lines, discount_value=discount)

    @rule(which=which, client=which, day=days, code=st.sampled_from([None, *CODES]))
    def move_invoice(self, which: int, client: int, day: str, code: str | None) -> None:
        self.put("invoice", which, customerid=self.one("client", client), create_date=day, currency_code=code)

    @rule(which=which, status=st.sampled_from([0, 1, 2, 3]))
    def mark_invoice(self, which: int, status: int) -> None:
        self.put("invoice", which, status=status)

    @rule(which=which, state=st.sampled_from([0, 0, 1, 2]))
    def show_invoice(self, which: int, state: int) -> None:
        self.put("invoice", which, vis_state=state)

    @rule(which=which)
    def delete_invoice(self, which: int) -> None:
        self.ask("DELETE", f"{PATHS['invoice']}/{self.one('invoice', which)}", "invoice")

    @rule(which=which, amount=cents, day=days, credit=st.booleans())
    def pay(self, which: int, amount: str, day: str, credit: bool) -> None:
        self.make("payment", invoiceid=self.one("invoice", which), amount=amount, date=day, from_credit=credit)

    @rule(which=which, day=days)
    def pay_in_full(self, which: int, day: str) -> None:
        invoice = self.one("invoice", which)
        owed = self.server.read("invoice", invoice)["outstanding"]
        self.make("payment", invoiceid=invoice, amount=owed, date=day)

    @rule(which=which, amount=cents, day=days)
    def change_payment(self, which: int, amount: str, day: str) -> None:
        self.put("payment", which, amount=amount, date=day)

    @rule(which=which, state=st.sampled_from([0, 1, 1, 2]))
    def show_payment(self, which: int, state: int) -> None:
        self.put("payment", which, vis_state=state)

    @rule(amount=cents, tax=st.sampled_from(TAXES), code=st.sampled_from(CODES), day=days)
    def spend(self, amount: str, tax: tuple[str, str], code: str, day: str) -> None:
        body = {"amount": {"amount": amount, "code": code}, "taxName1": tax[0], "taxPercent1": tax[1], "markup_percent": "20"}
        self.make("expense", categoryid=self.category, staffid=1, date=day, **body)

    @rule(which=which, amount=cents, state=st.sampled_from([0, 0, 1, 2]))
    def change_expense(self, which: int, amount: str, state: int) -> None:
        self.put("expense", which, amount=amount, vis_state=state)

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
        taken = self.until_done(living, partial(self.ask_to_show, "invoice", 1))
        billed = self.until_done(spent, partial(self.ask_to_show, "expense", 1))
        assert balances(self.server) == {}
        self.until_done(billed[::-1], partial(self.ask_to_show, "expense", 0))
        self.until_done(taken[::-1], partial(self.ask_to_show, "invoice", 0))
        assert balances(self.server) == before
        self.the_proof_of_the_books_finds_nothing()

    def ask_to_show(self, noun: str, state: int, number: int) -> bool:
        return bool(self.ask("PUT", f"{PATHS[noun]}/{number}", noun, vis_state=state))

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


QUIET = settings(deadline=None, suppress_health_check=list(HealthCheck), report_multiple_bugs=False)
SHORT = settings(QUIET, max_examples=15, stateful_step_count=25, phases=[Phase.explicit, Phase.reuse, Phase.generate])
LONG = settings(QUIET, max_examples=50, stateful_step_count=60)
PORTIONS = 20
PROFILES = [
    pytest.param(SHORT, id="short"),
    *(pytest.param(LONG, id=f"long {number} of {PORTIONS}", marks=pytest.mark.soak) for number in range(1, PORTIONS + 1)),
]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.timeout(0)
def test_the_books_agree_whatever_is_done(server: Tenant, profile: settings) -> None:
    run_state_machine_as_test(
        lambda: Business(server),  # type: ignore[arg-type]  # any way to make one will do
        settings=profile,
    )
