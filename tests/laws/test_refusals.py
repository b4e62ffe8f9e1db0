"""Every kind of refusal has words in every family; each family's shape once, over HTTP where it has a path."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from bursar.catalogue import fields as f
from bursar.errors import Kind, Problem, Refusal
from bursar.resources.documents import check_recipients
from bursar.resources.reminding import late_reminders
from bursar.wire.families import families
from tests.contract.wire import BOOK, FAMILIES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.tenant import Tenant

STATUSES = {
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
BUSINESS = ("projects", "timetracking", "comments")
# Uploads answer 422 to a method they do not offer, ledger and payments 400 to a body that will not do (accounting-more 7, 10, 11);
# the business families know validation alone.
ODD = {
    ("uploads", Kind.NO_METHOD): 422,
    **{(name, kind): 400 for name in ("ledger", "payments") for kind in Kind if kind not in STATUSES},
    ("payments", Kind.REPLAYED): 422,
    **{(name, Kind.READ_ONLY): 422 for name in BUSINESS},
}
ERRNOS = {
    Kind.REQUIRED: 1001,
    Kind.FORBIDDEN: 1003,
    Kind.UNAUTHENTICATED: 1003,
    Kind.INVALID: 1004,
    Kind.MALFORMED: 1005,
    Kind.DELETED: 1011,
    Kind.UNKNOWN: 1012,
    Kind.BAD_PER_PAGE: 1013,
    Kind.BAD_PAGE: 1014,
    Kind.NOT_A_NUMBER: 1015,
    Kind.NOT_A_DECIMAL: 1015,
    Kind.NOT_A_DATETIME: 1016,
    Kind.TOO_LONG: 1017,
    Kind.TOO_MANY: 1017,
    Kind.BAD_PERCENT: 1018,
    Kind.FILTER_DATE: 1023,
    Kind.FILTER_NUMBER: 1024,
    Kind.NEGATIVE: 1025,
    Kind.DUPLICATE_TAX: 1026,
    Kind.SAME_TAX: 1019,
    Kind.BAD_TEXT: 1027,
    Kind.DUPLICATE: 1029,
    Kind.NOT_A_FLAG: 1031,
    Kind.FILTER_FLAG: 1032,
    Kind.NOT_A_DATE: 1033,
    Kind.FILTER_LIST: 1034,
    Kind.WRONG_TYPE: 1035,
    Kind.NOT_TEXT: 1035,
    Kind.NOT_A_LIST: 1035,
    Kind.FILTER_SCALAR: 1037,
    Kind.READ_ONLY: 1038,
    Kind.BAD_TOTAL: 1040,
    Kind.NO_METHOD: 405,
    Kind.CONFLICT: 409,
    Kind.THROTTLED: 429,
    Kind.FAULT: 500,
}
CASES = [pytest.param(name, kind, id=f"{name} {kind.name.lower().replace('_', ' ')}") for name in FAMILIES for kind in Kind]


def texts_in(body: Any) -> list[str]:
    if isinstance(body, dict):
        return [text for value in body.values() for text in texts_in(value)]
    if isinstance(body, list):
        return [text for value in body for text in texts_in(value)]
    return [body] if isinstance(body, str) else []


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_every_family_has_words_for_every_kind(name: str, kind: Kind) -> None:
    problem = Problem(kind, "amount", "x", "invoice")
    for resource in (None, BOOK.resources["invoice"]):
        status, body = FAMILIES[name].refusal(Refusal(problem), resource)
        assert status == ODD.get((name, kind), STATUSES.get(kind, 422))
        sentences = [text for text in texts_in(body) if " " in text or text == "HTTP_RATE_LIMITED"]
        assert sentences or (name, kind) == ("uploads", Kind.UNAUTHENTICATED), body
        assert not [text for text in sentences if "{" in text or "}" in text or text != text.strip()]
        assert json.loads(msgspec.json.encode(body)) == body


@pytest.mark.parametrize("name", FAMILIES)
def test_a_rule_s_own_words_are_what_is_read(name: str) -> None:
    said = "A deposit cannot be more than the total."
    _, body = FAMILIES[name].refusal(Refusal(Problem(Kind.INVALID, "deposit_amount", "5", "invoice", said)), None)
    assert any(said in text for text in texts_in(body))


@pytest.mark.parametrize("name", ["accounting", "projects", "events", "payments", "ledger"])
def test_every_problem_of_a_refusal_is_told(name: str) -> None:
    refused = Refusal(Problem(Kind.REQUIRED, "customerid"), Problem(Kind.NOT_A_DATE, "create_date", "x"))
    _, body = FAMILIES[name].refusal(refused, None)
    text = json.dumps(body)
    assert "customerid" in text
    assert "create_date" in text


@pytest.mark.parametrize(("kind", "errno"), [pytest.param(kind, errno, id=kind.name.lower()) for kind, errno in ERRNOS.items()])
def test_accounting_numbers_are_those_of_the_contract(kind: Kind, errno: int) -> None:
    _, body = FAMILIES["accounting"].refusal(Refusal(Problem(kind, "amount", "x", "invoice")), None)
    (error,) = body["response"]["errors"]
    assert error["errno"] == errno
    assert error.keys() == {"errno", "field", "message", "object", "value"}


@pytest.mark.parametrize(("value", "told"), [(True, "true"), ([1, {"a": None}], '[1,{"a":null}]'), (1.5, "1.5"), (None, "")])
def test_a_value_is_told_back_as_it_was_written(value: Any, told: str) -> None:
    _, body = FAMILIES["accounting"].refusal(Refusal(Problem(Kind.WRONG_TYPE, "notes", value)), None)
    assert body["response"]["errors"][0]["value"] == told


def test_a_value_that_is_told_back_is_short_and_always_encodable() -> None:
    _, body = FAMILIES["accounting"].refusal(Refusal(Problem(Kind.INVALID, "note", "\ud800" + "x" * 100_000)), None)
    assert len(msgspec.json.encode(body)) < 1_000


@pytest.mark.parametrize(
    ("read", "sent", "said"),
    [
        pytest.param(late_reminders, [{}] * 4, "List should have at most 3 items", id="reminders"),
        pytest.param(check_recipients, ["a@b.example"] * 51, "List should have at most 50 items", id="recipients"),
        pytest.param(f.Text(most=20).parse, "x" * 21, "String should have at most 20 characters", id="a text"),
        pytest.param(f.Object(most=20).parse, {"x": "x" * 13}, "String should have at most 20 characters", id="an object"),
    ],
)
def test_what_is_too_much_is_told_how_much_there_may_be(read: Callable[[Any], Any], sent: Any, said: str) -> None:
    with pytest.raises(Refusal) as refused:
        read(sent)
    assert FAMILIES["projects"].refusal(refused.value, None)[1]["error"].popitem()[1] == said


@pytest.mark.parametrize("name", BUSINESS)
@pytest.mark.parametrize(
    ("problem", "wanted"),
    [
        pytest.param(Problem(Kind.UNKNOWN, "id", 1), (404, {"error": "Requested resource could not be found."}), id="lookup"),
        pytest.param(Problem(Kind.REQUIRED, "title"), (422, {"errno": 2001, "error": {"title": "Field required"}}), id="validation"),
        pytest.param(
            Problem(Kind.NOT_A_DATETIME, "started_at"),
            (422, {"errno": 2001, "error": {"started_at": "Input should be a valid datetime"}}),
            id="a moment",
        ),
        pytest.param(Problem(Kind.FORBIDDEN, text="No."), (403, {"errno": 1003, "message": "No."}), id="scope"),
        pytest.param(Problem(Kind.NO_METHOD), (405, {"errno": 405, "message": "Method not allowed."}), id="method"),
        pytest.param(Problem(Kind.THROTTLED), (429, {"errno": 429, "message": "HTTP_RATE_LIMITED"}), id="rate"),
    ],
)
def test_the_business_families(name: str, problem: Problem, wanted: Any) -> None:
    assert tuple(families()[name].refusal(Refusal(problem), None)) == wanted


@pytest.mark.parametrize(
    ("problem", "wanted"),
    [
        pytest.param(
            Problem(Kind.INVALID, "event", "x", text="event: Value error, Unrecognized event."),
            (
                422,
                {
                    "errno": 422,
                    "message": "The request was well-formed but was unable to be followed due to semantic errors.",
                    "details": ["event: Value error, Unrecognized event."],
                },
            ),
            id="validation",
        ),
        pytest.param(
            Problem(Kind.UNKNOWN, "callbackid", 1),
            (404, {"errno": 404, "message": "Requested resource could not be found.", "details": []}),
            id="lookup",
        ),
        pytest.param(Problem(Kind.FORBIDDEN, text="No."), (403, {"errno": 403, "message": "No.", "details": []}), id="scope"),
    ],
)
def test_the_events_family(problem: Problem, wanted: Any) -> None:
    assert tuple(families()["events"].refusal(Refusal(problem), None)) == wanted


def test_the_ledger_family() -> None:
    problem = Problem(Kind.REQUIRED, "name", "")
    status, body = families()["ledger"].refusal(Refusal(problem), None)
    detail = {
        "reason": "name: This field is required.",
        "metadata": {"message": "This field is required.", "field": "name", "value": ""},
    }
    assert (status, body["errors"]["status"], body["errors"]["message"]) == (400, 400, "Request failed with status code 400")
    assert body["errors"]["details"] == [detail]


def test_a_ledger_without_a_token_has_both_shapes() -> None:
    status, body = families()["ledger"].refusal(Refusal(Problem(Kind.UNAUTHENTICATED)), None)
    assert (status, body["error"], body["errors"]["status"], body["errors"]["details"]) == (401, "unauthenticated", 401, [])


def test_accounting_over_http(server: Tenant) -> None:
    status, body, _ = server.post("invoices/invoices", {"invoice": {}})
    errors = body["response"]["errors"]
    assert (status, {error["field"] for error in errors}, {error["errno"] for error in errors}) == (
        422,
        {"customerid", "create_date"},
        {1001},
    )


def test_auth_over_http(server: Tenant) -> None:
    assert server.get("/auth/api/v1/users/you")[:2] == (
        404,
        {"error": "not_found", "error_description": "Requested resource could not be found."},
    )


def test_payments_over_http(server: Tenant) -> None:
    status, body, headers = server.get(f"/payments/account/{server.account_id}/payment_options?entity_type=planet")
    assert (status, body["error_type"], headers["content-type"]) == (400, "validation", "application/vnd.api+json")
    assert [error["field"] for error in body["errors"]] == ["entity_type"]


def test_uploads_over_http(server: Tenant) -> None:
    assert server.get("/uploads/images/nothing")[:2] == (404, {"error": "File not found"})


def test_business_over_http(server: Tenant) -> None:
    status, body, headers = server.get(f"/comments/business/{server.business_id}/service/4711")
    assert (status, body) == (404, {"error": "Requested resource could not be found."})
    assert headers["content-type"] == "application/vnd.api+json"


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        pytest.param("/accounting/account/{a}/nothing/here", {"response"}, id="accounting"),
        pytest.param("/accounting/businesses/{u}/nothing", {"errors"}, id="ledger"),
        pytest.param("/projects/business/{b}/nothing", {"error"}, id="projects"),
        pytest.param("/timetracking/business/{b}/nothing", {"error"}, id="timetracking"),
        pytest.param("/comments/business/{b}/nothing", {"error"}, id="comments"),
        pytest.param("/events/account/{a}/nothing", {"errno", "message", "details"}, id="events"),
        pytest.param("/payments/account/{a}/nothing", {"error_type", "message"}, id="payments"),
        pytest.param("/uploads/account/{a}/nothing", {"error"}, id="uploads"),
        pytest.param("/auth/api/v1/nothing", {"error", "error_description"}, id="auth"),
    ],
)
def test_a_path_nobody_serves_is_refused_in_its_family_s_shape(server: Tenant, path: str, wanted: set[str]) -> None:
    where = path.format(a=server.account_id, b=server.business_id, u=server.business_uuid)
    status, body, headers = server.get(where)
    assert (status, set(body)) == (404, wanted)
    assert headers["content-type"].startswith("application/")
