"""What a list tells beside its rows about everything it found, however many pages that fills."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bursar.domain.when import Condition

    Group = Sequence[Any]


class Sum(NamedTuple):
    """A summed column; ``where`` counts only some of the rows in."""

    column: str
    where: Condition | None = None


class Tally(NamedTuple):
    """One GROUP BY: a group is the values of ``keys`` in their order, the number of its rows, and each of the ``sums``."""

    keys: tuple[str, ...]
    sums: tuple[Sum, ...]


class Totals(NamedTuple):
    """Some tallies of the same rows, the first one over all of them; ``show`` makes ``meta`` of their groups.

    Who may not read all the fields they are ``told_by`` is told nothing.
    """

    tallies: tuple[Tally, ...]
    show: Callable[[Sequence[Sequence[Group]]], dict[str, Any]]
    told_by: frozenset[str]

    def count(self, groups: Sequence[Group]) -> int:
        """Return the number of all rows from the groups of the first tally."""
        at = len(self.tallies[0].keys)
        return sum([group[at] for group in groups])
