"""Loads the facts a decision asks for, inside its unit, one query each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from bursar.catalogue import facts as ask
from bursar.domain.ledger import PAR
from bursar.errors import Kind, refuse

if TYPE_CHECKING:
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
        found = await LOADERS[type(fact)](unit, known, record, fact)
        setattr(known, name, found)
        if type(fact) is ask.One:
            known.joined[fact.by] = found


async def late(unit: Source, known: Facts, record: Record) -> None:
    """Load what depends on the body."""
    for name, fact in known.later:
        if type(fact) is ask.Named:  # most of them name nothing in most bodies, and a coroutine each for that is dear
            values = fact.through(record, known)
            setattr(known, name, await _rows_named(unit, fact, values) if values else {})
        else:
            setattr(known, name, await LOADERS[type(fact)](unit, known, record, fact))


async def again(unit: Source, known: Facts, record: Record, before: Facts) -> None:
    """Load what a later phase needs, taking over what the phase before it has loaded in the same way."""
    for name, fact in (*known.early, *known.later):
        same = before.needs.get(name)
        taken = isinstance(fact, ask.One) and isinstance(same, ask.One) and (same.noun, same.by) == (fact.noun, fact.by)
        setattr(known, name, getattr(before, name) if taken else await LOADERS[type(fact)](unit, known, record, fact))
    known.joined = before.joined


async def references(unit: Source, known: Facts, record: Record) -> None:
    """Refuse ids that were sent and point at nothing of these books (semantics section 6)."""
    for ref in record.refs:
        value = record.row[ref.name]
        if value and ref.name not in known.joined and record.changed(ref.name) and not await unit.rows.exists(ref.noun, value):
            raise refuse(Kind.UNKNOWN, ref.name, value, ref.noun)


def _source(known: Facts, record: Record, path: Any) -> Any:
    """Return what a fact's argument stands for: a column of the record, of an earlier fact, ``("=", value)`` itself, a rule's."""
    if isinstance(path, tuple):
        return path[1]
    if not isinstance(path, str):
        return path(record, known)
    first, _, column = path.partition(".")
    if not column:
        return record.row.get(first)
    origin = getattr(known, first)
    return None if origin is None else origin.row.get(column)


async def _one(unit: Source, known: Facts, record: Record, fact: ask.One) -> Any:
    value = _source(known, record, fact.by)
    if not value:
        return None
    found = await unit.rows.one(fact.noun, value, lines=fact.lines)
    if found is None:
        raise refuse(Kind.UNKNOWN, fact.by.rpartition(".")[2], value, fact.noun)
    return found


async def _many(unit: Source, known: Facts, record: Record, fact: ask.Many) -> tuple[Any, ...]:
    if fact.when is not None and not fact.when(record, known):
        return ()
    same = {column: _source(known, record, path) for column, path in fact.where.items()}
    return () if None in same.values() else await unit.rows.where(fact.noun, same, lines=fact.lines)


async def _named(unit: Source, known: Facts, record: Record, fact: ask.Named) -> dict[Any, Any]:
    values = fact.through(record, known)
    return await _rows_named(unit, fact, values) if values else {}


async def _rows_named(unit: Source, fact: ask.Named, values: set[Any]) -> dict[Any, Any]:
    rows = await unit.rows.among(fact.noun, fact.column, values, lines=fact.lines)
    if fact.every:
        return {value: tuple(row for row in rows if row.row[fact.column] == value) for value in values}
    return {row.row[fact.column]: row for row in rows}


async def _latest(unit: Source, known: Facts, record: Record, fact: ask.Latest) -> dict[str, Any] | None:
    del known, record
    return await unit.rows.latest(fact.noun, fact.columns)


async def _taken(unit: Source, known: Facts, record: Record, fact: ask.Taken) -> set[Any]:
    values = fact.through(record, known)
    held = await unit.rows.holders(fact.noun, fact.column, values) if values else {}
    return {value for value, holder in held.items() if holder != record.row.get("id")}


async def _new(unit: Source, known: Facts, record: Record, fact: ask.New) -> Any:
    if fact.when is not None and not fact.when(record, known):
        return None
    assert not isinstance(unit, Looking), "who only reads makes nothing new"
    return unit.store.book.resources[fact.noun].record.new(id=await unit.new_id(fact.noun))


async def _rate(unit: Source, known: Facts, record: Record, fact: ask.Rate) -> int:
    code = record.row[fact.code]
    if code == known.business.currency_code:
        return PAR
    found = await unit.rows.rate(code, record.row[fact.on])
    return PAR if found is None else found


async def _uploads(unit: Source, known: Facts, record: Record, fact: ask.Upload) -> dict[str, str]:
    tokens = fact.through(record, known)
    return await unit.rows.uploads(tokens) if tokens else {}


async def _members(unit: Source, known: Facts, record: Record, fact: ask.Members) -> dict[int, ask.Member]:
    del known, record, fact
    return await unit.rows.members()


async def _opened(unit: Source, known: Facts, record: Record, fact: ask.Opened) -> str:
    del known
    assert not isinstance(unit, Looking), "who only reads is told no secrets"
    assert record.was is not None, "what is not stored has no secret yet"
    return unit.store.vault.open(record.was.row[fact.column])


async def _free(unit: Source, known: Facts, record: Record, fact: ask.Free) -> str | None:
    """Check a brought number, or find the first free one after the last used (semantics 2.5)."""
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


async def _following(unit: Source, known: Facts, record: Record, fact: ask.Following) -> str | None:
    if not fact.when(record, known):
        return None
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
