"""Time entries: hours worked, or the segments of a timer that runs (platform section 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bursar.catalogue import Record, Resource, op
from bursar.catalogue import fields as f
from bursar.catalogue import filters as s
from bursar.catalogue.totals import Sum, Tally, Totals
from bursar.domain.instants import local
from bursar.domain.when import row
from bursar.errors import Kind
from bursar.resources.time_totals import totals
from bursar.resources.tracking import Logging, Removing, amend, discard, track

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_S = 10 * 366 * 86_400
EMPTIED = ("client_id", "project_id", "service_id", "task_id", "pending_client", "pending_project", "pending_task", "retainer_id", "note")

on_invoice = row.invoiceid != None  # noqa: E711 - a condition is written, not a truth asked
logged = (row.active == 1) & (row.is_logged == 1)
to_bill = logged & (row.billable == 1) & (row.billed == 0)


def local_start(started_us: int, zone: str | None) -> str | None:
    """Return ``started_at`` in the entry's own time zone, without a zone letter."""
    return local(started_us, zone) if zone else None


class Start(f.Instant):
    """When an entry started: a moment, not a bare day."""

    def parse(self, raw: Any) -> Any:
        """Return the moment; raises NOT_A_DATETIME."""
        if isinstance(raw, str) and len(raw.strip()) <= len("2027-03-01"):
            raise self.wrong(raw, Kind.NOT_A_DATETIME)
        return super().parse(raw)


class TimerLink(f.Joined):
    """The timer an unlogged entry is a segment of; a body may name one, or say whether it runs."""

    def __init__(self, **options: Any) -> None:
        shape = {"type": "object", "properties": {"id": {"type": "integer"}, "is_running": {"type": "boolean"}}}
        super().__init__("timer", by="timer_id", of=("id", "is_running"), through=timer_of, shape=shape, **options)

    def shows(self, column: Callable[[str], str]) -> str:
        """Return the text that shows it: nothing for a logged entry."""
        return f"(None if {column('is_logged')} else {super().shows(column)})"

    def parse(self, raw: Any) -> Any:
        """Return what was asked of the timer; it lands in ``asked``."""
        if raw is not None and not isinstance(raw, dict):
            raise self.wrong(raw, Kind.WRONG_TYPE)
        return raw


def timer_of(number: int | None, running: int | None) -> dict[str, Any] | None:
    """Return a timer as its entries show it."""
    return None if number is None else {"id": number, "is_running": running == 1}


class TimeEntry(Record, noun="time_entry", table="time_entries"):
    """One entry; ``duration`` is in seconds, null while it runs. A deleted one is kept, not ``active``."""

    indexes = (
        ("identity_id", "client_id", "project_id", "local_day", "active", "is_logged", "billable", "billed", "started_at", "duration"),
        ("project_id", "billed", "billable", "is_logged", "active"),
    )

    active = f.Flag(default=True)
    billable = f.Flag(default=True)
    billed = f.Flag()
    client_id = f.Ref("client", none=None)
    created_at = f.Instant("iso_z", auto="create")
    duration = f.Int(nullable=True, least=0, most=LONGEST_S)
    id = f.Id(auto="create")
    identity_id = f.Int(indexed=True)
    internal = f.Flag()
    invoiceid = f.Ref("invoice", none=None, writable=False, shown=False)
    is_logged = f.Flag(default=True)
    local_day = f.Text(writable=False, shown=False)
    local_started_at = f.Computed(("started_at", "local_timezone"), local_start, {"type": "string"}, nullable=True)
    local_timezone = f.Text(nullable=True)
    note = f.Text(nullable=True, most=65_535)
    pending_client = f.Text(nullable=True)
    pending_project = f.Text(nullable=True)
    pending_task = f.Text(nullable=True)
    project_id = f.Ref("project", none=None)
    retainer_id = f.Int(nullable=True)
    service_id = f.Ref("service", none=None, indexed=False)
    started_at = Start("iso_z", required=True, writable=True, indexed=True)
    task_id = f.Ref("task", none=None, indexed=False)
    timer = TimerLink(nullable=True, writable=True)
    timer_id = f.Ref("timer", none=None, writable=False, shown=False)
    updated = f.Instant("iso_z", auto="save", shown=False, indexed=True)


BY_PROJECT = Tally(("identity_id", "client_id", "project_id"), (Sum("duration"), Sum("duration", to_bill)))
BY_DAY = Tally(("identity_id", "local_day", "client_id"), (Sum("duration"),))
TIME_ENTRIES = Resource(
    record=TimeEntry,
    plural="time_entries",
    group="Time Tracking",
    family="timetracking",
    path="time_entries",
    elsewhere=("comments",),
    scope="user:time_entries",
    soft=False,
    gone=row.active == 0,
    uncut=True,
    steady=True,
    own=("identity_id", "team"),
    switches={"include_deleted": row.active == 0, "include_unlogged": row.is_logged == 0, "team": None},
    totals=Totals((BY_PROJECT, BY_DAY), totals, frozenset({"duration", "identity_id", "client_id", "project_id", "started_at"})),
    filters=s.eq("active", "billable", "billed", "client_id", "identity_id", "project_id", "service_id", "task_id")
    | s.since(started_from="started_at", updated_since="updated")
    | s.until(started_to="started_at"),
    operations=(
        op.list_("listed time entries", row=31),
        op.get("looked at a time entry of {duration} seconds", row=32),
        op.create("logged {duration} seconds of work", row=33, event="time_entry.create", decide=track, facts=Logging),
        op.replacing(
            op.needing(
                op.update("changed a time entry to {duration} seconds", row=34, event="time_entry.update", decide=amend, facts=Logging),
                "is_logged",
                "duration",
                "started_at",
            ),
            *EMPTIED,
        ),
        op.delete("deleted a time entry of {duration} seconds", row=35, event="time_entry.delete", decide=discard, facts=Removing),
    ),
)
