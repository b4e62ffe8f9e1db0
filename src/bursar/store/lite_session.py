"""The session of SQLite: its methods never wait, so a work runs from start to end in one go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from bursar.store.group import Held
from bursar.store.seen import Seen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bursar.store.statements import Statement

_BLOCK: Final = 64
_TAKE_IDS: Final = (
    f"INSERT INTO sequences (noun, next) VALUES (?, {_BLOCK + 1}) "  # noqa: S608 - a number of ours
    f"ON CONFLICT (noun) DO UPDATE SET next = next + {_BLOCK} RETURNING next"
)


class Cursor(Protocol):
    """What the session needs of the driver's cursor."""

    def execute(self, statements: str, bindings: tuple[Any, ...], /) -> Cursor:
        """Run a statement."""

    def executemany(self, statements: str, sequenceofbindings: Iterable[tuple[Any, ...]], /) -> Cursor:
        """Run a statement for each tuple."""

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Answer the rows."""


class LiteSession:
    """What a work sees; its methods never wait, so a work runs from start to end in one go."""

    __slots__ = ("_cursor", "_ends", "_held", "_kept_ends", "_kept_ids", "_next_ids", "dirty", "seen")

    def __init__(self) -> None:
        self.dirty = False
        self._held = Held()
        self.seen = Seen()
        self._next_ids: dict[str, int] = {}
        self._ends: dict[str, int] = {}
        self.keep_ids()

    def use(self, cursor: Cursor) -> None:
        """Run on this cursor from now on."""
        self._cursor = cursor

    async def fetch(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Run a statement that answers rows."""
        held = self._held
        if statement.table:
            self._write(statement.table)
        if held.summed and not held.summed.isdisjoint(statement.reads):
            self.write_held()
        bound = statement.bind(values)
        rows = self.seen.find(statement, bound)
        if rows is None:
            rows = self._cursor.execute(statement.text, bound).fetchall()
            self.seen.keep(statement, bound, rows)
        return rows

    async def run(self, statement: Statement, values: Mapping[str, Any]) -> None:
        """Run a writing statement."""
        self._write(statement.table)
        self._cursor.execute(statement.text, statement.bind(values))

    async def run_many(self, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a writing statement once for each of the rows."""
        self._write(statement.table)
        self._cursor.executemany(statement.text, map(statement.bind, rows))

    async def run_rows(self, statement: Statement, rows: Sequence[tuple[Any, ...]]) -> None:
        """Run a writing statement once for each of the rows."""
        self._write(statement.table)
        self._cursor.executemany(statement.text, rows)

    async def add(self, statement: Statement, key: tuple[Any, ...], values: Mapping[str, Any], step: int) -> None:
        """Add to a sum that the batch writes once."""
        self.dirty = True
        self._held.add(statement, key, values, step)

    async def last(self, statement: Statement, key: tuple[Any, ...], values: Mapping[str, Any]) -> None:
        """Write the last of the batch's values."""
        self.dirty = True
        self._held.last(statement, key, values)

    async def take_id(self, noun: str) -> int:
        """Take the next id; blocks of them are taken from ``sequences``."""
        taken = self._next_ids.get(noun, 0)
        if taken >= self._ends.get(noun, 0):
            end: int = self._cursor.execute(_TAKE_IDS, (noun,)).fetchall()[0][0]
            self._ends[noun] = end
            taken = end - _BLOCK
        self._next_ids[noun] = taken + 1
        return taken

    def _write(self, table: str) -> None:
        """Get ready to write a table: what was held back of it comes first, what was read of it no longer holds."""
        self.dirty = True
        if table in self._held.written:
            self.write_held()
        self.seen.written(table)

    def write_held(self) -> None:
        """Write the sums and the last ones."""
        for statement, rows in self._held.drain():
            self.seen.written(statement.table)
            self._cursor.executemany(statement.text, map(statement.bind, rows))

    def keep_ids(self) -> None:
        """The transaction stands: so do the ids taken in it."""
        self.seen.clear()
        self._kept_ids, self._kept_ends = self._next_ids.copy(), self._ends.copy()

    def drop(self) -> None:
        """The transaction is undone: forget what was held and hand the same ids out again."""
        self._held.clear()
        self.seen.clear()
        self._next_ids, self._ends = self._kept_ids.copy(), self._kept_ends.copy()

    def forget_ids(self) -> None:
        """Take ids anew from ``sequences``: the books are others."""
        self._held.clear()
        self._next_ids.clear()
        self._ends.clear()
        self.keep_ids()
