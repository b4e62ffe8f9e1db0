"""Finds the rows on which work falls due by the day kept with them; every search stands on the index of that day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, func, select

from bursar.catalogue.facts import Business

if TYPE_CHECKING:
    from bursar.store.store import Store


class Due(NamedTuple):
    """The first day on which something falls due in the books of a business."""

    business: Business
    day: str


class Dues:
    """The scheduled rows of one noun, in all books."""

    def __init__(self, store: Store, noun: str) -> None:
        self._store, self._noun = store, noun
        plan = store.plans[noun]
        (field,) = plan.record.scheduled
        table, books = plan.table, store.table("businesses")
        day = table.c[field.name]
        first = select(func.min(day)).where(table.c.business_id == books.c.id, day.is_not(None)).scalar_subquery()
        named = [books.c[name] for name in Business._fields]
        found = select(*named, first.label("day")).correlate(None).subquery()
        self._first = store.compile(select(found).where(found.c.day.is_not(None)).order_by(found.c.id))
        mine = (table.c.business_id == bindparam("business_id"), day.is_not(None), day <= bindparam("day"))
        self._rows = store.compile(select(table.c.id).where(*mine).order_by(day, table.c.id).limit(bindparam("most")))

    async def first(self) -> list[Due]:
        """Return the first day of every business that has one. Raises Unavailable."""
        rows = await self._store.driver.fetch(self._first, {})
        return [Due(Business(*tuple(row)[:-1]), row[-1]) for row in rows]

    async def rows(self, business_id: int, day: str, most: int) -> list[int]:
        """Return the ids of the rows that are due on a day, those that were due first before all others."""
        values: dict[str, Any] = {"business_id": business_id, "day": day, "most": most}
        return [row[0] for row in await self._store.driver.fetch(self._rows, values)]
