"""The 39 core rows of the contract are declared, all of them and as it says, and all are built."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from bursar.app import declarations
from bursar.catalogue.book import paths
from bursar.wire.families import families

CONTRACT = Path(__file__).parents[2] / "docs" / "contract" / "README.md"
PREFIXES = {
    "A": "/accounting/account/{account_id}",
    "P": "/projects/business/{business_id}",
    "T": "/timetracking/business/{business_id}",
    "E": "/events/account/{account_id}/events",
}
GROUPS = {
    "Invoices": (1, 5),
    "Clients": (6, 9),
    "Expenses": (10, 13),
    "Estimates": (14, 17),
    "Payments": (18, 21),
    "Items & Taxes": (22, 25),
    "Projects": (26, 30),
    "Time Tracking": (31, 35),
    "Events & Callbacks": (36, 39),
}
BOOK, _ = declarations()


class Row(NamedTuple):
    """One line of the contract's table: operations as ``GET path``, scope, counted events, events raised beside them."""

    number: int
    operations: tuple[str, ...]
    scope: str
    events: frozenset[str]
    extra_events: frozenset[str]


def read_row(line: str) -> Row:
    number, operations, scope, events = (cell.strip() for cell in line.strip("|").split("|"))
    found, last = [], ""
    for method, path in re.findall(r"(GET|POST|PUT|DELETE) (same path|[^\s;]+)", operations):
        last = last if path == "same path" else PREFIXES[path[0]] + path[1:]
        found.append(f"{method} {last}")
    bracketed = re.findall(r"\(([^)]*)\)", events)
    extra = frozenset(name.strip() for part in bracketed for name in part.split(","))
    plain = frozenset(re.sub(r"\([^)]*\)", "", events).replace(";", " ").split())
    return Row(int(number), tuple(found), f"user:{scope}", plain, extra)


def contract_rows() -> dict[int, Row]:
    lines = CONTRACT.read_text().split("## The 39 core rows", 1)[1].splitlines()
    rows = [read_row(line) for line in lines if re.match(r"\| \d+ \|", line)]
    return {row.number: row for row in rows}


def declared_rows() -> dict[int, Row]:
    known = families()
    rows: dict[int, Row] = {}
    for resource, operation in BOOK.operations():
        if operation.row is None:
            continue
        family = known[resource.family]
        key = {"account": "{account_id}", "business": "{business_id}"}[family.key]
        where = "/".join(["", *family.prefix, key, paths(resource, operation)[0]])
        before = rows.get(operation.row, Row(operation.row, (), f"{resource.scope}:{operation.access}", frozenset(), frozenset()))
        rows[operation.row] = before._replace(
            operations=(*before.operations, f"{operation.method} {where}"),
            events=before.events | ({operation.event} if operation.event else set()),
        )
    return rows


CONTRACTED, DECLARED = contract_rows(), declared_rows()


def test_every_row_is_declared_and_no_other() -> None:
    assert sorted(DECLARED) == sorted(CONTRACTED) == list(range(1, 40))


@pytest.mark.parametrize("number", sorted(CONTRACTED))
def test_a_row_has_the_operations_scope_and_events_the_contract_names(number: int) -> None:
    wanted, found = CONTRACTED[number], DECLARED[number]
    assert sorted(found.operations) == sorted(wanted.operations)
    assert found.scope == wanted.scope
    assert found.events == wanted.events | wanted.extra_events


def test_17_rows_read_22_write_with_46_operations_20_permissions_and_15_documented_events() -> None:
    access = [row.scope.rpartition(":")[2] for row in DECLARED.values()]
    assert (access.count("read"), access.count("write")) == (17, 22)
    assert sum(len(row.operations) for row in DECLARED.values()) == 46
    assert len({row.scope for row in DECLARED.values()}) == 20
    documented = {event for row in CONTRACTED.values() for event in row.events}
    assert len(documented) == 15
    assert documented <= {event for row in DECLARED.values() for event in row.events}


def test_each_row_stands_in_its_group() -> None:
    rows = {operation.row: resource.group for resource, operation in BOOK.operations() if operation.row is not None}
    assert set(rows.values()) == GROUPS.keys()
    assert len(GROUPS) == 9
    for resource, operation in BOOK.operations():
        if operation.row is not None:
            first, last = GROUPS[resource.group]
            assert first <= operation.row <= last, f"{resource.plural}.{operation.verb}"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_project_is_found_under_both_spellings(method: str) -> None:
    projects = BOOK.resources["project"]
    operation = next(each for each in projects.operations if each.method == method and each.verb != "list")
    assert set(paths(projects, operation)) == {"project/{id}", "projects/{id}"}


def test_a_project_is_created_under_both_spellings() -> None:
    projects = BOOK.resources["project"]
    create = next(operation for operation in projects.operations if operation.verb == "create")
    assert set(paths(projects, create)) == {"project", "projects"}


def test_every_operation_says_what_it_did_in_words() -> None:
    for resource, operation in BOOK.operations():
        assert re.match(r"[a-z]", operation.phrase), f"{resource.plural}.{operation.verb}"
        assert (operation.risk == 0) == (operation.access == "read"), f"{resource.plural}.{operation.verb}"


def test_nothing_of_the_rows_is_left_to_be_built() -> None:
    assert [f"{resource.plural}.{operation.verb}" for resource, operation in BOOK.operations() if not operation.built] == []
    assert [view.name for view in BOOK.views.values() if not view.built] == []
