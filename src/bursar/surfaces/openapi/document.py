"""Builds the document: paths, bodies, answers and refusals of every operation that is built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bursar.catalogue import schema as schemas
from bursar.catalogue.book import paths
from bursar.catalogue.query import Query
from bursar.errors import Kind, Problem, Refusal
from bursar.oauth.scopes import GRANTABLE, lines
from bursar.surfaces.openapi import parameters
from bursar.surfaces.openapi.shape import Slot, shape

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bursar.catalogue.book import Book
    from bursar.catalogue.operation import Operation
    from bursar.catalogue.record import Record
    from bursar.catalogue.resource import Resource, View
    from bursar.wire.family import Envelope, Family

    Schema = dict[str, Any]

FILE = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {"content": {"type": "string", "contentMediaType": "application/octet-stream"}},
                "required": ["content"],
            }
        }
    },
}
ALWAYS: tuple[Kind, ...] = (Kind.UNAUTHENTICATED, Kind.FORBIDDEN, Kind.UNKNOWN, Kind.THROTTLED, Kind.FAULT, Kind.BUSY)
ASKING: tuple[Kind, ...] = (Kind.BAD_PAGE, Kind.BAD_PER_PAGE, Kind.FILTER_DATE, Kind.FILTER_NUMBER, Kind.FILTER_FLAG, Kind.FILTER_LIST)
WRITING: tuple[Kind, ...] = (Kind.INVALID, Kind.DELETED, Kind.CONFLICT)
SENDING: tuple[Kind, ...] = (Kind.MALFORMED, Kind.TOO_LARGE, Kind.REQUIRED, Kind.WRONG_TYPE, Kind.READ_ONLY, Kind.DUPLICATE)
BODIES: dict[str, tuple[Kind, ...]] = {"PUT": WRITING + SENDING, "POST": (*WRITING, *SENDING, Kind.REPLAYED)}
"""The methods that send a body, and what may be wrong with it; what is posted may carry an Idempotency-Key."""
DESCRIPTION = (
    "Programs written for FreshBooks work against these addresses. Fields that a body may not set and query keys that mean nothing are"
    " ignored and named in the header X-Bursar-Ignored-Fields."
)
HEADERS = {
    "X-Bursar-Ignored-Fields": {"description": "What was sent and had no effect, by name.", "schema": {"type": "string"}},
    "X-RateLimit-Limit": {"description": "How many calls a window has room for.", "schema": {"type": "integer"}},
    "X-RateLimit-Remaining": {"description": "How many of them are left.", "schema": {"type": "integer"}},
    "X-RateLimit-Reset": {"description": "When the window ends, in Unix seconds.", "schema": {"type": "integer"}},
    "Retry-After": {"description": "How many seconds that is from now.", "schema": {"type": "integer"}},
}


def document(book: Book, families: Mapping[str, Family], public_url: str, version: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of everything the catalogue offers today; ``public_url`` is where it is served."""
    drawn = _Drawing(book, families)
    for resource in book.resources.values():
        for operation in resource.operations:
            if operation.built:
                drawn.add_operation(resource, operation)
    for view in book.views.values():
        if view.built:
            drawn.add_view(view)
    return {
        "openapi": "3.1.0",
        "info": {"title": "bursar", "version": version, "description": DESCRIPTION},
        "servers": [{"url": public_url}],
        "paths": dict(sorted(drawn.paths.items())),
        "components": {"schemas": dict(sorted(drawn.schemas.items())), "securitySchemes": _security(public_url)},
    }


def _security(public_url: str) -> Schema:
    words = {scope: line.allows[0] for scope in GRANTABLE for line in lines([scope])}
    flow = {
        "authorizationUrl": f"{public_url}/oauth/authorize",
        "tokenUrl": f"{public_url}/auth/oauth/token",
        "refreshUrl": f"{public_url}/auth/oauth/token",
        "scopes": words,
    }
    return {"oauth": {"type": "oauth2", "flows": {"authorizationCode": flow}}, "token": {"type": "http", "scheme": "bearer"}}


