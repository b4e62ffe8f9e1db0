"""Reads rows of one business: for decisions as records, for answers as plain tuples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from bursar.catalogue.facts import Member
from bursar.store.plan import Start
from bursar.store.seen import Seen
from bursar.store.statements import any_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from bursar.catalogue.links import Balance
    from bursar.catalogue.query import Query
    from bursar.catalogue.sums import Asked
    from bursar.store.plan import Plan, Read
    from bursar.store.statements import Statement
    from bursar.store.store import Store

    Row = Sequence[Any]
    Fetch = Callable[[Statement, dict[str, Any]], Awaitable[Sequence[Row]]]

BLOCK = 4096
MANY = 5_000
FEW = 16


class Rows:
    """Reading one business's rows, inside a unit or outside; ``fetch`` is the session's or the driver's, ``seen`` the session's."""

    __slots__ = ("_seen", "business_id", "fetch", "store")

    def __init__(self, store: Store, fetch: Any, business_id: int, seen: Seen | None = None) -> None:
        self.store, self.fetch, self.business_id, self._seen = store, fetch, business_id, seen

    @property
    def seen(self) -> Seen:
        """What the session has read already; outside a session nothing is kept, and mostly nobody asks."""
        if self._seen is None:
            self._seen = Seen(keeps=False)
        return self._seen

    async def raw(self, noun: str, object_id: int) -> Row | None:
        """Return one row with its joined columns, in the order of ``plan.columns``."""
        rows = await self.fetch(self.store.plans[noun].get, {"business_id": self.business_id, "id": object_id})
        return rows[0] if rows else None

    async def one(self, noun: str, object_id: int, *, lines: bool = False) -> Any:
        """Return one record as stored, or None."""
        plan = self.store.plans[noun]
        rows = await self.fetch(plan.plain, {"business_id": self.business_id, "id": object_id})
        if not rows:
            return None
        record = stored(plan, rows[0])
        if lines:
            await self.load_lines((record,))
        return record

    async def exists(self, noun: str, object_id: int) -> bool:
        """Whether a row with this id is there, deleted or not."""
        return bool(await self.fetch(self.store.plans[noun].exists, {"business_id": self.business_id, "id": object_id}))

    async def where(self, noun: str, same: dict[str, Any], *, lines: bool = False) -> tuple[Any, ...]:
        """Return the records whose columns have these values, oldest first."""
        plan = self.store.plans[noun]
        values = {"business_id": self.business_id, **{f"is_{name}": value for name, value in same.items()}}
        return await self._records(plan, await self.fetch(plan.where(tuple(same)), values), lines=lines)

    async def among(self, noun: str, column: str, values: Iterable[Any], *, lines: bool = False) -> tuple[Any, ...]:
        """Return the records whose column has one of these values, oldest first."""
        plan = self.store.plans[noun]
        sought = list(values)
        if len(sought) == 1:
            return await self.where(noun, {column: sought[0]}, lines=lines)
        if len(sought) <= FEW and self.seen.keeps and not lines:
            return await self._by_value(plan, column, sought)
        rows = await self.fetch(plan.among(column), {"business_id": self.business_id, "among": sought})
        return await self._records(plan, rows, lines=lines)

    async def _by_value(self, plan: Plan, column: str, sought: list[Any]) -> tuple[Any, ...]:
        """Return records by the values of a column, looking up only the values that nobody looked up before.

        What was found is handed out again: nobody writes into a stored record.
        """
        seen = self.seen.by_value(plan.table.name, self.business_id, column)
        missing = [value for value in sought if value not in seen]
        if missing:
            rows = await self._fetched(plan.among(column), {"business_id": self.business_id, "among": missing})
            made = [stored(plan, row) for row in rows]
            for value in missing:
                self.seen.keep_value(seen, value, [record for record in made if record.row[column] == value])
        found = [record for value in sought for record in seen[value]]
        if len(found) > 1:
            found.sort(key=lambda record: record.row["id"])
        return tuple(found)

    async def every(self, noun: str, *columns: str) -> Sequence[Row]:
        """Return some columns of every row, oldest first."""
        plan = self.store.plans[noun]
        table = plan.table

        def build() -> Any:
            chosen = select(*(table.c[name] for name in columns))
            return chosen.where(table.c.business_id == bindparam("business_id")).order_by(table.c.id)

        statement = plan.once(("every", columns), build)
        return await self._fetched(statement, {"business_id": self.business_id})

    async def latest(self, noun: str, columns: tuple[str, ...]) -> dict[str, Any] | None:
        """Return some columns of the row made last, or None."""
        of = (self.business_id, noun)
        known, last = self.seen.numbers.last(of, columns)
        if not known:
            rows = await self.fetch(self.store.plans[noun].latest(columns), {"business_id": self.business_id})
            last = dict(zip(columns, rows[0], strict=True)) if rows else None
            self.seen.numbers.keep_last(of, columns, last)
        return last

    async def is_free(self, noun: str, column: str, value: Any, following: Callable[[Any], Any]) -> bool:
        """Whether no row has this value; those that others of the batch will ask for are looked up along with it."""
        of = (self.business_id, noun)
        free = self.seen.numbers.is_free(of, column, value)
        if free is None:
            sought = self.seen.numbers.ahead(value, following)
            if len(sought) == 1:
                taken = set() if await self.holder(noun, column, value) is None else {value}
            else:
                taken = set(await self.holders(noun, column, sought))
            self.seen.numbers.keep_taken(of, column, sought, taken)
            free = value not in taken
        return free

    async def holder(self, noun: str, column: str, value: Any) -> int | None:
        """Return the id of the row that has this value, or None."""
        rows = await self.fetch(self.store.plans[noun].holder(column), {"business_id": self.business_id, "value": value})
        return rows[0][0] if rows else None

    async def holders(self, noun: str, column: str, values: Iterable[Any]) -> dict[Any, int]:
        """Return which of these values are taken, and by which row."""
        plan = self.store.plans[noun]
        table = plan.table
        statement = plan.once(
            ("holders", column),
            lambda: select(table.c[column], table.c.id).where(
                table.c.business_id == bindparam("business_id"), any_of(table.c[column], "among")
            ),
        )
        return {row[0]: row[1] for row in await self.fetch(statement, {"business_id": self.business_id, "among": list(values)})}

    async def _records(self, plan: Plan, rows: Sequence[Row], *, lines: bool) -> tuple[Any, ...]:
        records = tuple(stored(plan, row) for row in rows)
        if lines and records:
            await self.load_lines(records)
        return records

    async def load_lines(self, records: Sequence[Any]) -> None:
        """Give stored records their lines, one query for each kind of lines."""
        plan = self.store.plans[records[0].noun]
        for name, lines in plan.lines.items():
            rows = await self.lines(records[0].noun, name, [record.row["id"] for record in records])
            of: dict[int, list[Any]] = {record.row["id"]: [] for record in records}
            for row in rows:
                of[row[0]].append(lines.record(dict(zip(lines.columns, row, strict=True))))
            for record in records:
                found = {**record.children, name: tuple(of[record.row["id"]])}
                record.children = found
                if record.was is not None:
                    record.was.children = found

    async def lines(self, noun: str, name: str, ids: Sequence[int]) -> Sequence[Row]:
        """Return the rows of one kind of lines of these documents, in the order of ``LinePlan.columns``."""
        lines = self.store.plans[noun].lines[name]
        if len(ids) == 1:
            return await self._fetched(lines.of_one, {"business_id": self.business_id, "id": ids[0]})
        return await self._fetched(lines.of_many, {"business_id": self.business_id, "among": list(ids)})

    async def _fetched(self, statement: Statement, values: dict[str, Any]) -> Sequence[Row]:
        rows: Sequence[Row] = await self.fetch(statement, values)
        return rows

    async def linked(self, noun: str, column: str, values: Sequence[int]) -> Sequence[Row]:
        """Return rows with joined columns whose column is one of these values: for embedding."""
        plan = self.store.plans[noun]
        return await self._fetched(plan.among(column, joined=True), {"business_id": self.business_id, "among": list(values)})

    async def balances(self, noun: str, balance: Balance, ids: Sequence[int], today: str) -> Sequence[Row]:
        """Return ``(linked id, currency, minor)`` sums."""
        values = {"business_id": self.business_id, "among": list(ids), "today": today}
        return await self._fetched(self.store.plans[noun].balance(balance), values)

    async def asked(self, noun: str, field: Asked, ids: Sequence[int]) -> Sequence[Row]:
        """Return ``(linked id, sum or moment)`` where there are rows that point there."""
        return await self._fetched(self.store.plans[noun].asked(field), {"business_id": self.business_id, "among": list(ids)})

    async def members(self) -> dict[int, Member]:
        """Return the people of the business by their identity."""
        rows = await self._fetched(self.store.members, {"business_id": self.business_id})
        return {row[0]: Member(*row) for row in rows}

    async def groups(self, noun: str, query: Query, today: str) -> list[Sequence[Row]]:
        """Return the groups of every tally of a resource; over many rows they are counted aside, so that nobody waits."""
        plan = self.store.plans[noun]
        assert plan.resource.totals is not None, noun
        slow = await self._counted(noun) > MANY
        reads = [plan.tally(query, tally, business_id=self.business_id, today=today) for tally in plan.resource.totals.tallies]
        return [await self._run(read._replace(slow=slow)) for read in reads]

    async def texts(self, noun: str, column: str, query: Query, today: str) -> tuple[list[str], int]:
        """Return a page of the different texts of a column in a filtered list, and how many there are."""
        page, count = self.store.plans[noun].texts(column, query, business_id=self.business_id, today=today)
        return [row[0] for row in await self._run(page)], await self._run_count(count)

    async def page(self, noun: str, query: Query, today: str, total: int | None = None) -> tuple[Sequence[Row], int]:
        """Return the rows of a page and the number of all rows of the list (architecture 6.4), unless that is known."""
        plan = self.store.plans[noun]
        counted = not (query.searches or query.shows_hidden or plan.resource.switches) and query.rows is None
        if counted and query.sort in ("", "id") and plan.resource.order.lstrip("-") == "id":
            return await self._by_blocks(plan, query, today)
        if total is None:
            count = plan.count(query, business_id=self.business_id, today=today)
            total = await self._counted(noun) if counted else await self._run_count(count)
        offset = (query.page - 1) * query.per_page
        if offset >= total:
            return (), total
        return await self._run(plan.page(query, business_id=self.business_id, today=today, offset=offset)), total

    async def _by_blocks(self, plan: Plan, query: Query, today: str) -> tuple[Sequence[Row], int]:
        """Skip whole blocks of ids by their counts, so that a deep page costs what the first one does."""
        blocks = await self._fetched(self.store.counts_of, {"business_id": self.business_id, "noun": plan.record.noun})
        total = sum([row[1] for row in blocks])
        offset = (query.page - 1) * query.per_page
        if offset >= total:
            return (), total
        descending = query.descending if query.sort else plan.resource.order.startswith("-")
        start = None
        for block, visible in reversed(blocks) if descending else blocks:
            if offset < visible == BLOCK:  # every id of it is there, so the row needs no counting
                start, offset = Start((block + 1) * BLOCK - 1 - offset if descending else block * BLOCK + offset, backwards=False), 0
                break
            if offset < visible:
                behind = visible - offset - 1
                backwards = behind < offset  # fewer rows lie between the first of the page and the end of the block
                offset = behind if backwards else offset
                start = Start((block + 1) * BLOCK - 1 if descending != backwards else block * BLOCK, backwards)
                break
            offset -= visible
        return await self._run(plan.page(query, business_id=self.business_id, today=today, offset=offset, start=start)), total

    async def _counted(self, noun: str) -> int:
        rows = await self._fetched(self.store.counts_of, {"business_id": self.business_id, "noun": noun})
        return sum(row[1] for row in rows)

    async def _run(self, read: Read) -> Sequence[Row]:
        if read.slow:
            rows: Sequence[Row] = await self.fetch(read.statement, read.values, slow=True)
            return rows
        return await self._fetched(read.statement, read.values)

    async def _run_count(self, read: Read) -> int:
        return int((await self._run(read))[0][0])

    async def books(self) -> dict[str, Any]:
        """Return the stored row of the business itself."""
        rows = await self._fetched(self.store.business, {"business_id": self.business_id})
        return dict(zip(self.store.business.columns, rows[0], strict=True))

    async def uploads(self, tokens: Iterable[str]) -> dict[str, str]:
        """Return the media types of stored files by their tokens."""
        rows = await self._fetched(self.store.uploads_by_token, {"business_id": self.business_id, "among": list(tokens)})
        return {row[0]: row[1] for row in rows}

    async def rate(self, code: str, on: str) -> int | None:
        """Return what one unit was worth in the business's currency on a day, in billionths; None when nobody said."""
        rows = await self._fetched(self.store.rate_on, {"business_id": self.business_id, "currency_code": code, "date": on})
        return int(rows[0][0]) if rows else None


def stored(plan: Plan, row: Row) -> Any:
    """Make a record of a stored row, knowing what it was; both share the row, so it is changed by ``replace`` alone."""
    values = dict(zip(plan.stored, row, strict=False))
    return plan.record(values, plan.record(values))
