"""Whatever is sent for a field, the answer is an answer or a refusal in the family's shape, never a fault; and nothing half-done."""

from __future__ import annotations

from itertools import count
from json import dumps
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.objects import SORTS, made
from tests.contract.wire import BOOK, id_of, path_of, searching, those_that

if TYPE_CHECKING:
    from tests.support.tenant import Tenant

DEEP = "[" * 3_000 + "]" * 3_000
# As JSON text, since some of it no Python value stands for.
BAD = {
    "a number of 400 digits": "1" + "0" * 400,
    "a number beyond any float": "-1e400",
    "a number below any float": "1e-400",
    "the largest number of 64 bits": "9223372036854775807",
    "one more than that": "9223372036854775808",
    "one less than the least": "-9223372036854775809",
    "many digits": "0.1234567890123456789",
    "a null character": '"\\u0000"',
    "half a character": '"\\ud800"',
    "a unicorn, a mark that turns text round, a new line": '"\U0001f984\\u202e\\n"',
    "a long text": '"' + "x" * 70_000 + '"',
    "an exponent in a text": '"1e5"',
    "infinity in a text": '"Infinity"',
    "digits of another script": '"\\u0661\\u0662"',
    "a day that is none": '"2026-02-30"',
    "the year nought": '"0000-01-01"',
    "the last day there is": '"9999-12-31"',
    "true": "true",
    "an empty object": "{}",
    "an empty array": "[]",
    "an array of null": "[null]",
    "an array of arrays": "[[1]]",
    "money within money": '{"amount": {"amount": 1}, "code": []}',
    "money of no country": '{"amount": "1", "code": "ZZZ"}',
    "brackets three thousand deep": DEEP,
    "null": "null",
    "an empty text": '""',
}
TEXTS = {
    "nothing": "",
    "a letter": "x",
    "nought": "0",
    "less than nought": "-1",
    "an exponent": "1e9",
    "400 digits": "9" * 400,
    "no number": "NaN",
    "a null character": "\x00",
    "half a character": "\ud800",
    "wildcards": "%_",
    "quotes": "\\'\"",
    "a day that is none": "2026-02-30",
    "the last day there is": "9999-12-31",
    "the first day there is": "0001-01-01",
}
NUMBERS = count(1)
LARGEST_BODY = 900_000
QUERY_WORDS = ("page", "per_page", "sort", "include[]", "search", "search[", "search[]", "search[x][y][z]", "")
QUERY_TEXTS = ("", "x", "0", "-1", "9" * 400, "9223372036854775807", "\x00", "1.5", "true")


def narrowed(server: Tenant, method: str, path: str, noun: str, fields: set[str], text: str, needed: str = "") -> None:
    """Send a value for all fields at once, then for those that were not refused, until all of them are taken or refused."""
    left = set(fields)
    if len(text) * len(left) > LARGEST_BODY:
        some = set(sorted(left)[: len(left) // 2])
        narrowed(server, method, path, noun, some, text, needed)
        narrowed(server, method, path, noun, left - some, text, needed)
        return
    while left:
        members = ", ".join([*filter(None, [needed]), *(f'"{name}": {text}' for name in sorted(left))])
        body = f'{{"{BOOK.resources[noun].wrapper}": {{{members}}}}}'
        answer = server.call(method, path, data=body.encode("utf-8", "surrogatepass"))
        check(answer, f"{text[:40]} for {left!r}")
        named = fields_named(answer[1]) if answer[0] != 200 else set()
        if not named & left:
            return
        left -= named


def check(answer: Any, sent: str) -> None:
    status, body, _ = answer
    assert status in (200, 400, 403, 404, 422), (sent, status, body)
    assert isinstance(body, dict), sent


def fields_named(body: Any) -> set[str]:
    """Return the fields that a refusal of the accounting or a business family names."""
    errors = body["response"]["errors"] if "response" in body else []
    named = [error["field"] for error in errors] or list(body["error"] if isinstance(body.get("error"), dict) else [])
    return {name.split(".")[0].split("[")[0] for name in named}


@pytest.mark.parametrize("noun", those_that("update"))
def test_no_value_of_any_field_makes_an_update_fault(server: Tenant, noun: str) -> None:
    resource = BOOK.resources[noun]
    phases = {key for operation in resource.operations for phase in operation.phases for key in phase.keys} | {"vis_state"}
    for text in BAD.values():
        path = path_of(server, noun, "update", id_of(noun, made(server, noun, body=another_one(server, noun))))
        needed = dumps(SORTS[noun].update(server))[1:-1]
        narrowed(server, "PUT", path, noun, set(resource.record.fields) - phases, text, needed)
        for key in phases:
            narrowed(server, "PUT", path, noun, {key}, text, needed)


@pytest.mark.parametrize("noun", those_that("create"))
def test_no_value_of_any_field_makes_a_create_fault(server: Tenant, noun: str) -> None:
    sort, fields = SORTS[noun], set(BOOK.resources[noun].record.fields)
    assert sort.plain
    path = path_of(server, noun, "create", sort.within(server))
    for text in BAD.values():
        narrowed(server, "POST", path, noun, fields, text)
        needed = another_one(server, noun) or {}
        narrowed(server, "POST", path, noun, fields - needed.keys(), text, dumps(needed)[1:-1])


def another_one(server: Tenant, noun: str) -> dict[str, Any] | None:
    """Return a plain body that can be sent again and again."""
    plain = SORTS[noun].plain
    return plain and plain(server) | ({"name": f"Tax {next(NUMBERS)}"} if noun == "tax" else {})


@pytest.mark.parametrize("noun", those_that("list"))
def test_no_text_of_any_search_makes_a_list_fault(server: Tenant, noun: str) -> None:
    for text in TEXTS.values():
        searched(server, noun, text)


def searched(server: Tenant, noun: str, text: str) -> None:
    """Search by every key at once, then without those that were refused, until what is left is answered."""
    path, left = path_of(server, noun, "list"), set(BOOK.resources[noun].filters)
    while True:
        searches = [searching(noun, key, text.encode("utf-8", "surrogatepass")) for key in sorted(left)]
        answer = server.get(path, params={name: value for each in searches for name, value in each.items()})
        check(answer, f"{text[:20]!r} for {left!r}")
        named = fields_named(answer[1]) if answer[0] != 200 else set()
        if not named & left:
            return
        left -= named


@pytest.mark.parametrize("noun", those_that("list"))
def test_no_text_of_any_other_parameter_makes_a_list_fault(server: Tenant, noun: str) -> None:
    path = path_of(server, noun, "list")
    for name in QUERY_WORDS:
        for text in QUERY_TEXTS:
            check(server.get(path, params=[(name, text)]), f"{name}={text!r}")
