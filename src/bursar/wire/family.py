"""What a wire family is: the grammar of queries, the envelopes, the dialect of refusals, the content type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from bursar.catalogue.scalars import json_text
from bursar.domain.money import Money, amount_text
from bursar.errors import Kind, Problem, Refusal

if TYPE_CHECKING:
    from bursar.catalogue.query import Query
    from bursar.catalogue.resource import Resource, View

VERSION = b"0.1.0"
FAULT_TEXT = "An internal error has occurred."
STATUS = {
    Kind.MALFORMED: 400,
    Kind.TOO_LARGE: 413,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.READ_ONLY: 403,
    Kind.UNKNOWN: 404,
    Kind.NO_ROUTE: 404,
    Kind.NO_METHOD: 405,
    Kind.CONFLICT: 409,
    Kind.THROTTLED: 429,
    Kind.FAULT: 500,
    Kind.NOT_BUILT: 501,
    Kind.BUSY: 503,
}
MESSAGES = {
    Kind.UNAUTHENTICATED: "This action requires authentication to continue.",
    Kind.FORBIDDEN: "Permission Denied",
    Kind.NO_METHOD: "Method not allowed.",
    Kind.THROTTLED: "HTTP_RATE_LIMITED",
    Kind.FAULT: FAULT_TEXT,
    Kind.NOT_BUILT: "This operation is not available yet.",
    Kind.BUSY: "The server cannot store anything right now. Try again shortly.",
    Kind.CONFLICT: "The object was changed at the same time. Try again.",
    Kind.REPLAYED: "This Idempotency-Key was used with another request.",
    Kind.TOO_LARGE: "The request body is larger than 1 MiB.",
    Kind.MALFORMED: "The request body could not be parsed as JSON.",
    Kind.NO_ROUTE: "Requested resource could not be found.",
}


class Envelope(NamedTuple):
    """A wire answer: status and JSON value, None for an empty body."""

    status: int
    body: Any


class Family(Protocol):
    """One dialect of the wire; ``key`` says what identifies the books in the path: account, business, uuid or nothing."""

    @property
    def name(self) -> str:
        """The name declarations use."""
        ...

    @property
    def key(self) -> str:
        """What identifies the books in the path."""
        ...

    @property
    def prefix(self) -> tuple[str, ...]:
        """The first segments of its paths."""
        ...

    @property
    def content_type(self) -> bytes:
        """The content type of its answers."""
        ...

    @property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """The headers that every answer of it has (platform section 13)."""
        ...

    @property
    def tagged(self) -> bool:
        """Whether its objects are sent with a tag, and not again while that holds."""
        ...

    @property
    def per_page(self) -> int:
        """How many objects a page has unless told."""
        ...

    def query(self, pairs: list[tuple[str, str]], resource: Resource) -> Query:
        """Read the query string; raises :class:`Refusal` for bad paging and filter values."""
        ...

    def unwrap(self, body: Any, resource: Resource | View) -> dict[str, Any]:
        """Return the object inside a request body; raises REQUIRED or WRONG_TYPE."""
        ...

    def one(self, resource: Resource | View, shown: Any) -> Envelope:
        """Wrap one object."""
        ...

    def many(self, resource: Resource, shown: list[Any], query: Query, total: int, meta: dict[str, Any]) -> Envelope:
        """Wrap a page."""
        ...

    def gone(self, resource: Resource) -> Envelope:
        """Answer a DELETE."""
        ...

    def refusal(self, refused: Refusal, resource: Resource | View | None) -> Envelope:
        """Word a refusal."""
        ...


def status_of(refused: Refusal) -> int:
    """Return the HTTP status of a refusal; what is not in the table is 422."""
    return STATUS.get(refused.kind, 422)


def message_of(problem: Problem) -> str:
    """Return the product's own words of a problem that no family words differently."""
    return problem.text or MESSAGES.get(problem.kind, "")


def value_text(value: object) -> str:
    """Return a refused value as text: its own or its JSON, cut so that an answer stays small and always encodable."""
    if isinstance(value, Money):
        return amount_text(*value)
    if isinstance(value, bool | list | dict):
        text = json_text(value)
    else:
        text = value if isinstance(value, str) else "" if value is None else str(value)
    return text[:200].encode("utf-8", "replace").decode()
