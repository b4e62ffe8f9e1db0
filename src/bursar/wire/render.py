"""Turns stored rows into wire objects: one compiled function per record, set of columns and set of includes.

Keys are printed in alphabetical order, as the real service does (accounting 1.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec import defstruct

from bursar.catalogue.shown import Shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bursar.catalogue.record import Record

    Renderer = Callable[[Any, Any, str, dict[str, Any]], Any]


MOST_RENDERERS: Final = 512
"""So many are kept, some 20 KB each: callers choose among thousands of sets of includes."""
_compiled: dict[tuple[Any, ...], tuple[tuple[str, ...] | None, Renderer]] = {}


def renderer(record: type[Record], columns: tuple[str, ...] | None, includes: frozenset[str], readable: frozenset[str] | None) -> Renderer:
    """Return ``show(row, call, today, extra)`` for rows of these columns, compiled once; see :func:`compiled`.

    A record's rows always come with the same columns, so these are compared and not hashed: a tuple of seventy texts hashes each.
    """
    key = (record, columns is None, includes, readable)
    known = _compiled.get(key)
    if known is None or (known[0] is not columns and known[0] != columns):
        if len(_compiled) >= MOST_RENDERERS:
            _compiled.clear()
        known = _compiled[key] = (columns, compiled(record, columns, includes, readable))
    return known[1]


def compiled(record: type[Record], columns: tuple[str, ...] | None, includes: frozenset[str], readable: frozenset[str] | None) -> Renderer:
    """Compile ``show(row, call, today, extra)`` for rows of these columns, which answers a ``Shown``.

    ``columns`` None: rows are dictionaries. ``call`` carries ``accountid`` and ``business_id``, ``extra`` the values of lines, embeds
    and balances by name.
    """
    place = None if columns is None else {name: f"row[{number}]" for number, name in enumerate(columns)}
    column = "row[{!r}]".format if place is None else place.__getitem__
    words: dict[str, Any] = {}
    names = sorted(shown(record, includes, readable))
    parts = []
    for name in names:
        field = record.fields[name]
        words |= field.words()
        parts.append(field.shows(column))
    parts = list(_once(parts))
    words["Shown_"] = defstruct(f"Shown_{record.noun}", names, bases=(Shown,), frozen=True, gc=False)
    text = f"def show(row, call, today, extra):\n    return Shown_({', '.join(parts)})"
    exec(compile(text, f"<shows {record.noun}>", "exec"), words)  # noqa: S102 - text made of declared fields only
    return words["show"]  # type: ignore[no-any-return]  # made by the line above


def _once(parts: list[str]) -> Iterator[str]:
    """Have what several members show the same way, such as an amount told under two names, made once."""
    made: dict[str, str] = {}
    for part in parts:
        if not ("(" in part or "call." in part) or parts.count(part) == 1:
            yield part
        elif part in made:
            yield made[part]
        else:
            made[part] = f"same_{len(made)}"
            yield f"({made[part]} := {part})"


def shown(record: type[Record], includes: Iterable[str], readable: frozenset[str] | None) -> list[str]:
    """Return the names of the fields an answer with these includes shows."""
    return [
        name
        for name, field in record.fields.items()
        if field.options.shown
        and (not field.options.include or field.options.include in includes)
        and (not field.options.only or field.options.only in includes)
        and not (field.options.unless and field.options.unless in includes)
        and (readable is None or name in readable)
    ]
