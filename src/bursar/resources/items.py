"""Items: what is sold, with its price, its taxes and, when tracked, its inventory."""

from __future__ import annotations

from bursar.catalogue import Change, Facts, Record, Resource, op
from bursar.catalogue import fields as f
from bursar.catalogue import filters as s
from bursar.domain.when import row
from bursar.errors import Kind, refuse


class Item(Record, noun="item"):
    """One item; ``tax1`` and ``tax2`` are 0 when there is none, never null (accounting fact 12)."""

    accounting_systemid = f.FromCall("accountid")
    currency_code = f.Text(shown=False, writable=False)
    description = f.Text(nullable=True, most=10_000)
    id = f.Id()
    inventory = f.Decimal(nullable=True)
    itemid = f.Alias("id")
    name = f.Text(required=True, indexed=True, unverified=True)
    qty = f.Decimal()
    sku = f.Text(nullable=True, indexed=True)
    tax1 = f.Ref("tax", indexed=False)
    tax2 = f.Ref("tax", indexed=False)
    unit_cost = f.Price()
    updated = f.Instant("eastern", auto="save", indexed=True)
    vis_state = f.Int(choices=(0, 1, 2), effect="visibility")


def stocked(item: Item, known: Facts) -> Change:
    """Save an item that has a name, and no tax twice."""
    del known
    if not item.name.strip():
        raise refuse(Kind.REQUIRED, "name")
    if item.tax1 and item.tax1 == item.tax2 and item.changed("tax1", "tax2"):
        raise refuse(Kind.SAME_TAX, "tax2", item.tax2)
    return Change(saves=(item,))


ITEMS = Resource(
    record=Item,
    plural="items",
    group="Items & Taxes",
    id_field="itemid",
    family="accounting",
    path="items/items",
    scope="user:billable_items",
    hidden=row.vis_state == 1,
    filters=s.eq("sku", "vis_state", itemid="id")
    | s.any_of(itemids="id")
    | s.like(description="description", name="name")
    | s.between(unit_cost="unit_cost", inventory="inventory", qty="qty", updated="updated"),
    sorts={"updated": "updated"},
    operations=(
        op.list_("listed items", row=22),
        op.get("looked at item {name}", row=22),
        op.create("added the item {name}", row=23, event="item.create", decide=stocked),
        op.update("changed the item {name}", row=23, event="item.update", decide=stocked),
    ),
)
