"""Lists: paging, order, includes and what is ignored, the same for every list of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bursar.catalogue.change import Change
from bursar.catalogue.links import Balance
from tests.contract.objects import SORTS, changed, line, made
from tests.contract.tables import misplaced, shape
from tests.contract.wire import BOOK, asking, id_of, is_bracketed, listed, paging, path_of, searching, single, those_that
from tests.laws.driving import Watched, over, send

if TYPE_CHECKING:
    from bursar.store.unit import Unit
    from tests.support.tenant import Answer, Tenant

IGNORED = "X-Bursar-Ignored-Fields"
LISTS = [noun for noun in those_that("list") if not BOOK.resources[noun].whole]
FILLED = [noun for noun in LISTS if noun in those_that("create")]
EMPTY = [noun for noun in FILLED if noun != "category"]
HIDDEN = [noun for noun in EMPTY if noun in those_that("update") and "vis_state" in BOOK.resources[noun].record.columns]
SIZES = {"accounting": 15, "events": 15, "projects": 30, "comments": 50, "timetracking": 100}


def fill(server: Tenant, noun: str, number: int) -> list[int]:
    """Make objects and return their ids in the order they were made."""
    sort, found = SORTS[noun], []
    assert sort.plain
    for at in range(number):
        body = sort.plain(server) | ({"name": f"Tax {at}"} if noun == "tax" else {})
        found.append(id_of(noun, made(server, noun, body=body)))
        server.clock.pass_time(seconds=1)
    return found


def size_of(noun: str, number: int) -> int:
    """Return the size of pages nobody asked for, where a list holds so many."""
    return number if BOOK.resources[noun].uncut else SIZES[BOOK.resources[noun].family]


def ask(server: Tenant, noun: str, **query: Any) -> Answer:
    return server.get(path_of(server, noun, "list"), params=query)


def ids(answer: Answer, noun: str) -> list[int]:
    return [id_of(noun, each) for each in listed(answer, noun)]


def refusal_of(server: Tenant, noun: str, **query: Any) -> tuple[int, Any]:
    status, body, _ = ask(server, noun, **query)
    if BOOK.resources[noun].family == "events":
        return status, [detail.partition(":")[0] for detail in body["details"]]
    return status, body["response"]["errors"][0]["errno"] if is_bracketed(noun) else list(body["error"])


@pytest.mark.parametrize("noun", EMPTY)
def test_a_list_of_nothing_has_no_pages(server: Tenant, noun: str) -> None:
    answer = ask(server, noun)
    assert listed(answer, noun) == []
    assert paging(answer, noun) == {"page": 1, "pages": 0, "per_page": size_of(noun, 0), "total": 0}


@pytest.mark.parametrize("noun", EMPTY)
def test_pages_hold_every_object_once_newest_first(server: Tenant, noun: str) -> None:
    made_ids = fill(server, noun, 7)
    assert paging(ask(server, noun), noun) == {"page": 1, "pages": 1, "per_page": size_of(noun, 7), "total": 7}
    pages = [ask(server, noun, page=page, per_page=3) for page in (1, 2, 3)]
    assert [paging(page, noun) for page in pages] == [{"page": at, "pages": 3, "per_page": 3, "total": 7} for at in (1, 2, 3)]
    assert [found for page in pages for found in ids(page, noun)] == made_ids[::-1]
    assert ids(ask(server, noun, page=0, per_page=3), noun) == ids(pages[0], noun)
    assert paging(ask(server, noun, page=0, per_page=3), noun)["page"] == 1
    beyond = ask(server, noun, page=9, per_page=3)
    assert ids(beyond, noun) == []
    assert paging(beyond, noun) == {"page": 9, "pages": 3, "per_page": 3, "total": 7}


def scattered(server: Tenant, numbers: list[int]) -> None:
    """Make items of these ids, far apart as they are where many businesses take theirs from the same sequence."""
    record = BOOK.resources["item"].record

    async def work(unit: Unit) -> None:
        for number in numbers:
            await unit.save(Change(saves=(record.new(id=number, name=f"Item {number}"),)))

    server.place.run(server.application.store.unit(server.business_id, server.identity_id, work))


@pytest.mark.parametrize("per_page", [1, 3, 4, 5, 100])
@pytest.mark.parametrize(("query", "newest_first"), [({}, True), ({"sort": "nonsense"}, False)])
def test_pages_hold_every_object_once_however_far_apart_they_are(
    server: Tenant, per_page: int, query: dict[str, str], newest_first: bool
) -> None:
    numbers = [1, 2, 5, 4094, 4095, 4096, 4097, 8191, 12288, 12300, 12301, 12302, 12303, 16383, 10**6]
    deleted = [5, 4096, 12288, 16383]
    scattered(server, numbers)
    for number in deleted:
        server.change("item", number, vis_state=1)
    left = [number for number in numbers if number not in deleted]
    pages = range(1, -(-len(left) // per_page) + 1)
    found = [ids(ask(server, "item", page=page, per_page=per_page, **query), "item") for page in pages]
    assert [len(page) for page in found[:-1]] == [per_page] * (len(pages) - 1)
    assert [number for page in found for number in page] == (left[::-1] if newest_first else left)
    assert ids(ask(server, "item", page=len(pages) + 1, per_page=per_page), "item") == []


@pytest.mark.parametrize("deleted", [[], [6_000]])
def test_pages_hold_every_object_once_however_close_they_are(server: Tenant, deleted: list[int]) -> None:
    """Ids without a gap are counted by themselves."""
    scattered(server, list(range(4_050, 8_200)))
    for number in deleted:
        server.change("item", number, vis_state=1)
    left = [number for number in range(4_050, 8_200) if number not in deleted]
    for query, expected in (({}, left[::-1]), ({"sort": "nonsense"}, left)):
        found = [ids(ask(server, "item", page=page, per_page=100, **query), "item") for page in range(1, 43)]
        assert [number for page in found for number in page] == expected


@pytest.mark.parametrize("noun", LISTS)
def test_a_page_holds_a_hundred_at_most(server: Tenant, noun: str) -> None:
    for asked in (100, 101, 1_000, 10**12):
        assert paging(ask(server, noun, per_page=asked), noun)["per_page"] == 100


def test_a_hundred_and_one_clients_make_two_pages_of_a_hundred(server: Tenant) -> None:
    made_ids = fill(server, "client", 101)
    assert ids(ask(server, "client"), "client") == made_ids[:-16:-1]
    assert ids(ask(server, "client", per_page=500), "client") == made_ids[:0:-1]
    assert ids(ask(server, "client", per_page=500, page=2), "client") == made_ids[:1]


@pytest.mark.parametrize("noun", LISTS)
def test_what_is_no_page_is_refused(server: Tenant, noun: str) -> None:
    wanted = (1014, 1013) if BOOK.resources[noun].family == "accounting" else (["page"], ["per_page"])
    for value in ("x", "1.5", "", "9" * 30, *(["-1"] if is_bracketed(noun) else [])):
        assert refusal_of(server, noun, page=value) == (422, wanted[0]), value
        assert refusal_of(server, noun, per_page=value) == (422, wanted[1]), value


@pytest.mark.parametrize("noun", [noun for noun in LISTS if not is_bracketed(noun)])
def test_a_page_below_nought_is_the_first_in_a_business_family(server: Tenant, noun: str) -> None:
    assert paging(ask(server, noun, page=-1), noun)["page"] == 1


@pytest.mark.unverified
@pytest.mark.parametrize("noun", [noun for noun in LISTS if not BOOK.resources[noun].steady])
def test_an_unknown_order_is_that_of_ids(server: Tenant, noun: str) -> None:
    if noun in FILLED:
        fill(server, noun, 3)
    for order in ("nonsense", "nonsense_desc", "id", "-nonsense", "updated:asc", ""):
        found = ids(ask(server, noun, sort=order, per_page=100), noun)
        assert found == sorted(found), order


@pytest.mark.parametrize("noun", LISTS)
def test_what_means_nothing_is_ignored_and_named(server: Tenant, noun: str) -> None:
    plain = ask(server, noun)
    unknown = {"include[]": "nonsense", "search[nonsense]": "1", "nonsense": "1", "search": "x"}
    answer = ask(server, noun, **unknown)
    assert (answer[0], answer[1]) == (plain[0], plain[1])
    assert IGNORED not in plain[2]
    assert set(answer[2][IGNORED].split(",")) == set(unknown)


def table_of(noun: str) -> dict[str, Any]:
    return shape(SORTS[noun].shape).table


@pytest.mark.parametrize("noun", [noun for noun in LISTS if "search" in table_of(noun)])
def test_lists_are_searched_by_the_keys_of_their_table(noun: str) -> None:
    keys = {key.partition(" ")[0]: how.startswith("ignored") for how, keys in table_of(noun)["search"].items() for key in keys}
    found = BOOK.resources[noun].filters
    assert [key for key, ignored in keys.items() if (key in found) is ignored] == []


@pytest.mark.parametrize("noun", [noun for noun in LISTS if isinstance(table_of(noun).get("sort"), dict)])
def test_lists_are_ordered_by_the_keys_of_their_table(noun: str) -> None:
    sort, found = table_of(noun)["sort"], BOOK.resources[noun].sorts
    assert [key for key in (*sort.get("honoured", ()), *sort.get("documented", ())) if key not in found] == []
    assert [key for key in sort.get("ignored_live", ()) if key in found] == []


@pytest.mark.parametrize("noun", [noun for noun in LISTS if table_of(noun).get("includes")])
def test_no_include_of_the_table_is_called_ignored(server: Tenant, noun: str) -> None:
    status, _, headers = server.get(path_of(server, noun, "list"), params=asking(noun, table_of(noun)["includes"]))
    assert (status, headers.get(IGNORED)) == (200, None)


ORDERS = [pytest.param(noun, key, column, id=f"{noun} by {key}") for noun in FILLED for key, column in BOOK.resources[noun].sorts.items()]


@pytest.mark.parametrize(("noun", "key", "column"), ORDERS)
def test_a_known_order_is_kept_both_ways_ties_by_id(server: Tenant, noun: str, key: str, column: str) -> None:
    made_ids = fill(server, noun, 4)
    if column == "updated" and noun in those_that("update"):
        other_name = {"name": "Other"} if noun in ("tax", "item") else {"note": "x"}
        changed(server, noun, made_ids[1], other_name | {"notes": "x", "vendor": "x", "description": "x"})
    up, down = (f"{key}_asc", f"{key}_desc") if is_bracketed(noun) else (key, f"-{key}")
    included = asking(noun, [column] if isinstance(BOOK.resources[noun].record.fields.get(column), Balance) else [])
    found = listed(server.get(path_of(server, noun, "list"), params=[("per_page", "100"), *included]), noun)
    things = {id_of(noun, each): each for each in found}
    by_value = sorted(things, key=lambda each: ([things[each][name] or "" for name in column.split()], each))
    assert ids(ask(server, noun, sort=up, per_page=100), noun) == by_value
    assert ids(ask(server, noun, sort=down, per_page=100), noun) == by_value[::-1]
    halves = [ids(ask(server, noun, sort=up, per_page=2, page=page), noun) for page in (1, 2)]
    assert halves[0] + halves[1] == by_value[:4]


@pytest.mark.parametrize("noun", LISTS)
def test_a_list_shows_what_a_get_shows(server: Tenant, noun: str) -> None:
    thing = made(server, noun, full=True)
    object_id = id_of(noun, thing)
    includes = shape(SORTS[noun].shape).includes
    for included in ((), *((each,) for each in includes), includes):
        query = asking(noun, included)
        one = single(server.get(path_of(server, noun, "get", object_id), params=query), noun)
        many = listed(server.get(path_of(server, noun, "list"), params=[("per_page", "100"), *query]), noun)
        listed_one = next(each for each in many if id_of(noun, each) == object_id)
        apart = {*misplaced(SORTS[noun].shape, "one"), *misplaced(SORTS[noun].shape, "list")}
        assert {name: listed_one.get(name) for name in {*listed_one, *one} - apart} == {name: one[name] for name in one.keys() - apart}, (
            included
        )


@pytest.mark.parametrize("noun", HIDDEN)
def test_a_deleted_object_leaves_the_list_and_comes_back(server: Tenant, noun: str) -> None:
    first, second = fill(server, noun, 2)
    assert changed(server, noun, first, {"vis_state": 1})[0] == 200
    assert ids(ask(server, noun), noun) == [second]
    assert paging(ask(server, noun), noun)["total"] == 1
    if "vis_state" in BOOK.resources[noun].filters:
        for state, wanted in ((0, [second]), (1, [first]), (2, [])):
            found = ask(server, noun, **searching(noun, "vis_state", state))
            assert (ids(found, noun), paging(found, noun)["total"]) == (wanted, len(wanted))
    assert changed(server, noun, first, {"vis_state": 0})[0] == 200
    assert ids(ask(server, noun), noun) == [second, first]


@pytest.mark.parametrize("noun", FILLED)
def test_a_page_costs_as_many_statements_whatever_it_holds(server: Tenant, noun: str) -> None:
    watched = Watched(server.place.driver)
    application = over(server, watched)
    everything = [("per_page", "100"), *asking(noun, shape(SORTS[noun].shape).includes)]

    def cost() -> list[str]:
        watched.statements.clear()
        send(server, application, noun, "list", pairs=everything)
        return list(watched.statements)

    for _ in range(2):
        made(server, noun, full=noun not in ("tax", "item"), body=another(server, noun))
    few = cost()
    for _ in range(8):
        made(server, noun, full=noun not in ("tax", "item"), body=another(server, noun))
    assert cost() == few


def another(server: Tenant, noun: str) -> dict[str, Any]:
    """Return a full body that can be sent again and again."""
    sort = SORTS[noun]
    assert sort.plain
    assert sort.full
    if noun in ("tax", "item"):
        return sort.plain(server) | {"name": f"{noun} {server.clock.advance(1_000_000)}"}
    return sort.full(server)


@pytest.mark.parametrize("noun", ["invoice", "estimate"])
@pytest.mark.parametrize("verb", ["create", "update", "get"])
def test_a_document_costs_as_many_statements_whatever_lines_it_has(server: Tenant, noun: str, verb: str) -> None:
    watched = Watched(server.place.driver)
    application = over(server, watched)
    costs = []
    for sending, number in enumerate((1, 1, 60)):  # what every document asks for is known after the first
        body = {"lines": [line(name=f"Line {sending}.{at}") for at in range(number)]}
        sort = SORTS[noun]
        assert sort.plain
        whole = sort.plain(server) | body
        object_id = id_of(noun, made(server, noun, body=whole)) if verb != "create" else 0
        watched.statements.clear()
        sent = {"create": whole, "update": body, "get": None}[verb]
        send(server, application, noun, verb, sent, object_id, pairs=asking(noun, ("lines",)))
        costs.append(len(watched.statements))
    assert costs[1] == costs[2]


@pytest.mark.parametrize("verb", ["create", "get", "list"])
def test_reading_and_writing_cost_the_same_in_a_fuller_business(server: Tenant, verb: str) -> None:
    watched = Watched(server.place.driver)
    application = over(server, watched)
    costs = []
    made(server, "invoice")
    for _ in range(2):
        body = SORTS["invoice"].plain(server)  # type: ignore[misc]  # invoices can be made
        object_id = id_of("invoice", made(server, "invoice")) if verb == "get" else 0
        watched.statements.clear()
        send(server, application, "invoice", verb, body if verb == "create" else None, object_id)
        costs.append(list(watched.statements))
        fill(server, "invoice", 20)
    assert costs[0] == costs[1]
