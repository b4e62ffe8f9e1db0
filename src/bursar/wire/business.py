"""The families keyed by business id: projects, time tracking, comments (platform sections 5 and 12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bursar.catalogue.resource import Resource
from bursar.errors import Kind, Refusal, refuse
from bursar.wire.family import VERSION, Envelope, message_of, status_of
from bursar.wire.query import read_bare

if TYPE_CHECKING:
    from bursar.catalogue.query import Query
    from bursar.catalogue.resource import View
    from bursar.errors import Problem

NOT_FOUND = "Requested resource could not be found."
ERRNO = {Kind.FORBIDDEN: 1003}
WORDS = {
    Kind.REQUIRED: "Field required",
    Kind.INVALID: "Input should be a valid value",
    Kind.WRONG_TYPE: "Input should be a valid dictionary",
    Kind.NOT_TEXT: "Input should be a valid string",
    Kind.NOT_A_LIST: "Input should be a valid list",
    Kind.NOT_A_NUMBER: "Input should be a valid integer",
    Kind.NOT_A_DECIMAL: "Input should be a valid decimal",
    Kind.NOT_A_DATE: "Input should be a valid date",
    Kind.NOT_A_DATETIME: "Input should be a valid datetime",
    Kind.NOT_A_FLAG: "Input should be a valid boolean",
    Kind.TOO_LONG: "String should have at most {limit} characters",
    Kind.TOO_MANY: "List should have at most {limit} items",
    Kind.BAD_TEXT: "Input should be a valid string",
    Kind.BAD_PERCENT: "Input should be a valid number",
    Kind.NEGATIVE: "Input should be greater than or equal to 0",
    Kind.BAD_TOTAL: "Input should be greater than or equal to 0",
    Kind.DUPLICATE: "Value is already in use",
    Kind.DUPLICATE_TAX: "Value is already in use",
    Kind.SAME_TAX: "Value is already in use",
    Kind.READ_ONLY: "Field is read-only",
    Kind.DELETED: "Object has been deleted",
    Kind.BAD_PAGE: "Input should be a valid integer",
    Kind.BAD_PER_PAGE: "Input should be a valid integer",
    Kind.FILTER_DATE: "Input should be a valid datetime or date",
    Kind.FILTER_NUMBER: "Input should be a valid integer",
    Kind.FILTER_FLAG: "Input should be a valid boolean",
    Kind.FILTER_LIST: "Input should be a valid list",
    Kind.FILTER_SCALAR: "Input should be a single value",
    Kind.REPLAYED: "The key was used with another request",
}


def worded(problem: Problem) -> str:
    """Return the text of one problem; a filter too short for a day is told so (platform section 5)."""
    text = problem.text or WORDS[problem.kind].format(limit=problem.limit)
    short = problem.kind is Kind.FILTER_DATE and len(str(problem.value)) < len("2027-03-01")
    return f"{text}, input is too short" if short else text


class Business:
    """One of the dialects keyed by business id; they differ in prefix and page size."""

    key = "business"
    headers = ((b"x-version", VERSION),)
    tagged = False
    content_type = b"application/vnd.api+json"

    def __init__(self, name: str, per_page: int) -> None:
        self.name, self.per_page = name, per_page
        self.prefix = (name, "business")

    def query(self, pairs: list[tuple[str, str]], resource: Resource) -> Query:
        """Read bare ``field=value`` filters, ``name=true`` includes and ``sort=-key``."""
        return read_bare(pairs, resource, self.per_page)

    def unwrap(self, body: Any, resource: Resource | View) -> dict[str, Any]:
        """Return the object below the single name."""
        inner = body.get(resource.wrapper) if isinstance(body, dict) else None
        if not isinstance(inner, dict):
            raise refuse(Kind.REQUIRED if inner is None else Kind.WRONG_TYPE, resource.wrapper, inner)
        return inner

    def one(self, resource: Resource | View, shown: Any) -> Envelope:
        """Wrap below the single name, with what always stands beside it."""
        beside = resource.beside if isinstance(resource, Resource) else {}
        return Envelope(200, {resource.wrapper: shown, **beside})

    def many(self, resource: Resource, shown: list[Any], query: Query, total: int, meta: dict[str, Any]) -> Envelope:
        """Wrap with ``meta`` beside the array, unless the list is whole."""
        if resource.whole:
            return Envelope(200, {resource.listed: shown})
        sort = {} if resource.steady else {"sort": list(query.echo)}
        all_there = resource.uncut and not query.sized and total <= query.per_page
        size = {"per_page": total} if all_there else {}
        return Envelope(200, {"meta": sort | query.paging(total) | size | meta, resource.listed: shown})

    def gone(self, resource: Resource) -> Envelope:
        """Answer a DELETE with 204 and no body."""
        del resource
        return Envelope(204, None)

    def refusal(self, refused: Refusal, resource: Resource | View | None) -> Envelope:
        """Word lookups as ``error``, validation as errno 2001 with a text per field, the rest as errno and message."""
        del resource
        status = status_of(refused)
        first = refused.problems[0]
        if status == 404:
            return Envelope(404, {"error": NOT_FOUND})
        if status == 401:
            return Envelope(401, {"error": "unauthenticated", "error_description": message_of(first)})
        if first.kind in WORDS:
            return Envelope(422, {"errno": 2001, "error": {p.field or "body": worded(p) for p in refused.problems}})
        return Envelope(status, {"errno": ERRNO.get(first.kind, status), "message": message_of(first)})
