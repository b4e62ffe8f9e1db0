"""The business as a system (accounting-more section 9)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.server.bodies import refused

if TYPE_CHECKING:
    from tests.support.tenant import Tenant

ADDRESS = {"street": "1 Main St", "street2": "Unit 2", "city": "Halifax", "province": "Nova Scotia", "postal_code": "B3H 1A1"}


def system(server: Tenant) -> Any:
    status, body, _ = server.get(f"systems/systems/{server.business_id}")
    assert status == 200, body
    return body["response"]["result"]["system"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("name", "Lund & Daughters", id="its name"),
        pytest.param("email", "maya@lund.example", id="its e-mail"),
        pytest.param("bus_phone", "555 0100", id="its phone"),
        pytest.param("street2", "Unit 2", id="the second line of its street"),
        pytest.param("city", "Halifax", id="its city"),
        pytest.param("province", "Nova Scotia", id="its province"),
        pytest.param("code", "B3H 1A1", id="its postal code"),
        pytest.param("country", "CA", id="its country"),
        pytest.param("currency_code", "CAD", id="its currency"),
        pytest.param("timezone", "America/Halifax", id="its time zone"),
        pytest.param("date", "2026-03-10 11:00:00", id="when it was opened, in New York"),
        pytest.param("dst", True, id="its clocks change in summer"),
        pytest.param("payment_amount", {"amount": "0.00", "code": "CAD"}, id="nothing is paid for it"),
        pytest.param("ip", "", id="where it runs is told to nobody"),
    ],
)
def test_it_tells(server: Tenant, name: str, value: Any) -> None:
    books = {
        "name": "Lund & Daughters",
        "email": "maya@lund.example",
        "phone": "555 0100",
        "address": json.dumps(ADDRESS),
        "currency_code": "CAD",
        "timezone": "America/Halifax",
    }
    assert system(server.another(**books))[name] == value


def test_invoices_carry_its_address_as_it_was(server: Tenant) -> None:
    books = server.another(address=json.dumps(ADDRESS))
    made = books.create("invoice", customerid=books.create("client", organization="Acme")["id"], create_date="2026-03-03")
    there = {"city": "Halifax", "code": "B3H 1A1", "country": "CA", "province": "Nova Scotia", "street": "1 Main St", "street2": "Unit 2"}
    assert made["sender_address"] == there
    assert books.change("invoice", made["id"], sender_address={"city": "Toronto"})["sender_address"] == {"city": "Toronto"}


def test_its_three_identifiers(server: Tenant) -> None:
    found = system(server)
    assert (found["id"], found["systemid"]) == (server.business_id, server.business_id)
    assert (found["accountid"], found["business_uuid"]) == (server.account_id, server.business_uuid)


def test_clocks_that_never_change(server: Tenant) -> None:
    assert system(server.another(timezone="Africa/Nairobi"))["dst"] is False


@pytest.mark.parametrize("other", ["1", "99999999", "abc", "-1"])
def test_any_other_system_is_unknown(server: Tenant, other: str) -> None:
    assert refused(server.get(f"systems/systems/{other}")) == (404, 1012, "systemid")


def test_the_system_of_other_books_is_unknown(server: Tenant) -> None:
    assert refused(server.get(f"systems/systems/{server.another().business_id}")) == (404, 1012, "systemid")
