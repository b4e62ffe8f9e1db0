"""Paths, callers, paging and filters that are refused, and the errors they get (accounting 1.3, 2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.server.bodies import client, invoice, line, pay, refused
from tests.server.test_bad_bodies import path_of
from tests.support.ledger import everything

if TYPE_CHECKING:
    from tests.support.tenant import Tenant

NOUNS = ("invoice", "client", "expense", "estimate", "payment", "item", "tax")
ID_FIELDS = {"client": "userid", "payment": "logid", **{noun: f"{noun}id" for noun in ("invoice", "expense", "estimate", "item", "tax")}}
UNWRITTEN = ("1.5", "-1", "abc", "0x10", "1e3", "99999999999999999999", "9" * 400, "%00", "%D9%A1", "1%20", "''")


@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_an_unknown_id_is_not_found(server: Tenant, noun: str, method: str) -> None:
    for number in ("999999999", "0"):
        answer = server.call(method, f"{path_of(noun)}/{number}", json={noun: {}} if method == "PUT" else None)
        assert refused(answer) == (404, 1012, ID_FIELDS[noun])
        first = answer[1]["response"]["errors"][0]
        assert (first["object"], first["value"], first["message"]) == (noun, number, f"{noun.capitalize()} not found.")


@pytest.mark.parametrize("number", UNWRITTEN)
def test_what_is_no_id_is_not_found_either(server: Tenant, number: str) -> None:
    for method in ("GET", "PUT", "DELETE"):
        answer = server.call(method, f"invoices/invoices/{number}", json={"invoice": {}} if method == "PUT" else None)
        assert refused(answer) == (404, 1012, "invoiceid")


@pytest.mark.parametrize("noun", NOUNS)
def test_another_business_has_nothing_to_find(server: Tenant, noun: str) -> None:
    made = example(server, noun)
    other = server.another()
    before = everything(server), everything(other)
    for method in ("GET", "PUT", "DELETE"):
        if method == "DELETE" and noun not in ("invoice", "estimate", "tax"):
            continue
        answer = other.call(method, f"{path_of(noun)}/{made}", json={noun: {"vis_state": 1}} if method == "PUT" else None)
        assert refused(answer) == (404, 1012, ID_FIELDS[noun])
    assert other.found(noun) == []
    assert (everything(server), everything(other)) == before


def example(server: Tenant, noun: str) -> int:
    """Make one object and answer its id."""
    customer = client(server)
    if noun == "client":
        return customer
    document = {"customerid": customer, "create_date": "2026-03-03"}
    category = server.found("category")[0]["id"]
    made: dict[str, dict[str, Any]] = {
        "invoice": document,
        "estimate": document,
        "item": {"name": "Nails"},
        "tax": {"name": "HST"},
        "expense": {"categoryid": category, "staffid": 1, "date": "2026-03-05", "amount": "1.00"},
    }
    if noun == "payment":
        return int(pay(server, invoice(server, line("1", "5.00"), customerid=customer)["id"], "1.00")["id"])
    return int(server.create(noun, **made[noun])["id"])


@pytest.mark.parametrize(
    ("noun", "field", "target"),
    [
        pytest.param("invoice", "customerid", "client", id="a client on an invoice"),
        pytest.param("estimate", "customerid", "client", id="a client on an estimate"),
        pytest.param("invoice", "estimateid", "estimate", id="an estimate on an invoice"),
        pytest.param("payment", "invoiceid", "invoice", id="an invoice on a payment"),
        pytest.param("expense", "clientid", "client", id="a client on an expense"),
        pytest.param("item", "tax1", "tax", id="a tax on an item"),
        pytest.param("invoice", "lines", "expense", id="an expense on a line"),
    ],
)
def test_ids_of_another_business_are_unknown(server: Tenant, noun: str, field: str, target: str) -> None:
    foreign: Any = example(server.another(), target)
    customer = client(server)
    bodies: dict[str, dict[str, Any]] = {
        "invoice": {"customerid": customer, "create_date": "2026-03-03"},
        "estimate": {"customerid": customer, "create_date": "2026-03-03"},
        "payment": {"amount": "1.00", "date": "2026-03-05"},
        "expense": {"categoryid": server.found("category")[0]["id"], "staffid": 1, "date": "2026-03-05", "amount": "1.00"},
        "item": {"name": "Nails"},
    }
    value = [{"type": 1, "expenseid": foreign}] if field == "lines" else foreign
    before = everything(server)
    answer = server.post(path_of(noun), {noun: bodies[noun] | {field: value}})
    assert refused(answer) == (404, 1012, "expenseid" if field == "lines" else field)
    assert answer[1]["response"]["errors"][0]["value"] == str(foreign)
    assert everything(server) == before


@pytest.mark.parametrize("account", ["nobody", "", "%00", "{business_id}", "{business_uuid}", "{foreign}"])
def test_an_unknown_account_is_not_found(server: Tenant, account: str) -> None:
    named = account.format(business_id=server.business_id, business_uuid=server.business_uuid, foreign=server.another().account_id)
    for path in ("invoices/invoices", "invoices/invoices/1", "nothing/here"):
        status, body, headers = server.get(f"/accounting/account/{named}/{path}")
        first = body["response"]["errors"][0]
        assert (status, first["errno"], headers["content-type"]) == (404, 1012, "application/json")
        if path != "nothing/here" and account:
            assert (first["field"], first["object"], first["message"]) == ("accountid", "account", "Account not found.")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        pytest.param("DELETE", "users/clients/1", "GET, PUT", id="deleting a client"),
        pytest.param("DELETE", "payments/payments/1", "GET, PUT", id="deleting a payment"),
        pytest.param("DELETE", "items/items/1", "GET, PUT", id="deleting an item"),
        pytest.param("DELETE", "expenses/expenses/1", "GET, PUT", id="deleting an expense"),
        pytest.param("PUT", "expenses/categories/1", "GET", id="changing a category"),
        pytest.param("PATCH", "invoices/invoices/1", "DELETE, GET, PUT", id="patching"),
        pytest.param("POST", "invoices/invoices/1", "DELETE, GET, PUT", id="posting to an object"),
        pytest.param("PUT", "invoices/invoices", "GET, POST", id="putting to a list"),
    ],
)
def test_a_method_that_is_not_offered(server: Tenant, method: str, path: str, allowed: str) -> None:
    answer = server.call(method, path)
    assert refused(answer) == (405, 405, "")
    assert answer[2]["allow"] == allowed
    assert answer[1]["response"]["errors"][0]["message"] == "Method not allowed."


@pytest.mark.parametrize("path", ["invoices", "invoices/invoices/", "invoices/invoices/1/2/3", "nothing/here", "users/clients/1/", ""])
def test_an_unknown_path_is_not_found(server: Tenant, path: str) -> None:
    status, body, headers = server.get(path)
    assert (status, body["response"]["errors"][0]["errno"], headers["content-type"]) == (404, 1012, "application/json")


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Bearer nonsense", "Basic b3duZXI6cGFzcw==", "{token}", "Bearer {token}x"]
)
@pytest.mark.parametrize("path", ["invoices/invoices", "invoices/invoices/1", "nothing/here"])
def test_a_caller_without_a_token_is_turned_away(server: Tenant, header: str | None, path: str) -> None:
    headers = {"Authorization": header.format(token=server.token) if header is not None else None}
    status, body, _ = server.call("GET", path, headers=headers)
    text = "This action requires authentication to continue."
    assert (status, body["error"], body["error_description"]) == (401, "unauthenticated", text)
    assert body["response"]["errors"] == [{"errno": 1003, "field": "", "message": text, "object": "", "value": ""}]


def test_scopes_are_needed_and_named(server: Tenant) -> None:
    token = server.token_for("user:clients:read")
    assert server.get("users/clients", token=token)[0] == 200
    answer = server.post("users/clients", {"client": {}}, token=token)
    assert refused(answer) == (403, 1003, "")
    message = answer[1]["response"]["errors"][0]["message"]
    assert "user:clients:read" in message
    assert "user:clients:write" in message
    assert refused(server.get("invoices/invoices", token=token)) == (403, 1003, "")


@pytest.mark.unverified
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("", (1, 15), id="nothing said"),
        pytest.param("page=0", (1, 15), id="page 0 is the first"),
        pytest.param("page=7", (7, 15), id="past the end"),
        pytest.param("per_page=100", (1, 100), id="a hundred"),
        pytest.param("per_page=101", (1, 100), id="no more than a hundred"),
        pytest.param("per_page=100000", (1, 100), id="never more than a hundred"),
        pytest.param("page=922337203685477580", (922337203685477580, 15), id="far past the end"),
    ],
)
def test_paging(server: Tenant, query: str, expected: tuple[int, int]) -> None:
    for _ in range(3):
        client(server)
    status, body, _ = server.get(f"users/clients?{query}")
    result = body["response"]["result"]
    assert (status, result["page"], result["per_page"], result["pages"], result["total"]) == (200, *expected, 1, 3)
    assert len(result["clients"]) == (3 if expected[0] == 1 else 0)
    assert list(result) == sorted(result)


def test_an_empty_list_has_no_pages(server: Tenant) -> None:
    body = server.get("items/items")[1]
    assert body == {"response": {"result": {"items": [], "page": 1, "pages": 0, "per_page": 15, "total": 0}}}


@pytest.mark.parametrize("value", ["x", "-1", "1.5", "", "1e2", "%00", "9" * 30])
def test_bad_paging_is_refused(server: Tenant, value: str) -> None:
    assert refused(server.get(f"invoices/invoices?page={value}")) == (422, 1014, "page")
    assert refused(server.get(f"invoices/invoices?per_page={value}")) == (422, 1013, "per_page")


@pytest.mark.parametrize(
    ("path", "query", "problem"),
    [
        ("invoices/invoices", "search[date_min]=yesterday", (422, 1023, "date_min")),
        ("invoices/invoices", "search[date_max]=2026-02-30", (422, 1023, "date_max")),
        ("invoices/invoices", "search[updated_min]=soon", (422, 1023, "updated_min")),
        ("invoices/invoices", "search[invoice_number]=%00", (422, 1037, "invoice_number")),
        ("users/clients", "search[organization_like]=a%00b", (422, 1037, "organization_like")),
        ("invoices/invoices", "search[customerid]=x", (422, 1024, "customerid")),
        ("invoices/invoices", "search[customerid]=99999999999999999999", (422, 1024, "customerid")),
        ("invoices/invoices", "search[invoiceids][]=1&search[invoiceids][]=x", (422, 1024, "invoiceids")),
        ("invoices/invoices", "search[paid]=perhaps", (422, 1032, "paid")),
        ("invoices/invoices", "search[outstanding]=", (422, 1032, "outstanding")),
        ("invoices/invoices", "search[vis_state]=gone", (422, 1024, "vis_state")),
        ("invoices/invoices", "search[customerid]=1&search[customerid]=2", (422, 1037, "customerid")),
        ("users/clients", "has_credit=maybe", (422, 1032, "has_credit")),
        ("users/clients", "search[has_credit]=perhaps", (422, 1032, "has_credit")),
        ("expenses/expenses", "search[amount_min]=much", (422, 1024, "amount_min")),
        ("expenses/expenses", "search[amount_min]=NaN", (422, 1024, "amount_min")),
        ("expenses/expenses", "search[has_receipt]=x", (422, 1032, "has_receipt")),
        ("payments/payments", "search[from_credit]=x", (422, 1032, "from_credit")),
        ("taxes/taxes", "search[compound]=x", (422, 1032, "compound")),
        ("items/items", "search[qty_max]=x", (422, 1024, "qty_max")),
    ],
)
def test_a_bad_filter_is_refused(server: Tenant, path: str, query: str, problem: tuple[int, int, str]) -> None:
    assert refused(server.get(f"{path}?{query}")) == problem


def test_a_list_of_ids_has_an_end(server: Tenant) -> None:
    query = "&".join(f"search[invoiceids][]={number}" for number in range(501))
    assert refused(server.get(f"invoices/invoices?{query}")) == (422, 1034, "invoiceids")


@pytest.mark.parametrize(
    "query",
    [
        "search[nonsense]=1",
        "search[status]=4",
        "search[create_date]=2026-03-03",
        "search[]=1",
        "search[customerid",
        "include[]=nonsense",
        "include[]=",
        "search[notes][nested]=x",
        "nonsense",
        "&&&=",
        "%ff%fe=%00",
        "search%5Bnonsense%5D=1",
    ],
)
def test_unknown_keys_are_ignored(server: Tenant, query: str) -> None:
    made = invoice(server, line("1", "5.00"))
    status, body, _ = server.get(f"invoices/invoices?{query}")
    assert (status, [each["id"] for each in body["response"]["result"]["invoices"]]) == (200, [made["id"]])


@pytest.mark.parametrize("sort", ["nonsense", "updated_sideways", "", "organization_asc", "id_desc", "invoice_date"])
def test_an_unknown_sort_is_by_id_ascending(server: Tenant, sort: str) -> None:
    numbers = [client(server, organization=name) for name in ("B", "A", "C")]
    assert [each["id"] for each in server.found("client", sort=sort)] == numbers
    assert [each["id"] for each in server.found("client")] == numbers[::-1], "without one it is descending"


@pytest.mark.parametrize("text", ["%ff", "%ED%A0%80", "'; DROP TABLE clients; --", "%25", "_", "\\", "%5C%25", "*", "[a-z]"])
def test_any_text_can_be_searched_for(server: Tenant, text: str) -> None:
    client(server, organization="100% _real_ \\ co")
    client(server, organization="plain")
    status, body, _ = server.get(f"users/clients?search[organization_like]={text}")
    found = [each["organization"] for each in body["response"]["result"]["clients"]]
    assert status == 200
    assert found == (["100% _real_ \\ co"] if text in ("%25", "_", "\\") else [])


def test_brackets_are_read_as_every_sdk_writes_them(server: Tenant) -> None:
    numbers = [client(server) for _ in range(3)]
    for key in ("search[userids][]", "search%5Buserids%5D%5B%5D", "search[userids][{at}]", "search[userids]"):
        first, second = (key.format(at=at) for at in (0, 1))
        _, body, _ = server.get(f"users/clients?{first}={numbers[0]}&{second}={numbers[2]}")
        assert [each["id"] for each in body["response"]["result"]["clients"]] == [numbers[2], numbers[0]]
