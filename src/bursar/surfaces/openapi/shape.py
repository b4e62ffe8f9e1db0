"""The JSON schema of examples: envelopes and errors are made by their family and described from what it made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from bursar.catalogue.schema import or_null

if TYPE_CHECKING:
    from collections.abc import Iterable

    Schema = dict[str, Any]

PLAIN = {bool: "boolean", int: "integer", str: "string"}


class Slot(NamedTuple):
    """A place in an example that any value of a schema may take."""

    schema: dict[str, Any]


def shape(examples: Iterable[Any]) -> Schema:
    """Return a schema that all examples meet.

    A member that some objects lack is not required; objects without a shared member are a map from any name.
    """
    values = list(examples)
    present = [value for value in values if value is not None]
    if not present:
        return {"type": "null"}
    found = _of_kinds(present)
    return found if len(present) == len(values) else or_null(found)


def _of_kinds(values: list[Any]) -> Schema:
    kinds: dict[type[Any], list[Any]] = {}
    for value in values:
        kinds.setdefault(type(value), []).append(value)
    schemas = [_of_one_kind(kind, same) for kind, same in kinds.items()]
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def _of_one_kind(kind: type[Any], values: list[Any]) -> Schema:
    if kind is Slot:
        schema: Schema = values[0].schema
        return schema
    if kind is list:
        items = [item for value in values for item in value]
        return {"type": "array"} | ({"items": shape(items)} if items else {})
    if kind is dict:
        return _of_objects(values)
    return {"type": PLAIN[kind]}


def _of_objects(values: list[dict[str, Any]]) -> Schema:
    names = dict.fromkeys(name for value in values for name in value)
    shared = [name for name in names if all(name in value for value in values)]
    if names and not shared:
        return {"type": "object", "additionalProperties": shape([member for value in values for member in value.values()])}
    found: Schema = {
        "type": "object",
        "properties": {name: shape([value[name] for value in values if name in value]) for name in names},
    }
    return found | ({"required": shared} if shared else {})
