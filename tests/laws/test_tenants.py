"""Two businesses on one server: nothing of one is read, listed, counted, included, found or referred to by the other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.objects import DAY, SORTS, client, line, made, receipt
from tests.contract.tables import shape
from tests.contract.wire import BOOK, asking, id_of, is_bracketed, listed, paging, path_of, searching, those_that, wrapped
from tests.support.ledger import everything

if TYPE_CHECKING:
    from tests.support.tenant import Tenant

MARK = "Foreign"
NOT_FREE = {
    "currency_code",
    "language",
    "email",
    "country",
    "rate",
    "autobill_status",
    "last_order_status",
    "local_timezone",
    "event",
    "uri",
    "verifier",
}


def marked(server: Tenant, noun: str) -> Any:
    """Make an object whose every free text says whose it is."""
    sort = SORTS[noun]
    texts = {
        name: f"{MARK} {name}"
        for name, field in shape(sort.shape).fields.items()
        if field["type"] == "string" and field["writable"] in (True, "create_only") and "enum" not in field and name not in NOT_FREE
    }
    plain = sort.full(server) if sort.full else None
    return made(server, noun, full=True, body=plain and plain | texts)


def with_everything(server: Tenant) -> dict[str, Any]:
    return {noun: marked(server, noun) for noun in SORTS}


def test_lists_show_count_and_find_nothing_of_others(server: Tenant) -> None:
    other = server.another()
    mine = {noun: {id_of(noun, each) for each in all_of(server, noun)} for noun in those_that("list")}
    theirs = with_everything(other)
    for noun in those_that("list"):
        path, includes = path_of(server, noun, "list"), asking(noun, shape(SORTS[noun].shape).includes)
        answer = server.get(path, params=[("per_page", "100"), *includes])
        assert {id_of(noun, each) for each in listed(answer, noun)} == mine[noun]
        assert MARK not in json.dumps(answer[1])
        for key in BOOK.resources[noun].filters:
            for value in sought(noun, key, theirs[noun]):
                found = server.get(path, params=searching(noun, key, value))
                assert {id_of(noun, each) for each in listed(found, noun)} <= mine[noun], (noun, key)
                if not BOOK.resources[noun].whole:
                    assert paging(found, noun)["total"] <= len(mine[noun]), (noun, key)


def all_of(server: Tenant, noun: str) -> list[Any]:
    return listed(server.get(path_of(server, noun, "list"), params={"per_page": 100}), noun)


def sought(noun: str, key: str, thing: dict[str, Any]) -> list[Any]:
    """Return values by which an object would be found."""
    found = BOOK.resources[noun].filters[key]
    if found.how in ("holds", "exists"):
        return list(found.words) or ["true", "false"]
    if found.how in ("min", "not"):
        return ["1900-01-01"] if "date" in key or "updated" in key or "started" in key else ["-100000"]
    if found.how == "until":
        return ["2100-01-01"]
    if found.how == "max":
        return ["2100-01-01"] if "date" in key or "updated" in key else ["1000000"]
    if found.how in ("like", "through"):
        return [MARK, "a"]
    column = next(iter(found.columns))
    value = thing.get(column, thing.get(key))
    return [str(value).lower() if isinstance(value, bool) else value] if isinstance(value, str | int | bool) else ["1"]


@pytest.mark.parametrize("noun", [noun for noun in SORTS if SORTS[noun].shape != "staff"])
def test_includes_show_nothing_of_others(server: Tenant, noun: str) -> None:
    other = server.another()
    with_everything(other)
    mine = made(server, noun, full=True, include=shape(SORTS[noun].shape).includes)
    assert MARK not in json.dumps(mine)


def references() -> list[Any]:
    """Return every field of every body that points at another row."""
    return [
        pytest.param(noun, verb, ref.name, ref.noun, id=f"{noun}.{ref.name} on {verb}")
        for noun in SORTS
        for verb, method in (("create", "POST"), ("update", "PUT"))
        for ref in (BOOK.resources[noun].record.refs if noun in those_that(verb) else ())
        if ref.writable_on(method) and ref.noun != "staff"
    ]


def foreign(other: Tenant, noun: str) -> int:
    """Make a row of another business and return its id."""
    if noun == "credit_note":
        invoice = other.create("invoice", customerid=client(other), create_date=DAY, status=2, lines=[line()])
        other.create("payment", invoiceid=invoice["id"], amount={"amount": "5000"}, date=DAY)
        return int(next(each["creditid"] for each in other.found("payment") if each["creditid"]))
    return id_of(noun, made(other, noun))


@pytest.mark.parametrize(("noun", "verb", "field", "target"), references())
def test_a_row_of_others_cannot_be_referred_to(server: Tenant, noun: str, verb: str, field: str, target: str) -> None:
    other = server.another()
    sort, stranger = SORTS[noun], foreign(other, target)
    assert sort.plain
    body = wrapped(noun, (sort.plain(server) if verb == "create" else sort.update(server)) | {field: stranger})
    inside = sort.within(server) if verb == "create" else id_of(noun, made(server, noun))
    before, theirs = everything(server), everything(other)
    status, answer, _ = server.call("POST" if verb == "create" else "PUT", path_of(server, noun, verb, inside), json=body)
    assert status == 404
    if is_bracketed(noun):
        (error,) = answer["response"]["errors"]
        assert (error["errno"], error["field"], error["value"]) == (1012, field, str(stranger))
    else:
        assert answer == {"error": "Requested resource could not be found."}
    assert (everything(server), everything(other)) == (before, theirs)


@pytest.mark.parametrize(
    ("noun", "field"),
    [
        pytest.param("invoice", "attachments", id="a file attached to an invoice"),
        pytest.param("estimate", "attachments", id="a file attached to an estimate"),
        pytest.param("expense", "attachment", id="a receipt"),
    ],
)
def test_a_file_of_others_cannot_be_attached(server: Tenant, noun: str, field: str) -> None:
    stolen = receipt(server.another())
    sort = SORTS[noun]
    assert sort.plain
    body = sort.plain(server) | {field: [stolen] if field == "attachments" else stolen}
    status, answer, _ = server.post(path_of(server, noun, "create"), wrapped(noun, body))
    assert (status, answer["response"]["errors"][0]["errno"], answer["response"]["errors"][0]["field"]) == (404, 1012, field)


def test_an_expense_of_others_cannot_be_billed(server: Tenant) -> None:
    stranger = foreign(server.another(), "expense")
    body = {"customerid": client(server), "create_date": DAY, "lines": [{"type": 1, "expenseid": stranger}]}
    status, answer, _ = server.post("invoices/invoices", {"invoice": body})
    assert (status, answer["response"]["errors"][0]["errno"], answer["response"]["errors"][0]["field"]) == (404, 1012, "expenseid")


def test_names_mean_one_s_own_taxes_and_items(server: Tenant) -> None:
    other = server.another()
    other.create("tax", name="GST", amount="5", number="their number")
    item = other.create("item", name="Pen", inventory="10")
    lines = [{"name": "Pen", "qty": "3", "unit_cost": {"amount": "1"}, "taxName1": "GST", "taxAmount1": "5"}]
    mine = server.create("invoice", customerid=client(server), create_date=DAY, lines=lines, include=("lines",))
    assert mine["lines"][0]["taxNumber1"] is None
    assert other.read("item", item["id"])["inventory"] == "10"


def test_numbers_and_names_are_taken_in_one_s_own_books_only(server: Tenant) -> None:
    other = server.another()
    theirs = other.create("invoice", customerid=client(other), create_date=DAY, invoice_number="A-41")
    mine = server.create("invoice", customerid=client(server), create_date=DAY)
    assert mine["invoice_number"] == "0000001"
    again = server.create("invoice", customerid=client(server), create_date=DAY, invoice_number=theirs["invoice_number"])
    assert again["invoice_number"] == "A-41"
    for books in (server, other):
        assert books.create("client", fname="Ada", lname="Byron")["username"] == "adabyron"
        assert books.create("tax", name="GST")["name"] == "GST"


def test_an_idempotency_key_is_one_s_own(server: Tenant) -> None:
    other = server.another()
    key = {"Idempotency-Key": "the same"}
    answers = [books.post("users/clients", {"client": {"organization": "Acme"}}, headers=key) for books in (server, other)]
    ids = [answer[1]["response"]["result"]["client"]["id"] for answer in answers]
    assert [answer[0] for answer in answers] == [200, 200]
    assert ids[0] != ids[1]
    assert len(other.found("client")) == 1


def test_whatever_one_does_the_other_s_books_stay_as_they_are(server: Tenant) -> None:
    other = server.another()
    with_everything(other)
    before = everything(other)
    with_everything(server)
    assert everything(other) == before
