"""Time entries: logging, changing by replacing, finding, removing (platform section 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.tables import differences
from tests.server.bodies import client
from tests.support.colleague import colleague, without_accounts
from tests.time.asking import NOT_FOUND, at, change, create, events, listed, path, read, refused, remove, whole

if TYPE_CHECKING:
    from tests.support.tenant import Tenant

START = "2026-03-10T14:00:00Z"


NO_DATETIME = (422, {"started_at": "Input should be a valid datetime"})
PAGING = ("total", "per_page", "page", "pages")


def log(server: Tenant, seconds: Any = 3600, started_at: Any = START, **fields: Any) -> Any:
    return create(server, "time_entry", **{"started_at": started_at, "duration": seconds, **fields})


def put(server: Tenant, entry: dict[str, Any], **fields: Any) -> Any:
    """Send a PUT with what every one must have, and some fields."""
    body = {name: entry[name] for name in ("is_logged", "duration", "started_at")} | fields
    return server.put(path(server, "time_entry", entry["id"]), {"time_entry": body})


def test_an_entry_is_as_its_table_says(server: Tenant) -> None:
    made = log(server)
    shown = [made, read(server, "time_entry", made["id"]), *listed(server, "time_entry"), put(server, made)[1]["time_entry"]]
    assert [text for each in shown for text in differences(each, "time_entry")] == []
    assert shown[1] == made
    assert (made["identity_id"], made["internal"], made["timer"], made["billed"]) == (server.identity_id, True, None, False)


def test_an_entry_keeps_what_it_was_given(server: Tenant) -> None:
    customer, project, service = client(server), create(server, "project", title="Website"), create(server, "service", name="Design")
    sent = {
        "client_id": customer,
        "project_id": project["id"],
        "service_id": service["id"],
        "task_id": read(server, "service", service["id"], include_task_id="true")["task_id"],
        "note": "Layout, Zürich",
        "billable": False,
        "billed": True,
        "pending_client": "Acme",
        "pending_project": "Next",
        "pending_task": "More",
        "duration": 5400,
        "retainer_id": None,
    }
    made = log(server, **sent)
    assert {name: made[name] for name in sent} == sent
    assert made["internal"] is False


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        pytest.param("2026-03-10T14:00:00Z", START, id="as it is shown"),
        pytest.param("2026-03-10T14:00:00.000Z", START, id="with thousandths"),
        pytest.param("2026-03-10T10:00:00-04:00", START, id="with an offset"),
        pytest.param("2026-03-10T14:00:00", START, id="without a letter: UTC"),
        pytest.param("2026-03-10 14:00:00", START, id="with a blank"),
    ],
)
def test_a_start_is_read(server: Tenant, sent: str, shown: str) -> None:
    assert log(server, started_at=sent)["started_at"] == shown


@pytest.mark.parametrize(
    ("started_at", "zone", "local"),
    [
        pytest.param("2026-07-04T18:30:00Z", "America/Toronto", "2026-07-04T14:30:00", id="summer"),
        pytest.param("2026-01-15T18:30:00Z", "America/Toronto", "2026-01-15T13:30:00", id="winter"),
        pytest.param("2026-03-10T23:30:00Z", "Asia/Tokyo", "2026-03-11T08:30:00", id="the next day"),
        pytest.param("2026-03-10T14:00:00Z", None, "2026-03-10T10:00:00", id="no zone: that of the business"),
    ],
)
def test_the_local_start_follows_the_zone(server: Tenant, started_at: str, zone: str | None, local: str) -> None:
    made = log(server, started_at=started_at, local_timezone=zone)
    assert (made["local_started_at"], made["local_timezone"]) == (local, zone or "America/Toronto")
    found = whole(server, "time_entry")["meta"]["total_logged_per_team_member"][0]["total_logged_per_day"]
    assert [each["date"] for each in found] == [local[:10]]


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        pytest.param({"duration": 60}, (422, {"started_at": "Field required"}), id="no start"),
        pytest.param({"started_at": START}, (422, {"duration": "Logged entries must have a duration"}), id="no duration"),
        pytest.param(
            {"started_at": START, "duration": None, "is_logged": True},
            (422, {"duration": "Logged entries must have a duration"}),
            id="a duration of null",
        ),
        pytest.param({"started_at": "2026-03-10", "duration": 60}, NO_DATETIME, id="a bare day"),
        pytest.param({"started_at": "now", "duration": 60}, NO_DATETIME, id="no datetime"),
        pytest.param({"started_at": START, "duration": -1}, (422, {"duration": "Input should be a valid value"}), id="less than no time"),
        pytest.param({"started_at": START, "duration": "long"}, (422, {"duration": "Input should be a valid integer"}), id="no seconds"),
        pytest.param(
            {"started_at": START, "duration": 60, "local_timezone": "Mars/Base"},
            (422, {"local_timezone": "Input should be a valid value"}),
            id="a zone nobody knows",
        ),
        pytest.param({"started_at": START, "duration": 60, "client_id": 4711}, NOT_FOUND, id="no client"),
        pytest.param({"started_at": START, "duration": 60, "project_id": 4711}, NOT_FOUND, id="no project"),
        pytest.param({"started_at": START, "duration": 60, "service_id": 4711}, NOT_FOUND, id="no service"),
        pytest.param({"started_at": START, "duration": 60, "identity_id": 4711}, NOT_FOUND, id="a stranger"),
    ],
)
def test_an_entry_is_refused(server: Tenant, sent: dict[str, Any], answer: Any) -> None:
    assert refused(server.post(path(server, "time_entry"), {"time_entry": sent})) == answer
    assert listed(server, "time_entry") == []


def test_a_put_replaces_the_entry_and_empties_what_it_leaves_out(server: Tenant) -> None:
    links = {"client_id": client(server), "project_id": create(server, "project", title="Website")["id"]}
    service = create(server, "service", name="Design")
    links |= {"service_id": service["id"], "task_id": read(server, "service", service["id"], include_task_id="true")["task_id"]}
    texts = {"note": "Layout", "pending_client": "A", "pending_project": "B", "pending_task": "C"}
    kept = {"billable": False, "billed": True, "internal": True, "local_timezone": "Europe/Zurich"}
    made = log(server, **links, **texts, **kept)
    status, body, _ = put(server, made, duration=1800)
    assert status == 200
    emptied = dict.fromkeys((*links, *texts))
    assert body["time_entry"] == made | emptied | {"duration": 1800}


def test_a_put_can_be_told_to_merge(server: Tenant) -> None:
    merging = server.under(wire={"time_entry_put": "merge"})
    made = log(merging, note="Layout", client_id=client(server))
    assert change(merging, "time_entry", made["id"], duration=60) == made | {"duration": 60}
    assert change(merging, "time_entry", made["id"], started_at=None, note=None) == made | {"duration": 60, "note": None}


@pytest.mark.parametrize("name", ["is_logged", "duration", "started_at"])
def test_a_put_must_bring(server: Tenant, name: str) -> None:
    made = log(server)
    body = {each: made[each] for each in ("is_logged", "duration", "started_at") if each != name}
    assert refused(server.put(path(server, "time_entry", made["id"]), {"time_entry": body})) == (422, {name: "Field required"})


def test_a_start_of_null_is_refused_on_a_put(server: Tenant) -> None:
    made = log(server)
    assert refused(put(server, made, started_at=None)) == (422, {"started_at": "Field required"})


def test_sending_back_what_was_read_changes_nothing(server: Tenant) -> None:
    made = log(server, client_id=client(server), note="Layout")
    status, body, headers = server.put(path(server, "time_entry", made["id"]), {"time_entry": made})
    assert (status, body["time_entry"]) == (200, made)
    assert set(headers["X-Bursar-Ignored-Fields"].split(",")) == {"created_at", "id", "local_started_at"}


def test_a_removed_entry_comes_back_only_where_deleted_ones_are_asked_for(server: Tenant) -> None:
    kept, gone = log(server, 60)["id"], log(server, 600)["id"]
    remove(server, "time_entry", gone)
    where = path(server, "time_entry", gone)
    assert refused(server.get(where)) == NOT_FOUND
    assert refused(server.delete(where)) == NOT_FOUND
    assert refused(server.put(where, {"time_entry": {"is_logged": True, "duration": 1, "started_at": START}})) == NOT_FOUND
    assert [each["id"] for each in listed(server, "time_entry")] == [kept]
    assert [(each["id"], each["active"]) for each in listed(server, "time_entry", include_deleted=1)] == [(gone, False), (kept, True)]


def test_entries_are_listed_newest_first_whatever_is_asked(server: Tenant) -> None:
    made = [log(server, 60, f"2026-03-0{day}T14:00:00Z")["id"] for day in (3, 1, 2)]
    for query in ({}, {"sort": "started_at"}, {"sort": "-started_at"}, {"sort": "duration"}):
        assert [each["id"] for each in listed(server, "time_entry", **query)] == made[::-1]


def test_a_list_is_whole_while_nobody_asks_for_pages(server: Tenant) -> None:
    empty = whole(server, "time_entry")
    assert (empty["time_entries"], [empty["meta"][name] for name in PAGING]) == ([], [0, 0, 1, 0])
    for _ in range(42):
        log(server, 60)
    found = whole(server, "time_entry")
    assert len(found["time_entries"]) == 42
    assert [found["meta"][name] for name in PAGING] == [42, 42, 1, 1]
    found = whole(server, "time_entry", per_page=40, page=2)
    assert len(found["time_entries"]) == 2
    assert [found["meta"][name] for name in PAGING] == [42, 40, 2, 2]


def test_beyond_a_hundred_a_list_has_pages(server: Tenant) -> None:
    for _ in range(101):
        log(server, 60)
    found = whole(server, "time_entry")
    assert len(found["time_entries"]) == 100
    assert {name: found["meta"][name] for name in ("total", "per_page", "page", "pages")} == {
        "total": 101,
        "per_page": 100,
        "page": 1,
        "pages": 2,
    }
    assert found["meta"]["total_logged"] == 101 * 60
    assert len(listed(server, "time_entry", page=2)) == 1


@pytest.fixture
def week(server: Tenant) -> dict[str, Any]:
    """Entries of a week, by name, with the client and the project some are for."""
    customer, project = client(server), create(server, "project", title="Website")["id"]
    made = {
        "monday": log(server, 3600, "2026-03-02T14:00:00Z", client_id=customer, project_id=project),
        "tuesday": log(server, 1800, "2026-03-03T14:00:00Z", client_id=customer, billable=False),
        "friday": log(server, 900, "2026-03-06T23:59:59Z", billed=True),
        "running": create(server, "time_entry", started_at="2026-03-06T14:00:00Z", is_logged=False),
    }
    gone = log(server, 60, "2026-03-04T14:00:00Z")["id"]
    remove(server, "time_entry", gone)
    names = {entry["id"]: name for name, entry in made.items()} | {gone: "deleted"}
    return {"names": names, "client_id": customer, "project_id": project}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param({}, ["friday", "tuesday", "monday"], id="nothing"),
        pytest.param({"include_unlogged": "true"}, ["running", "friday", "tuesday", "monday"], id="with what runs"),
        pytest.param({"include_deleted": "1"}, ["deleted", "friday", "tuesday", "monday"], id="with what is deleted"),
        pytest.param(
            {"include_deleted": "True", "include_unlogged": "True"}, ["deleted", "running", "friday", "tuesday", "monday"], id="with both"
        ),
        pytest.param({"billable": "false"}, ["tuesday"], id="not billable"),
        pytest.param({"billed": "true"}, ["friday"], id="billed"),
        pytest.param({"billed": "0", "billable": "1"}, ["monday"], id="to be billed"),
        pytest.param({"started_from": "2026-03-03T14:00:00Z"}, ["friday", "tuesday"], id="from a moment on, with it"),
        pytest.param({"started_from": "2026-03-03T16:00:00+02:00"}, ["friday", "tuesday"], id="from a moment with an offset"),
        pytest.param({"started_from": "2026-03-03T16:00:00.5 02:00"}, ["friday"], id="with a plus that was not encoded"),
        pytest.param({"started_to": "2026-03-03T14:00:00Z"}, ["tuesday", "monday"], id="up to a moment, with it"),
        pytest.param({"started_to": "2026-03-03T13:59:59Z"}, ["monday"], id="up to a moment before"),
        pytest.param({"started_from": "2026-03-03", "started_to": "2026-03-06"}, ["friday", "tuesday"], id="between days, both whole"),
        pytest.param({"updated_since": "2026-03-10T15:00:00Z"}, ["friday", "tuesday", "monday"], id="changed since now"),
        pytest.param({"updated_since": "2026-03-10T15:00:01Z"}, [], id="changed later"),
        pytest.param({"team": "true"}, ["friday", "tuesday", "monday"], id="everybody's"),
        pytest.param({"identity_id": 4711}, [], id="a stranger's"),
        pytest.param({"note": "x", "search[billed]": "true"}, ["friday", "tuesday", "monday"], id="what means nothing"),
    ],
)
def test_entries_are_found_by(server: Tenant, week: dict[str, Any], query: dict[str, Any], expected: list[str]) -> None:
    found = whole(server, "time_entry", **query)
    assert [week["names"][each["id"]] for each in found["time_entries"]] == expected
    assert found["meta"]["total"] == len(expected)


def test_entries_are_found_by_client_and_project(server: Tenant, week: dict[str, Any]) -> None:
    def names(**query: Any) -> list[str]:
        return [week["names"][each["id"]] for each in listed(server, "time_entry", **query)]

    assert names(client_id=week["client_id"]) == ["tuesday", "monday"]
    assert names(project_id=week["project_id"]) == ["monday"]
    assert names(client_id=week["client_id"], started_from="2026-03-03") == ["tuesday"]


def test_without_team_a_list_holds_the_caller_s_own_entries(server: Tenant) -> None:
    other = colleague(server)
    mine, theirs = log(server, 60)["id"], log(other, 600)["id"]
    for_them = log(server, 30, identity_id=other.identity_id)
    assert for_them["identity_id"] == other.identity_id
    assert [each["id"] for each in listed(server, "time_entry")] == [mine]
    assert [each["id"] for each in listed(other, "time_entry")] == [for_them["id"], theirs]
    assert [each["id"] for each in listed(server, "time_entry", team="true")] == [for_them["id"], theirs, mine]
    assert [each["id"] for each in listed(server, "time_entry", identity_id=other.identity_id)] == [for_them["id"], theirs]
    assert whole(server, "time_entry")["meta"]["total_logged"] == 60


def test_an_entry_can_be_made_below_comments_too(server: Tenant) -> None:
    status, body, _ = server.post(at(server, "comments", "time_entries"), {"time_entry": {"started_at": START, "duration": 60}})
    assert (status, body.keys()) == (200, {"time_entry"})
    assert read(server, "time_entry", body["time_entry"]["id"]) == body["time_entry"]


def test_a_bad_filter_is_named(server: Tenant) -> None:
    for name, value in (("started_from", "then"), ("billed", "maybe"), ("client_id", "me"), ("page", "one")):
        status, text = refused(server.get(path(server, "time_entry"), params={name: value}))
        assert (status, list(text)) == (422, [name])


def test_a_deleted_client_gets_no_new_time(server: Tenant) -> None:
    customer = client(server)
    made = log(server, client_id=customer)
    server.change("client", customer, vis_state=1)
    answer = server.post(path(server, "time_entry"), {"time_entry": {"started_at": START, "duration": 60, "client_id": customer}})
    assert refused(answer) == (422, {"client_id": "Object has been deleted"})
    assert put(server, made, client_id=customer, duration=60)[0] == 200


def test_entries_have_events(server: Tenant) -> None:
    made = log(server)
    put(server, made, duration=60)
    remove(server, "time_entry", made["id"])
    assert events(server) == [(f"time_entry.{verb}", made["id"]) for verb in ("create", "update", "delete")]


def test_time_is_tracked_in_a_business_without_an_accounting_account(server: Tenant) -> None:
    business = without_accounts(server)
    me = business.get("/auth/api/v1/users/me")[1]["response"]
    assert me["business_memberships"][0]["business"]["account_id"] is None
    service = create(business, "service", name="Design")["id"]
    project = create(business, "project", title="Website", services=[{"id": service}])["id"]
    made = log(business, project_id=project, service_id=service)
    assert put(business, made, project_id=project, duration=60)[1]["time_entry"]["duration"] == 60
    assert whole(business, "time_entry")["meta"]["total_logged"] == 60
    create(business, "time_entry", started_at=START, is_logged=False)
    assert len(listed(business, "timer")) == 1
    remove(business, "time_entry", made["id"])
    remove(business, "project", project)
    remove(business, "service", service)
