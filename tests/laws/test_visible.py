"""A caller who may see some rows and some fields only: totals, searches, order and includes tell no more than that.

Nobody is limited so today; the limits travel in the query, and agents will bring them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bursar.catalogue.query import Query
from bursar.domain.when import row
from bursar.errors import Kind, Refusal
from bursar.runtime.call import Call, Caller
from bursar.runtime.reading import Shows
from tests.contract.objects import DAY, client, line
from tests.contract.wire import BOOK, FAMILIES

if TYPE_CHECKING:
    from bursar.domain.when import Condition
    from tests.support.tenant import Tenant

INVOICES = BOOK.resources["invoice"]
TODAY = "2026-03-10"


class Books:
    """Three invoices of two clients, as a limited caller sees them."""

    def __init__(self, server: Tenant) -> None:
        self.server = server
        self.ours, self.theirs = client(server), client(server, organization="Bell")
        self.ids = [self.invoice(self.ours, "Pens", "10"), self.invoice(self.theirs, "Ink", "30"), self.invoice(self.ours, "Paper", "20")]

    def invoice(self, customer: int, notes: str, amount: str) -> int:
        lines = [line(unit_cost={"amount": amount})]
        fields = {"customerid": customer, "create_date": DAY, "notes": notes, "po_number": notes, "status": 2, "lines": lines}
        return int(self.server.create("invoice", **fields)["id"])

    def shows(self) -> Shows:
        business = self.server.business
        caller = Caller(self.server.identity_id, frozenset())
        call = Call(INVOICES, None, caller, business)  # type: ignore[arg-type]  # a stored business has what a call reads of one
        return Shows(self.server.application.store.rows(self.server.business_id), INVOICES, call, TODAY)

    def page(self, *pairs: tuple[str, str], rows: Condition | None = None, readable: frozenset[str] | None = None) -> Any:
        query = FAMILIES["accounting"].query(list(pairs), INVOICES)._replace(rows=rows, readable=readable)
        return self.server.place.run(self.shows().page(query))

    def one(self, object_id: int, query: Query) -> Any:
        return self.server.place.run(self.shows().one(object_id, query))

    def found(self, *pairs: tuple[str, str], **limits: Any) -> list[int]:
        objects, total = self.page(*pairs, **limits)
        ids = [each["id"] for each in objects]
        assert total == len(ids)
        return ids


@pytest.fixture
def books(server: Tenant) -> Books:
    return Books(server)


def test_rows_that_may_not_be_seen_are_not_there(books: Books) -> None:
    first, second, third = books.ids
    mine = row.customerid == books.ours
    assert books.found() == [third, second, first]
    assert books.found(rows=mine) == [third, first]
    assert books.found(rows=row.customerid == books.theirs) == [second]
    assert books.found(rows=row.customerid == 0) == []


def test_pages_and_totals_count_what_may_be_seen(books: Books) -> None:
    mine = row.customerid == books.ours
    pages = [books.page(("per_page", "1"), ("page", str(at)), rows=mine) for at in (1, 2, 3)]
    assert [[each["id"] for each in objects] for objects, _ in pages] == [[books.ids[2]], [books.ids[0]], []]
    assert [total for _, total in pages] == [2, 2, 2]


@pytest.mark.parametrize(
    ("pairs", "wanted"),
    [
        pytest.param([("search[amount_min]", "50")], [], id="an amount"),
        pytest.param([("search[notes]", "in")], [], id="a text"),
        pytest.param([("search[outstanding]", "true")], [2, 0], id="a condition"),
        pytest.param([("search[v3_status]", "overdue")], [2, 0], id="a status"),
        pytest.param([("search[vis_state]", "0")], [2, 0], id="a state"),
        pytest.param([("sort", "invoice_date_asc")], [0, 2], id="an order"),
        pytest.param([("sort", "nonsense")], [0, 2], id="the order of ids"),
    ],
)
def test_searches_and_orders_stay_within_what_may_be_seen(books: Books, pairs: list[tuple[str, str]], wanted: list[int]) -> None:
    assert books.found(*pairs, rows=row.customerid == books.ours) == [books.ids[at] for at in wanted]


def test_a_row_that_may_not_be_seen_is_unknown(books: Books) -> None:
    mine = Query(rows=row.customerid == books.ours)
    assert books.one(books.ids[0], mine)["id"] == books.ids[0]
    with pytest.raises(Refusal) as refused:
        books.one(books.ids[1], mine)
    assert (refused.value.kind, refused.value.problems[0].field) == (Kind.UNKNOWN, "invoiceid")


SOME = frozenset({"id", "invoice_number", "amount", "lines"})


def test_fields_that_may_not_be_read_are_not_shown(books: Books) -> None:
    objects, _ = books.page(("include[]", "lines"), ("include[]", "owner"), readable=SOME)
    assert [set(each.__struct_fields__) for each in objects] == [set(SOME)] * 3
    assert set(books.one(books.ids[0], Query(readable=SOME)).__struct_fields__) == SOME - {"lines"}


@pytest.mark.parametrize(
    "pair",
    [
        pytest.param(("search[notes]", "Pens"), id="a text"),
        pytest.param(("search[customerid]", "0"), id="a reference"),
        pytest.param(("search[customerids][]", "0"), id="references"),
        pytest.param(("search[date_min]", "2030-01-01"), id="a day"),
        pytest.param(("search[updated_min]", "2030-01-01"), id="a moment"),
        pytest.param(("search[v3_status]", "draft"), id="a status"),
        pytest.param(("search[paid]", "true"), id="a condition"),
    ],
)
def test_what_may_not_be_read_cannot_be_searched_either(books: Books, pair: tuple[str, str]) -> None:
    assert books.found(pair, readable=SOME) == books.ids[::-1]


def test_what_may_be_read_can_be_searched(books: Books) -> None:
    assert books.found(("search[amount_min]", "50"), readable=SOME) == [books.ids[1]]
    assert books.found(("search[invoiceid]", str(books.ids[0])), readable=SOME) == [books.ids[0]]
    assert books.found(("search[notes]", "pens"), readable=SOME | {"notes"}) == [books.ids[0]]
    assert books.found(("search[v3_status]", "draft"), readable=SOME | {"v3_status"}) == []


def test_what_may_not_be_read_gives_no_order(server: Tenant) -> None:
    books = Books(server)
    server.change("invoice", books.ids[0], create_date="2026-06-01")
    by_date = ("sort", "invoice_date_desc")
    assert books.found(by_date)[0] == books.ids[0]
    assert books.found(by_date, readable=SOME | {"create_date"})[0] == books.ids[0]
    assert books.found(by_date, readable=SOME) == books.ids
