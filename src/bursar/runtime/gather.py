"""Loads the facts a decision asks for, inside its unit, one query each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from bursar.catalogue import facts as ask
from bursar.errors import Kind, refuse

if TYPE_CHECKING:
    from bursar.catalogue.facts import Fact, Facts
    from bursar.catalogue.record import Record
    from bursar.store.rows import Rows
    from bursar.store.unit import Unit

PAR = 1_000_000_000
MOST_TRIES = 100


class Looking(NamedTuple):
    """What a view that only reads gathers from, outside any unit."""

    rows: Rows


async def early(unit: Unit | Looking, known: Facts, record: Record) -> None:
    """Load what a decision needs before the body is read whole; unknown references are refused here."""
    for name, fact in known.early:
        found = await _load(unit, known, record, fact)
        setattr(known, name, found)
        if isinstance(fact, ask.One):
            known.joined[fact.by] = found


async def late(unit: Unit, known: Facts, record: Record) -> None:
    """Load what depends on the body."""
    for name, fact in known.later:
        setattr(known, name, await _load(unit, known, record, fact))


async def again(unit: Unit, known: Facts, record: Record, before: Facts) -> None:
    """Load what a later phase needs, taking over what the phase before it has loaded in the same way."""
    for name, fact in (*known.early, *known.later):
        same = before.needs.get(name)
        taken = isinstance(fact, ask.One) and isinstance(same, ask.One) and (same.noun, same.by) == (fact.noun, fact.by)
        setattr(known, name, getattr(before, name) if taken else await _load(unit, known, record, fact))
    known.joined = before.joined


async def references(unit: Unit, known: Facts, record: Record) -> None:
    """Refuse ids that were sent and point at nothing of these books (semantics section 6)."""
    loaded = {fact.by for fact in known.needs.values() if isinstance(fact, ask.One)}
    for ref in record.refs:
        value = record.row[ref.name]
        if value and ref.name not in loaded and record.changed(ref.name) and not await unit.rows.exists(ref.noun, value):
            raise refuse(Kind.UNKNOWN, ref.name, value, ref.noun)


def _source(known: Facts, record: Record, path: Any) -> Any:
    """Return what a fact's argument stands for: a column of the record, of an earlier fact, or ``("=", value)`` itself."""
    if isinstance(path, tuple):
        return path[1]
    first, _, column = path.partition(".")
    if not column:
        return record.row.get(first)
    origin = getattr(known, first)
    return None if origin is None else origin.row.get(column)


async def _load(unit: Unit | Looking, known: Facts, record: Record, fact: Fact) -> Any:
    match fact:
        case ask.One(noun=noun, by=by, lines=lines):
            return await _one(unit, noun, by, _source(known, record, by), lines=lines)
        case ask.Many(when=when) if when is not None and not when(record, known):
            return ()
        case ask.Many(noun=noun, where=where, lines=lines):
            same = {column: _source(known, record, path) for column, path in where.items()}
            return () if any(value is None for value in same.values()) else await unit.rows.where(noun, same, lines=lines)
        case ask.Named(noun=noun, column=column, through=through, lines=lines):
            values = through(record, known)
            rows = await unit.rows.among(noun, column, values, lines=lines) if values else ()
            return {row.row[column]: row for row in rows}
        case ask.Latest(noun=noun, columns=columns):
            return await unit.rows.latest(noun, columns)
        case ask.Free():
            return await _free(unit, known, record, fact)
        case ask.Taken(noun=noun, column=column, through=through):
            values = through(record, known)
            held = await unit.rows.holders(noun, column, values) if values else {}
            return {value for value, holder in held.items() if holder != record.row.get("id")}
        case ask.New(noun=noun):
            assert not isinstance(unit, Looking), "who only reads makes nothing new"
            fresh = unit.store.book.resources[noun].record
            return fresh.new(id=await unit.new_id(noun))
        case ask.Rate(on=on, code=code):
            return await _rate(unit, known, record.row[code], record.row[on])
        case ask.Upload(through=through):
            tokens = through(record, known)
            return await unit.rows.uploads(tokens) if tokens else {}
    raise TypeError(fact)


async def _one(unit: Unit | Looking, noun: str, by: str, value: Any, *, lines: bool) -> Any:
    if not value:
        return None
    found = await unit.rows.one(noun, value, lines=lines)
    if found is None:
        raise refuse(Kind.UNKNOWN, by.rpartition(".")[2], value, noun)
    return found


async def _rate(unit: Unit | Looking, known: Facts, code: str, on: str) -> int:
    if code == known.business.currency_code:
        return PAR
    found = await unit.rows.rate(code, on)
    return PAR if found is None else found


async def _free(unit: Unit | Looking, known: Facts, record: Record, fact: ask.Free) -> str | None:
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
    last = before[fact.column] if before else None
    for _ in range(MOST_TRIES):
        last = fact.following(last)
        if await unit.rows.holder(fact.noun, fact.column, last) is None:
            return last
    raise refuse(Kind.CONFLICT, fact.column, last)
