"""What transactions have read already: asked again, they are answered from here until something writes that table.

A batch of works reads the same clients, taxes and items over and over. Nobody else writes them meanwhile: the transaction
holds the lock of its books, on SQLite that of the whole file. One without a lock on PostgreSQL keeps nothing. On SQLite,
which tells whether another connection has written, the next transaction goes on with what this one has read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bursar.store.numbers import Numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bursar.catalogue.record import Record
    from bursar.store.statements import Statement

_MOST_ROWS: Final = 64
"""Longer answers are read anew rather than kept."""
_MOST_KEPT: Final = 512
"""So many rows, answers and looked-up values are handed to the next transaction; more are read anew."""
_NONE: Final[dict[Any, Any]] = {}


class Seen:
    """Answers to what was read, by table; only statements that read one table are kept.

    ``numbers`` knows of numbered rows; ``keeps=False`` remembers no answers.
    """

    __slots__ = ("_kept", "_tables", "_values", "keeps", "numbers")

    def __init__(self, *, keeps: bool = True) -> None:
        self.keeps = keeps
        self.numbers = Numbers()
        self._kept = 0
        self._tables: dict[str, dict[tuple[Any, ...], Sequence[Sequence[Any]]]] = {}
        self._values: dict[str, dict[tuple[int, str], dict[Any, list[Record]]]] = {}

    def find(self, statement: Statement, bound: tuple[Any, ...]) -> Sequence[Sequence[Any]] | None:
        """Return what the statement answered to these values, or None when it was not asked since the last write."""
        table = self._tables.get(statement.source)
        return None if table is None else table.get((statement, bound))

    def keep(self, statement: Statement, bound: tuple[Any, ...], rows: Sequence[Sequence[Any]]) -> None:
        """Remember an answer."""
        if self.keeps and statement.source and len(rows) <= _MOST_ROWS:
            self._tables.setdefault(statement.source, {})[statement, bound] = rows
            self._kept += _size(rows)

    def by_value(self, table: str, business_id: int, column: str) -> dict[Any, list[Record]]:
        """Return the records of a business by the values of a column that were looked up; ``keep_value`` adds one."""
        return self._values.setdefault(table, {}).setdefault((business_id, column), {})

    def keep_value(self, found: dict[Any, list[Record]], value: Any, records: list[Record]) -> None:
        """Remember among those ``by_value`` returned which records have a value."""
        found[value] = records
        self._kept += _size(records)

    def written(self, table: str) -> None:
        """Forget what was read of a table."""
        for rows in self._tables.pop(table, _NONE).values():
            self._kept -= _size(rows)
        for values in self._values.pop(table, _NONE).values():
            self._kept -= sum(map(_size, values.values()))

    def hand_on(self) -> None:
        """The transaction stands, and with it what it has read; what is known of numbers ends with it."""
        self.numbers.clear()
        if self._kept > _MOST_KEPT:
            self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._tables.clear()
        self._values.clear()
        self.numbers.clear()
        self._kept = 0


def _size(rows: Sequence[Any]) -> int:
    """Count an answer; one without rows takes its place, too."""
    return 1 + len(rows)
