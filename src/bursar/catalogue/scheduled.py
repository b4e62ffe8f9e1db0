"""A day on which work on a row falls due: kept with the row, so that whoever does the work finds it by an index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bursar.catalogue.field import Field

if TYPE_CHECKING:
    from collections.abc import Callable

    from bursar.catalogue.record import Record


class Scheduled(Field[str | None]):
    """The next day, in the business's time zone, on which something is to be done about the row; null when nothing is.

    ``through(row)`` reckons it at every save. ``begins(record, today)`` is told of every saved record before, to note from
    which day on its work counts.
    """

    def __init__(self, through: Callable[[dict[str, Any]], str | None], begins: Callable[[Record, str], None]) -> None:
        super().__init__(writable=False, shown=False, nullable=True)
        self.through, self.begins = through, begins
