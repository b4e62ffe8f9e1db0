"""The load: clerks who write invoices and payments, change and delete them, and remember every answer they got.

Each clerk works on documents of its own, one request at a time, so that what must be found later is known exactly: the
answers, and of one request without an answer either all or nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.durability.sending import Unanswered

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence

    from tests.durability.sending import Answer, Office, Send

    Key = tuple[str, int]
    Remember = Callable[[Any], object]

WHERE = {"client": "users/clients", "invoice": "invoices/invoices", "payment": "payments/payments", "tax": "taxes/taxes"}
LINES = "?include[]=lines"
MOVED = frozenset({"net_paid_amount", "outstanding", "paid", "payment_status", "version", "updated", "date_paid", "auto_bill_status"})
STATUSES = frozenset({"status", "v3_status", "display_status"})
TAXES = {"taxName1": "HST", "taxAmount1": "13", "taxName2": "QST", "taxAmount2": "9.975"}


class NotStored(Exception):
    """The server said 503: not now."""


class Pending(NamedTuple):
    """A request that is on its way, what it asks for, and what to remember once it is answered."""

    method: str
    path: str
    body: Any
    key: str
    asked: dict[str, Any]
    remember: Remember


class Clerk:
    """One client program: ``seen`` is what must be found, by noun and id; ``gone`` what must not."""

    def __init__(self, name: str, office: Office, chance: random.Random) -> None:
        self.name, self.office, self.chance = name, office, chance
        self.send: Send
        self.seen: dict[Key, dict[str, Any]] = {}
        self.gone: set[Key] = set()
        self.owed: dict[int, int] = {}
        self.paid: dict[int, dict[int, int]] = {}
        self.keys: dict[str, tuple[Pending, Answer]] = {}
        self.pending: Pending | None = None
        self.last_post: str = ""
        self.answered = 0
        self.refused: list[Answer] = []
        self.told: Callable[[], None] = lambda: None
        self._numbers = itertools.count(1)
        self._customer = 0

    async def work(self, stop: asyncio.Event) -> None:
        """Work until told to stop, or until a request goes unanswered or is turned away with 503."""
        try:
            if self.pending is not None:
                await self.again()
            while not stop.is_set():
                await self._one()
        except (Unanswered, NotStored):
            return

    async def again(self) -> None:
        """Send once more what was not answered; raises as ``send`` does, NotStored."""
        if self.pending is not None:
            await self._ask(self.pending, repeated=True)

    async def _one(self) -> None:
        open_invoices = [number for number, minor in self.owed.items() if minor > 0]
        if not self._customer:
            await self._create("client", {"organization": self.name}, self._know_customer)
            return
        turn = self.chance.random()
        if turn < 0.4 or not open_invoices:
            await self._invoice()
        elif turn < 0.65:
            await self._pay(self.chance.choice(open_invoices))
        elif turn < 0.75:
            await self._edit(self.chance.choice(open_invoices))
        elif turn < 0.85:
            await self._change_payment()
        elif turn < 0.95:
            await self._look(self.chance.choice(open_invoices))
        else:
            await self._tax()

    async def _invoice(self) -> None:
        fields = {"customerid": self._customer, "create_date": "2026-03-03", "status": 2, "notes": self._mark(), "lines": self._lines(3)}
        await self._create("invoice", fields, self._know_invoice)

    async def _pay(self, invoice: int) -> None:
        minor = self.owed[invoice] if self.chance.random() < 0.2 else self.chance.randint(1, self.owed[invoice])
        fields = {"invoiceid": invoice, "amount": {"amount": text_of(minor)}, "date": "2026-03-05", "type": "Check", "note": self._mark()}

        def remember(shown: Any) -> None:
            self.paid[invoice][shown["id"]] = minor
            self._settle(invoice, minor)

        await self._create("payment", fields, remember)

    async def _change_payment(self) -> None:
        """Take back or lower a payment."""
        payments = [(invoice, payment) for invoice, of in self.paid.items() for payment in of]
        if not payments:
            return
        invoice, payment = self.chance.choice(payments)
        was = self.paid[invoice][payment]
        lower = self.chance.randint(0, was - 1) if was > 1 else 0
        fields = {"vis_state": 1} if not lower else {"amount": {"amount": text_of(lower)}, "note": self._mark()}

        def remember(_: Any) -> None:
            if lower:
                self.paid[invoice][payment] = lower
            else:
                del self.paid[invoice][payment]
            self._settle(invoice, lower - was)

        await self._change("payment", payment, fields, remember)

    async def _edit(self, invoice: int) -> None:
        """Write other lines and notes, or delete an invoice on which nothing was paid."""
        if not self.paid[invoice] and self.chance.random() < 0.3:
            await self._change("invoice", invoice, {"vis_state": 1}, lambda _: self.owed.pop(invoice))
            return
        if self.paid[invoice]:
            await self._change("invoice", invoice, {"notes": self._mark()}, lambda _: None)
            return
        fields = {"notes": self._mark(), "lines": self._lines(self.chance.randint(1, 5))}
        await self._change("invoice", invoice, fields, lambda shown: self.owed.update({invoice: cents(shown["outstanding"])}))

    async def _look(self, invoice: int) -> None:
        answer = await self.send("GET", self._path("invoice", invoice), None, self.office.headers())
        if answer.status == 503:
            self.refused.append(answer)
            raise NotStored
        found = answer.body["response"]["result"]["invoice"]
        assert_same(self.seen["invoice", invoice], found)
        self.seen["invoice", invoice] = found

    async def _tax(self) -> None:
        """Make a tax; of taxes already there, really delete one now and then."""
        taxes = [key for key in self.seen if key[0] == "tax"]
        if not taxes or self.chance.random() < 0.6:
            await self._create("tax", {"name": self._mark(), "amount": "7.5"}, lambda _: None)
            return
        key = self.chance.choice(taxes)

        def remember(_: Any) -> None:
            del self.seen[key]
            self.gone.add(key)

        await self._ask(Pending("DELETE", self._path(*key), None, "", {}, remember))

    async def _create(self, noun: str, fields: dict[str, Any], remember: Remember) -> None:
        def settled(body: Any) -> None:
            shown = body["response"]["result"][noun]
            assert_same(fields, shown)
            assert (noun, shown["id"]) not in self.seen, "an id was given twice"
            self.seen[noun, shown["id"]] = shown
            remember(shown)

        await self._ask(Pending("POST", self._path(noun), {noun: fields}, self._mark(), fields, settled))

    async def _change(self, noun: str, number: int, fields: dict[str, Any], remember: Remember) -> None:
        def settled(body: Any) -> None:
            shown = body["response"]["result"][noun]
            assert_same(fields, shown)
            self.seen[noun, number] = shown
            remember(shown)

        await self._ask(Pending("PUT", self._path(noun, number), {noun: fields}, "", fields, settled))

    async def _ask(self, pending: Pending, *, repeated: bool = False) -> None:
        self.pending = pending
        answer = await self.send(pending.method, pending.path, pending.body, self.office.headers(pending.key))
        if answer.status == 503:
            self.refused.append(answer)
            raise NotStored
        gone_already = repeated and pending.method == "DELETE" and answer.status == 404
        assert answer.status == 200 or gone_already, (pending, answer)
        self.pending = None
        self.answered += 1
        if pending.key:
            self.keys[pending.key] = (pending, answer)
            self.last_post = pending.key
        pending.remember(answer.body)
        self.told()

    def _know_customer(self, shown: Any) -> None:
        self._customer = shown["id"]
        del shown["updated"]  # every document made for it moves that

    def _know_invoice(self, shown: Any) -> None:
        self.owed[shown["id"]] = cents(shown["outstanding"])
        self.paid[shown["id"]] = {}

    def _settle(self, invoice: int, minor: int) -> None:
        """Of the invoice itself nothing was answered: remember what a payment leaves alone, and what is owed now."""
        shown = self.seen["invoice", invoice]
        still = {name: value for name, value in shown.items() if name not in MOVED | STATUSES}
        self.owed[invoice] -= minor
        code = shown["amount"]["code"]
        paid = cents(shown["amount"]) - self.owed[invoice]
        self.seen["invoice", invoice] = still | {
            "outstanding": {"amount": text_of(self.owed[invoice]), "code": code},
            "paid": {"amount": text_of(paid), "code": code},
        }

    def _path(self, noun: str, number: int = 0) -> str:
        below = f"{WHERE[noun]}/{number}" if number else WHERE[noun]
        return self.office.path(below + (LINES if noun == "invoice" else ""))

    def _mark(self) -> str:
        return f"{self.name} {next(self._numbers)}"

    def _lines(self, many: int) -> list[dict[str, Any]]:
        draw = self.chance.randint
        return [
            {"name": self._mark(), "qty": str(draw(1, 9)), "unit_cost": {"amount": text_of(draw(100, 99_999))}, **TAXES}
            for _ in range(many)
        ]


def cents(amount: dict[str, str]) -> int:
    """Answer an amount in cents."""
    return int(amount["amount"].replace(".", ""))


def text_of(minor: int) -> str:
    """Write cents as an amount."""
    return f"{minor // 100}.{minor % 100:02d}"


def is_same(expected: Any, found: Any) -> bool:
    """Tell whether everything expected is found: of objects the keys that are expected, of lists each element."""
    if isinstance(expected, dict):
        return isinstance(found, dict) and all(name in found and is_same(value, found[name]) for name, value in expected.items())
    if isinstance(expected, list):
        return isinstance(found, list) and len(found) == len(expected) and all(map(is_same, expected, found))
    return bool(expected == found)


def assert_same(expected: Any, found: Any) -> None:
    """Fail unless everything expected is found, and say what differs."""
    if not is_same(expected, found):
        differing = {name: (value, found.get(name)) for name, value in expected.items() if not is_same(value, found.get(name))}
        raise AssertionError(f"expected and found: {differing}")


class Shift:
    """Clerks at work together; ``stop`` sends them home."""

    def __init__(self, clerks: Sequence[Clerk], least: int) -> None:
        self.stop = asyncio.Event()
        self._clerks = clerks
        self._wanted = answered(clerks) + least
        self._working = len(clerks)
        self._enough = asyncio.Event()

    async def well_under_way(self) -> None:
        """Wait until the wanted number of writes was answered, or nobody works any more."""
        await self._enough.wait()

    async def run(self, clerk: Clerk, send: Send) -> None:
        """Let one clerk work."""
        clerk.send, clerk.told = send, self._count
        try:
            await clerk.work(self.stop)
        finally:
            self._working -= 1
            self._count()

    def _count(self) -> None:
        if not self._working or answered(self._clerks) >= self._wanted:
            self._enough.set()


@contextlib.asynccontextmanager
async def at_work(clerks: Sequence[Clerk], send: Send, least: int = 1) -> AsyncIterator[asyncio.Event]:
    """Let all clerks work at once; the block begins after ``least`` answered writes, and ends when the last clerk has stopped."""
    shift = Shift(clerks, least)
    async with asyncio.TaskGroup() as together:
        for clerk in clerks:
            together.create_task(shift.run(clerk, send))
        await shift.well_under_way()
        yield shift.stop


def hire(offices: Sequence[Office], many: int, chance: random.Random) -> list[Clerk]:
    """Make clerks, some for each office."""
    return [Clerk(f"Clerk {number}", offices[number % len(offices)], random.Random(chance.random())) for number in range(many)]


def answered(clerks: Iterable[Clerk]) -> int:
    """Count the answered writes."""
    return sum(clerk.answered for clerk in clerks)
