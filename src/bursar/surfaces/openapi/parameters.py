"""The parameters of an operation. How a family spells a search or an order is found by asking its reader of query strings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bursar.catalogue.amounts import Decimal, Money
from bursar.catalogue.links import Alias
from bursar.catalogue.scalars import Date, Flag, Instant, Int
from bursar.errors import Refusal
from bursar.wire.query import MOST_PER_PAGE, include_names

if TYPE_CHECKING:
    from bursar.catalogue.field import Field
    from bursar.catalogue.filters import Filter
    from bursar.catalogue.query import Query
    from bursar.catalogue.resource import Resource
    from bursar.wire.family import Family

    Schema = dict[str, Any]

KEYS: dict[str, tuple[str, Schema]] = {
    "account": ("account_id", {"type": "string"}),
    "business": ("business_id", {"type": "integer"}),
    "uuid": ("business_uuid", {"type": "string", "format": "uuid"}),
}
LARGEST_ID = 2**63 - 1
LARGEST_PAGE = 1_000_000
IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Repeating a request with the same key answers the first answer for 48 hours and changes nothing.",
    "schema": {"type": "string", "maxLength": 255, "pattern": "^[!-~]+$"},
}


def path_of(family: Family, rest: str) -> str:
    """Return the template of a path below a family's prefix."""
    key = [f"{{{KEYS[family.key][0]}}}"] if family.key else []
    return "/".join(["", *family.prefix, *key, rest])


def of_path(family: Family, rest: str) -> list[Schema]:
    """Return the parameters that stand in a path."""
    found = []
    if family.key:
        name, schema = KEYS[family.key]
        found.append({"name": name, "in": "path", "required": True, "schema": schema})
    if "{id}" in rest:
        found.append({"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}})
    return found


def of_list(family: Family, resource: Resource) -> list[Schema]:
    """Return paging, searches and order of a list, as its family reads them."""
    switches = [_query(name, {"type": "boolean"}) for name in resource.switches if _asked(family, resource, name, "true").switches]
    return [*_paging(family, resource), *_searches(family, resource), *switches, *_order(family, resource)]


def of_includes(family: Family, resource: Resource) -> list[Schema]:
    """Return what may be included, as one repeated parameter or one flag each."""
    names = sorted(include_names(resource))
    if not names:
        return []
    if _asked(family, resource, "include[]", names[0]).includes:
        return [_repeated("include[]", {"type": "string", "enum": names})]
    return [_query(name, {"type": "boolean"}) for name in names if _asked(family, resource, name, "true").includes]


def _paging(family: Family, resource: Resource) -> list[Schema]:
    sizes = {"page": LARGEST_PAGE, "per_page": MOST_PER_PAGE}
    defaults = {"page": 1, "per_page": family.per_page}
    return [
        _query(name, {"type": "integer", "minimum": 1, "maximum": sizes[name], "default": defaults[name]})
        for name in sizes
        if getattr(_asked(family, resource, name, "2"), name) == 2
    ]


def _searches(family: Family, resource: Resource) -> list[Schema]:
    found = []
    for key, filter_ in resource.filters.items():
        many = filter_.how == "any"
        spellings = (f"search[{key}][]" if many else f"search[{key}]", key)
        spelling = next((each for each in spellings if _is_read(family, resource, each)), None)
        if spelling is not None:
            schema = _value(filter_, resource)
            found.append(_repeated(spelling, schema) if many else _query(spelling, schema))
    return found


def _order(family: Family, resource: Resource) -> list[Schema]:
    spelled = [
        text
        for key, column in resource.sorts.items()
        for text, descending in ((f"{key}_asc", False), (f"{key}_desc", True), (key, False), (f"-{key}", True))
        if (query := _asked(family, resource, "sort", text)).sort == column and query.descending is descending and column != "id"
    ]
    return [_query("sort", {"type": "string", "enum": spelled})] if spelled else []


def _asked(family: Family, resource: Resource, name: str, value: str) -> Query:
    return family.query([(name, value)], resource)


def _is_read(family: Family, resource: Resource, name: str) -> bool:
    """Whether a family reads a search under this name: it finds one, or refuses the value."""
    try:
        return bool(_asked(family, resource, name, "1").searches)
    except Refusal:
        return True


def _value(filter_: Filter, resource: Resource) -> Schema:
    """Return the schema of one sought value."""
    if filter_.words:
        return {"type": "string", "enum": list(filter_.words)}
    if filter_.how in ("holds", "exists"):
        return {"type": "boolean"}
    field: Field[Any] | None = resource.record.fields.get(filter_.columns[0])
    if isinstance(field, Alias):
        field = resource.record.fields[field.of]
    if field is None or filter_.how in ("like", "through"):
        return {"type": "string"}
    if isinstance(field, Money | Decimal):
        return {"type": "string", "pattern": r"^-?[0-9]{1,9}(\.[0-9]{1,2})?$"}
    if isinstance(field, Date | Instant):
        return {"type": "string", "format": "date"}
    if isinstance(field, Int):
        return {"type": "integer", "minimum": 0, "maximum": LARGEST_ID}
    return {"type": "boolean"} if isinstance(field, Flag) else field.schema()


def _query(name: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "schema": schema}


def _repeated(name: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "schema": {"type": "array", "items": schema}, "style": "form", "explode": True}
