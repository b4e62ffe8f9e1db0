"""The official SDK with items and taxes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from freshbooks import FilterBuilder, PaginateBuilder, SortBuilder
from freshbooks.models import VisState

from tests.clients.methods import calls
from tests.clients.program import including, just_now, price, refusal

if TYPE_CHECKING:
    from freshbooks.models import Result

    from tests.clients.program import Program


def tax(program: Program, **fields: Any) -> Result:
    """Add a tax nobody else has."""
    return program.sdk.taxes.create(program.account, {"name": f"Tax {program.client().id}", "amount": 5} | fields)


@calls("items.create", "items.get")
def test_an_item(program: Program) -> None:
    first = tax(program)
    sent = {"name": "Crème brûlée", "description": "per cup", "sku": "CB-1", "unit_cost": price("4.50"), "tax1": first.id, "inventory": 40}
    item = program.sdk.items.create(program.account, sent)
    assert (item.name, item.description, item.sku, item.unit_cost.data) == ("Crème brûlée", "per cup", "CB-1", price("4.50"))
    assert (item.tax1, item.tax2, item.data["inventory"], item.data["qty"]) == (first.id, 0, "40", "0")
    assert (item.id, item.accounting_systemid, item.vis_state) == (item.itemid, program.account, VisState.ACTIVE)
    assert just_now(item.updated)
    assert program.sdk.items.get(program.account, item.id).data == item.data


@calls("items.create")
def test_an_item_of_a_name_alone(program: Program) -> None:
    item = program.sdk.items.create(program.account, {"name": "Bare"})
    assert (item.tax1, item.tax2, item.inventory, item.data["qty"], item.unit_cost.data) == (0, 0, None, "0", price("0.00"))


@calls("items.update", "items.delete", "items.list", "items.get")
def test_an_item_changes_goes_and_comes_back(program: Program) -> None:
    item = program.sdk.items.create(program.account, {"name": "Mug", "sku": f"MUG-{program.client().id}"})
    changed = program.sdk.items.update(program.account, item.id, {"unit_cost": price("12"), "inventory": "7.5"})
    assert (changed.name, changed.unit_cost.amount, changed.data["inventory"]) == ("Mug", "12.00", "7.5")
    mine = [FilterBuilder().equals("sku", item.sku)]
    assert [each.id for each in program.sdk.items.list(program.account, mine)] == [item.id]
    assert program.sdk.items.delete(program.account, item.id).vis_state == VisState.DELETED
    assert len(program.sdk.items.list(program.account, mine)) == 0
    assert program.sdk.items.get(program.account, item.id).vis_state == VisState.DELETED
    both = program.sdk.items.update(program.account, item.id, {"vis_state": 2, "description": "applied too"})
    assert (both.vis_state, both.description) == (VisState.ARCHIVED, "applied too")
    assert [each.id for each in program.sdk.items.list(program.account, mine)] == [item.id]


@calls("items.get")
def test_selling_a_tracked_item_takes_it_from_the_shelf(program: Program) -> None:
    name = f"Poster {program.client().id}"
    item = program.sdk.items.create(program.account, {"name": name, "inventory": "10"})
    client = program.client()
    invoice = program.invoice(client.id, lines=[{"name": name, "qty": "4", "unit_cost": price("5")}])

    def left() -> str:
        return str(program.sdk.items.get(program.account, item.id).data["inventory"])

    assert left() == "6"
    program.sdk.invoices.update(program.account, invoice.id, {"lines": [{"name": name, "qty": "1.5", "unit_cost": price("5")}]})
    assert left() == "8.5"


@calls("items.create")
@pytest.mark.parametrize(
    ("sent", "status", "code", "field"),
    [
        pytest.param({}, 422, 1001, "name", id="without a name"),
        pytest.param({"name": ""}, 422, 1001, "name", id="with an empty name"),
        pytest.param({"name": "x", "tax1": 999_999_999}, 404, 1012, "tax1", id="with a tax that is none"),
        pytest.param({"name": "x", "inventory": "plenty"}, 422, 1015, "inventory", id="with a word for a number"),
    ],
)
def test_items_refused(program: Program, sent: dict[str, Any], status: int, code: int, field: str) -> None:
    refused = refusal(lambda: program.sdk.items.create(program.account, sent))
    assert (refused.status, refused.code, refused.field) == (status, code, field)


@calls("items.list")
@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        pytest.param(lambda f: f.like("description", "SPOT"), ["Illustration"], id="like in the description"),
        pytest.param(lambda f: f.between("unit_cost", 1000, 4000), ["Packaging design", "Brand identity"], id="between prices"),
        pytest.param(
            lambda f: f.between("inventory", "0.5"), ["Dot notebook", "Canvas tote", "Letterpress cards", "Risograph poster"], id="tracked"
        ),
    ],
)
def test_searches_the_sample_items(program: Program, narrowed: Any, expected: list[str]) -> None:
    sample = narrowed(FilterBuilder().in_list("itemid", sample_items(program)))
    assert [each.name for each in program.sdk.items.list(program.account, [sample])] == expected


def sample_items(program: Program) -> list[int]:
    """Answer the ids of the items that came with the books: an unknown sort gives the oldest first."""
    oldest = program.sdk.items.list(program.account, [SortBuilder().ascending("made"), PaginateBuilder(per_page=17)])
    return [item.id for item in oldest]


@calls("taxes.create", "taxes.get", "taxes.update")
def test_a_tax(program: Program) -> None:
    name = f"VAT {program.client().id}"
    created = program.sdk.taxes.create(program.account, {"name": name, "amount": 9.975, "number": "RT 0001"})
    assert (created.name, created.data["amount"], created.number, created.compound) == (name, "9.975", "RT 0001", False)
    assert created.id == created.taxid
    assert "vis_state" not in created.data
    assert program.sdk.taxes.get(program.account, created.id).data == created.data
    changed = program.sdk.taxes.update(program.account, created.id, {"amount": "20", "compound": True})
    assert (changed.name, changed.data["amount"], changed.compound, changed.number) == (name, "20", True, "RT 0001")


@calls("taxes.create", "taxes.update")
def test_changing_a_tax_changes_no_document(program: Program) -> None:
    levy = tax(program, amount="10", number="N-1")
    line = {"name": "x", "qty": 1, "unit_cost": price("50"), "taxName1": levy.name, "taxAmount1": "10"}
    invoice = program.invoice(program.client().id, lines=[line])
    program.sdk.taxes.update(program.account, levy.id, {"amount": "15", "number": "N-2"})
    shown = program.sdk.invoices.get(program.account, invoice.id, including("lines"))
    assert (shown.amount.amount, shown.lines[0].data["taxAmount1"], shown.lines[0].data["taxNumber1"]) == ("55.00", "10", "N-1")


@calls("taxes.create")
def test_two_taxes_cannot_share_a_name(program: Program) -> None:
    first = tax(program)
    refused = refusal(lambda: program.sdk.taxes.create(program.account, {"name": first.name, "amount": 1}))
    assert (refused.status, refused.code, refused.field, refused.value) == (422, 1026, "name", first.name)


@calls("taxes.delete", "taxes.get", "taxes.update", "taxes.list")
def test_a_deleted_tax_is_gone(program: Program) -> None:
    gone = tax(program)
    assert program.sdk.taxes.delete(program.account, gone.id).data == {}
    for call in (
        lambda: program.sdk.taxes.get(program.account, gone.id),
        lambda: program.sdk.taxes.update(program.account, gone.id, {"name": "back"}),
        lambda: program.sdk.taxes.delete(program.account, gone.id),
    ):
        assert refusal(call) == (404, 1012, "Tax not found.", "taxid", str(gone.id))
    assert len(program.sdk.taxes.list(program.account, [FilterBuilder().equals("taxid", gone.id)])) == 0


@calls("taxes.list")
def test_searches_taxes(program: Program) -> None:
    plain, compound = tax(program, number="ABC-7"), tax(program, compound=True)

    def found(narrowed: FilterBuilder) -> list[int]:
        return [each.id for each in program.sdk.taxes.list(program.account, [narrowed]) if each.id >= plain.id]

    assert found(FilterBuilder().like("name", plain.name.lower())) == [plain.id]
    assert found(FilterBuilder().like("number", "abc-7")) == [plain.id]
    assert found(FilterBuilder().equals("compound", value=True)) == [compound.id]
    assert found(FilterBuilder().in_list("taxid", [plain.id, compound.id])) == [compound.id, plain.id]
