"""Items with their inventory, and taxes (accounting section 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.server.bodies import client, invoice, line, refused
from tests.support.ledger import everything

if TYPE_CHECKING:
    from tests.support.tenant import Tenant


def stock(server: Tenant, item: Any) -> str | None:
    found: str | None = server.read("item", item["id"])["inventory"]
    return found


def test_lines_of_invoices_move_the_inventory(server: Tenant) -> None:
    nails = server.create("item", name="Nails", inventory="100")
    screws = server.create("item", name="Screws", inventory=50)
    glue = server.create("item", name="Glue")
    made = invoice(server, line("3", "1.00", name="Nails"), line("2.5", "1.00", name="Nails"), line("1", "1.00", name="Glue"))
    assert [stock(server, each) for each in (nails, screws, glue)] == ["94.5", "50", None]
    server.change("invoice", made["id"], lines=[line("10", "1.00", name="Nails"), line("1", "1.00", name="Screws")])
    assert [stock(server, each) for each in (nails, screws)] == ["90", "49"]
    server.change("invoice", made["id"], notes="lines untouched")
    server.change("invoice", made["id"], lines=[])
    assert [stock(server, each) for each in (nails, screws)] == ["100", "50"]


def test_estimates_move_no_inventory(server: Tenant) -> None:
    nails = server.create("item", name="Nails", inventory="100")
    server.create("estimate", customerid=client(server), create_date="2026-03-03", lines=[line("3", "1.00", name="Nails")])
    assert stock(server, nails) == "100"


def test_an_item_refers_to_taxes_and_never_to_null(server: Tenant) -> None:
    tax = server.create("tax", name="HST", amount="13")["id"]
    made = server.create("item", name="Nails", tax1=str(tax), unit_cost={"amount": "1.005"}, qty="2")
    assert (made["tax1"], made["tax2"], made["qty"], made["inventory"]) == (tax, 0, "2", None)
    assert made["unit_cost"] == {"amount": "1.005", "code": "USD"}
    assert server.change("item", made["id"], tax1=0)["tax1"] == 0
    assert refused(server.put(f"items/items/{made['id']}", {"item": {"tax2": 999999}})) == (404, 1012, "tax2")
    assert refused(server.post("items/items", {"item": {"name": "Pins", "tax1": tax, "tax2": tax}})) == (422, 1019, "tax2")


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        pytest.param({}, (422, 1001, "name"), id="no name"),
        pytest.param({"name": "   "}, (422, 1001, "name"), id="a blank name"),
        pytest.param({"name": "Nails", "qty": "many"}, (422, 1015, "qty"), id="no number"),
        pytest.param({"name": "Nails", "unit_cost": {"amount": "a lot"}}, (422, 1015, "unit_cost"), id="no price"),
        pytest.param({"name": "Nails", "unit_cost": {"code": "USD"}}, (422, 1001, "unit_cost"), id="a price of nothing"),
        pytest.param({"name": "x" * 256}, (422, 1017, "name"), id="a long name"),
    ],
)
def test_an_item_is_refused(server: Tenant, fields: dict[str, Any], problem: tuple[int, int, str]) -> None:
    before = everything(server)
    assert refused(server.post("items/items", {"item": fields})) == problem
    assert everything(server) == before


def test_names_of_taxes_are_unique(server: Tenant) -> None:
    first = server.create("tax", name="HST", amount=13)
    assert first["amount"] == "13"
    answer = server.post("taxes/taxes", {"tax": {"name": "HST", "amount": "15"}})
    assert refused(answer) == (422, 1026, "name")
    second = server.create("tax", name="GST", amount="5.000", number="R1", compound=True)
    assert (second["amount"], second["number"], second["compound"], second["taxid"]) == ("5", "R1", True, second["id"])
    assert refused(server.put(f"taxes/taxes/{second['id']}", {"tax": {"name": "HST"}})) == (422, 1026, "name")
    assert server.change("tax", first["id"], name="HST", amount="15")["amount"] == "15"
    assert server.another().create("tax", name="HST", amount="15")["amount"] == "15"


@pytest.mark.parametrize(
    ("amount", "problem"),
    [
        pytest.param("a few", (422, 1018, "amount"), id="no percentage"),
        pytest.param("-1", (422, 1025, "amount"), id="a negative one"),
        pytest.param("1e2", (422, 1018, "amount"), id="an exponent in a text"),
        pytest.param([13], (422, 1018, "amount"), id="a list"),
    ],
)
def test_a_tax_is_refused(server: Tenant, amount: Any, problem: tuple[int, int, str]) -> None:
    before = everything(server)
    assert refused(server.post("taxes/taxes", {"tax": {"name": "HST", "amount": amount}})) == problem
    assert everything(server) == before
