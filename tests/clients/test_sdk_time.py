"""The official SDK with time entries: logging, replacing, finding, billing, and timers beside it, which it does not know."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from freshbooks import FilterBuilder, PaginateBuilder

from tests.clients.methods import calls
from tests.clients.program import just_now, price, refusal

if TYPE_CHECKING:
    from tests.clients.program import Program

START = "2026-03-09T14:00:00Z"
EVERY = {"is_logged": True, "started_at": START}
"""What every PUT must bring beside the duration."""


def of(client_id: int) -> FilterBuilder:
    """Narrow a list to one client."""
    narrowed = FilterBuilder()
    narrowed.equals("client_id", client_id)
    return narrowed


@calls("time_entries.create", "time_entries.get")
def test_an_entry(program: Program) -> None:
    client, service = program.client(), program.sdk.services.create(program.business, {"name": "Editing"})
    project = program.project(client_id=client.id)
    sent: dict[str, Any] = {
        "started_at": "2026-03-09T14:30:00Z",
        "duration": 5400,
        "client_id": client.id,
        "project_id": project.id,
        "service_id": service.id,
        "note": "Proofs, second round",
        "billable": True,
    }
    entry = program.sdk.time_entries.create(program.business, sent)
    assert {name: entry.data[name] for name in sent} == sent
    assert entry.started_at == datetime(2026, 3, 9, 14, 30, tzinfo=UTC)
    assert (entry.data["local_started_at"], entry.local_timezone) == ("2026-03-09T10:30:00", "America/Toronto")
    assert just_now(entry.created_at)
    assert (entry.identity_id, entry.is_logged, entry.billed, entry.active) == (program.sdk.current_user().id, True, False, True)
    assert (entry.internal, entry.timer, entry.task_id) == (False, None, None)
    assert program.sdk.time_entries.get(program.business, entry.id).data == entry.data


@calls("time_entries.create")
def test_an_entry_for_nobody_is_internal(program: Program) -> None:
    entry = program.log(60)
    assert (entry.internal, entry.client_id, entry.project_id) == (True, None, None)


@calls("time_entries.update", "time_entries.get")
def test_an_update_replaces_the_entry(program: Program) -> None:
    client = program.client()
    entry = program.log(client_id=client.id, project_id=program.project(client_id=client.id).id, note="Layout", billable=False)
    changed = program.sdk.time_entries.update(program.business, entry.id, {**EVERY, "duration": 1800})
    assert (changed.duration, changed.client_id, changed.project_id, changed.note) == (1800, None, None, None)
    assert (changed.billable, changed.identity_id, changed.internal) == (False, entry.identity_id, False)
    assert program.sdk.time_entries.get(program.business, entry.id).data == changed.data
    whole = program.sdk.time_entries.update(program.business, entry.id, {**changed.data, "client_id": client.id, "note": "Back"})
    assert whole.data == changed.data | {"client_id": client.id, "note": "Back"}


@calls("time_entries.update")
@pytest.mark.parametrize(
    ("missing", "message"),
    [
        pytest.param({"started_at": START, "duration": 60}, "Error: is_logged Field required", id="is_logged"),
        pytest.param({"is_logged": True, "started_at": START}, "Error: duration Field required", id="duration"),
        pytest.param({"is_logged": True, "duration": 60}, "Error: started_at Field required", id="started_at"),
    ],
)
def test_an_update_needs(program: Program, missing: dict[str, Any], message: str) -> None:
    entry = program.log()
    refused = refusal(lambda: program.sdk.time_entries.update(program.business, entry.id, missing))
    assert (refused.status, refused.code, refused.message) == (422, 2001, message)


@calls("time_entries.list")
def test_a_list_is_whole_and_tells_the_seconds_of_all(program: Program) -> None:
    client = program.client()
    projects = [program.project(client_id=client.id).id, None]
    logged = [
        program.log(seconds, client_id=client.id, project_id=project, billable=billable, started_at=started_at).id
        for seconds, project, billable, started_at in (
            (600, projects[0], True, "2026-03-02T14:00:00Z"),
            (1200, projects[0], False, "2026-03-03T03:00:00Z"),
            (1800, projects[1], True, "2026-03-03T14:00:00Z"),
        )
    ]
    whole = program.sdk.time_entries.list(program.business, [of(client.id)])
    assert [each.id for each in whole] == logged[::-1]
    assert (whole.pages.page, whole.pages.pages, whole.pages.per_page, whole.pages.total) == (1, 1, 3, 3)
    me = program.sdk.current_user().id
    totals = {
        "total_logged": 3600,
        "total_unbilled": 2400,
        "total_logged_per_team_member": [
            {
                "identity_id": me,
                "total_logged": 3600,
                "total_logged_per_client": [
                    {
                        "client_id": client.id,
                        "total_logged": 3600,
                        "total_logged_per_project": [
                            {"project_id": None, "total_logged": 1800},
                            {"project_id": projects[0], "total_logged": 1800},
                        ],
                    }
                ],
                "total_logged_per_day": [
                    {"date": day, "total_logged": seconds, "total_logged_per_client": [{"client_id": client.id, "total_logged": seconds}]}
                    for day, seconds in (("2026-03-02", 1800), ("2026-03-03", 1800))
                ],
            }
        ],
        "total_logged_per_client": [
            {
                "client_id": client.id,
                "total_logged": 3600,
                "total_logged_per_team_member": [{"identity_id": me, "total_logged": 3600}],
            }
        ],
    }
    assert whole.data["meta"] == totals | {"total": 3, "per_page": 3, "page": 1, "pages": 1}
    page = program.sdk.time_entries.list(program.business, [of(client.id), PaginateBuilder(2, 2)])
    assert [each.id for each in page] == logged[:1]
    assert page.data["meta"] == totals | {"total": 3, "per_page": 2, "page": 2, "pages": 2}


@calls("time_entries.list")
@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        pytest.param(lambda each: each.boolean("billed", value=True), ["by hand"], id="billed"),
        pytest.param(lambda each: each.boolean("billable", value=False), ["free"], id="not billable"),
        pytest.param(lambda each: each.date_time("started_from", datetime(2026, 3, 3, 14, tzinfo=UTC)), ["by hand", "free"], id="from"),
        pytest.param(lambda each: each.date_time("started_to", "2026-03-03T13:59:59Z"), ["first"], id="up to"),
        pytest.param(lambda each: each.date_time("updated_since", "2090-01-01"), [], id="changed since"),
        pytest.param(lambda each: each.boolean("include_unlogged", value=True), ["running", "by hand", "free", "first"], id="what runs"),
        pytest.param(lambda each: each.boolean("include_deleted", value=True), ["gone", "by hand", "free", "first"], id="what is deleted"),
        pytest.param(lambda each: each.boolean("team", value=True), ["by hand", "free", "first"], id="everybody's"),
    ],
)
def test_entries_are_found_by(program: Program, narrowed: Any, expected: list[str]) -> None:
    client = program.client().id
    program.log(client_id=client, note="first", started_at="2026-03-02T14:00:00Z")
    program.log(client_id=client, note="free", billable=False, started_at="2026-03-03T14:00:00Z")
    program.log(client_id=client, note="by hand", billed=True, started_at="2026-03-04T14:00:00Z")
    gone = program.log(client_id=client, note="gone")
    program.sdk.time_entries.delete(program.business, gone.id)
    timer = {"started_at": START, "is_logged": False, "duration": None, "client_id": client, "note": "running"}
    program.sdk.time_entries.create(program.business, timer)
    assert [each.note for each in program.sdk.time_entries.list(program.business, [narrowed(of(client))])] == expected


@calls("time_entries.delete", "time_entries.get", "time_entries.list")
def test_a_deleted_entry_is_gone(program: Program) -> None:
    client = program.client()
    entry = program.log(client_id=client.id)
    assert program.sdk.time_entries.delete(program.business, entry.id).data == {}
    for call in (
        lambda: program.sdk.time_entries.get(program.business, entry.id),
        lambda: program.sdk.time_entries.update(program.business, entry.id, {**EVERY, "duration": 1}),
        lambda: program.sdk.time_entries.delete(program.business, entry.id),
    ):
        refused = refusal(call)
        assert (refused.status, refused.message) == (404, "Requested resource could not be found.")
    empty = program.sdk.time_entries.list(program.business, [of(client.id)])
    assert (len(empty), empty.pages.total, empty.pages.pages) == (0, 0, 0)


@calls("time_entries.create")
@pytest.mark.parametrize(
    ("sent", "status", "message"),
    [
        pytest.param({"duration": 60}, 422, "Error: started_at Field required", id="without a start"),
        pytest.param({"started_at": START}, 422, "Error: duration Logged entries must have a duration", id="without a duration"),
        pytest.param(
            {"started_at": "2026-03-09", "duration": 60}, 422, "Error: started_at Input should be a valid datetime", id="with a bare day"
        ),
        pytest.param(
            {"started_at": START, "duration": 60, "project_id": 999_999_999},
            404,
            "Requested resource could not be found.",
            id="for a project that is none",
        ),
    ],
)
def test_entries_refused(program: Program, sent: dict[str, Any], status: int, message: str) -> None:
    refused = refusal(lambda: program.sdk.time_entries.create(program.business, sent))
    assert (refused.status, refused.message) == (status, message)


@calls("time_entries.create", "projects.update")
def test_an_archived_project_takes_no_new_time(program: Program) -> None:
    project = program.project()
    program.sdk.projects.update(program.business, project.id, {"title": "Done", "complete": True})
    refused = refusal(lambda: program.log(project_id=project.id))
    assert (refused.status, refused.message) == (422, "Error: project_id The project is archived.")


@calls("invoices.create", "invoices.delete", "time_entries.get", "time_entries.update", "time_entries.delete", "time_entries.list")
def test_time_on_an_invoice_is_billed_until_the_invoice_goes(program: Program) -> None:
    client = program.client()
    entry, other = (program.log(seconds, client_id=client.id) for seconds in (9840, 600))
    line = {"name": "Work", "unit_cost": price("95.00"), "modern_time_entries": [{"id": entry.id}]}
    invoice = program.invoice(client.id, lines=[line])
    assert invoice.amount.data == price("259.35"), "TIME-01"

    def unbilled() -> tuple[list[int], int]:
        narrowed = of(client.id)
        narrowed.boolean("billed", value=False)
        found = program.sdk.time_entries.list(program.business, [narrowed])
        return [each.id for each in found], found.data["meta"]["total_unbilled"]

    assert program.sdk.time_entries.get(program.business, entry.id).billed is True
    assert unbilled() == ([other.id], 600), "TIME-04"
    for call in (
        lambda: program.sdk.time_entries.update(program.business, entry.id, {**EVERY, "duration": 60}),
        lambda: program.sdk.time_entries.delete(program.business, entry.id),
    ):
        refused = refusal(call)
        assert (refused.status, refused.code, refused.message) == (422, 2001, "Error: billed Entry is on an invoice.")
    twice = refusal(lambda: program.invoice(client.id, lines=[line]))
    assert (twice.status, twice.code, twice.field) == (422, 1004, "modern_time_entries")
    program.sdk.invoices.delete(program.account, invoice.id)
    assert unbilled() == ([other.id, entry.id], 10_440), "TIME-05"


@calls("time_entries.create", "time_entries.get", "time_entries.update")
def test_a_timer_runs_from_an_entry_to_the_next(program: Program) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    started = {"started_at": now.isoformat(), "is_logged": False, "duration": None, "timer": {}}
    first = program.sdk.time_entries.create(program.business, started | {"note": "First"})
    assert (first.duration, first.timer.is_running, first.started_at) == (None, True, now)
    second = program.sdk.time_entries.create(program.business, started | {"note": "Second"})
    assert program.sdk.time_entries.get(program.business, first.id).timer.data == {"id": first.timer.id, "is_running": False}
    timers = program.running.send("GET", f"/timetracking/business/{program.business}/timers").json()["timers"]
    assert [(each["id"], each["is_running"]) for each in timers][:2] == [(second.timer.id, True), (first.timer.id, False)]
    assert timers[0]["time_entries"] == [second.data]
    assert program.running.send("GET", f"/comments/business/{program.business}/timers").json()["timers"] == timers
    logged = {"started_at": second.data["started_at"], "is_logged": True, "duration": 1500, "note": "Second"}
    done = program.sdk.time_entries.update(program.business, second.id, logged)
    assert (done.duration, done.is_logged, done.timer) == (1500, True, None)
    gone = program.running.send("DELETE", f"/comments/business/{program.business}/timers/{first.timer.id}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert refusal(lambda: program.sdk.time_entries.get(program.business, first.id)).status == 404
