"""The accounting family: ``response.result`` envelopes, errno errors, ``search[...]`` queries (accounting sections 1 and 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bursar.errors import Kind, Problem, Refusal, refuse
from bursar.wire.family import Envelope, message_of, status_of, value_text
from bursar.wire.query import read_bracketed

if TYPE_CHECKING:
    from bursar.catalogue.query import Query
    from bursar.catalogue.resource import Resource, View

WORDS: dict[Kind, tuple[int, str]] = {
    Kind.REQUIRED: (1001, "The field '{field}' is required."),
    Kind.INVALID: (1004, "Invalid value '{value}' for field '{field}'."),
    Kind.WRONG_TYPE: (1035, "The field '{field}' has the wrong type."),
    Kind.NOT_TEXT: (1035, "The field '{field}' has the wrong type."),
    Kind.NOT_A_LIST: (1035, "The field '{field}' has the wrong type."),
    Kind.NOT_A_NUMBER: (1015, "The field '{field}' must be a number."),
    Kind.NOT_A_DECIMAL: (1015, "The field '{field}' must be a number."),
    Kind.NOT_A_DATE: (1033, "The field '{field}' must be a date in the form YYYY-MM-DD."),
    Kind.NOT_A_DATETIME: (1016, "The field '{field}' must be a date and time."),
    Kind.NOT_A_FLAG: (1031, "The field '{field}' must be true or false."),
    Kind.TOO_LONG: (1017, "The value of field '{field}' is too long."),
    Kind.TOO_MANY: (1017, "The field '{field}' has too many parts."),
    Kind.BAD_TEXT: (1027, "The field '{field}' contains invalid characters."),
    Kind.BAD_PERCENT: (1018, "The field '{field}' must be a percentage."),
    Kind.NEGATIVE: (1025, "The field '{field}' must not be negative."),
    Kind.BAD_TOTAL: (1040, "The total of the document must not be negative."),
    Kind.DUPLICATE: (1029, "The value '{value}' of field '{field}' is already in use."),
    Kind.DUPLICATE_TAX: (1026, "A tax with the name '{value}' already exists."),
    Kind.SAME_TAX: (1019, "An item cannot have the same tax twice."),
    Kind.READ_ONLY: (1038, "The field '{field}' is read-only."),
    Kind.UNKNOWN: (1012, "{Noun} not found."),
    Kind.DELETED: (1011, "The {noun} has been deleted."),
    Kind.BAD_PAGE: (1014, "The parameter 'page' must be a number."),
    Kind.BAD_PER_PAGE: (1013, "The parameter 'per_page' must be a number."),
    Kind.FILTER_DATE: (1023, "The filter '{field}' must be a date."),
    Kind.FILTER_NUMBER: (1024, "The filter '{field}' must be a number."),
    Kind.FILTER_FLAG: (1032, "The filter '{field}' must be true or false."),
    Kind.FILTER_LIST: (1034, "The filter '{field}' must be a list."),
    Kind.FILTER_SCALAR: (1037, "The filter '{field}' must be a single value."),
    Kind.MALFORMED: (1005, ""),
    Kind.TOO_LARGE: (1005, ""),
    Kind.NO_ROUTE: (1012, ""),
    Kind.NO_METHOD: (405, ""),
    Kind.UNAUTHENTICATED: (1003, ""),
    Kind.FORBIDDEN: (1003, ""),
    Kind.CONFLICT: (409, ""),
    Kind.REPLAYED: (409, ""),
    Kind.THROTTLED: (429, ""),
    Kind.BUSY: (503, ""),
    Kind.NOT_BUILT: (501, ""),
    Kind.FAULT: (500, ""),
}
NOUNS = {"category": "Category", "share_link": "Share link"}


class Accounting:
    """The dialect of ``/accounting/account/{account_id}``; ``live_401`` drops the SDK-readable half of a 401."""

    name = "accounting"
    key = "account"
    headers = ()
    tagged = False
    prefix = ("accounting", "account")
    content_type = b"application/json"
    per_page = 15

    def __init__(self, *, live_401: bool = False, grpc_errors: bool = False, date_max_exclusive: bool = False) -> None:
        self.live_401, self.grpc_errors, self.date_max_exclusive = live_401, grpc_errors, date_max_exclusive

    def query(self, pairs: list[tuple[str, str]], resource: Resource) -> Query:
        """Read ``page``, ``per_page``, ``search[...]``, ``include[]`` and ``sort``."""
        return read_bracketed(pairs, resource, self.per_page, date_max_exclusive=self.date_max_exclusive)

    def unwrap(self, body: Any, resource: Resource | View) -> dict[str, Any]:
        """Return the object below the single name; a missing wrapper is REQUIRED on that name."""
        inner = body.get(resource.wrapper) if isinstance(body, dict) else None
        if inner is None:
            raise refuse(Kind.REQUIRED, resource.wrapper, noun=resource.record.noun)
        if not isinstance(inner, dict):
            raise refuse(Kind.WRONG_TYPE, resource.wrapper, inner, noun=resource.record.noun)
        return inner

    def one(self, resource: Resource | View, shown: Any) -> Envelope:
        """Wrap as ``response.result.<single>``."""
        return Envelope(200, {"response": {"result": {resource.wrapper: shown} if resource.wrapper else shown}})

    def many(self, resource: Resource, shown: list[Any], query: Query, total: int, meta: dict[str, Any]) -> Envelope:
        """Wrap as ``response.result`` with the paging keys beside the array, in alphabetical order."""
        del meta
        names = (resource.listed, *((resource.record.noun,) if resource.noun == "staff" else ()))
        result = dict(sorted({**query.paging(total), **dict.fromkeys(names, shown)}.items()))
        return Envelope(200, {"response": {"result": result}})

    def gone(self, resource: Resource) -> Envelope:
        """Answer ``{"response": {}}``: an empty body breaks the SDKs (accounting fact 1)."""
        del resource
        return Envelope(200, {"response": {}})

    def refusal(self, refused: Refusal, resource: Resource | View | None) -> Envelope:
        """Word every problem as errno, field, message, object and value."""
        status = status_of(refused)
        if self.grpc_errors:
            return Envelope(status, _grpc(status, [_entry(problem, resource) for problem in refused.problems]))
        errors = {"response": {"errors": [_entry(problem, resource) for problem in refused.problems]}}
        if status != 401:
            return Envelope(status, errors)
        live = {"error": "unauthenticated", "error_description": message_of(refused.problems[0])}
        return Envelope(status, live if self.live_401 else {**live, **errors})


def _entry(problem: Problem, resource: Resource | View | None) -> dict[str, Any]:
    errno, words = WORDS[problem.kind]
    noun = problem.noun or (resource.record.noun if resource else "")
    value = value_text(problem.value)
    message = message_of(problem) or words.format(
        field=problem.field, value=value, noun=noun, Noun=NOUNS.get(noun, noun.replace("_", " ").capitalize())
    )
    anonymous = problem.kind in (Kind.UNAUTHENTICATED, Kind.FORBIDDEN, Kind.THROTTLED)
    return {"errno": errno, "field": problem.field, "message": message, "object": "" if anonymous else noun, "value": value}


def _grpc(status: int, errors: list[dict[str, Any]]) -> dict[str, Any]:
    """Word errors in the withdrawn shape of 2022-2024, for tests of old clients (accounting 2.1)."""
    details = [
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": str(error["errno"]),
            "domain": "accounting.api.freshbooks.com",
            "metadata": {name: error[name] for name in ("object", "message", "value", "field")},
        }
        for error in errors
    ]
    return {"code": {404: 5, 401: 16}.get(status, 3), "message": errors[0]["message"], "details": details}
