"""The number last used and the numbers still free, as one transaction knows them: a batch of new documents asks once.

Asking the table for each of them would be two statements a document, and on PostgreSQL would send every row on its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_AHEAD: Final = 64

Of = tuple[int, str]
"""A business and a kind of row."""


class Numbers:
    """What is known of rows that are numbered; whoever writes such rows says so, and is believed until the transaction ends.

    ``works`` is how many works the transaction has: each of them may ask for a number.
    """

    __slots__ = ("_last", "_taken", "works")

    def __init__(self) -> None:
        self.works = 1
        self._last: dict[Of, dict[tuple[str, ...], dict[str, Any] | None]] = {}
        self._taken: dict[Of, dict[str, dict[Any, bool]]] = {}

    def last(self, of: Of, columns: tuple[str, ...]) -> tuple[bool, dict[str, Any] | None]:
        """Return whether the row made last is known, and these columns of it: None when there is no row at all."""
        known = self._last.get(of, {})
        return columns in known, known.get(columns)

    def keep_last(self, of: Of, columns: tuple[str, ...], row: dict[str, Any] | None) -> None:
        """Remember the row made last."""
        self._last.setdefault(of, {})[columns] = row

    def is_free(self, of: Of, column: str, value: Any) -> bool | None:
        """Return whether no row has this value, None when nobody looked."""
        taken = self._taken.get(of, {}).get(column, {}).get(value)
        return None if taken is None else not taken

    def ahead(self, value: Any, following: Callable[[Any], Any]) -> list[Any]:
        """Return the values to look up next: this one and those that follow it, one for each work.

        Asked before the first of them writes, since rows held back would have to be run before the table is asked.
        """
        values = [value]
        while len(values) < min(self.works, _MOST_AHEAD):
            values.append(following(values[-1]))
        return values

    def keep_taken(self, of: Of, column: str, values: list[Any], taken: set[Any]) -> None:
        """Remember which of the values that were looked up are taken."""
        known = self._taken.setdefault(of, {}).setdefault(column, {})
        known.update((value, value in taken) for value in values)

    def inserted(self, of: Of, row: dict[str, Any]) -> None:
        """A row was made: it is the last one, and its values are taken."""
        if of in self._last:
            self._last[of] = {columns: {column: row[column] for column in columns} for columns in self._last[of]}
        for column, known in self._taken.get(of, {}).items():
            known[row[column]] = True

    def changed(self, of: Of) -> None:
        """Rows of this kind were changed or removed."""
        self._last.pop(of, None)
        self._taken.pop(of, None)

    def clear(self) -> None:
        """Forget everything: the transaction is over."""
        self._last.clear()
        self._taken.clear()
