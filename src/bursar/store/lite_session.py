"""The session of SQLite: its methods never wait, so a work runs from start to end in one go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from bursar.store.writes import Writes

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

    def execute(self, statements: str, bindings: tuple[Any, ...] = (), /) -> Cursor:
        """Run a statement."""

    def executemany(self, statements: str, sequenceofbindings: Iterable[tuple[Any, ...]], /) -> Cursor:
        """Run a statement for each tuple."""

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Answer the rows."""


class LiteSession(Writes):
    """What a work sees; its methods never wait, so a work runs from start to end in one go."""

    __slots__ = ("_ends", "_kept_ends", "_kept_ids", "_next_ids", "cursor")

    def __init__(self) -> None:
        super().__init__(keeps=True)
        self._next_ids: dict[str, int] = {}
        self._ends: dict[str, int] = {}
        self.stand()

    def use(self, cursor: Cursor) -> None:
        """Run on this cursor from now on."""
        self.cursor = cursor

    async def fetch(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Run a statement that answers rows."""
        self._prepare(statement)
        bound = statement.bind(values)
        rows = self.seen.find(statement, bound)
        if rows is None:
            if self._hides(statement):
                self.flush()
            rows = self.cursor.execute(statement.text, bound).fetchall()
            self.seen.keep(statement, bound, rows)
        return rows

    async def take_id(self, noun: str) -> int:
        """Take the next id; blocks of them are taken from ``sequences``."""
        taken = self._next_ids.get(noun, 0)
        if taken >= self._ends.get(noun, 0):
            end: int = self.cursor.execute(_TAKE_IDS, (noun,)).fetchall()[0][0]
            self._ends[noun] = end
            taken = end - _BLOCK
        self._next_ids[noun] = taken + 1
        return taken

    def finish(self) -> None:
        """Run all that is held back."""
        self._buffer_held()
        self.flush()

    def flush(self) -> None:
        """Run what is buffered, in order."""
        for statement, rows in self._drain():
            self.cursor.executemany(statement.text, rows)

    def stand(self) -> None:
        """The transaction stands: so do the ids taken in it and what was read."""
        self.seen.hand_on()
        self._kept_ids, self._kept_ends = self._next_ids.copy(), self._ends.copy()

    def drop(self) -> None:
        """The transaction is undone: forget what was held and hand the same ids out again."""
        super().drop()
        self._next_ids, self._ends = self._kept_ids.copy(), self._kept_ends.copy()

    def forget_ids(self) -> None:
        """Take ids anew from ``sequences``: the books are others."""
        self._held.clear()
        self._next_ids.clear()
        self._ends.clear()
        self.seen.clear()
        self.stand()
