"""What a list or a get asks for, free of any wire family's spelling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from bursar.catalogue.filters import Filter
    from bursar.domain.when import Condition

NOTHING: frozenset[str] = frozenset()


class Search(NamedTuple):
    """One search with its value in stored terms: a scalar, a list, a flag, or three amounts by exponent for money."""

    filter: Filter
    value: Any


class Query(NamedTuple):
    """A read: paging, searches, order, includes; and what the caller may see at all.

    ``page`` is the page to answer, ``sort`` a stored column or "" for the resource's own order, ``rows`` the caller's row
    filter and ``readable`` the fields it may see (None: all): totals, searches, order and includes respect both.
    """

    page: int = 1
    per_page: int = 15
    searches: tuple[Search, ...] = ()
    sort: str = ""
    descending: bool = False
    includes: frozenset[str] = NOTHING
    shows_hidden: bool = False
    ignored: tuple[str, ...] = ()
    echo: tuple[str, ...] = ()
    rows: Condition | None = None
    readable: frozenset[str] | None = None
