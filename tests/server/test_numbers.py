"""Numbers of documents (semantics 2.5)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.server.bodies import client, invoice, refused

if TYPE_CHECKING:
    from tests.support.tenant import Tenant


def document(server: Tenant, noun: str, customer: int, **fields: Any) -> Any:
    return server.create(noun, customerid=customer, create_date="2026-03-03", **fields)


@pytest.mark.parametrize("noun", ["invoice", "estimate"])
@pytest.mark.parametrize(
    ("last", "following"),
    [
        pytest.param(None, "0000001", id="NUM-01"),
        pytest.param("0000099", "0000100", id="NUM-02"),
        pytest.param("INV-099", "INV-100", id="NUM-03"),
        pytest.param("2026/9", "2026/10", id="NUM-04"),
        pytest.param("9999999", "10000000", id="NUM-05"),
        pytest.param("000D", "000E", id="NUM-06"),
        pytest.param("00AZ", "00BA", id="NUM-06 with a carry"),
    ],
)
def test_the_next_number_follows_the_last_used(server: Tenant, noun: str, last: str | None, following: str) -> None:
    customer = client(server)
    if last:
        assert document(server, noun, customer, **{f"{noun}_number": last})[f"{noun}_number"] == last
    assert document(server, noun, customer)[f"{noun}_number"] == following


def test_invoices_and_estimates_count_apart(server: Tenant) -> None:
    customer = client(server)
    document(server, "invoice", customer, invoice_number="0000007")
    assert document(server, "estimate", customer)["estimate_number"] == "0000001"


def test_a_taken_number_is_skipped(server: Tenant) -> None:
    customer = client(server)
    for number in ("12", "10"):
        document(server, "invoice", customer, invoice_number=number)
    assert [document(server, "invoice", customer)["invoice_number"] for _ in range(2)] == ["11", "13"]


@pytest.mark.parametrize("noun", ["invoice", "estimate"])
@pytest.mark.parametrize("state", [pytest.param(0, id="active"), pytest.param(1, id="deleted (NUM-07)"), pytest.param(2, id="archived")])
def test_num_07_a_number_is_used_once(server: Tenant, noun: str, state: int) -> None:
    customer = client(server)
    first = document(server, noun, customer, **{f"{noun}_number": "0000005"})
    server.change(noun, first["id"], vis_state=state)
    body = {noun: {"customerid": customer, "create_date": "2026-03-03", f"{noun}_number": "0000005"}}
    answer = server.post(f"{noun}s/{noun}s", body)
    assert refused(answer) == (422, 1029, f"{noun}_number")
    assert answer[1]["response"]["errors"][0]["value"] == "0000005"
    second = document(server, noun, customer)
    answer = server.put(f"{noun}s/{noun}s/{second['id']}", {noun: {f"{noun}_number": "0000005"}})
    assert refused(answer) == (422, 1029, f"{noun}_number")


def test_a_number_is_free_after_its_document_was_renamed(server: Tenant) -> None:
    first = invoice(server, invoice_number="0000005")
    server.change("invoice", first["id"], invoice_number="0000005-old")
    assert invoice(server, invoice_number="0000005")["invoice_number"] == "0000005"


def test_numbers_of_two_businesses_do_not_meet(server: Tenant) -> None:
    other = server.another()
    assert [invoice(each)["invoice_number"] for each in (server, other, server)] == ["0000001", "0000001", "0000002"]
    assert invoice(other, invoice_number="0000002")["invoice_number"] == "0000002"


def test_a_document_keeps_its_own_number(server: Tenant) -> None:
    made = invoice(server, invoice_number="A1")
    assert server.change("invoice", made["id"], invoice_number="A1", notes="again")["notes"] == "again"
    assert server.change("invoice", made["id"], notes="once more")["invoice_number"] == "A1"


@pytest.mark.parametrize("noun", ["invoice", "estimate"])
def test_an_empty_number_is_none(server: Tenant, noun: str) -> None:
    customer = client(server)
    for number in ("0000001", "0000002"):
        made = document(server, noun, customer, **{f"{noun}_number": ""})
        assert made[f"{noun}_number"] == number
        answer = server.put(f"{noun}s/{noun}s/{made['id']}", {noun: {f"{noun}_number": ""}})
        assert refused(answer) == (422, 1001, f"{noun}_number")


@pytest.mark.parametrize(("length", "status"), [pytest.param(50, 200, id="fifty signs"), pytest.param(51, 422, id="fifty-one signs")])
def test_a_number_has_at_most_fifty_signs(server: Tenant, length: int, status: int) -> None:
    body = {"invoice": {"customerid": client(server), "create_date": "2026-03-03", "invoice_number": "7" * length}}
    answer = server.post("invoices/invoices", body)
    assert answer[0] == status
    if status == 422:
        assert refused(answer) == (422, 1017, "invoice_number")


def test_num_08_concurrent_creates_get_different_numbers_without_a_gap(server: Tenant) -> None:
    customer = client(server)

    def create(_turn: int) -> str:
        return str(server.apart().create("invoice", customerid=customer, create_date="2026-03-03")["invoice_number"])

    with ThreadPoolExecutor(8) as threads:
        numbers = sorted(threads.map(create, range(24)))
    assert numbers == [f"{number:07d}" for number in range(1, 25)]


def test_concurrent_creates_skip_what_is_taken(server: Tenant) -> None:
    customer = client(server)
    for number in ("0000009", "0000014", "0000005"):
        document(server, "invoice", customer, invoice_number=number)

    def create(turn: int) -> str:
        apart = server.apart()
        if turn % 4:
            return str(document(apart, "invoice", customer)["invoice_number"])
        moved = document(apart, "estimate", customer)  # whatever else is written meanwhile changes nothing about it
        return str(apart.change("estimate", moved["id"], estimate_number=f"E{turn}")["estimate_number"])

    with ThreadPoolExecutor(8) as threads:
        numbers = list(threads.map(create, range(32)))
    made = sorted(number for number in numbers if not number.startswith("E"))
    assert made == [f"{number:07d}" for number in range(6, 32) if number not in {9, 14}]
