"""Timers: running, pausing, resuming, logging, throwing away; nobody has two that run (platform section 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.tables import differences
from tests.server.bodies import client
from tests.support.colleague import colleague
from tests.time.asking import NOT_FOUND, at, change, create, events, listed, path, read, refused, remove, whole

if TYPE_CHECKING:
    from tests.support.tenant import Tenant

NO_DURATION = (422, {"duration": "Logged entries must have a duration"})
NOW = "2026-03-10T15:00:00Z"


def start(server: Tenant, started_at: str = NOW, **fields: Any) -> Any:
    """Start a timer and answer its first entry."""
    return create(server, "time_entry", **{"started_at": started_at, "is_logged": False, "duration": None, **fields})


def timers(server: Tenant) -> list[tuple[int, bool, list[int | None]]]:
    """Answer every timer of the caller: id, whether it runs, the durations of its segments."""
    return [(each["id"], each["is_running"], [part["duration"] for part in each["time_entries"]]) for each in listed(server, "timer")]


def segments(server: Tenant, timer: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = next(each["time_entries"] for each in listed(server, "timer") if each["id"] == timer)
    return found


def test_an_unlogged_entry_runs_a_timer(server: Tenant) -> None:
    made = start(server, timer={})
    timer = made["timer"]["id"]
    assert (made["duration"], made["is_logged"], made["timer"]) == (None, False, {"id": timer, "is_running": True})
    assert read(server, "time_entry", made["id"]) == made
    body = whole(server, "timer")
    assert body == {"timers": [{"id": timer, "is_running": True, "time_entries": [made]}]}
    assert [*differences(made, "time_entry"), *differences(body["timers"][0], "timer")] == []
    assert server.get(at(server, "comments", "timers"))[1] == body
    assert listed(server, "time_entry") == []
    assert listed(server, "time_entry", include_unlogged="true") == [made]


@pytest.mark.parametrize("number", [10**30, 2**63, str(10**30), -(10**30)])
def test_an_id_too_large_names_no_timer(server: Tenant, number: Any) -> None:
    made = start(server, timer={"id": number})
    assert timers(server) == [(made["timer"]["id"], True, [None])]


@pytest.mark.unverified
def test_a_second_timer_stops_the_first_and_keeps_it(server: Tenant) -> None:
    first = start(server)
    server.clock.pass_time(seconds=90)
    second = start(server, started_at="2026-03-10T15:01:30Z")
    assert timers(server) == [(second["timer"]["id"], True, [None]), (first["timer"]["id"], False, [90])]
    assert read(server, "time_entry", first["id"])["timer"] == {"id": first["timer"]["id"], "is_running": False}


def test_timers_of_others_go_on(server: Tenant) -> None:
    other = colleague(server)
    theirs, mine = start(other), start(server)
    assert timers(other) == [(theirs["timer"]["id"], True, [None])]
    assert timers(server) == [(mine["timer"]["id"], True, [None])]
    assert [each["id"] for each in listed(server, "timer", team="true")] == [mine["timer"]["id"], theirs["timer"]["id"]]
    taken = server.post(
        path(server, "time_entry"), {"time_entry": {"started_at": NOW, "is_logged": False, "timer": {"id": theirs["timer"]["id"]}}}
    )
    assert refused(taken) == NOT_FOUND


def test_a_timer_is_paused_and_resumed_by_itself(server: Tenant) -> None:
    made = start(server, note="Layout", client_id=client(server))
    timer = made["timer"]["id"]
    server.clock.pass_time(seconds=60)
    paused = change(server, "timer", timer, is_running=False)
    assert (paused["is_running"], [each["duration"] for each in paused["time_entries"]]) == (False, [60])
    server.clock.pass_time(seconds=600)
    resumed = change(server, "timer", timer, is_running=True)
    first, second = resumed["time_entries"]
    assert (resumed["is_running"], first["duration"], second["duration"]) == (True, 60, None)
    assert (second["started_at"], second["note"], second["client_id"]) == ("2026-03-10T15:11:00Z", "Layout", made["client_id"])
    assert second["timer"] == first["timer"] == {"id": timer, "is_running": True}
    server.clock.pass_time(seconds=30)
    assert [each["duration"] for each in change(server, "timer", timer, is_running=False)["time_entries"]] == [60, 30]


def test_resuming_stops_the_other_timer(server: Tenant) -> None:
    first = start(server)["timer"]["id"]
    second = start(server)["timer"]["id"]
    server.clock.pass_time(seconds=5)
    change(server, "timer", first, is_running=True)
    assert timers(server) == [(second, False, [5]), (first, True, [0, None])]


def test_a_segment_can_be_added_by_an_entry_that_names_the_timer(server: Tenant) -> None:
    timer = start(server)["timer"]["id"]
    server.clock.pass_time(seconds=60)
    change(server, "timer", timer, is_running=False)
    server.clock.pass_time(seconds=60)
    added = start(server, started_at="2026-03-10T15:02:00Z", timer={"id": timer})
    assert added["timer"] == {"id": timer, "is_running": True}
    assert timers(server) == [(timer, True, [60, None])]
    again = start(server, started_at="2026-03-10T15:02:30Z", timer={"id": str(timer)})
    assert again["timer"] == {"id": timer, "is_running": True}
    assert timers(server) == [(timer, True, [60, 0, None])]


def test_an_unlogged_entry_with_a_duration_is_a_timer_that_is_paused(server: Tenant) -> None:
    made = start(server, duration=600)
    assert made["timer"]["is_running"] is False
    assert timers(server) == [(made["timer"]["id"], False, [600])]


def test_a_timer_is_logged_with_all_its_segments(server: Tenant) -> None:
    timer = start(server)["timer"]["id"]
    server.clock.pass_time(seconds=60)
    change(server, "timer", timer, is_running=False)
    change(server, "timer", timer, is_running=True)
    parts = [part | {"is_logged": True, "duration": part["duration"] or 45} for part in segments(server, timer)]
    logged = change(server, "timer", timer, time_entries=parts)
    assert (logged["is_running"], [each["duration"] for each in logged["time_entries"]]) == (False, [60, 45])
    assert {(each["is_logged"], each["timer"]) for each in logged["time_entries"]} == {(True, None)}
    assert listed(server, "timer") == []
    assert whole(server, "time_entry")["meta"]["total_logged"] == 105


def test_one_merged_entry_takes_the_place_of_all_segments(server: Tenant) -> None:
    timer = start(server)["timer"]["id"]
    change(server, "timer", timer, is_running=False)
    change(server, "timer", timer, is_running=True)
    first, _ = segments(server, timer)
    merged = first | {"duration": 300, "is_logged": True, "note": "All of it"}
    logged = change(server, "timer", timer, time_entries=[merged])
    assert [(each["id"], each["duration"], each["note"]) for each in logged["time_entries"]] == [(first["id"], 300, "All of it")]
    assert [each["id"] for each in listed(server, "time_entry", include_unlogged="true")] == [first["id"]]
    assert listed(server, "timer") == []


def test_an_entry_without_an_id_is_made(server: Tenant) -> None:
    made = start(server)
    timer = made["timer"]["id"]
    logged = change(server, "timer", timer, time_entries=[{"started_at": NOW, "duration": 120, "is_logged": True, "note": "New"}])
    (entry,) = logged["time_entries"]
    assert (entry["duration"], entry["note"], entry["identity_id"]) == (120, "New", server.identity_id)
    assert entry["id"] != made["id"]
    assert refused(server.get(path(server, "time_entry", made["id"]))) == NOT_FOUND


def test_what_is_logged_alone_leaves_the_timer(server: Tenant) -> None:
    timer = start(server)["timer"]["id"]
    change(server, "timer", timer, is_running=False)
    change(server, "timer", timer, is_running=True)
    first, second = segments(server, timer)
    kept = change(server, "timer", timer, time_entries=[first | {"is_logged": True, "duration": 7}, second])
    assert [each["id"] for each in kept["time_entries"]] == [second["id"]]
    assert timers(server) == [(timer, True, [None])]
    assert listed(server, "time_entry")[0]["duration"] == 7


@pytest.mark.parametrize("duration", [pytest.param(None, id="of the clock"), pytest.param(30, id="that was sent")])
def test_an_entry_stops_its_timer_with_the_duration(server: Tenant, duration: int | None) -> None:
    made = start(server)
    server.clock.pass_time(seconds=90)
    body = {"is_logged": False, "started_at": NOW, "duration": duration, "timer": {"is_running": False}}
    stopped = change(server, "time_entry", made["id"], **body)
    assert (stopped["duration"], stopped["timer"]) == (duration or 90, {"id": made["timer"]["id"], "is_running": False})


def test_logging_the_last_entry_ends_the_timer(server: Tenant) -> None:
    made = start(server)
    server.clock.pass_time(seconds=90)
    logged = change(server, "time_entry", made["id"], is_logged=True, started_at=NOW, duration=None, timer={"is_running": False})
    assert (logged["duration"], logged["timer"]) == (90, None)
    assert listed(server, "timer") == []
    assert refused(server.put(path(server, "timer", made["timer"]["id"]), {"timer": {}})) == NOT_FOUND


def test_logged_work_can_run_again(server: Tenant) -> None:
    made = create(server, "time_entry", started_at=NOW, duration=60)
    running = change(server, "time_entry", made["id"], is_logged=False, started_at=NOW, duration=None)
    assert running["timer"]["is_running"] is True
    assert timers(server) == [(running["timer"]["id"], True, [None])]


def test_a_note_changes_nothing_about_the_clock(server: Tenant) -> None:
    made = start(server)
    changed = change(server, "time_entry", made["id"], is_logged=False, started_at=NOW, duration=None, note="Layout")
    assert changed == made | {"note": "Layout"}


def test_a_timer_is_thrown_away_with_its_segments(server: Tenant) -> None:
    made = start(server)
    timer = made["timer"]["id"]
    remove(server, "timer", timer)
    assert (listed(server, "timer"), listed(server, "time_entry", include_unlogged="true")) == ([], [])
    assert refused(server.get(path(server, "time_entry", made["id"]))) == NOT_FOUND
    assert refused(server.delete(path(server, "timer", timer))) == NOT_FOUND


def test_removing_the_only_segment_ends_the_timer(server: Tenant) -> None:
    made = start(server)
    remove(server, "time_entry", made["id"])
    assert listed(server, "timer") == []
    assert refused(server.delete(path(server, "timer", made["timer"]["id"]))) == NOT_FOUND


@pytest.mark.parametrize(
    ("part", "answer"),
    [
        pytest.param({"id": 4711}, NOT_FOUND, id="an entry of another timer"),
        pytest.param({"client_id": 4711, "started_at": NOW, "duration": 1}, NOT_FOUND, id="no client"),
        pytest.param({"project_id": 4711, "started_at": NOW, "duration": 1}, NOT_FOUND, id="no project"),
        pytest.param({"duration": 1}, (422, {"started_at": "Field required"}), id="a new one without a start"),
        pytest.param(
            {"started_at": NOW, "is_logged": True},
            NO_DURATION,
            id="logged without a duration",
        ),
        pytest.param({"started_at": "soon"}, (422, {"time_entries[0].started_at": "Input should be a valid datetime"}), id="no datetime"),
    ],
)
def test_a_segment_is_refused(server: Tenant, part: dict[str, Any], answer: Any) -> None:
    made = start(server)
    assert refused(server.put(path(server, "timer", made["timer"]["id"]), {"timer": {"time_entries": [part]}})) == answer
    assert segments(server, made["timer"]["id"]) == [made]


def test_what_a_timer_does_to_entries_is_told(server: Tenant) -> None:
    made = start(server)
    timer = made["timer"]["id"]
    server.clock.pass_time(seconds=60)
    change(server, "timer", timer, is_running=False)
    change(server, "timer", timer, is_running=True)
    second = segments(server, timer)[1]["id"]
    remove(server, "timer", timer)
    assert events(server) == [
        ("time_entry.create", made["id"]),
        ("time_entry.update", made["id"]),
        ("time_entry.create", second),
        ("time_entry.delete", made["id"]),
        ("time_entry.delete", second),
    ]
