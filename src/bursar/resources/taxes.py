"""Taxes: templates whose name, rate and number are copied onto lines; changing one changes no document (semantics 2.1)."""

from __future__ import annotations

from bursar.catalogue import Change, Facts, Record, Resource, facts, op
from bursar.catalogue import fields as f
from bursar.catalogue import filters as s
from bursar.domain.money import MILLION
from bursar.errors import Kind, refuse


class Tax(Record, noun="tax", table="taxes"):
    """One tax."""

    accounting_systemid = f.FromCall("accountid")
    amount = f.Percent(most=1_000 * MILLION, nullable=True, default=0)
    compound = f.Flag()
    id = f.Id()
    name = f.Text(required=True, indexed=True)
    number = f.Text(nullable=True)
    taxid = f.Alias("id")
    updated = f.Instant("eastern", auto="save", indexed=True)
    recoverable = f.Flag(default=True, shown=False, writable=False)
    vis_state = f.Action("int", effect="visibility", unverified=True)


class Naming(Facts):
    """What stands against a name."""

    taken: set[str] = facts.taken("tax", "name", lambda tax, _: {tax.name})


def named(tax: Tax, known: Naming) -> Change:
    """Save a tax; a second one of the same name is DUPLICATE_TAX; ``vis_state`` 1 removes it for good (PHP's delete)."""
    if tax.asked.get("vis_state") == 1 and tax.was is not None:
        return Change(removes=(tax,), instead="tax.delete")
    if not tax.name.strip():
        raise refuse(Kind.REQUIRED, "name")
    if tax.changed("name") and tax.name in known.taken:
        raise refuse(Kind.DUPLICATE_TAX, "name", tax.name)
    return Change(saves=(tax,))


TAXES = Resource(
    record=Tax,
    plural="taxes",
    group="Items & Taxes",
    id_field="taxid",
    family="accounting",
    path="taxes/taxes",
    scope="user:taxes",
    filters=s.eq(taxid="id")
    | s.any_of(taxids="id")
    | s.like(name="name", number="number")
    | s.eq("compound")
    | s.between(updated="updated"),
    sorts={"updated": "updated"},
    soft=False,
    operations=(
        op.list_("listed taxes", row=24),
        op.get("looked at tax {name}", row=24),
        op.create("added the tax {name} of {amount} %", row=25, event="tax.create", decide=named, facts=Naming, risk=2),
        op.update("changed the tax {name}", row=25, event="tax.update", decide=named, facts=Naming, risk=2),
        op.delete("deleted the tax {name}", row=25, event="tax.delete", decide=op.remove, risk=2),
    ),
)
