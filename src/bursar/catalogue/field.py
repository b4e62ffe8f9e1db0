"""What every field of a record is: how it is stored, read from a body, shown, and described."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, Self, TypeVar, cast, overload

from bursar.errors import Kind, Problem, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from bursar.catalogue.record import Record
    from bursar.domain.policy import Policy

T = TypeVar("T")
Writable = bool | Literal["create", "only"]
Row = dict[str, Any]
COLUMN_TYPES = ("int", "text", "blob")


class Options(NamedTuple):
    """What any field may be told: see the keywords of :class:`Field`."""

    required: bool = False
    default: Any = None
    nullable: bool = False
    shown: bool = True
    include: str = ""
    only: Literal["", "one", "list"] = ""
    unless: str = ""
    writable: Writable = True
    effect: str = ""
    refused: Kind | None = None
    alias: str = ""
    auto: Literal["", "create", "save"] = ""
    indexed: bool = False
    unverified: bool = False


class Field(Generic[T]):
    """A named part of a record.

    ``required`` on create; ``default`` in wire terms of the stored column; ``nullable`` takes null; ``shown`` in
    answers; ``include`` shows it only when asked for, ``only`` in answers of one object or in lists, ``unless`` not when the
    query names that; ``writable`` says when a body may set it (``"only"``: accepted,
    never shown); ``effect`` names what writing it does beyond storing; ``refused`` is the kind of refusal a write gets;
    ``alias`` is a second key that bodies may use; ``auto`` is filled by the store on create or on every save;
    ``indexed`` keeps it searchable.
    """

    name = ""
    stored: str = "text"
    straight = True
    """Whether a sent value goes from the body into the row by :meth:`read` and nothing else."""

    def __init__(self, **options: Any) -> None:
        self.options = Options(**options)

    def __set_name__(self, owner: type[object], name: str) -> None:
        self.name = name

    @overload
    def __get__(self, record: None, owner: type[object]) -> Self: ...
    @overload
    def __get__(self, record: Record, owner: type[object]) -> T: ...
    def __get__(self, record: Record | None, owner: type[object]) -> Self | T:
        return self if record is None else self.value(record.row)

    def value(self, row: Row) -> T:
        """Return the field's value in the terms decisions use."""
        return cast("T", row[self.name])

    def put(self, row: Row, value: T) -> None:
        """Write a decision's value into the stored row."""
        row[self.name] = value

    def columns(self) -> dict[str, str]:
        """Return the stored columns and their types (``int``, ``text``, ``blob``); empty when nothing is stored."""
        return {self.name: self.stored}

    def blank(self) -> dict[str, Any]:
        """Return the columns of a record nobody wrote anything into."""
        return dict.fromkeys(self.columns(), self.options.default)

    def read(self, raw: Any, row: Row, policy: Policy) -> None:
        """Put a sent value into the row, or raise the refusal that names this field; ``policy`` rounds amounts."""
        del policy
        row[self.name] = self.parse(raw)

    def parse(self, raw: Any) -> Any:
        """Return the stored value of what was sent; raises :class:`Refusal`."""
        raise NotImplementedError(type(self))

    def shows(self, column: Callable[[str], str]) -> str:
        """Return Python text that makes the wire value; ``column`` gives the text that reads a stored column."""
        return column(self.name)

    def words(self) -> dict[str, Any]:
        """Return what the text of :meth:`shows` may call, by name."""
        return {}

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of the shown value, without null."""
        return {"type": "string"}

    def sent_schema(self) -> dict[str, Any]:
        """Return the JSON schema of what a body may hold, without null."""
        return self.schema()

    def sent_schema_on(self, method: str) -> dict[str, Any]:
        """Return the JSON schema of what a body of this method may hold, where methods differ."""
        del method
        return self.sent_schema()

    def wrong(self, raw: Any, kind: Kind = Kind.INVALID, text: str = "", limit: int = 0) -> Refusal:
        """Build the refusal of a value sent for this field."""
        return Refusal(Problem(kind, self.name, raw, text=text, limit=limit))

    def asks(self, raw: Any) -> bool:
        """Whether a sent value asks for what the field does: null is not sent (accounting 1.5)."""
        return raw is not None

    def writable_on(self, method: str) -> bool:
        """Whether a body of this method may set the field."""
        return self.options.writable is not False and (self.options.writable != "create" or method == "POST")

    def orblank(self, text: str, column: str) -> str:
        """Return ``text``, or null where the column is null and the field may be."""
        return f"(None if {column} is None else {text})" if self.options.nullable else text
