"""Records: stored rows with names, types and what they were before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from bursar.catalogue.field import Field
from bursar.catalogue.links import Action, Alias, Balance, Derived, Embed, Joined, Lines, Ours, Ref
from bursar.catalogue.outside import Url
from bursar.catalogue.scheduled import Scheduled
from bursar.catalogue.sums import Asked, Present, Summed

if TYPE_CHECKING:
    from collections.abc import Mapping

NOTHING: frozenset[str] = frozenset()


class Record:
    """A row as decisions see it; fields are declared as class attributes named exactly as on the wire.

    ``readers`` are the fields by every key a body may use, ``taken`` those a POST or a PUT may write; ``beside`` are shown
    from queries of their own, ``whole`` says that some of these always are, ``placed`` that lists show other fields than
    single objects. ``indexes`` are columns that are looked up together, ``targets`` fields with addresses that things are sent to.
    ``row`` holds the stored primitives (integers, ISO dates, texts); ``was`` is the record as stored, None when new, and
    is set by loading alone; ``children`` holds the lines; ``sent`` the keys the caller sent; ``asked`` the actions.
    """

    noun: ClassVar[str] = ""
    table: ClassVar[str] = ""
    fields: ClassVar[dict[str, Field[Any]]] = {}
    unique: ClassVar[tuple[tuple[str, ...], ...]] = ()
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = ()
    lines: ClassVar[dict[str, Lines]] = {}
    joins: ClassVar[tuple[Joined, ...]] = ()
    kept: ClassVar[tuple[Derived, ...]] = ()
    scheduled: ClassVar[tuple[Scheduled, ...]] = ()
    targets: ClassVar[tuple[str, ...]] = ()
    summed: ClassVar[tuple[Summed | Present, ...]] = ()
    beside: ClassVar[tuple[Field[Any], ...]] = ()
    whole: ClassVar[bool] = False
    placed: ClassVar[bool] = False
    refs: ClassVar[tuple[Ref, ...]] = ()
    readers: ClassVar[dict[str, Field[Any]]] = {}
    taken: ClassVar[dict[str, dict[str, Field[Any]]]] = {}
    required: ClassVar[tuple[tuple[str, str], ...]] = ()
    columns: ClassVar[dict[str, str]] = {}
    blank: ClassVar[dict[str, Any]] = {}

    __slots__ = ("asked", "children", "row", "sent", "was")

    def __init__(self, row: dict[str, Any], was: Self | None = None, sent: frozenset[str] = NOTHING) -> None:
        self.row = row
        self.was = was
        self.children: dict[str, tuple[Record, ...]] = {}
        self.sent = sent
        self.asked: dict[str, Any] = {}

    def __init_subclass__(cls, noun: str, table: str = "") -> None:
        cls.noun, cls.table = noun, table or f"{noun}s"
        inherited = {name: field for parent in cls.__mro__[1:] for name, field in vars(parent).get("fields", {}).items()}
        cls.fields = {**inherited, **{name: field for name, field in vars(cls).items() if isinstance(field, Field)}}
        declared = cls.fields.values()
        cls.lines = {field.name: field for field in declared if isinstance(field, Lines)}
        cls.joins = tuple(field for field in declared if isinstance(field, Joined))
        cls.kept = tuple(field for field in declared if isinstance(field, Derived) and field.kept)
        cls.scheduled = tuple(field for field in declared if isinstance(field, Scheduled))
        cls.targets = tuple(field.name for field in declared if isinstance(field, Url))
        cls.summed = tuple(field for field in declared if isinstance(field, Summed | Present))
        cls.beside = tuple(field for field in declared if isinstance(field, Lines | Balance | Ours | Embed | Asked) and field.options.shown)
        cls.whole = any(not field.options.include and not isinstance(field, Asked) for field in cls.beside)
        cls.placed = any(field.options.only for field in declared)
        cls.refs = tuple(field for field in declared if isinstance(field, Ref))
        cls.readers = {field.name: field for field in declared} | {field.options.alias: field for field in declared if field.options.alias}
        cls.taken = {
            method: {key: field for key, field in cls.readers.items() if field.writable_on(method) or field.options.refused}
            for method in ("POST", "PUT", "DELETE")
        }
        cls.required = tuple((field.name, field.options.alias) for field in declared if field.options.required)
        cls.columns = {name: kind for field in declared for name, kind in field.columns().items()}
        cls.blank = {name: value for field in declared for name, value in field.blank().items()}

    @classmethod
    def currency(cls, sent: Mapping[str, Any], known: Any) -> str:
        """Return the currency code in which amounts of this record are read; ``known`` holds the early facts."""
        del sent
        return str(known.business.currency_code)

    @classmethod
    def new(cls, **values: Any) -> Self:
        """Make a record that is not stored yet, with every default; ``values`` are in decision terms."""
        return cls(dict(cls.blank)).write(values)

    def replace(self, **changes: Any) -> Self:
        """Return a copy with some fields changed; ``was`` stays what is stored, and None on a new record."""
        copy = type(self)(dict(self.row), self.was, self.sent)
        copy.children = self.children
        copy.asked = self.asked
        return copy.write(changes)

    def write(self, values: dict[str, Any]) -> Self:
        """Write values in decision terms into this record, which nobody else has yet, and return it; AttributeError for an unknown name."""
        for name, value in values.items():
            if name in self.lines:
                self.children = {**self.children, name: value}
            elif name in self.fields:
                self.fields[name].put(self.row, value)
            elif name in self.columns:
                self.row[name] = value
            else:
                raise AttributeError(name)
        return self

    def settle_kept(self) -> None:
        """Write the stored answers of derived fields and the days on which work falls due, before the row is saved."""
        for field in self.kept:
            self.row[field.kept] = field.decide(self.row)
        for scheduled in self.scheduled:
            self.row[scheduled.name] = scheduled.through(self.row)

    def changed(self, *columns: str) -> bool:
        """Whether one of these stored columns differs from what is stored; always true of a new record."""
        was = self.was
        return was is None or any(self.row[column] != was.row[column] for column in columns)

    @classmethod
    def stored_as(cls, name: str) -> str:
        """Return the column behind a name of the wire."""
        field = cls.fields.get(name)
        return field.of if isinstance(field, Alias) else name

    @classmethod
    def actions(cls) -> dict[str, Action]:
        """Return the fields that ask for something rather than store a value."""
        return {name: field for name, field in cls.fields.items() if isinstance(field, Action)}
