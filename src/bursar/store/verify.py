"""Proves stored books: totals, statuses, balances and counts are computed again and compared (``bursar verify``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, bindparam, func, select

from bursar.domain.ledger import Entry, Posting
from bursar.store.books import POSTED
from bursar.store.conditions import condition_of
from bursar.store.rows import BLOCK, stored

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from bursar.catalogue.proof import Control
    from bursar.domain.policy import Policy
    from bursar.store.plan import Plan
    from bursar.store.store import Store

PAGE = 500


class Disagreement(NamedTuple):
    """One thing in the books that does not agree."""

    business_id: int
    noun: str
    object_id: int
    what: str
    expected: Any
    found: Any

    def __str__(self) -> str:
        where = f"{self.noun} {self.object_id}" if self.object_id else self.noun
        return f"business {self.business_id}, {where}: {self.what} is {self.found}, and should be {self.expected}"


class Verifier:
    """Goes through the books of one business."""

    def __init__(self, store: Store, policy: Policy, business_id: int) -> None:
        self.store, self.policy, self.business_id = store, policy, business_id
        self.rows = store.rows(business_id)

    async def disagreements(self) -> AsyncIterator[Disagreement]:
        """Yield whatever does not agree, in the order it is found."""
        async for found in self._entries():
            yield found
        for plan in self.store.plans.values():
            async for found in self._documents(plan):
                yield found
            async for found in self._counts(plan):
                yield found
            control = plan.resource.proof.control if plan.resource.proof else None
            if control is not None:
                async for found in self._control(plan, control):
                    yield found

    def _wrong(self, noun: str, object_id: int, what: str, expected: Any, found: Any) -> Disagreement:
        return Disagreement(self.business_id, noun, object_id, what, expected, found)

    async def _fetch(self, core: Any, **values: Any) -> Sequence[Sequence[Any]]:
        fetched: Sequence[Sequence[Any]] = await self.store.driver.fetch(
            self.store.compile(core), {"business_id": self.business_id, **values}
        )
        return fetched

    async def _entries(self) -> AsyncIterator[Disagreement]:
        """Prove that the postings of every entry add up to its head, and that nothing is booked without one."""
        entries, postings = self.store.table("entries"), self.store.table("postings")
        names = ("business_id", "source_type", "source_id", "revision")
        positive = [func.sum(postings.c[name]).filter(postings.c[name] > 0) for name in ("minor", "base_minor")]
        whole = [func.sum(postings.c[name]) for name in ("minor", "base_minor")]
        heads = [entries.c[name] for name in ("source_type", "source_id", "revision", "debit", "base_debit")]
        joined = postings.outerjoin(entries, and_(*(postings.c[name] == entries.c[name] for name in names)))
        core = select(*heads, *positive, *whole).select_from(joined).where(postings.c.business_id == bindparam("business_id"))
        grouped = core.group_by(*(postings.c[name] for name in names), *heads)
        for noun, number, revision, debit, own_debit, plus, own_plus, left, own_left in await self._fetch(grouped):
            if noun is None or left or own_left or (debit, own_debit) != (plus or 0, own_plus or 0):
                what = f"the sum of the debits of revision {revision}"
                yield self._wrong(noun or "posting", number or 0, what, debit, plus)

    async def _documents(self, plan: Plan) -> AsyncIterator[Disagreement]:
        """Prove every row of a resource: its own reckoning, its kept answers, its sums, its place in the ledger."""
        after = 0
        while True:
            records = await self._page(plan, after)
            if not records:
                return
            after = records[-1].row["id"]
            for record in records:
                for found in self._alone(plan, record):
                    yield found
            async for found in self._sums(plan, records):
                yield found
            if plan.resource.posts is not None:
                async for found in self._booked(plan, records):
                    yield found

    async def _page(self, plan: Plan, after: int) -> tuple[Any, ...]:
        table = plan.table
        chosen = select(*(table.c[name] for name in plan.stored)).where(table.c.business_id == bindparam("business_id"))
        core = chosen.where(table.c.id > bindparam("after")).order_by(table.c.id).limit(PAGE)
        records = tuple(stored(plan, row) for row in await self.store.driver.fetch(plan.once("proof", lambda: core), self._after(after)))
        if records and plan.lines:
            await self.rows.load_lines(records)
        return records

    def _after(self, after: int) -> dict[str, int]:
        return {"business_id": self.business_id, "after": after}

    def _alone(self, plan: Plan, record: Any) -> list[Disagreement]:
        noun, number = record.noun, record.row["id"]
        found = [
            self._wrong(noun, number, field.kept, field.decide(record.row), record.row[field.kept])
            for field in record.kept
            if field.decide(record.row) != record.row[field.kept]
        ]
        found += [
            self._wrong(noun, number, field.name, field.through(record.row), record.row[field.name])
            for field in record.scheduled
            if field.through(record.row) != record.row[field.name]
        ]
        proof = plan.resource.proof
        if proof is not None and proof.reckon is not None:
            found += [self._wrong(noun, number, *mismatch) for mismatch in proof.reckon(record, self.policy)]
        return found

    async def _sums(self, plan: Plan, records: Sequence[Any]) -> AsyncIterator[Disagreement]:
        ids = [record.row["id"] for record in records]
        for column, balance in plan.resource.proof.sums if plan.resource.proof else ():
            statement = plan.balance(balance)
            values = {"business_id": self.business_id, "among": ids, "today": ""}
            sums = {row[0]: row[2] for row in await self.store.driver.fetch(statement, values)}
            for record in records:
                expected = sums.get(record.row["id"], 0)
                if record.row[column] != expected:
                    yield self._wrong(record.noun, record.row["id"], column, expected, record.row[column])

    async def _booked(self, plan: Plan, records: Sequence[Any]) -> AsyncIterator[Disagreement]:
        """Prove that what is booked for a document is what the document says."""
        assert plan.resource.posts is not None, plan.record.noun
        booked = await self._last_entries(plan.record.noun, records[0].row["id"], records[-1].row["id"])
        for record in records:
            expected = plan.resource.posts.entry(record)
            if expected is not None and not expected.postings:
                expected = None
            found = booked.get(record.row["id"])
            if found != expected:
                yield self._wrong(record.noun, record.row["id"], "what is booked", expected, found)

    async def _last_entries(self, noun: str, first: int, last: int) -> dict[int, Entry]:
        entries, postings = self.store.table("entries"), self.store.table("postings")
        heads = [entries.c[name] for name in ("source_id", "revision", "reverses_revision", "effective_date", "currency_code")]
        values = {"noun": noun, "first": first, "last": last}
        heads_found = await self._fetch(select(*heads).where(*_range(entries)).order_by(entries.c.source_id, entries.c.revision), **values)
        latest = {row[0]: row for row in heads_found}
        rows = select(postings.c.source_id, postings.c.revision, *(postings.c[name] for name in POSTED)).where(*_range(postings))
        parts: dict[tuple[int, int], list[Posting]] = {}
        for source_id, revision, *posting in await self._fetch(rows.order_by(postings.c.source_id, postings.c.number), **values):
            parts.setdefault((source_id, revision), []).append(Posting(*posting))
        return {
            number: Entry(date, code, tuple(parts.get((number, revision), ())))
            for number, revision, reverses, date, code in latest.values()
            if reverses is None
        }

    async def _counts(self, plan: Plan) -> AsyncIterator[Disagreement]:
        table, noun = plan.table, plan.record.noun
        visible = [] if plan.resource.hidden is None else [condition_of(~plan.resource.hidden, table)]
        block = (table.c.id - table.c.id % BLOCK).label("block")
        core = select(block, func.count()).where(table.c.business_id == bindparam("business_id"), *visible).group_by(block)
        real = {int(start) // BLOCK: int(many) for start, many in await self._fetch(core)}
        kept = await self.store.driver.fetch(self.store.counts_of, {"business_id": self.business_id, "noun": noun})
        counted = {row[0]: row[1] for row in kept if row[1]}
        if counted != real:
            yield self._wrong(noun, 0, "the count of visible rows", sum(real.values()), sum(counted.values()))

    async def _control(self, plan: Plan, control: Control) -> AsyncIterator[Disagreement]:
        table, entries, postings = plan.table, self.store.table("entries"), self.store.table("postings")
        amount = table.c[control.amount] - table.c[control.less] if control.less else table.c[control.amount]
        owed = select(table.c[control.client], table.c.currency_code, func.sum(amount)).where(
            table.c.business_id == bindparam("business_id"), condition_of(control.where, table)
        )
        expected = await self._fetch(owed.group_by(table.c[control.client], table.c.currency_code), today="")
        same = and_(*(postings.c[name] == entries.c[name] for name in ("business_id", "source_type", "source_id", "revision")))
        held = select(postings.c.clientid, entries.c.currency_code, func.sum(postings.c.minor)).select_from(postings.join(entries, same))
        held = held.where(postings.c.business_id == bindparam("business_id"), postings.c.account == control.account)
        found = await self._fetch(held.group_by(postings.c.clientid, entries.c.currency_code))
        wanted = {(client, code): control.sign * minor for client, code, minor in expected if minor}
        booked = {(client, code): minor for client, code, minor in found if minor}
        for key in sorted(wanted.keys() | booked.keys()):
            if wanted.get(key, 0) != booked.get(key, 0):
                yield self._wrong("client", key[0], f"account {control.account} in {key[1]}", wanted.get(key, 0), booked.get(key, 0))


def _range(table: Any) -> tuple[Any, ...]:
    return (
        table.c.business_id == bindparam("business_id"),
        table.c.source_type == bindparam("noun"),
        table.c.source_id.between(bindparam("first"), bindparam("last")),
    )


async def verify(store: Store, policy: Policy) -> AsyncIterator[Disagreement]:
    """Yield everything in the books of every business that does not agree."""
    businesses = store.table("businesses")
    for row in await store.driver.fetch(store.compile(select(businesses.c.id).order_by(businesses.c.id)), {}):
        async for found in Verifier(store, policy, row[0]).disagreements():
            yield found
