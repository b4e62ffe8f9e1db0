"""The JSON schema of a record, shown or sent: one reading for the OpenAPI document, the MCP tools and the reference page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bursar.catalogue.links import Embed, Lines, Ours, Parts

if TYPE_CHECKING:
    from collections.abc import Callable

    from bursar.catalogue.field import Field
    from bursar.catalogue.record import Record

    Refer = Callable[[str], str]
    Schema = dict[str, Any]


def title(noun: str, use: str = "") -> str:
    """Return the name of a schema: ``invoice_line`` is ``InvoiceLine``, as sent ``InvoiceLineSent``."""
    return "".join(part.capitalize() for part in noun.split("_")) + use


def component(name: str) -> str:
    """Return where an OpenAPI document keeps the schema of this name."""
    return f"#/components/schemas/{name}"


def shown(record: type[Record], refer: Refer = component) -> Schema:
    """Return what an answer holds: every field that is always there is required, those of an include are not."""
    fields = {name: field for name, field in sorted(record.fields.items()) if field.options.shown}
    return {
        "type": "object",
        "properties": {name: _described(field, _shown_field(field, refer)) for name, field in fields.items()},
        "required": [name for name, field in fields.items() if not (field.options.include or field.options.only or field.options.unless)],
    }


def sent(record: type[Record], method: str, refer: Refer = component) -> Schema:
    """Return what a body of this method may hold; what it holds beyond that is ignored."""
    fields = {name: field for name, field in sorted(record.fields.items()) if field.writable_on(method) and field.options.refused is None}
    needed = [name for name, field in fields.items() if field.options.required] if method == "POST" else []
    found: Schema = {
        "type": "object",
        "properties": {name: _sent_field(field, method, refer, needed=name in needed) for name, field in fields.items()},
    }
    return found | ({"required": needed} if needed else {})


def parts(record: type[Record]) -> tuple[type[Record], ...]:
    """Return the records that a body may hold inside this one: its lines and parts."""
    return tuple(field.record for field in record.fields.values() if isinstance(field, Lines | Parts))


def inside(record: type[Record]) -> tuple[type[Record], ...]:
    """Return the records that answers show inside this one: its lines, the business."""
    return parts(record) + tuple(field.record for field in record.fields.values() if isinstance(field, Ours))


def embedded(record: type[Record]) -> tuple[str, ...]:
    """Return the nouns of other resources that answers may show whole."""
    return tuple(field.noun for field in record.fields.values() if isinstance(field, Embed) and field.options.shown)


def _shown_field(field: Field[Any], refer: Refer) -> Schema:
    if isinstance(field, Lines):
        return {"type": "array", "items": {"$ref": refer(title(field.record.noun))}}
    if isinstance(field, Ours):
        return {"$ref": refer(title(field.record.noun))}
    if isinstance(field, Embed):
        whole = {"$ref": refer(title(field.noun))}
        return {"type": "array", "items": whole} if field.many else whole
    return field.schema()


def _sent_field(field: Field[Any], method: str, refer: Refer, *, needed: bool) -> Schema:
    if isinstance(field, Lines | Parts):
        schema: Schema = {"type": "array", "items": {"$ref": refer(title(field.record.noun, "Sent"))}, "maxItems": field.most}
    else:
        schema = field.sent_schema_on(method)
    more = {"x-bursar-effect": field.options.effect} if field.options.effect else {}
    return (schema if needed or not field.options.nullable else or_null(schema)) | more


def _described(field: Field[Any], schema: Schema) -> Schema:
    more: Schema = {"x-bursar-unverified": True} if field.options.unverified else {}
    if field.options.include:
        more["x-bursar-include"] = field.options.include
    if field.options.writable is False:
        more["readOnly"] = True
    return (or_null(schema) if field.options.nullable else schema) | more


def or_null(schema: Schema) -> Schema:
    """Return a schema that takes null as well."""
    if schema.keys() == {"type"} and isinstance(schema["type"], str):
        return {"type": [schema["type"], "null"]}
    if schema == {"const": None}:
        return schema
    return {"anyOf": [schema, {"type": "null"}]}
