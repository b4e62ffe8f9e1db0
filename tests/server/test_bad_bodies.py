"""Bodies that are refused whole: nothing of them is stored, booked or told (accounting section 2)."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.server.bodies import client, invoice, line, refused
from tests.support.ledger import everything

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.tenant import Tenant

MIB = 1_048_576
JSON = {"Content-Type": "application/json"}


def sent(server: Tenant, path: str, body: bytes | Iterator[bytes], method: str = "POST") -> Any:
    return server.call(method, path, data=body, headers=JSON)


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize(
    ("body", "problem"),
    [
        pytest.param(b"", (400, 1005, ""), id="nothing"),
        pytest.param(b"{", (400, 1005, ""), id="an open brace"),
        pytest.param(b"invoice=1", (400, 1005, ""), id="a form"),
        pytest.param(b"<invoice/>", (400, 1005, ""), id="XML"),
        pytest.param(b'{"invoice": {"notes": NaN}}', (400, 1005, ""), id="NaN"),
        pytest.param(b'{"invoice": {"notes": Infinity}}', (400, 1005, ""), id="Infinity"),
        pytest.param(b'{"invoice": {"notes": -Infinity}}', (400, 1005, ""), id="minus Infinity"),
        pytest.param(b'{"invoice": {"notes": "\xff\xfe"}}', (400, 1005, ""), id="bad UTF-8"),
        pytest.param(b'{"invoice": {"notes": "x"}} trailing', (400, 1005, ""), id="something behind it"),
        pytest.param(b'\xef\xbb\xbf{"invoice": {}}', (400, 1005, ""), id="a byte order mark"),
        pytest.param(b"[" * 200_000, (400, 1005, ""), id="deep nesting that never ends"),
        pytest.param(b"[" * 200_000 + b"]" * 200_000, (400, 1005, ""), id="deep nesting"),
        pytest.param(b'{"a":' * 50_000 + b"1" + b"}" * 50_000, (400, 1005, ""), id="deep objects"),
        pytest.param(b'{"invoice": {"notes": 1' + b"0" * 5000 + b"}}", (400, 1005, ""), id="a number of five thousand digits"),
        pytest.param(b"null", (422, 1001, "invoice"), id="null"),
        pytest.param(b"[]", (422, 1001, "invoice"), id="a list"),
        pytest.param(b'"invoice"', (422, 1001, "invoice"), id="a text"),
        pytest.param(b"7", (422, 1001, "invoice"), id="a number"),
        pytest.param(b"{}", (422, 1001, "invoice"), id="no wrapper"),
        pytest.param(b'{"invoices": {"notes": "x"}}', (422, 1001, "invoice"), id="the wrong wrapper"),
        pytest.param(b'{"invoice": null}', (422, 1001, "invoice"), id="an empty wrapper"),
        pytest.param(b'{"invoice": []}', (422, 1035, "invoice"), id="a list in the wrapper"),
        pytest.param(b'{"invoice": "x"}', (422, 1035, "invoice"), id="a text in the wrapper"),
    ],
)
def test_a_body_is_refused(server: Tenant, method: str, body: bytes, problem: tuple[int, int, str]) -> None:
    path = "invoices/invoices" + (f"/{invoice(server, line('1', '5.00'))['id']}" if method == "PUT" else "")
    before = everything(server)
    answer = sent(server, path, body, method)
    assert refused(answer) == problem
    assert answer[2]["content-type"] == "application/json"
    assert everything(server) == before


@pytest.mark.parametrize(("size", "status"), [(MIB - 1, 200), (MIB, 200), (MIB + 1, 413)])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_has_at_most_a_mebibyte(server: Tenant, size: int, status: int, chunked: bool) -> None:
    body = json.dumps({"client": {"organization": "Acme"}}).encode().ljust(size)
    before = everything(server)
    parts = (body[at : at + 65_536] for at in range(0, size, 65_536))
    answer = sent(server, "users/clients", parts if chunked else body)
    assert answer[0] == status
    if status == 413:
        assert refused(answer) == (413, 1005, "")
        assert everything(server) == before


def test_an_announced_flood_is_refused_before_it_comes(server: Tenant) -> None:
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=30)
    connection.putrequest("POST", f"/accounting/account/{server.account_id}/users/clients")
    for name, value in {**JSON, "Authorization": f"Bearer {server.token}", "Content-Length": str(10**12)}.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    assert refused((answer.status, json.load(answer), {})) == (413, 1005, "")
    connection.close()


def creating(server: Tenant, noun: str) -> dict[str, Any]:
    """Answer a body that would do."""
    customer = client(server)
    document = {"customerid": customer, "create_date": "2026-03-03", "lines": [line("1", "5.00")]}
    bodies: dict[str, dict[str, Any]] = {
        "client": {"organization": "Acme"},
        "invoice": document,
        "estimate": document,
        "item": {"name": "Nails"},
        "tax": {"name": "HST"},
        "payment": {"amount": {"amount": "1.00"}, "date": "2026-03-05"},
        "expense": {"categoryid": server.found("category")[0]["id"], "staffid": 1, "date": "2026-03-05", "amount": {"amount": "1.00"}},
    }
    if noun == "payment":
        bodies[noun]["invoiceid"] = invoice(server, line("1", "5.00"), customerid=customer)["id"]
    return bodies[noun]


PATHS = {"client": "users/clients", "tax": "taxes/taxes", "item": "items/items"}


def path_of(noun: str) -> str:
    return PATHS.get(noun, f"{noun}s/{noun}s")


@pytest.mark.parametrize(
    ("noun", "field"),
    [
        *[pytest.param("invoice", name, id=f"invoice {name}") for name in ("customerid", "create_date")],
        *[pytest.param("estimate", name, id=f"estimate {name}") for name in ("customerid", "create_date")],
        *[pytest.param("payment", name, id=f"payment {name}") for name in ("invoiceid", "amount", "date")],
        *[pytest.param("expense", name, id=f"expense {name}") for name in ("amount", "categoryid", "staffid", "date")],
        pytest.param("item", "name", id="item name"),
        pytest.param("tax", "name", id="tax name"),
    ],
)
@pytest.mark.parametrize("absent", [pytest.param(True, id="absent"), pytest.param(False, id="null")])
def test_a_required_field_is_missing(server: Tenant, noun: str, field: str, absent: bool) -> None:
    body = creating(server, noun)
    body = {name: value for name, value in body.items() if name != field} | ({} if absent else {field: None})
    before = everything(server)
    assert refused(server.post(path_of(noun), {noun: body})) == (422, 1001, field)
    assert everything(server) == before


def test_every_problem_is_named_at_once(server: Tenant) -> None:
    status, body, _ = server.post("expenses/expenses", {"expense": {}})
    found = body["response"]["errors"]
    assert status == 422
    assert {(each["errno"], each["field"], each["object"]) for each in found} == {
        (1001, name, "expense") for name in ("amount", "categoryid", "staffid", "date")
    }


DEEP: Any = 1
for _ in range(200):
    DEEP = {"a": [DEEP]}

WRONG = [
    ("invoice", {"create_date": "03/03/2026"}, (422, 1033, "create_date"), "another order of day and month"),
    ("invoice", {"create_date": "2026-02-30"}, (422, 1033, "create_date"), "no day of the calendar"),
    ("invoice", {"create_date": 20260303}, (422, 1033, "create_date"), "a number for a date"),
    ("invoice", {"create_date": ["2026-03-03"]}, (422, 1033, "create_date"), "a list for a date"),
    ("invoice", {"create_date": "٢٠٢٦-٠٣-٠٣"}, (422, 1033, "create_date"), "a date in other digits"),
    ("invoice", {"customerid": "abc"}, (422, 1015, "customerid"), "a word for an id"),
    ("invoice", {"customerid": 1.5}, (422, 1015, "customerid"), "a fraction for an id"),
    ("invoice", {"customerid": True}, (422, 1015, "customerid"), "a flag for an id"),
    ("invoice", {"customerid": {"id": 1}}, (422, 1015, "customerid"), "an object for an id"),
    ("invoice", {"customerid": 10**30}, (422, 1015, "customerid"), "an id of thirty digits"),
    ("invoice", {"customerid": -1}, (404, 1012, "customerid"), "a negative id"),
    *(
        ("invoice", {"lines": [{"name": "x", "qty": "1", "unit_cost": price}]}, (422, 1004, "lines[0].unit_cost"), f"a price of {price}")
        for price in (
            {"amount": "1000000000.01", "code": "USD"},
            {"amount": "-1000000000.01", "code": "USD"},
            {"amount": "-1000000000.01"},
        )
    ),
    ("invoice", {"notes": 1.5}, (422, 1035, "notes"), "a fraction for a text"),
    ("invoice", {"notes": {"a": 1}}, (422, 1035, "notes"), "an object for a text"),
    ("invoice", {"notes": True}, (422, 1035, "notes"), "a flag for a text"),
    ("invoice", {"notes": "a\0b"}, (422, 1027, "notes"), "NUL"),
    ("invoice", {"notes": "x" * 65_536}, (422, 1017, "notes"), "a long text"),
    ("invoice", {"discount_value": "ten"}, (422, 1018, "discount_value"), "a word for a percentage"),
    ("invoice", {"discount_value": "-1"}, (422, 1025, "discount_value"), "a negative discount"),
    ("invoice", {"discount_value": "100.01"}, (422, 1004, "discount_value"), "too much discount"),
    ("invoice", {"due_offset_days": "soon"}, (422, 1015, "due_offset_days"), "a word for days"),
    ("invoice", {"due_offset_days": -1}, (422, 1004, "due_offset_days"), "due before it is written"),
    ("invoice", {"vis_state": 3}, (422, 1004, "vis_state"), "an unknown visibility"),
    ("invoice", {"auto_bill": "perhaps"}, (422, 1031, "auto_bill"), "a word for a flag"),
    ("invoice", {"lines": {}}, (422, 1035, "lines"), "an object for lines"),
    ("invoice", {"lines": "none"}, (422, 1035, "lines"), "a text for lines"),
    ("invoice", {"lines": [1]}, (422, 1035, "lines"), "a number for a line"),
    ("invoice", {"lines": [{}] * 1001}, (422, 1017, "lines"), "a thousand and one lines"),
    ("invoice", {"lines": [line("many", "5.00")]}, (422, 1015, "lines[0].qty"), "a word for a quantity"),
    ("invoice", {"lines": [line("1", "5.00"), line("1", "NaN")]}, (422, 1015, "lines[1].unit_cost"), "NaN in a text"),
    ("invoice", {"lines": [line("1", "1e3")]}, (422, 1015, "lines[0].unit_cost"), "an exponent in a text"),
    ("invoice", {"lines": [line("1", "")]}, (422, 1015, "lines[0].unit_cost"), "an empty price"),
    ("invoice", {"lines": [line("1", "1" * 16)]}, (422, 1015, "lines[0].unit_cost"), "a price of sixteen digits"),
    ("invoice", {"lines": [line("1", "9" * 12)]}, (422, 1004, "lines[0].unit_cost"), "a price nobody can pay"),
    ("invoice", {"lines": [line("9" * 9, "9" * 9)]}, (422, 1004, "lines"), "a total nobody can pay"),
    ("invoice", {"lines": [line("1", "-5.00")]}, (422, 1040, "amount"), "a negative total"),
    ("invoice", {"lines": [line("1", "5.00", taxAmount1="x")]}, (422, 1018, "lines[0].taxAmount1"), "a word for a tax"),
    ("invoice", {"lines": [line("1", "5.00", type=2)]}, (422, 1004, "lines[0].type"), "an unknown kind of line"),
    ("invoice", {"lines": [line("1", "5.00", type=1)]}, (422, 1001, "expenseid"), "a billed expense without one"),
    ("invoice", {"lines": [line("1", "5.00", type=1, expenseid=999)]}, (404, 1012, "expenseid"), "an unknown expense"),
    ("invoice", {"lines": [line("1", "5.00", name=DEEP)]}, (422, 1035, "lines[0].name"), "a maze for a name"),
    ("invoice", {"attachments": [{"jwt": "nobody.uploaded.this"}]}, (404, 1012, "attachments"), "an unknown attachment"),
    ("invoice", {"create_date": "2026-03-03Tnoon"}, (422, 1033, "create_date"), "a word for a time"),
    ("invoice", {"attachments": DEEP}, (422, 1035, "attachments"), "a maze for attachments"),
    ("invoice", {"estimateid": 999999}, (404, 1012, "estimateid"), "an unknown estimate"),
    ("invoice", {"ownerid": 999999}, (404, 1012, "ownerid"), "an unknown owner"),
    ("estimate", {"ownerid": 0}, (404, 1012, "ownerid"), "no owner"),
    ("payment", {"amount": "a lot"}, (422, 1015, "amount"), "a word for money"),
    ("payment", {"amount": {"amount": None}}, (422, 1001, "amount"), "no amount in the money"),
    ("payment", {"amount": {"code": "USD"}}, (422, 1001, "amount"), "a currency alone"),
    ("payment", {"amount": []}, (422, 1015, "amount"), "a list for money"),
    ("payment", {"amount": True}, (422, 1015, "amount"), "a flag for money"),
    ("payment", {"amount": "10000000000001.00"}, (422, 1004, "amount"), "more money than there is"),
    ("payment", {"amount": "1" * 5000}, (422, 1015, "amount"), "five thousand digits of money"),
    ("payment", {"invoiceid": 999999}, (404, 1012, "invoiceid"), "an unknown invoice"),
    ("client", {"language": "x" * 21}, (422, 1017, "language"), "a long language"),
    ("client", {"email": ["a@b.example"]}, (422, 1035, "email"), "a list for an e-mail"),
    ("client", {"contacts": [{"email": 1.5}]}, (422, 1035, "contacts[0].email"), "a number for a contact's e-mail"),
    ("client", {"contacts": [{}] * 101}, (422, 1017, "contacts"), "a crowd of contacts"),
    ("item", {"tax1": "x"}, (422, 1015, "tax1"), "a word for a tax"),
    ("item", {"inventory": {"amount": 1}}, (422, 1015, "inventory"), "an object for a number"),
    ("expense", {"amount": {"amount": "1", "code": 7}, "taxPercent1": []}, (422, 1018, "taxPercent1"), "a list for a percentage"),
]


@pytest.mark.parametrize(("noun", "fields", "problem"), [pytest.param(*row[:3], id=f"{row[0]}: {row[3]}") for row in WRONG])
def test_a_value_is_refused(server: Tenant, noun: str, fields: dict[str, Any], problem: tuple[int, int, str]) -> None:
    body = creating(server, noun) | fields
    before = everything(server)
    answer = server.post(path_of(noun), {noun: body})
    assert refused(answer) == problem
    assert all(len(each["value"]) <= 200 and each["message"] for each in answer[1]["response"]["errors"])
    assert everything(server) == before


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        pytest.param(b"1e400", (422, 1015, "amount"), id="1e400"),
        pytest.param(b"1E+999999999", (422, 1015, "amount"), id="an astronomic exponent"),
        pytest.param(b"1e-999999999", (422, 1015, "amount"), id="a vanishing exponent"),
        pytest.param(b"9" * 40, (422, 1015, "amount"), id="forty digits"),
        pytest.param(b"0." + b"9" * 4000, (422, 1015, "amount"), id="four thousand decimals"),
        pytest.param(b"-0.01", (422, 1025, "amount"), id="a negative number"),
        pytest.param(b"0.004", (422, 1004, "amount"), id="less than a cent"),
        pytest.param(b"99999999999999999999.99", (422, 1015, "amount"), id="a number beyond the books"),
    ],
)
def test_a_number_is_refused(server: Tenant, number: bytes, problem: tuple[int, int, str]) -> None:
    made = invoice(server, line("1", "5.00"))
    before = everything(server)
    body = b'{"payment": {"invoiceid": %d, "date": "2026-03-05", "amount": %s}}' % (made["id"], number)
    assert refused(sent(server, "payments/payments", body)) == problem
    assert everything(server) == before


@pytest.mark.parametrize(
    ("number", "amount"),
    [
        (b"1.10", "1.10"),
        (b"2", "2.00"),
        (b"1e0", "1.00"),
        (b"0.045e2", "4.50"),
        (b"1.005", "1.01"),
        (b'"200"', "200.00"),
        (b'" 3.5 "', "3.50"),
    ],
)
def test_a_number_is_read_exactly(server: Tenant, number: bytes, amount: str) -> None:
    made = invoice(server, line("1", "500.00"))
    body = b'{"payment": {"invoiceid": %d, "date": "2026-03-05", "amount": %s}}' % (made["id"], number)
    status, answer, _ = sent(server, "payments/payments", body)
    assert (status, answer["response"]["result"]["payment"]["amount"]["amount"]) == (200, amount)


@pytest.mark.parametrize("text", [r"\ud800", r"\udc00x", r"\u0000"])
@pytest.mark.parametrize(
    "place", ['"notes": "TEXT"', '"lines": [{"name": "TEXT"}]', '"currency_code": "TEXT"', '"TEXT": 1, "vis_state": "x"']
)
def test_text_that_no_database_takes_is_refused(server: Tenant, text: str, place: str) -> None:
    customer = client(server)
    before = everything(server)
    body = f'{{"invoice": {{"customerid": {customer}, "create_date": "2026-03-03", {place.replace("TEXT", text)}}}}}'
    status, answer, _ = sent(server, "invoices/invoices", body.encode())
    assert status in (400, 422)
    assert answer["response"]["errors"][0]["errno"] in (1005, 1004, 1015, 1027)
    assert everything(server) == before


@pytest.mark.parametrize("text", ["Žluťoučký kůň", "日本語", "🧾 paid", "a\nb\tc", "\u202eabc", "  spaced  ", "<b>&amp;</b>"])
def test_text_comes_back_as_it_was_sent(server: Tenant, text: str) -> None:
    made = invoice(server, line("1", "5.00", name=text, description=text), notes=text, include=["lines"])
    assert (made["notes"], made["lines"][0]["name"], made["description"]) == (text, text, text)
    assert server.read("invoice", made["id"], "lines") == made


def test_nested_values_that_are_kept_are_kept_whole(server: Tenant) -> None:
    address = {"street": "1 Hill Road", "extra": {"floor": [1, 2.5, None, True]}}
    made = invoice(server, sender_address=address)
    assert server.read("invoice", made["id"])["sender_address"] == address
