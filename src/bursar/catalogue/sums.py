"""Numbers made of the rows that point at a row, as those are now: nothing of it is stored, so nothing can be forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bursar.catalogue.field import Field
from bursar.catalogue.scalars import SHAPES
from bursar.domain import instants

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
    """A value made of rows that point here that is null unless ``asked`` for in the query; one query for a page.

    ``nothing`` is the value of who asks where there are no such rows.
    """

    nothing: int | None = None

    def __init__(self, *, asked: str, **options: Any) -> None:
        super().__init__(writable=False, nullable=True, **options)
        self.asked = asked

    def columns(self) -> dict[str, str]:
        return {}

    def shows(self, column: Callable[[str], str]) -> str:
        del column
        return f"extra.get({self.name!r})"


class AskedSum(Asked):
    """A sum over rows that point here."""

    nothing = 0

    def __init__(self, noun: str, *, their: str, where: Condition, of: str, **options: Any) -> None:
        super().__init__(**options)
        self.noun, self.their, self.where, self.of = noun, their, where, of

    def schema(self) -> dict[str, Any]:
        return {"type": "integer"}


class AskedMoment(Asked):
    """The last moment in the column ``of`` over rows of several nouns, each ``among`` them with its column that points here."""

    def __init__(self, shape: str, *, of: str, among: dict[str, str], **options: Any) -> None:
        super().__init__(**options)
        self.shape, self.of, self.among = shape, of, among

    def shows(self, column: Callable[[str], str]) -> str:
        held = super().shows(column)
        return f"({held} and {self.shape}({held}))"

    def words(self) -> dict[str, Any]:
        return {self.shape: getattr(instants, self.shape)}

    def schema(self) -> dict[str, Any]:
        return {"type": "string"} | SHAPES[self.shape]
