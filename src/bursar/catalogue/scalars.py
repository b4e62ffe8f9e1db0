"""Fields of one plain value: texts, numbers, flags, dates, instants, constants."""

from __future__ import annotations

import decimal
import re
from typing import TYPE_CHECKING, Any

import msgspec

from bursar.catalogue.field import Field
from bursar.domain import dates, instants
from bursar.errors import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from bursar.catalogue.field import Row
    from bursar.domain.policy import Policy

DAY_LONG = len("2026-01-01")
LARGEST = 2**63 - 1
LARGEST_TEXT = 255
_DIGITS = re.compile(r"\s*[+-]?\d{1,19}\s*\Z")
_BLANK_BETWEEN = r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
_T_BETWEEN = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
SHAPES: dict[str, dict[str, Any]] = {
    "eastern": {"pattern": f"{_BLANK_BETWEEN}$", "description": "New York time"},
    "eastern_us": {"pattern": rf"{_BLANK_BETWEEN}\.\d{{6}}$", "description": "New York time with microseconds"},
    "utc": {"pattern": f"{_BLANK_BETWEEN}$", "description": "UTC"},
    "iso": {"pattern": f"{_T_BETWEEN}$", "description": "UTC"},
    "iso_z": {"format": "date-time", "pattern": f"{_T_BETWEEN}Z$"},
    "iso_z_us": {"format": "date-time", "pattern": rf"{_T_BETWEEN}\.\d{{6}}Z$"},
}
_TRUE = frozenset({"true", "1", "yes"})
_FALSE = frozenset({"false", "0", "no", ""})


def whole(raw: Any) -> int | None:
    """Return the integer a number or a numeric text stands for, or None when it is neither or too large."""
    if type(raw) is int:
        number = raw
    elif isinstance(raw, str) and _DIGITS.match(raw):
        number = int(raw)
    else:
        return None
    return number if -LARGEST <= number <= LARGEST else None


class Int(Field[int]):
    """A whole number; ``choices`` closes the set, ``least`` and ``most`` bound it."""

    stored = "int"

    def __init__(
        self, *, choices: tuple[int, ...] = (), least: int = -LARGEST, most: int = LARGEST, says: str = "", **options: Any
    ) -> None:
        super().__init__(**{"default": None if options.get("nullable") else 0, **options})
        self.choices, self.least, self.most, self.says = choices, least, most, says

    def read(self, raw: Any, row: Row, policy: Policy) -> None:
        if type(raw) is int and self.least <= raw <= self.most and (not self.choices or raw in self.choices):
            row[self.name] = raw
        else:
            super().read(raw, row, policy)

    def parse(self, raw: Any) -> Any:
        number = whole(raw)
        if number is None:
            raise self.wrong(raw, Kind.NOT_A_NUMBER)
        if not self.least <= number <= self.most or (self.choices and number not in self.choices):
            raise self.wrong(raw, text=self.says)
        return number

    def schema(self) -> dict[str, Any]:
        return {"type": "integer"} | ({"enum": list(self.choices)} if self.choices else {})

    def sent_schema(self) -> dict[str, Any]:
        limits: dict[str, Any] = {"enum": list(self.choices)} if self.choices else {}
        if self.least > -LARGEST:
            limits["minimum"] = self.least
        if self.most < LARGEST:
            limits["maximum"] = self.most
        return {"type": "integer", **limits}


class Status(Int):
    """A whole number that must be sent as a number: a numeric text is a mapping error (accounting 2.2)."""

    def parse(self, raw: Any) -> Any:
        if type(raw) is not int:
            raise self.wrong(raw, Kind.NOT_A_NUMBER)
        return super().parse(raw)


class NullableInt(Int):
    """A whole number that may be absent; reads as ``int | None`` in decisions."""

    def __init__(self, **options: Any) -> None:
        super().__init__(nullable=True, **options)


class Id(Int):
    """The number of the row, given by the server and never reused."""

    def __init__(self, **options: Any) -> None:
        super().__init__(writable=False, **options)


class Text(Field[str]):
    """A text of at most ``most`` characters; ``choices`` closes the set and ``says`` why; ``upper`` folds what is sent."""

    def __init__(
        self,
        *,
        most: int = LARGEST_TEXT,
        choices: tuple[str, ...] = (),
        pattern: str = "",
        upper: bool = False,
        says: str = "",
        **options: Any,
    ) -> None:
        super().__init__(**{"default": None if options.get("nullable") else "", **options})
        self.most, self.choices, self.upper, self.says = most, choices, upper, says
        self.pattern = re.compile(pattern) if pattern else None
        self.plain = not (choices or pattern or upper)

    def read(self, raw: Any, row: Row, policy: Policy) -> None:
        if self.plain and type(raw) is str and len(raw) <= self.most and raw.isprintable():
            row[self.name] = raw
        else:
            super().read(raw, row, policy)

    def parse(self, raw: Any) -> Any:
        if type(raw) is int:
            raw = str(raw)
        if not isinstance(raw, str):
            raise self.wrong(raw, Kind.NOT_TEXT)
        if len(raw) > self.most:
            raise self.wrong(raw, Kind.TOO_LONG, limit=self.most)
        if "\0" in raw or (not raw.isprintable() and not _storable(raw)):
            raise self.wrong(raw, Kind.BAD_TEXT)
        text = raw.upper() if self.upper else raw
        if (self.choices and text not in self.choices) or (self.pattern and not self.pattern.fullmatch(text)):
            raise self.wrong(raw, text=self.says and f"{self.name}: {self.says}")
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": "string"} | ({"enum": list(self.choices)} if self.choices else {})

    def sent_schema(self) -> dict[str, Any]:
        limits: dict[str, Any] = {"enum": list(self.choices)} if self.choices else {}
        if self.pattern:
            limits["pattern"] = f"^(?:{self.pattern.pattern})$"
        return {"type": "string", "maxLength": self.most, **limits}


