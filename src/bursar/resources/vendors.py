"""Vendors: the different names that expenses give to whom was paid (accounting section 5)."""

from __future__ import annotations

from typing import Any

from bursar.catalogue import Record, View
from bursar.catalogue import fields as f


class Vendors(Record, noun="vendors"):
    """A page of names, in alphabetical order."""

    page = f.Int()
    pages = f.Int()
    per_page = f.Int()
    total = f.Int()
    vendors = f.Object(kind="array", default=[])


def show(about: Any, known: Any) -> Vendors:
    """Return a page of the names that were found."""
    del about
    names = [{"vendor": name} for name in known.found]
    return Vendors.new(**known.query.paging(known.total), vendors=names)


VENDORS = View(
    record=Vendors,
    name="expenses.vendors",
    group="Expenses",
    family="accounting",
    path="expenses/vendors",
    scope="user:expenses",
    phrase="listed the vendors of expenses",
    show=show,
    texts=("expense", "vendor"),
)
