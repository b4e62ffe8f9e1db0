"""Shows stored rows: one object or a page, with what was asked to be included; one query per include, however many rows."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bursar.catalogue.links import Balance, Embed, Lines, Ours
from bursar.catalogue.query import limited
from bursar.catalogue.sums import Asked
from bursar.domain.when import python_of
from bursar.errors import Kind, refuse
from bursar.wire.render import renderer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bursar.catalogue.query import Query
    from bursar.catalogue.record import Record
    from bursar.catalogue.resource import Resource
    from bursar.catalogue.totals import Totals
    from bursar.domain.when import Condition
    from bursar.store.rows import Rows

NONE: frozenset[str] = frozenset()
MANY_GROUPS = 1_000
ONE, LIST = frozenset({"one"}), frozenset({"list"})


class Shows:
    """Turns rows of one resource into wire objects for one call; ``call`` carries what paths tell (accountid, business_id)."""

    __slots__ = ("call", "resource", "rows", "today")

    def __init__(self, rows: Rows, resource: Resource, call: Any, today: str) -> None:
        self.rows, self.resource, self.call, self.today = rows, resource, call, today

    async def one(self, object_id: int, query: Query) -> Any:
        """Return one object; raises UNKNOWN naming the id field."""
        record = self.resource.record
        noun = record.noun
        row = await self.rows.raw(noun, object_id)
        if row is None:
            raise refuse(Kind.UNKNOWN, self.resource.id_field, object_id, noun)
        if query.rows is not None and not holds(query.rows)((await self.rows.one(noun, object_id)).row, self.today):
            raise refuse(Kind.UNKNOWN, self.resource.id_field, object_id, noun)
        columns = self.rows.store.plans[noun].columns
        includes = query.includes | ONE if record.placed else query.includes
        extra = (await self.beside([row], includes))[0] if includes or record.whole or query.readable is not None else {}
        return renderer(record, columns, includes, query.readable)(row, self.call, self.today, extra)

    async def page(self, query: Query, total: int | None = None) -> tuple[list[Any], int]:
        """Return the objects of a page and the number of all, unless that is known."""
        rows, total = await self.rows.page(self.resource.noun, limited(query, self.resource.record), self.today, total)
        includes = self._includes(query, LIST)
        show = renderer(self.resource.record, self.rows.store.plans[self.resource.noun].columns, includes, query.readable)
        call, today = self.call, self.today
        if not (includes or self.resource.record.whole):
            return [show(row, call, today, {}) for row in rows], total
        extras = await self.beside(rows, includes)
        return [show(row, call, today, extra) for row, extra in zip(rows, extras, strict=True)], total

    async def totals(self, query: Query, totals: Totals) -> tuple[dict[str, Any], int]:
        """Return what a list tells about everything it found, and the number of that; much of it is added up aside."""
        groups = await self.rows.groups(self.resource.noun, limited(query, self.resource.record), self.today)
        count = totals.count(groups[0])
        if query.readable is not None and not totals.told_by <= query.readable:
            return {}, count
        if sum(map(len, groups)) < MANY_GROUPS:
            return totals.show(groups), count
        return await asyncio.to_thread(totals.show, groups), count

    async def saved(self, record: Record, query: Query, known: Any) -> Any:
        """Return a record that was just saved, without reading it back where everything shown is at hand."""
        row = dict(record.row)
        columns = self.rows.store.plans[self.resource.noun].columns
        if record.summed:
            row = {**dict(zip(columns, await self.rows.raw(record.noun, row["id"]) or (), strict=False)), **row}
        for join in record.joins:
            other = known.joined.get(join.by)
            if other is None or other.row["id"] != row[join.by]:
                other = await self.rows.one(join.noun, row[join.by]) if row[join.by] else None
            for column in join.of:
                row[f"{join.by}.{column}"] = None if other is None else other.row[column]
        includes = self._includes(query, ONE)
        if not (includes or self.resource.record.whole) and query.readable is None:
            return renderer(self.resource.record, None, NONE, None)(row, self.call, self.today, {})
        extras = await self.beside([[row[name] for name in columns]], includes)
        return renderer(self.resource.record, None, includes, query.readable)(row, self.call, self.today, extras[0])

    def _includes(self, query: Query, place: frozenset[str]) -> frozenset[str]:
        """Return what was asked to be included, and the place where records show other fields than elsewhere."""
        return query.includes | place if self.resource.record.placed else query.includes

    async def beside(self, rows: Sequence[Any], includes: frozenset[str]) -> list[dict[str, Any]]:
        """Load what stands beside these rows: every include, and what is always shown; the result runs beside them."""
        extras: list[dict[str, Any]] = [{} for _ in rows]
        if not rows:
            return extras
        place = self.rows.store.plans[self.resource.noun].place
        ids = [row[place["id"]] for row in rows]
        for field in self.resource.record.beside:
            name, asked = field.name, field.asked if isinstance(field, Asked) else field.options.include
            if asked and asked not in includes:
                continue
            if isinstance(field, Lines):
                await self._lines(name, field, ids, extras)
            elif isinstance(field, Balance):
                await self._balances(name, field, ids, extras)
            elif isinstance(field, Asked):
                await self._asked(name, field, ids, extras)
            elif isinstance(field, Ours):
                whole = field.through(await self.rows.books(), self.today)
                shown = renderer(field.record, None, NONE, None)(whole.row, self.call, self.today, {})
                for extra in extras:
                    extra[name] = shown
            elif isinstance(field, Embed):
                keys = [next((row[place[by]] for by in field.by if row[place[by]]), None) for row in rows] if field.by else ids
                await self._embed(name, field, keys, extras)
        return extras

    async def _asked(self, name: str, field: Asked, ids: list[int], extras: list[dict[str, Any]]) -> None:
        found = {row[0]: row[1] for row in await self.rows.asked(self.resource.noun, field, ids)}
        for object_id, extra in zip(ids, extras, strict=True):
            extra[name] = found.get(object_id) or field.nothing

    async def _lines(self, name: str, field: Lines, ids: list[int], extras: list[dict[str, Any]]) -> None:
        columns = self.rows.store.plans[self.resource.noun].lines[name].columns
        show = renderer(field.record, columns, NONE, None)
        found: dict[int, list[dict[str, Any]]] = {object_id: [] for object_id in ids}
        for row in await self.rows.lines(self.resource.noun, name, ids):
            found[row[0]].append(show(row, self.call, self.today, {}))
        for object_id, extra in zip(ids, extras, strict=True):
            extra[name] = found[object_id]

    async def _balances(self, name: str, field: Balance, ids: list[int], extras: list[dict[str, Any]]) -> None:
        sums: dict[int, dict[str, int]] = {object_id: {} for object_id in ids}
        for object_id, code, minor in await self.rows.balances(self.resource.noun, field, ids, self.today):
            sums[object_id][code] = minor
        for object_id, extra in zip(ids, extras, strict=True):
            extra[name] = [field.money(minor, code) for code, minor in sorted(sums[object_id].items()) if minor]

    async def _embed(self, name: str, field: Embed, keys: list[Any], extras: list[dict[str, Any]]) -> None:
        resource = self.rows.store.book.resources[field.noun]
        plan = self.rows.store.plans[field.noun]
        record = resource.record
        includes = ONE if record.placed else NONE
        shows = renderer(record, plan.columns, includes, None)
        column = record.stored_as(field.their or "id")
        at = plan.place[column]
        rows = await self.rows.linked(field.noun, column, sorted(set(_real(keys))))
        inside = await Shows(self.rows, resource, self.call, self.today).beside(rows, includes) if record.whole else [{} for _ in rows]
        found: dict[Any, list[dict[str, Any]]] = {}
        for row, more in zip(rows, inside, strict=True):
            found.setdefault(row[at], []).append(shows(row, self.call, self.today, more))
        for key, extra in zip(keys, extras, strict=True):
            linked = found.get(key, [])
            extra[name] = linked if field.many else (linked[0] if linked else None)


@lru_cache(maxsize=256)
def holds(condition: Condition) -> Callable[[dict[str, Any], str], bool]:
    """Return a condition as a function of a stored row and the day."""
    text = python_of(condition, "row[{!r}]".format)
    return eval(f"lambda row, today: {text}")  # type: ignore[no-any-return]  # noqa: S307 - text made of a condition only


def _real(keys: Iterable[Any]) -> Iterable[Any]:
    return (key for key in keys if key)
