"""The field tables of the contract (``shapes/*.json``), and what in an answer differs from them."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

FOLDER = Path(__file__).parent / "shapes"
FORMATS = {
    "eastern": r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d",
    "eastern_us": r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}",
    "utc": r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d",
    "iso": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d",
    "iso_z": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "iso_z_us": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z",
    "local": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d",
}
TEXTS = {
    "decimal-string": r"-?\d+(\.\d+)?",
    "date": r"\d{4}-\d\d-\d\d",
    "uuid": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
}
PLAIN: dict[str, Callable[[Any], bool]] = {
    "int": lambda value: type(value) is int,
    "bool": lambda value: type(value) is bool,
    "string": lambda value: type(value) is str,
    "number": lambda value: type(value) in (int, float),
    "object": lambda value: type(value) is dict,
}
# A field that goes by another name, or is missing, where a shape stands inside another one (notes of the tables).
INSIDE: dict[tuple[str, str], dict[str, str]] = {
    ("estimate", "lines"): {"invoiceid": "estimateid"},
    ("expense", "attachment"): {"expenseid": ""},
    ("expense", "project"): {"group_id": ""},
    ("time_entry", "timer"): {"time_entries": ""},
}

PLACES = {"project": {"one": "group", "list": "group_id"}}
"""Fields that single objects alone or lists alone show, by shape."""

NULL_ITEMS = {("identity", "addresses")}
"""Arrays that may hold a literal null (platform section 4)."""


class Shape:
    """One field table: ``fields`` by name with type, nullability, who may write, default, include."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.table: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
        self.fields: dict[str, dict[str, Any]] = self.table["fields"]

    @property
    def includes(self) -> tuple[str, ...]:
        """The includes that show fields of their own."""
        return tuple(dict.fromkeys(field["include"] for field in self.fields.values() if field.get("include")))

    def shown(self, included: Iterable[str] = ()) -> dict[str, dict[str, Any]]:
        """Return the fields that an answer with these includes must have, no more and no less."""
        return {
            name: field
            for name, field in self.fields.items()
            if field["writable"] != "write_only" and (not field.get("include") or field["include"] in included)
        }

    def defaults(self) -> dict[str, Any]:
        """Return what a create leaves in the fields it does not name."""
        return {name: field["default"] for name, field in self.fields.items() if "default" in field and field["writable"] != "write_only"}

    def writable(self, *kinds: object) -> list[str]:
        """Return the names of the fields that may be written so: True, False, ``create_only``."""
        return [name for name, field in self.fields.items() if field["writable"] in kinds]


@cache
def shape(name: str) -> Shape:
    """Read a field table."""
    return Shape(name)


def differences(value: Any, name: str, included: Iterable[str] = (), *, renamed: dict[str, str] | None = None) -> list[str]:
    """Say what in an object is not as its table says: missing and extra keys, wrong types, values outside a closed set."""
    return list(_object(value, name, tuple(included), renamed or {}, name))


def misplaced(name: str, place: str) -> dict[str, str]:
    """Return the fields that answers of one object (``one``) or lists (``list``) leave to the other, as ``renamed`` takes them."""
    return {field: "" for where, field in PLACES.get(name, {}).items() if where != place}


def _object(value: Any, name: str, included: tuple[str, ...], renamed: dict[str, str], where: str) -> Iterator[str]:
    if type(value) is not dict:
        yield f"{where} is no object: {value!r}"
        return
    wanted = {renamed.get(key, key): field for key, field in shape(name).shown(included).items() if renamed.get(key, key)}
    yield from (f"{where}.{key} is missing" for key in wanted.keys() - value.keys())
    yield from (f"{where}.{key} is too much: {value[key]!r}" for key in value.keys() - wanted.keys())
    for key in wanted.keys() & value.keys():
        yield from _field(value[key], wanted[key], (name, key), f"{where}.{key}")


def _field(value: Any, field: dict[str, Any], place: tuple[str, str], where: str) -> Iterator[str]:
    if value is None:
        if not field["nullable"]:
            yield f"{where} is null"
        return
    if field["type"] == "datetime":
        yield from _text(value, FORMATS[field["format"]], where)
    else:
        yield from _typed(value, field["type"], place, where)
    if "enum" in field and value not in field["enum"]:
        yield f"{where} is none of {field['enum']}: {value!r}"


def _typed(value: Any, kind: str, place: tuple[str, str], where: str) -> Iterator[str]:
    if kind in PLAIN:
        if not PLAIN[kind](value):
            yield f"{where} is no {kind}: {value!r}"
    elif kind in TEXTS:
        yield from _text(value, TEXTS[kind], where)
    elif kind.startswith("array<"):
        if type(value) is not list:
            yield f"{where} is no array: {value!r}"
            return
        for number, item in enumerate(value):
            if item is None and place in NULL_ITEMS:
                continue
            yield from _typed(item, kind[6:-1], place, f"{where}[{number}]")
    elif kind == "money":
        yield from _money(value, where)
    elif kind == "balance":
        if type(value) is not dict or value.keys() != {"amount"}:
            yield f"{where} is no balance: {value!r}"
        else:
            yield from _money(value["amount"], where)
    else:
        yield from _object(value, kind, (), INSIDE.get(place, {}), where)


def _text(value: Any, pattern: str, where: str) -> Iterator[str]:
    if type(value) is not str or not re.fullmatch(pattern, value):
        yield f"{where} is written otherwise: {value!r}"


def _money(value: Any, where: str) -> Iterator[str]:
    if type(value) is not dict or value.keys() != {"amount", "code"}:
        yield f"{where} is no money: {value!r}"
        return
    yield from _text(value["amount"], r"-?\d+\.\d{2,6}", f"{where}.amount")
    yield from _text(value["code"], r"[A-Z]{3}", f"{where}.code")
