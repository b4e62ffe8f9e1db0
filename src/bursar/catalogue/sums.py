"""Numbers made of the rows that point at a row, as those are now: nothing of it is stored, so nothing can be forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bursar.catalogue.field import Field

if TYPE_CHECKING:
    from collections.abc import Callable

    from bursar.domain.when import Condition


class Summed(Field[int | None]):
    """A sum in the statement of get and list, for computed fields to read; None where there is nothing to sum.

    ``noun`` and ``their`` find the rows, ``where`` keeps some, ``of`` is the summed column. With ``lines`` their lines are
    summed, found by a column of the line; ``where`` stays about the document. Amounts of all currencies are added up as
    plain numbers, in ten-thousandths.
    """

    def __init__(self, noun: str, *, their: str, where: Condition, of: str, lines: str = "") -> None:
        super().__init__(writable=False, shown=False)
        self.noun, self.their, self.where, self.of, self.lines = noun, their, where, of, lines

    def columns(self) -> dict[str, str]:
        return {}


class Present(Field[int]):
    """Whether there is such a row, 1 or 0, in the statement of get and list; see :class:`Summed`."""

    def __init__(self, noun: str, *, their: str, where: Condition) -> None:
        super().__init__(writable=False, shown=False)
        self.noun, self.their, self.where = noun, their, where

    def columns(self) -> dict[str, str]:
        return {}


class Asked(Field[int | None]):
    """A sum over rows that point here that is null unless ``asked`` for in the query; one query for a page."""

    def __init__(self, noun: str, *, their: str, where: Condition, of: str, asked: str) -> None:
        super().__init__(writable=False, nullable=True)
        self.noun, self.their, self.where, self.of, self.asked = noun, their, where, of, asked

    def columns(self) -> dict[str, str]:
        return {}

    def shows(self, column: Callable[[str], str]) -> str:
        del column
        return f"extra.get({self.name!r})"

    def schema(self) -> dict[str, Any]:
        return {"type": "integer"}
