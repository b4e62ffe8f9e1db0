"""What the official SDK raises when the server refuses: status, number and words it can read, never HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.clients.methods import calls
from tests.clients.program import Program, connected, refusal, today

if TYPE_CHECKING:
    from collections.abc import Callable

NOBODY = 999_999_999
RESOURCES = [
    pytest.param("clients", "Client", "userid", id="a client"),
    pytest.param("invoices", "Invoice", "invoiceid", id="an invoice"),
    pytest.param("expenses", "Expense", "expenseid", id="an expense"),
    pytest.param("estimates", "Estimate", "estimateid", id="an estimate"),
    pytest.param("payments", "Payment", "logid", id="a payment"),
    pytest.param("items", "Item", "itemid", id="an item"),
    pytest.param("taxes", "Tax", "taxid", id="a tax"),
    pytest.param("expenses_categories", "Category", "categoryid", id="a category"),
]


@pytest.mark.parametrize(("resource", "noun", "field"), RESOURCES)
def test_what_is_not_there_is_not_found_by_any_method(program: Program, resource: str, noun: str, field: str) -> None:
    target: Any = getattr(program.sdk, resource)
    attempts: list[Callable[[], Any]] = [lambda: target.get(program.account, NOBODY)]
    if resource != "expenses_categories":
        attempts += [lambda: target.update(program.account, NOBODY, {"name": "x"}), lambda: target.delete(program.account, NOBODY)]
    for attempt in attempts:
        assert refusal(attempt) == (404, 1012, f"{noun} not found.", field, str(NOBODY))


@pytest.mark.parametrize(
    ("token", "raised"),
    [
        pytest.param("", 1003, id="none"),
        pytest.param("nonsense", 1003, id="nonsense"),
        pytest.param("at_" + "x" * 43, 1003, id="one that looks right"),
        pytest.param("ü".encode().decode("latin-1"), 1003, id="one beyond ASCII"),
    ],
)
def test_a_bad_token(program: Program, token: str, raised: int) -> None:
    stranger = connected(program.running._replace(access_token=token)).sdk
    words = "This action requires authentication to continue."
    refused = refusal(lambda: stranger.clients.list(program.account))
    assert (refused.status, refused.code, refused.message) == (401, raised, words)
    me = refusal(stranger.current_user)
    assert (me.status, me.message) == (401, words)


@calls("clients.list")
def test_an_account_nobody_knows(program: Program) -> None:
    assert refusal(lambda: program.sdk.clients.list("aBcDeF")) == (404, 1012, "Account not found.", "accountid", "aBcDeF")


@calls("clients.create")
def test_every_problem_is_told(program: Program) -> None:
    sent = {"fname": "x" * 256, "language": {"not": "text"}, "vis_state": "gone"}
    answer = program.running.send("POST", "users/clients", json={"client": sent})
    problems = answer.json()["response"]["errors"]
    assert answer.status_code == 422
    assert {(problem["field"], problem["errno"]) for problem in problems} == {("fname", 1017), ("language", 1035), ("vis_state", 1015)}
    assert all(set(problem) == {"errno", "field", "message", "object", "value"} for problem in problems)
    refused = refusal(lambda: program.sdk.clients.create(program.account, sent))
    assert (refused.status, refused.message) == (422, problems[0]["message"])


@calls("invoices.create")
@pytest.mark.parametrize(
    ("sent", "status", "code", "field"),
    [
        pytest.param({}, 422, 1001, "create_date", id="nothing"),
        pytest.param({"create_date": today(), "customerid": "4711000"}, 404, 1012, "customerid", id="for nobody"),
        pytest.param({"create_date": "soon"}, 422, 1033, "create_date", id="on no day"),
        pytest.param({"lines": [{"qty": "a few"}]}, 422, 1015, "lines[0].qty", id="a few of something"),
        pytest.param({"lines": [{"unit_cost": {"amount": "1e400"}}]}, 422, 1015, "lines[0].unit_cost", id="for more money than there is"),
        pytest.param({"discount_value": -1}, 422, 1025, "discount_value", id="with a discount below nothing"),
        pytest.param({"lines": [{"unit_cost": {"amount": "-1"}}]}, 422, 1040, "amount", id="of less than nothing"),
    ],
)
def test_invoices_refused(program: Program, sent: dict[str, Any], status: int, code: int, field: str) -> None:
    body = {"customerid": program.client().id, "create_date": today()} | sent if sent else {"customerid": program.client().id}
    refused = refusal(lambda: program.sdk.invoices.create(program.account, body))
    assert (refused.status, refused.code, refused.field) == (status, code, field)


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        pytest.param("page=two", 1014, "page", id="a page of letters"),
        pytest.param("per_page=-1", 1013, "per_page", id="fewer than none a page"),
        pytest.param("search[date_min]=soon", 1023, "date_min", id="a date of letters"),
        pytest.param("search[customerid]=acme", 1024, "customerid", id="an id of letters"),
        pytest.param("search[paid]=perhaps", 1032, "paid", id="neither yes nor no"),
    ],
)
def test_bad_queries_are_refused_without_a_retry(program: Program, query: str, code: int, field: str) -> None:
    answer = program.running.send("GET", f"invoices/invoices?{query}")
    (problem,) = answer.json()["response"]["errors"]
    assert (answer.status_code, problem["errno"], problem["field"]) == (422, code, field)


@pytest.mark.parametrize(
    ("verb", "path", "body", "status", "code"),
    [
        pytest.param("POST", "users/clients", b'{"client": {', 400, 1005, id="half a body"),
        pytest.param("POST", "users/clients", b"", 400, 1005, id="no body"),
        pytest.param("POST", "users/clients", b'{"organization": "x"}', 422, 1001, id="no wrapper"),
        pytest.param("POST", "users/clients", b'{"client": "x"}', 422, 1035, id="a wrapper round a word"),
        pytest.param("PATCH", "users/clients", b"{}", 405, 405, id="a method nobody uses"),
        pytest.param("DELETE", "users/clients/1", b"", 405, 405, id="the delete that clients do not have"),
        pytest.param("GET", "users/clients/", b"", 404, 1012, id="a slash too many"),
        pytest.param("GET", "users/nobody", b"", 404, 1012, id="a path nobody knows"),
        pytest.param("GET", "users/clients/abc", b"", 404, 1012, id="an id that is none"),
    ],
)
def test_what_no_sdk_would_send(program: Program, verb: str, path: str, body: bytes, status: int, code: int) -> None:
    answer = program.running.send(verb, path, data=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")
    assert answer.json()["response"]["errors"][0]["errno"] == code


def test_lists_are_capped_in_silence(program: Program) -> None:
    listed = program.running.result("GET", "invoices/invoices?per_page=2000&page=0", "per_page")
    assert listed == 100
    assert program.running.result("GET", "invoices/invoices?per_page=2000&page=0", "page") == 1
    assert program.running.result("GET", "invoices/invoices?page=9999", "invoices") == []
    assert program.running.result("GET", "invoices/invoices?page=9999", "page") == 9999
