"""The session of PostgreSQL: writes are held back and sent together, since there every call is a round trip."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any, Final, Protocol

from bursar.store.group import Held
from bursar.store.seen import Seen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bursar.store.statements import Statement

_RARE: Final = 0.02


class Connection(Protocol):
    """What the session needs of the driver's connection."""

    async def fetch(self, query: str, *args: Any) -> Sequence[Sequence[Any]]:
        """Run a statement that answers rows."""

    async def execute(self, query: str, *args: Any) -> str:
        """Run a statement."""

    async def executemany(self, command: str, args: Iterable[Sequence[Any]]) -> None:
        """Run a statement for each tuple, in one round trip."""


class _Rows:
    """The rows of one statement that are sent together."""

    __slots__ = ("rows", "statement")

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self.rows: list[tuple[Any, ...]] = []


class PgSession:
    """What a work sees of a transaction.

    Writes of one statement are sent together, in the place of the first of them, as long as no other statement touches
    the same table in between; so writes to one table keep their order. A fetch sends first what it could read.
    """

    __slots__ = (
        "_buffer",
        "_connection",
        "_free",
        "_held",
        "_latest",
        "_rates",
        "_taken",
        "_works",
        "dirty",
        "seen",
        "works_left",
    )

    def __init__(self, rates: dict[str, float], *, locked: bool) -> None:
        self.dirty = False
        self.seen = Seen(keeps=locked)
        self.works_left = 0
        self._works = 0
        self._held = Held()
        self._buffer: list[_Rows] = []
        self._latest: dict[str, _Rows] = {}
        self._rates = rates
        self._free: dict[str, list[int]] = {}
        self._taken: dict[str, int] = {}

    def use(self, connection: Connection, works: int) -> None:
        """Serve a batch of works on this connection."""
        self._connection = connection
        self._works = self.works_left = works

    async def fetch(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Run a statement that answers rows."""
        held = self._held
        if statement.table:
            self.dirty = True
            self.seen.written(statement.table)
        if statement.table in held.written or not held.summed.isdisjoint(statement.reads):
            self._buffer_held()
        bound = statement.bind(values)
        key = tuple([tuple(value) if type(value) is list else value for value in bound])
        found = self.seen.find(statement, key)
        if found is not None:
            return found
        if self._latest and not statement.touches.isdisjoint(self._latest):
            await self.flush()
        rows = await self._connection.fetch(statement.text, *bound)
        self.seen.keep(statement, key, rows)
        return rows

    async def run(self, statement: Statement, values: Mapping[str, Any]) -> None:
        """Run a writing statement, sooner or later."""
        self.dirty = True
        self._rows_of(statement).append(statement.bind(values))

    async def run_many(self, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a writing statement once for each of the rows, sooner or later."""
        self.dirty = True
        self._rows_of(statement).extend(map(statement.bind, rows))

    async def run_rows(self, statement: Statement, rows: Sequence[tuple[Any, ...]]) -> None:
        """Run a writing statement once for each of the rows, sooner or later."""
        self.dirty = True
        self._rows_of(statement).extend(rows)

    async def add(self, statement: Statement, key: tuple[Any, ...], values: Mapping[str, Any], step: int) -> None:
        """Add to a sum that the batch writes once."""
        self.dirty = True
        self._held.add(statement, key, values, step)

    async def last(self, statement: Statement, key: tuple[Any, ...], values: Mapping[str, Any]) -> None:
        """Write the last of the batch's values."""
        self.dirty = True
        self._held.last(statement, key, values)

    async def take_id(self, noun: str) -> int:
        """Take the next id; the batch takes from the sequences as many as it will probably need."""
        free = self._free.get(noun)
        if not free:
            await self._take_ids(noun)
            free = self._free[noun]
        self._taken[noun] = self._taken.get(noun, 0) + 1
        return free.pop()

    async def finish(self) -> None:
        """Send all that is held back."""
        self._buffer_held()
        await self.flush()

    async def flush(self) -> None:
        """Send what is buffered, in order."""
        buffer, self._buffer, self._latest = self._buffer, [], {}
        for one in buffer:
            if len(one.rows) == 1:
                await self._connection.execute(one.statement.text, *one.rows[0])
            else:
                await self._connection.executemany(one.statement.text, one.rows)

    def learn(self) -> None:
        """The transaction stands: remember how many ids a work takes of each noun."""
        for noun in self._rates.keys() | self._taken.keys():
            rate = self._rates.get(noun, 0.0)
            rate += (self._taken.get(noun, 0) / self._works - rate) / 4
            if rate < _RARE:
                self._rates.pop(noun, None)
            else:
                self._rates[noun] = rate

    def drop(self) -> None:
        """The transaction is over: forget what was held back, and the ids that were left, so that ids keep their order."""
        self._held.clear()
        self.seen.clear()
        self._buffer.clear()
        self._latest.clear()
        self._free.clear()
        self._taken.clear()

    def _rows_of(self, statement: Statement) -> list[tuple[Any, ...]]:
        """Find the rows of this statement that one more may join without overtaking anything."""
        if statement.table in self._held.written:
            self._buffer_held()
        return self._join(statement)

    def _join(self, statement: Statement) -> list[tuple[Any, ...]]:
        latest = self._latest
        self.seen.written(statement.table)
        one = latest.get(statement.table)
        if one is None or one.statement is not statement or (statement.reads and any(latest.get(t) is not one for t in statement.reads)):
            one = _Rows(statement)
            self._buffer.append(one)
            for table in statement.touches:
                latest[table] = one
        return one.rows

    def _buffer_held(self) -> None:
        for statement, rows in self._held.drain():
            self._join(statement).extend(map(statement.bind, rows))

    async def _take_ids(self, noun: str) -> None:
        """Take ids of this noun, and of all others that the works left will want, in one round trip."""
        wanted = {other: 0 if self._free.get(other) else ceil(rate * self.works_left - 0.1) for other, rate in self._rates.items()}
        wanted[noun] = max(1, wanted.get(noun, 0))
        nouns = sorted(wanted)
        rows = await self._connection.fetch(_take_text(tuple(nouns)), *(wanted[other] for other in nouns))
        for place, taken in sorted(map(tuple, rows), reverse=True):
            self._free.setdefault(nouns[place], []).append(taken)


def _take_text(nouns: tuple[str, ...]) -> str:
    assert all(noun.isidentifier() for noun in nouns), "nouns are names of ours"
    return " UNION ALL ".join(
        f"SELECT {place}, nextval('{noun}_ids') FROM generate_series(1, ${place + 1}::bigint)"  # noqa: S608 - checked above
        for place, noun in enumerate(nouns)
    )
