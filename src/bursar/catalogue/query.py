"""What a list or a get asks for, free of any wire family's spelling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from bursar.domain.when import columns_of

if TYPE_CHECKING:
    from bursar.catalogue.field import Field
    from bursar.catalogue.filters import Filter
    from bursar.catalogue.record import Record
    from bursar.domain.when import Condition

NOTHING: frozenset[str] = frozenset()


class Search(NamedTuple):
    """One search with its value in stored terms: a scalar, a list, a flag, or three amounts by exponent for money."""

    filter: Filter
    value: Any


class Query(NamedTuple):
    """A read: paging, searches, order, includes; and what the caller may see at all.

    ``page`` is the page to answer, ``sort`` a stored column or "" for the resource's own order, ``rows`` the caller's row
    filter and ``readable`` the fields it may see (None: all): totals, searches, order and includes respect both. ``sized``
    says that the caller asked for a size of pages, ``switches`` which flags of the resource are on.
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
    sized: bool = False
    switches: frozenset[str] = NOTHING

    def paging(self, total: int) -> dict[str, int]:
        """Return what a list of ``total`` rows says of its pages, by the wire's names."""
        return {"page": self.page, "pages": -(-total // self.per_page), "per_page": self.per_page, "total": total}


def limited(query: Query, record: type[Record]) -> Query:
    """Leave out searches and order by fields the caller may not read: their answers would tell what the fields hold.

    Searches through other rows are left out as well, since nobody knows here what of those may be read.
    """
    if query.readable is None:
        return query
    known = {"id"}.union(*(_columns(record.fields[name]) for name in query.readable if name in record.fields))
    searches = tuple(each for each in query.searches if each.filter.how == "own" or (not each.filter.noun and _reads(each.filter) <= known))
    if known.issuperset(query.sort.split()):
        return query._replace(searches=searches)
    return query._replace(searches=searches, sort="id", descending=False)


def _columns(field: Field[Any]) -> set[str]:
    """Return the stored columns a field shows, and its own name."""
    shown = getattr(field, "of", "")
    return {field.name, *field.columns(), *([shown] if isinstance(shown, str) and shown else [])}


def _reads(searched: Filter) -> set[str]:
    return set(searched.columns) | (columns_of(searched.condition) if searched.condition else set())
