"""Time entries: hours worked, or a timer that runs; declared ahead of time tracking (platform section 7)."""

from __future__ import annotations

from bursar.catalogue import Record, Resource, op
from bursar.catalogue import fields as f
from bursar.catalogue import filters as s
from bursar.domain.instants import local


def local_start(started_us: int, zone: str | None) -> str | None:
    """Return ``started_at`` in the entry's own time zone, without a zone letter."""
    return local(started_us, zone) if zone else None


class TimeEntry(Record, noun="time_entry", table="time_entries"):
    """One entry; ``duration`` is in seconds, null while its timer runs."""

    active = f.Flag(default=True)
    billable = f.Flag(default=True)
    billed = f.Flag()
    client_id = f.Ref("client", none=None)
    created_at = f.Instant("iso_z", auto="create")
    duration = f.Int(nullable=True, required=True, least=0)
    id = f.Id()
    identity_id = f.Int()
    internal = f.Flag()
    is_logged = f.Flag(default=True)
    local_started_at = f.Computed(("started_at", "local_timezone"), local_start, {"type": ["string", "null"]})
    local_timezone = f.Text(nullable=True)
    note = f.Text(nullable=True, most=65_535)
    pending_client = f.Text(nullable=True)
    pending_project = f.Text(nullable=True)
    pending_task = f.Text(nullable=True)
    project_id = f.Ref("project", none=None)
    retainer_id = f.Int(nullable=True)
    service_id = f.Int(nullable=True)
    started_at = f.Instant("iso_z", required=True, writable=True, indexed=True)
    task_id = f.Int(nullable=True)
    timer = f.Object(nullable=True)
    updated = f.Instant("iso_z", auto="save", shown=False, indexed=True)


TIME_ENTRIES = Resource(
    record=TimeEntry,
    plural="time_entries",
    group="Time Tracking",
    family="timetracking",
    path="time_entries",
    scope="user:time_entries",
    soft=False,
    filters=s.eq("billable", "billed", "client_id", "identity_id", "project_id")
    | {
        "started_from": s.Filter("min", ("started_at",)),
        "started_to": s.Filter("max", ("started_at",)),
        "updated_since": s.Filter("min", ("updated",)),
    },
    operations=(
        op.list_("listed time entries", row=31, built=False),
        op.get("looked at a time entry of {duration} seconds", row=32, built=False),
        op.create("logged {duration} seconds of work", row=33, event="time_entry.create", built=False),
        op.update("changed a time entry to {duration} seconds", row=34, event="time_entry.update", built=False),
        op.delete("deleted a time entry of {duration} seconds", row=35, event="time_entry.delete", decide=op.remove, built=False),
    ),
)
