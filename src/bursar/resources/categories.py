"""Expense categories: the built-in ones of every account, and custom ones below them."""

from __future__ import annotations

from bursar.catalogue import Change, Facts, Record, Resource, facts, op
from bursar.catalogue import fields as f
from bursar.errors import Kind, refuse


class Category(Record, noun="category", table="categories"):
    """One category; a built-in one cannot be edited."""

    category = f.Text(required=True, writable="create")
    categoryid = f.Alias("id")
    created_at = f.Instant("eastern", auto="create")
    id = f.Id()
    is_cogs = f.Flag(writable="create")
    is_editable = f.Flag(writable="create")
    parentid = f.Ref("category", none=None, required=True, writable="create")
    transaction_posted = f.Flag(writable=False)
    updated = f.Instant("eastern", auto="save", shown=False)
    updated_at = f.Instant("eastern", of="updated")
    vis_state = f.Int(choices=(0, 1, 2), writable=False)

    expense_usage_all_time = f.Constant(None, include="expense_usage_all_time")
    expense_usage_this_year = f.Constant(None, include="expense_usage_this_year")
    subcategories = f.Embed("category", their="parentid", many=True, include="subcategories")


class Adding(Facts):
    """What a new category rests on."""

    parent: Category | None = facts.one("category", by="parentid")


def add(category: Category, known: Adding) -> Change:
    """Save a custom category, which is editable unless it says otherwise; below a parent that is cost of goods it is that too."""
    if not category.category.strip():
        raise refuse(Kind.REQUIRED, "category")
    cogs = category.is_cogs or bool(known.parent and known.parent.is_cogs)
    editable = category.is_editable or "is_editable" not in category.sent
    return Change(saves=(category.replace(is_cogs=cogs, is_editable=editable),))


CATEGORIES = Resource(
    record=Category,
    plural="categories",
    group="Expenses",
    id_field="categoryid",
    family="accounting",
    path="expenses/categories",
    scope="user:expenses",
    order="category",
    operations=(
        op.list_("listed expense categories"),
        op.get("looked at the expense category {category}"),
        op.unverified(
            op.create("added the expense category {category}", event="category.create", decide=add, facts=Adding),
            "whether it is offered: documentation says no, a collection of calls has it",
        ),
    ),
)
