"""Which columns of a record the store fills when it is made, and when it is saved again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Self

from bursar.catalogue.scalars import Instant

if TYPE_CHECKING:
    from bursar.catalogue.field import Field
    from bursar.catalogue.record import Record


class Occasion(NamedTuple):
    """What is filled on one occasion: columns that take the moment, and fields that take something of their own."""

    instants: tuple[str, ...]
    others: tuple[tuple[str, Field[Any]], ...]


class Stamps(NamedTuple):
    """What is filled when a row is made, and when it is saved again."""

    names: tuple[str, ...]
    made: Occasion
    saved: Occasion

    @classmethod
    def of(cls, record: type[Record]) -> Self:
        """Read them off the declaration."""
        filled = {name: field for name, field in record.fields.items() if field.options.auto and field.columns()}
        again = {name: field for name, field in filled.items() if field.options.auto == "save"}
        return cls(tuple(filled), _occasion(filled), _occasion(again))


def _occasion(fields: dict[str, Field[Any]]) -> Occasion:
    instants = tuple(name for name, field in fields.items() if isinstance(field, Instant))
    return Occasion(instants, tuple((name, field) for name, field in fields.items() if name not in instants))