class _Drawing:
    """The document while it is drawn: paths, and the schemas they refer to."""

    def __init__(self, book: Book, families: Mapping[str, Family]) -> None:
        self.book, self.families = book, families
        self.paths: dict[str, dict[str, Any]] = {}
        self.schemas: dict[str, Schema] = {}

    def add_operation(self, resource: Resource, operation: Operation) -> None:
        """Draw one operation on each of its paths, in each of its families."""
        places = [(self.families[name], rest) for name in (resource.family, *resource.elsewhere) for rest in paths(resource, operation)]
        for number, (family, rest) in enumerate(places):
            name = f"{resource.plural}.{operation.verb}" + (f".{number + 1}" if number else "")
            drawn: Schema = {
                "operationId": name,
                "summary": operation.phrase,
                **_said(resource, operation.access),
                "parameters": [*parameters.of_path(family, rest), *self._asked(family, resource, operation)],
                "responses": self._answers(family, resource, operation),
                "x-bursar-risk": operation.risk,
            }
            if operation.method in BODIES:
                drawn["requestBody"] = self._body(family, resource, operation.method)
            if operation.row is not None:
                drawn["x-bursar-row"] = operation.row
            if operation.event:
                drawn["x-bursar-event"] = operation.event
            if operation.unverified:
                drawn["x-bursar-unverified"] = operation.unverified
            self.paths.setdefault(parameters.path_of(family, rest), {})[operation.method.lower()] = drawn

    def add_view(self, view: View) -> None:
        """Draw an answer without rows of its own."""
        family = self.families[view.family]
        answer = family.one(view, Slot(self.shown(view.record)))
        beside = {name: Slot(view.record.fields[name].schema()) for name in view.beside}
        drawn: Schema = {
            "operationId": view.name,
            "summary": view.phrase,
            **_said(view, view.access, view.covered_by),
            "parameters": [
                *parameters.of_path(family, view.path),
                *(parameters.of_list(family, self.book.resources[view.texts[0]]) if view.texts else ()),
                *([parameters.IDEMPOTENCY] if view.method == "POST" else ()),
            ],
            "responses": {
                **_answered(family, answer._replace(body={**answer.body, **beside})),
                **self.refusals(family, view, ALWAYS + WRITING + BODIES.get(view.method, ())),
            },
        }
        if view.takes == "file":
            drawn["requestBody"] = FILE
        elif view.takes == "object":
            drawn["requestBody"] = self._body(family, view, "POST")
        self.paths.setdefault(parameters.path_of(family, view.path), {})[view.method.lower()] = drawn

    def shown(self, record: type[Record]) -> Schema:
        """Return a reference to the schema of a record in answers."""
        name = schemas.title(record.noun)
        if name not in self.schemas:
            self.schemas[name] = {}
            self.schemas[name] = schemas.shown(record)
            for part in schemas.inside(record):
                self.shown(part)
            for noun in schemas.embedded(record):
                self.shown(self.book.resources[noun].record)
        return {"$ref": schemas.component(name)}

    def sent(self, record: type[Record], method: str, use: str) -> Schema:
        """Return a reference to the schema of a record in bodies of a method."""
        name = schemas.title(record.noun, use)
        if name not in self.schemas:
            self.schemas[name] = schemas.sent(record, method)
            for part in schemas.parts(record):
                self.sent(part, "POST", "Sent")
        return {"$ref": schemas.component(name)}

    def refusals(self, family: Family, resource: Resource | View, kinds: Iterable[Kind]) -> Schema:
        """Return the refusals of these kinds by status, each described from what the family says."""
        by_status: dict[int, list[Any]] = {}
        for kind in kinds:
            for field in ("first", "second"):
                said = family.refusal(Refusal(Problem(kind, field, "value", resource.record.noun, "Words.")), None)
                by_status.setdefault(said.status, []).append(said.body)
        found = {}
        for status, bodies in sorted(by_status.items()):
            name = f"{family.name.capitalize()}Refusal{status}"
            self.schemas.setdefault(name, shape(bodies))
            content = {family.content_type.decode(): {"schema": {"$ref": schemas.component(name)}}}
            found[str(status)] = {"description": REASONS[status], "content": content}
        return found

    def _asked(self, family: Family, resource: Resource, operation: Operation) -> list[Schema]:
        found = parameters.of_list(family, resource) if operation.verb == "list" else []
        if operation.verb != "delete":
            found += parameters.of_includes(family, resource)
        return [*found, parameters.IDEMPOTENCY] if operation.method == "POST" else found

    def _body(self, family: Family, resource: Resource | View, method: str) -> Schema:
        inner = self.sent(resource.record, method, "Create" if method == "POST" else "Update")
        marker = {"": None}
        wrapped = family.unwrap({resource.wrapper: marker}, resource) is marker
        schema = {"type": "object", "properties": {resource.wrapper: inner}, "required": [resource.wrapper]} if wrapped else inner
        return {"required": True, "content": {"application/json": {"schema": schema}}}

    def _answers(self, family: Family, resource: Resource, operation: Operation) -> Schema:
        if operation.verb == "delete":
            return {**_answered(family, family.gone(resource)), **self.refusals(family, resource, ALWAYS + WRITING)}
        slot = Slot(self.shown(resource.record))
        answer = family.many(resource, [slot], Query(), 1, {}) if operation.verb == "list" else family.one(resource, slot)
        return {**_answered(family, answer), **self.refusals(family, resource, ALWAYS + ASKING + BODIES.get(operation.method, ()))}


REASONS = {
    400: "The body is no JSON, or something in it is not allowed.",
    401: "No token, or one that holds no more.",
    403: "The token has no scope for this, or the caller's role forbids it.",
    404: "There is no such object in these books, or no such books for this caller.",
    409: "The object was changed at the same time.",
    413: "The body is too large.",
    422: "Something sent is missing or not allowed.",
    429: "The token has called too often; Retry-After says how many seconds are left of the window.",
    500: "A fault of the server.",
    503: "Nothing can be stored right now.",
}


def _said(resource: Resource | View, access: str, instead: tuple[str, ...] = ()) -> Schema:
    scopes = [f"{scope}:{access}" for scope in (resource.scope, *instead) if scope]
    return {"tags": [resource.group], "security": [*({"oauth": [scope]} for scope in scopes), {"token": []}]}


def _answered(family: Family, answer: Envelope) -> Schema:
    found: Schema = {"description": "Done." if answer.body is None else "The answer.", "headers": HEADERS}
    if answer.body is not None:
        found["content"] = {family.content_type.decode(): {"schema": shape([answer.body])}}
    return {str(answer.status): found}
