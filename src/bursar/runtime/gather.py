"""Loads the facts a decision asks for, inside its unit, one query each."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from bursar.catalogue import facts as ask
from bursar.domain.ledger import PAR
from bursar.errors import Kind, refuse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bursar.catalogue.facts import Fact, Facts
    from bursar.catalogue.record import Record
    from bursar.store.rows import Rows
    from bursar.store.unit import Unit

    Source: TypeAlias = "Unit | Looking"

MOST_TRIES = 100


class Looking(NamedTuple):
    """What a view that only reads gathers from, outside any unit."""

    rows: Rows


async def early(unit: Source, known: Facts, record: Record) -> None:
    """Load what a decision needs before the body is read whole; unknown references are refused here."""
    for name, fact in known.early:
        sought = fact.sought(record, known)
        found = await LOADERS[type(fact)](unit, known, record, fact, sought) if sought else fact.nothing
        setattr(known, name, found)
        if type(fact) is ask.One:
            known.joined[fact.by] = found


async def late(unit: Source, known: Facts, record: Record) -> None:
    """Load what depends on the body."""
    await _load(unit, known, record, known.later)


async def again(unit: Source, known: Facts, record: Record, before: Facts) -> None:
    """Load what a later phase needs, taking over what the phase before it has loaded in the same way."""
    known.follow(before)
    same, others = _compared(type(known), type(before))  # type: ignore[arg-type]  # classes are hashed by what they are
    for name in same:
        setattr(known, name, getattr(before, name))
    await _load(unit, known, record, others)


async def _load(unit: Source, known: Facts, record: Record, facts: Iterable[tuple[str, Fact]]) -> None:
    for name, fact in facts:
        sought = fact.sought(record, known)
        setattr(known, name, await LOADERS[type(fact)](unit, known, record, fact, sought) if sought else fact.nothing)


@lru_cache(maxsize=256)
def _compared(facts: type[Facts], before: type[Facts]) -> tuple[tuple[str, ...], tuple[tuple[str, Fact], ...]]:
    """Return what facts ask for in the same way as those before them, and what else: that rests on their declarations alone."""
    loaded = {(name, fact.noun, fact.by) for name, fact in before.needs.items() if isinstance(fact, ask.One)}
    same = tuple(name for name, fact in facts.needs.items() if isinstance(fact, ask.One) and (name, fact.noun, fact.by) in loaded)
    return same, tuple((name, fact) for name, fact in (*facts.early, *facts.later) if name not in same)


async def references(unit: Source, known: Facts, record: Record) -> None:
    """Refuse ids that were sent and point at nothing of these books (semantics section 6)."""
    for ref in record.refs:
        value = record.row[ref.name]
        if value and ref.name not in known.joined and record.changed(ref.name) and not await unit.rows.exists(ref.noun, value):
            raise refuse(Kind.UNKNOWN, ref.name, value, ref.noun)


async def _one(unit: Source, known: Facts, record: Record, fact: ask.One, sought: int) -> Any:
    del known, record
    found = await unit.rows.one(fact.noun, sought, lines=fact.lines)
    if found is None:
        raise refuse(Kind.UNKNOWN, fact.by.rpartition(".")[2], sought, fact.noun)
    return found


async def _many(unit: Source, known: Facts, record: Record, fact: ask.Many, sought: dict[str, Any]) -> tuple[Any, ...]:
    del known, record
    return await unit.rows.where(fact.noun, sought, lines=fact.lines)


async def _named(unit: Source, known: Facts, record: Record, fact: ask.Named, sought: set[Any]) -> dict[Any, Any]:
    del known, record
    rows = await unit.rows.among(fact.noun, fact.column, sought, lines=fact.lines)
    if fact.every:
        return {value: tuple(row for row in rows if row.row[fact.column] == value) for value in sought}
    return {row.row[fact.column]: row for row in rows}


async def _latest(unit: Source, known: Facts, record: Record, fact: ask.Latest, sought: Any) -> dict[str, Any] | None:
    del known, record, sought
    return await unit.rows.latest(fact.noun, fact.columns)


async def _taken(unit: Source, known: Facts, record: Record, fact: ask.Taken, sought: set[Any]) -> set[Any]:
    del known
    held = await unit.rows.holders(fact.noun, fact.column, sought)
    return {value for value, holder in held.items() if holder != record.row.get("id")}


async def _new(unit: Source, known: Facts, record: Record, fact: ask.New, sought: Any) -> Any:
    del known, record, sought
    assert not isinstance(unit, Looking), "who only reads makes nothing new"
    return unit.store.book.resources[fact.noun].record.new(id=await unit.new_id(fact.noun))


async def _rate(unit: Source, known: Facts, record: Record, fact: ask.Rate, sought: Any) -> int:
    del known, sought
    found = await unit.rows.rate(record.row[fact.code], record.row[fact.on])
    return PAR if found is None else found


async def _uploads(unit: Source, known: Facts, record: Record, fact: ask.Upload, sought: set[str]) -> dict[str, str]:
    del known, record, fact
    return await unit.rows.uploads(sought)


async def _members(unit: Source, known: Facts, record: Record, fact: ask.Members, sought: Any) -> dict[int, ask.Member]:
    del known, record, fact, sought
    return await unit.rows.members()


async def _opened(unit: Source, known: Facts, record: Record, fact: ask.Opened, sought: Any) -> str:
    del known, sought
    assert not isinstance(unit, Looking), "who only reads is told no secrets"
    assert record.was is not None, "what is not stored has no secret yet"
    return unit.store.vault.open(record.was.row[fact.column])


async def _free(unit: Source, known: Facts, record: Record, fact: ask.Free, sought: Any) -> str | None:
    """Check a brought number, or find the first free one after the last used (semantics 2.5)."""
    del sought
    mine = record.row[fact.column]
    if mine:
        holder = await unit.rows.holder(fact.noun, fact.column, mine) if record.changed(fact.column) else None
        if holder not in (None, record.row["id"]):
            raise refuse(Kind.DUPLICATE, fact.column, mine)
        return None
    if not fact.after:
        raise refuse(Kind.REQUIRED, fact.column)
    before = getattr(known, fact.after)
    return await _next(unit, fact, before[fact.column] if before else None)


async def _following(unit: Source, known: Facts, record: Record, fact: ask.Following, sought: Any) -> str | None:
    del known, record, sought
    before = await unit.rows.latest(fact.noun, (fact.column,))
    return await _next(unit, fact, before[fact.column] if before else None)


async def _next(unit: Source, fact: ask.Free | ask.Following, last: str | None) -> str:
    """Return the first number after the last one that no row has."""
    for _ in range(MOST_TRIES):
        last = fact.following(last)
        if await unit.rows.is_free(fact.noun, fact.column, last, fact.following):
            return last
    raise refuse(Kind.CONFLICT, fact.column, last)


LOADERS: dict[type[Fact], Any] = {
    ask.One: _one,
    ask.Many: _many,
    ask.Named: _named,
    ask.Latest: _latest,
    ask.Free: _free,
    ask.Following: _following,
    ask.Taken: _taken,
    ask.New: _new,
    ask.Rate: _rate,
    ask.Upload: _uploads,
    ask.Members: _members,
    ask.Opened: _opened,
}
