"""What the works of one transaction have written and the database has not been told yet.

Many works of a batch write the same few tables. The rows of one statement are run together, in the place of the first of
them, as long as no other statement touches the same table in between: so writes to one table keep their order, and a read
is answered after whatever it could see. On PostgreSQL that spares round trips, on SQLite the way into the same table again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bursar.store.seen import Seen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bursar.store.statements import Statement

    Rows = list[tuple[Any, ...]]


class Held:
    """The writes of a batch that many works share: sums are added up, of the last ones only the last is kept."""

    __slots__ = ("_last", "_sums", "summed", "written")

    def __init__(self) -> None:
        self._sums: dict[tuple[Statement, tuple[Any, ...]], dict[str, Any]] = {}
        self._last: dict[tuple[Statement, tuple[Any, ...]], Mapping[str, Any]] = {}
        self.summed: set[str] = set()
        self.written: set[str] = set()

    def add(self, statement: Statement, key: tuple[Any, ...], values: Mapping[str, Any], step: int) -> None:
        """Add a step to a sum."""
        held = self._sums.get((statement, key))
        if held is None:
            self._sums[statement, key] = {**values, "step": step}
            self.summed.add(statement.table)
            self.written.add(statement.table)
        else:
            held["step"] += step

    def last(self, statement: Statement, key: tuple[Any, ...], values: Mapping[str, Any]) -> None:
        """Keep the latest values."""
        self._last[statement, key] = values
        self.written.add(statement.table)

    def drain(self) -> list[tuple[Statement, list[Mapping[str, Any]]]]:
        """Take everything, by statement, sums first."""
        rows: dict[Statement, list[Mapping[str, Any]]] = {}
        for (statement, _), values in self._sums.items():
            rows.setdefault(statement, []).append(values)
        for (statement, _), latest in self._last.items():
            rows.setdefault(statement, []).append(latest)
        self.clear()
        return list(rows.items())

    def clear(self) -> None:
        """Forget everything: it was written, or undone."""
        self._sums.clear()
        self._last.clear()
        self.summed.clear()
        self.written.clear()


class Writes:
    """The writing half of a session (``driver.Session``); ``keeps=False`` remembers no answers to reads."""

    __slots__ = ("_buffer", "_held", "_latest", "dirty", "seen")

    def __init__(self, *, keeps: bool) -> None:
        self.dirty = False
        self.seen = Seen(keeps=keeps)
        self._held = Held()
        self._buffer: list[tuple[Statement, Rows]] = []
        self._latest: dict[str, tuple[Statement, Rows]] = {}

    async def run(self, statement: Statement, values: Mapping[str, Any]) -> None:
        """Run a writing statement, sooner or later."""
        self._rows_of(statement).append(statement.bind(values))

    async def run_many(self, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a writing statement once for each of the rows, sooner or later."""
        self._rows_of(statement).extend(map(statement.bind, rows))

    async def run_rows(self, statement: Statement, rows: Sequence[tuple[Any, ...]]) -> None:
        """Run a writing statement once for each of the rows, sooner or later."""
        self._rows_of(statement).extend(rows)

    async def add(self, statement: Statement, key: tuple[Any, ...], values: Mapping[str, Any], step: int) -> None:
        """Add to a sum that the batch writes once."""
        self.dirty = True
        self._held.add(statement, key, values, step)

    async def last(self, statement: Statement, key: tuple[Any, ...], values: Mapping[str, Any]) -> None:
        """Write the last of the batch's values."""
        self.dirty = True
        self._held.last(statement, key, values)

    def drop(self) -> None:
        """Forget everything: the transaction is over."""
        self._held.clear()
        self.seen.clear()
        self._buffer.clear()
        self._latest.clear()

    def _drain(self) -> list[tuple[Statement, Rows]]:
        """Take what is to be run now, in order."""
        buffer, self._buffer, self._latest = self._buffer, [], {}
        return buffer

    def _prepare(self, statement: Statement) -> None:
        """Get ready for a statement that answers rows: sums come before who reads them, and what a write makes untrue is forgotten."""
        held = self._held
        if statement.table:
            self.dirty = True
            self.seen.written(statement.table)
        if statement.table in held.written or not held.summed.isdisjoint(statement.reads):
            self._buffer_held()

    def _hides(self, statement: Statement) -> bool:
        """Whether a statement could see, or overtake, what has not been run."""
        return bool(self._latest) and not statement.touches.isdisjoint(self._latest)

    def _rows_of(self, statement: Statement) -> Rows:
        """Find the rows of this statement that one more may join without overtaking anything."""
        self.dirty = True
        if statement.table in self._held.written:
            self._buffer_held()
        one = self._latest.get(statement.table)
        if one is not None and one[0] is statement and not statement.reads:
            return one[1]  # nobody has read the table since, else these rows would have been run
        return self._join(statement)

    def _join(self, statement: Statement) -> Rows:
        latest = self._latest
        self.seen.written(statement.table)
        one = latest.get(statement.table)
        if one is None or one[0] is not statement or (statement.reads and any(latest.get(table) is not one for table in statement.reads)):
            one = (statement, [])
            self._buffer.append(one)
            for table in statement.touches:
                latest[table] = one
        return one[1]

    def _buffer_held(self) -> None:
        for statement, rows in self._held.drain():
            self._join(statement).extend(map(statement.bind, rows))
