"""A condition is written once and read twice: what Python shows and what SQL finds agree, on rows of every sort."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from bursar.catalogue import fields as f
from bursar.catalogue.links import Derived
from bursar.domain.when import python_of
from tests.contract.objects import client, sent_invoice
from tests.contract.wire import BOOK, NOUNS, id_of, listed, path_of, searching, those_that
from tests.support.ledger import rows

if TYPE_CHECKING:
    from bursar.catalogue.field import Field
    from bursar.catalogue.resource import Resource
    from bursar.store.unit import Unit
    from tests.support.tenant import Tenant

ROWS = 240
DAYS = ("2026-03-08", "2026-03-09", "2026-03-10", "2026-03-11", "2026-03-12")
DERIVED = [
    pytest.param(noun, field.name, id=f"{noun}.{field.name}")
    for noun in NOUNS
    for field in BOOK.resources[noun].record.fields.values()
    if isinstance(field, Derived) and field.kept and field.options.shown and field.name in BOOK.resources[noun].filters
]
HOLDS = [
    pytest.param(noun, key, id=f"{noun} {key}")
    for noun in NOUNS
    for key, found in BOOK.resources[noun].filters.items()
    if found.how == "holds"
]


def any_value(chance: random.Random, field: Field[Any], column: str) -> Any:
    """Return a stored value that a column of this field may hold."""
    if field.options.nullable and chance.random() < 0.4:
        return None
    if isinstance(field, f.Flag):
        return chance.randrange(2)
    if isinstance(field, f.Instant):
        return 1_772_000_000_000_000 + chance.randrange(10**12)
    if isinstance(field, f.Money | f.Decimal):
        return chance.choice((-5_00, 0, 0, 1, 50_00, 100_00))
    if isinstance(field, f.Int):
        return chance.choice(field.choices or (0, 1, 2, 3))
    if isinstance(field, f.Date):
        return chance.choice(DAYS)
    if isinstance(field, f.Object):
        return "[]" if field.kind == "array" else "{}"
    if isinstance(field, f.Text):
        return chance.choice(field.choices or ("", "disputed", "resolved", "x"))
    return field.blank()[column]


def any_row(chance: random.Random, resource: Resource, number: int, links: dict[str, int]) -> dict[str, Any]:
    """Make a row whose columns are all by chance, but for what must be unique and what points elsewhere."""
    record, row = resource.record, dict(resource.record.blank)
    for field in record.fields.values():
        for column in field.columns():
            if not isinstance(field, Derived):
                row[column] = any_value(chance, field, column)
    row |= {name: f"{number}" for names in record.unique for name in names}
    row |= {field.name: chance.choice((links.get(field.noun, field.none), field.none)) for field in record.refs if field.none is None}
    row |= {field.name: links.get(field.noun, field.none) for field in record.refs if field.none is not None}
    if "currency_code" in row:
        row["currency_code"] = "USD"
    if "delivery" in row:
        row["delivery"] = chance.choice((1, 2, 3))
    made = record(row)
    made.settle_kept()
    return made.row


def scatter(server: Tenant, resource: Resource, seed: int) -> None:
    """Put rows by chance into the table of a resource."""
    chance, links = random.Random(seed), {"client": client(server)}
    if resource.noun == "payment":
        links["invoice"] = sent_invoice(server)
    plan = server.application.store.plans[resource.noun]

    async def put(unit: Unit) -> None:
        for number in range(ROWS):
            row = any_row(chance, resource, number, links)
            row |= {"id": await unit.new_id(resource.noun), "business_id": unit.business_id}
            await unit.session.run(plan.insert, row)
            await unit._count(resource.noun, row["id"], int(plan.visible(row)))

    server.place.run(server.application.store.unit(server.business_id, server.identity_id, put))


def every(server: Tenant, noun: str, query: dict[str, Any]) -> list[Any]:
    found: list[Any] = []
    for page in range(1, 10):
        more = listed(server.get(path_of(server, noun, "list"), params={"per_page": 100, "page": page} | query), noun)
        found += more
        if len(more) < 100:
            return found
    raise AssertionError(noun)


@pytest.mark.parametrize("days", [0, 1, 2])
@pytest.mark.parametrize(("noun", "name"), DERIVED)
def test_a_search_finds_exactly_those_that_show_it(server: Tenant, noun: str, name: str, days: int) -> None:
    resource = BOOK.resources[noun]
    field = resource.record.fields[name]
    assert isinstance(field, Derived)
    scatter(server, resource, days)
    server.clock.pass_time(days=days)
    shown = every(server, noun, {})
    seen = {each[name] for each in shown}
    for value in {*(rule.value for rule in field.rules), field.otherwise}:
        wanted = {id_of(noun, each) for each in shown if each[name] == value}
        assert {id_of(noun, each) for each in every(server, noun, searching(noun, name, value))} == wanted, value
    assert len(seen) > 3, "the rows must show most of the values"


@pytest.mark.parametrize(("noun", "key"), HOLDS)
def test_a_yes_or_no_finds_exactly_those_it_holds_of(server: Tenant, noun: str, key: str) -> None:
    resource = BOOK.resources[noun]
    scatter(server, resource, 7)
    condition, words = resource.filters[key].condition, resource.filters[key].words or ("true", "false")
    assert condition is not None
    holds = eval(f"lambda row, today: {python_of(condition, 'row[{!r}]'.format)}")  # noqa: S307 - text of a declaration
    everything = stored(server, resource)
    shown = {id_of(noun, each) for each in every(server, noun, {})}
    for flag, word in zip((True, False), words, strict=True):
        wanted = {each["id"] for each in everything if each["id"] in shown and bool(holds(each, "2026-03-10")) is flag}
        found = {id_of(noun, each) for each in every(server, noun, searching(noun, key, word))}
        assert found == wanted, flag
        assert wanted


def stored(server: Tenant, resource: Resource) -> list[dict[str, Any]]:
    columns = tuple(resource.record.columns)
    return [dict(zip(columns, each, strict=True)) for each in rows(server, resource.record.table, *columns)]


@pytest.mark.parametrize("noun", [noun for noun in those_that("create") if BOOK.resources[noun].hidden is not None])
def test_lists_hide_exactly_what_is_hidden(server: Tenant, noun: str) -> None:
    resource = BOOK.resources[noun]
    scatter(server, resource, 3)
    wanted = {each["id"] for each in stored(server, resource) if server.application.store.plans[noun].visible(each)}
    for query in ({}, {"sort": "nonsense"}, searching(noun, "updated_min", "1970-01-01")):
        assert {id_of(noun, each) for each in every(server, noun, query)} == wanted, query


FLAGS = {"has_outstanding": "outstanding_balance", "has_draft": "draft_balance", "has_credit": "credit_balance"}


def test_clients_are_found_by_the_balances_they_show(server: Tenant) -> None:
    books = [client(server, organization=f"Client {number}") for number in range(8)]
    chance = random.Random(5)
    for _ in range(30):
        customer = chance.choice(books)
        lines = [{"name": "Work", "unit_cost": {"amount": chance.choice(("0", "10", "25"))}}]
        status = chance.choice((1, 2, 2))
        when = chance.choice(("2026-02-01", "2026-03-10"))
        invoice = server.create("invoice", customerid=customer, create_date=when, status=status, lines=lines)
        if chance.random() < 0.4:
            server.create("payment", invoiceid=invoice["id"], amount={"amount": chance.choice(("5", "40"))}, date="2026-03-10")
    shown = every(server, "client", {"include[]": [*FLAGS.values(), "overdue_balance"]})
    for key, balance in (FLAGS | {"has_overdue": "overdue_balance"}).items():
        for flag in (True, False):
            wanted = {each["id"] for each in shown if any(float(entry["amount"]["amount"]) > 0 for entry in each[balance]) is flag}
            found = {each["id"] for each in every(server, "client", searching("client", key, str(flag).lower()))}
            if key != "has_draft":  # a draft of nothing is a draft
                assert found == wanted, (key, flag)
            assert found >= wanted or not flag, (key, flag)