def _storable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class Flag(Field[bool]):
    """True or false; stored as 1 or 0; the spellings of every SDK are read (platform section 5)."""

    stored = "int"

    def __init__(self, **options: Any) -> None:
        default = options.pop("default", None if options.get("nullable") else False)
        super().__init__(default=None if default is None else int(default), **options)

    def value(self, row: Row) -> bool:
        return bool(row[self.name])

    def put(self, row: Row, value: bool) -> None:  # noqa: FBT001 - the signature of Field.put
        row[self.name] = int(value)

    def parse(self, raw: Any) -> Any:
        flag = as_flag(raw)
        if flag is None:
            raise self.wrong(raw, Kind.NOT_A_FLAG)
        return int(flag)

    def shows(self, column: Callable[[str], str]) -> str:
        return self.orblank(f"({column(self.name)} == 1)", column(self.name))

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


def as_flag(raw: Any) -> bool | None:
    """Return what a sent flag means, or None when it is none."""
    if isinstance(raw, bool):
        return raw
    text = str(raw).lower() if isinstance(raw, int | str) else ""
    if text in _TRUE:
        return True
    return False if text in _FALSE and raw is not None and isinstance(raw, int | str) else None


class Date(Field[str]):
    """A day without a zone, ``YYYY-MM-DD``; a datetime is cut to its day (platform section 6)."""

    def parse(self, raw: Any) -> Any:
        day = day_of(raw)
        if day is None:
            raise self.wrong(raw, Kind.NOT_A_DATE)
        return day

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date"}


def day_of(raw: Any) -> str | None:
    """Return the day of a date or datetime text, or None when it is neither."""
    if not isinstance(raw, str):
        return None
    if len(raw) <= DAY_LONG:
        return raw if dates.is_date(raw) else None
    try:
        instants.parse_datetime(raw, "utc")
    except ValueError:
        return None
    return raw[:DAY_LONG]


class Instant(Field[int]):
    """A moment, stored as UTC microseconds and shown in one of the formats of ``domain/instants.py``.

    ``of`` names another instant whose column is shown here in a second format (``version`` is ``updated`` with microseconds).
    """

    stored = "int"

    def __init__(self, shape: str, *, of: str = "", **options: Any) -> None:
        super().__init__(**{"writable": False, **options})
        self.shape, self.of = shape, of

    def columns(self) -> dict[str, str]:
        return {} if self.of else super().columns()

    def parse(self, raw: Any) -> Any:
        try:
            return instants.parse_datetime(raw, self.shape)
        except (ValueError, AttributeError, TypeError):
            raise self.wrong(raw, Kind.NOT_A_DATETIME) from None

    def shows(self, column: Callable[[str], str]) -> str:
        mine = column(self.of or self.name)
        return self.orblank(f"{self.shape}({mine})", mine)

    def words(self) -> dict[str, Any]:
        return {self.shape: getattr(instants, self.shape)}

    def schema(self) -> dict[str, Any]:
        return {"type": "string"} | SHAPES[self.shape]

    def sent_schema(self) -> dict[str, Any]:
        return {"type": "string"}


class Uuid(Field[str]):
    """A version 4 UUID, given by the server when the row is made."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"writable": False, "auto": "create", **options})

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "uuid"}


class Object(Field[Any]):
    """Nested JSON, kept as sent once ``kind`` (``object`` or ``array``) fits; ``most`` bounds its text in bytes.

    ``through`` makes of what was sent what is kept, or raises the refusal of a member.
    """

    def __init__(self, *, kind: str = "object", most: int = 65_536, through: Callable[[Any], Any] | None = None, **options: Any) -> None:
        default = options.pop("default", None)
        super().__init__(default=None if default is None else json_text(default), **options)
        self.kind, self.most, self.through = kind, most, through

    def value(self, row: Row) -> Any:
        text = row[self.name]
        return None if text is None else exact_json(text)

    def put(self, row: Row, value: Any) -> None:
        row[self.name] = None if value is None else json_text(value)

    def parse(self, raw: Any) -> Any:
        if not isinstance(raw, dict if self.kind == "object" else list):
            raise self.wrong(raw, Kind.WRONG_TYPE)
        text = json_text(self.through(raw) if self.through else raw)
        if len(text) > self.most:
            raise self.wrong(text[:80], Kind.TOO_LONG, limit=self.most)
        return text

    def shows(self, column: Callable[[str], str]) -> str:
        return f"(None if {column(self.name)} is None else Raw({column(self.name)}))"

    def words(self) -> dict[str, Any]:
        return {"Raw": msgspec.Raw}

    def schema(self) -> dict[str, Any]:
        return {"type": self.kind}


_NUMBERS = msgspec.json.Encoder(decimal_format="number")
_EXACT = msgspec.json.Decoder(float_hook=decimal.Decimal)


def json_text(value: Any) -> str:
    """Return nested JSON as it is kept: exact numbers stay numbers."""
    return _NUMBERS.encode(value).decode()


def exact_json(text: str) -> Any:
    """Return stored nested JSON with its numbers exact."""
    return _EXACT.decode(text)


class Constant(Field[Any]):
    """A member that always says the same; nothing is stored, what is sent for it is ignored."""

    def __init__(self, value: Any, **options: Any) -> None:
        super().__init__(**{"writable": False, "nullable": value is None, **options})
        self.always = value

    def value(self, row: Row) -> Any:
        del row
        return self.always

    def columns(self) -> dict[str, str]:
        return {}

    def shows(self, column: Callable[[str], str]) -> str:
        del column
        return repr(self.always)

    def schema(self) -> dict[str, Any]:
        return {"const": self.always}
