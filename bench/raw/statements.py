"""The statements behind a search of invoices: exactly those the server runs, taken from its own plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from bursar import resources
from bursar.catalogue.book import collect
from bursar.store.plan import Plan
from bursar.store.tables import build
from bursar.wire.families import families

if TYPE_CHECKING:
    Texts = list[tuple[str, list[Any]]]


def of_search(query: str, business_id: int, today: str) -> Texts:
    """Return count and first page of a search as texts with their values, for the SQLite books."""
    book = collect(resources)
    invoices = book.resources["invoice"]
    plan = Plan(invoices, build(book), book, "sqlite")
    asked = families()[invoices.family].query(parse_qsl(query), invoices)
    reads = (
        plan.count(asked, business_id=business_id, today=today),
        plan.page(asked, business_id=business_id, today=today, offset=0),
    )
    return [(read.statement.text, list(read.statement.bind(read.values))) for read in reads]
