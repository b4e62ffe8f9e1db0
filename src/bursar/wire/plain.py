"""The families without a grammar of their own: auth, events, payments, uploads, ledger (platform section 12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bursar.catalogue.query import Query
from bursar.errors import Kind, Problem, Refusal, refuse
from bursar.wire.business import WORDS
from bursar.wire.family import Envelope, message_of, status_of, value_text
from bursar.wire.query import read_bracketed

if TYPE_CHECKING:
    from bursar.catalogue.resource import Resource, View

NOT_FOUND = "Requested resource could not be found."
INNER = {
    Kind.REQUIRED: "value_error.missing",
    Kind.INVALID: "type_error.enum",
    Kind.WRONG_TYPE: "type_error.dict",
    Kind.NOT_TEXT: "type_error.str",
    Kind.NOT_A_LIST: "type_error.list",
    Kind.NOT_A_NUMBER: "type_error.integer",
    Kind.NOT_A_DECIMAL: "type_error.decimal",
    Kind.NOT_A_FLAG: "type_error.bool",
    Kind.BAD_TEXT: "type_error.str",
    Kind.TOO_LONG: "value_error.any_str.max_length",
    Kind.TOO_MANY: "value_error.list.max_items",
    Kind.MALFORMED: "value_error.jsondecode",
}


def text_of(problem: Problem) -> str:
    """Return what is wrong in a sentence."""
    if problem.kind is Kind.UNKNOWN:
        return problem.text or NOT_FOUND
    words = message_of(problem) or WORDS.get(problem.kind, "Invalid value").format(limit=problem.limit)
    return f"{problem.field}: {words}" if problem.field and not problem.text else words


class Bare:
    """What families do that wrap nothing unless they say so: the accounting grammar, flat bodies, the object below its name."""

    headers: tuple[tuple[bytes, bytes], ...] = ()
    tagged = False
    per_page = 15

    def query(self, pairs: list[tuple[str, str]], resource: Resource) -> Query:
        """Read the accounting grammar."""
        return read_bracketed(pairs, resource, self.per_page, date_max_exclusive=False)

    def unwrap(self, body: Any, resource: Resource | View) -> dict[str, Any]:
        """Return the body itself."""
        del resource
        return flat(body)

    def one(self, resource: Resource | View, shown: Any) -> Envelope:
        """Wrap below the single name alone."""
        return Envelope(200, {resource.wrapper: shown})

    def gone(self, resource: Resource) -> Envelope:
        """Answer a DELETE with 204."""
        del resource
        return Envelope(204, None)


class Auth(Bare):
    """``/auth/api/v1``: ``{"response": …}`` and OAuth-like errors."""

    name = "auth"
    key = ""
    prefix = ("auth", "api", "v1")
    tagged = True
    content_type = b"application/json; charset=utf-8"
    errors: dict[Kind, str] = {  # noqa: RUF012 # a table, never changed
        Kind.UNAUTHENTICATED: "unauthenticated",
        Kind.FORBIDDEN: "insufficient_scope",
        Kind.UNKNOWN: "not_found",
        Kind.NO_ROUTE: "not_found",
        Kind.NO_METHOD: "method_not_allowed",
        Kind.THROTTLED: "rate_limited",
        Kind.FAULT: "internal_server_error",
        Kind.BUSY: "temporarily_unavailable",
        Kind.NOT_BUILT: "not_implemented",
    }

    def one(self, resource: Resource | View, shown: Any) -> Envelope:
        """Wrap as ``response``."""
        del resource
        return Envelope(200, {"response": shown})

    def many(self, resource: Resource, shown: list[Any], query: Query, total: int, meta: dict[str, Any]) -> Envelope:
        """Wrap as ``response`` with ``meta`` beside it."""
        del resource
        return Envelope(200, {"response": shown, "meta": query.paging(total) | meta})

    def refusal(self, refused: Refusal, resource: Resource | View | None) -> Envelope:
        """Word as ``error`` and ``error_description``."""
        del resource
        first = refused.problems[0]
        text = "internal server error" if first.kind is Kind.FAULT else text_of(first)
        return Envelope(status_of(refused), {"error": self.errors.get(first.kind, "invalid_resource"), "error_description": text})


class Events(Bare):
    """``/events/account/{account_id}``: accounting envelopes, errno, message and details (platform section 10)."""

    name = "events"
    key = "account"
    prefix = ("events", "account")
    content_type = b"application/json"
    semantic = "The request was well-formed but was unable to be followed due to semantic errors."
    bad_token = "invalid_token: The request token failed to authenticate or validate."  # noqa: S105 # a message, no secret

    def unwrap(self, body: Any, resource: Resource | View) -> dict[str, Any]:
        """Return the object below the single name."""
        inner = body.get(resource.wrapper) if isinstance(body, dict) else None
        if not isinstance(inner, dict):
            raise refuse(Kind.REQUIRED if inner is None else Kind.WRONG_TYPE, resource.wrapper, inner)
        return inner

    def one(self, resource: Resource | View, shown: Any) -> Envelope:
        """Wrap as ``response.result.<single>``."""
        return Envelope(200, {"response": {"result": {resource.wrapper: shown}}})

    def many(self, resource: Resource, shown: list[Any], query: Query, total: int, meta: dict[str, Any]) -> Envelope:
        """Wrap as ``response.result`` with the paging keys beside the array."""
        del meta
        return Envelope(200, {"response": {"result": {resource.listed: shown, **query.paging(total)}}})

    def gone(self, resource: Resource) -> Envelope:
        """Answer an empty result, which both the Python and the PHP SDK need."""
        del resource
        return Envelope(200, {"response": {"result": {}}})

    def refusal(self, refused: Refusal, resource: Resource | View | None) -> Envelope:
        """Word as errno (the status), message and a list of details."""
        del resource
        status, first = status_of(refused), refused.problems[0]
        if status == 422:
            return Envelope(422, {"errno": 422, "message": self.semantic, "details": [text_of(problem) for problem in refused.problems]})
        text = {401: self.bad_token, 404: NOT_FOUND}.get(status, text_of(first))
        return Envelope(status, {"errno": status, "message": text, "details": []})


class Payments(Bare):
    """``/payments/account/{account_id}``: bare envelopes, flat bodies, ``error_type`` errors, 400 for all validation."""

    name = "payments"
    key = "account"
    prefix = ("payments", "account")
    content_type = b"application/vnd.api+json"
    kinds: dict[int, str] = {  # noqa: RUF012 # a table, never changed
        401: "unauthorized",
        403: "forbidden",
        404: "not_found",
        405: "method_not_allowed",
        409: "conflict",
        413: "validation",
        422: "validation",
        400: "validation",
        429: "rate_limited",
        500: "internal",
        501: "not_implemented",
        503: "unavailable",
    }

    def many(self, resource: Resource, shown: list[Any], query: Query, total: int, meta: dict[str, Any]) -> Envelope:
        """Wrap below the plural name alone."""
        del query, total, meta
        return Envelope(200, {resource.listed: shown})

    def refusal(self, refused: Refusal, resource: Resource | View | None) -> Envelope:
        """Word as ``error_type`` and ``message``, with ``errors`` on validation (accounting-more section 10)."""
        del resource
        status, first = status_of(refused), refused.problems[0]
        kind = self.kinds[status]
        if kind == "validation":
            errors = [{"error_type": INNER.get(p.kind, "value_error"), "message": text_of(p), "field": p.field} for p in refused.problems]
            plain = first.kind in (Kind.TOO_LARGE, Kind.REPLAYED)
            return Envelope(status if plain else 400, {"error_type": kind, "message": text_of(first), "errors": errors})
        text = "Authentication is required to complete this request." if status == 401 else text_of(first)
        return Envelope(status, {"error_type": kind, "message": text})


class Uploads(Payments):
    """``/uploads``: files by their handles; errors are one text."""

    name = "uploads"
    prefix = ("uploads", "account")
    content_type = b"application/json"

    def one(self, resource: Resource | View, shown: Any) -> Envelope:
        """Wrap what was uploaded."""
        return Envelope(201, {resource.wrapper: shown})

    def refusal(self, refused: Refusal, resource: Resource | View | None) -> Envelope:
        """Word as ``error``."""
        del resource
        status, first = status_of(refused), refused.problems[0]
        texts = {401: "unauthenticated", 405: "Method not allowed", 404: first.text or "File not found"}
        return Envelope(422 if status == 405 else status, {"error": texts.get(status, text_of(first))})


class Ledger(Bare):
    """``/accounting/businesses/{business_uuid}``: ``{"data": …}`` and one ``errors`` object."""

    name = "ledger"
    key = "uuid"
    prefix = ("accounting", "businesses")
    content_type = b"application/json; charset=utf-8"
    per_page = 100

    def query(self, pairs: list[tuple[str, str]], resource: Resource) -> Query:
        """Read nothing: these lists have no paging and no search."""
        del pairs, resource
        return Query(per_page=self.per_page)

    def one(self, resource: Resource | View, shown: Any) -> Envelope:
        """Wrap as ``data``."""
        del resource
        return Envelope(200, {"data": shown})

    def many(self, resource: Resource, shown: list[Any], query: Query, total: int, meta: dict[str, Any]) -> Envelope:
        """Wrap as ``data``, without paging."""
        del resource, query, total, meta
        return Envelope(200, {"data": shown})

    def refusal(self, refused: Refusal, resource: Resource | View | None) -> Envelope:
        """Word as message, status and details; validation is 400 here (accounting-more section 7)."""
        del resource
        status, first = status_of(refused), refused.problems[0]
        if status == 422:
            details = [
                {"reason": f"{p.field}: {words}", "metadata": {"message": words, "field": p.field, "value": value_text(p.value)}}
                for p in refused.problems
                for words in ("This field is required." if p.kind is Kind.REQUIRED else text_of(p),)
            ]
            return Envelope(400, {"errors": {"message": "Request failed with status code 400", "status": 400, "details": details}})
        text = "Not found." if status == 404 else text_of(first)
        errors = {"errors": {"message": text, "status": status, "details": []}}
        live = {"error": "unauthenticated", "error_description": message_of(first)} if status == 401 else {}
        return Envelope(status, live | errors)


def flat(body: Any) -> dict[str, Any]:
    """Return an unwrapped body; raises WRONG_TYPE when it is no object."""
    if not isinstance(body, dict):
        raise refuse(Kind.WRONG_TYPE, "body", "")
    return body
