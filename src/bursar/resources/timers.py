"""Timers: unlogged entries that belong together; nobody has two that run (platform section 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bursar.catalogue import Change, Facts, Record, Resource, facts, op
from bursar.catalogue import fields as f
from bursar.domain.when import row
from bursar.errors import Kind, refuse
from bursar.resources.time_entries import TimeEntry
from bursar.resources.tracking import checked, paused, stopped, usable

if TYPE_CHECKING:
    from bursar.catalogue.facts import Member
    from bursar.resources.clients import Client
    from bursar.resources.projects import Project
    from bursar.resources.services import Service
    from bursar.resources.tasks import Task

    Segments = list[TimeEntry]

COPIED = ("client_id", "project_id", "service_id", "task_id", "note", "billable", "internal", "local_timezone", "identity_id")
NOT_SENT = frozenset({"timer", "identity_id", "active", "billed"})


class Timer(Record, noun="timer"):
    """One timer; pausing closes its open segment, resuming adds one. A logged one is kept for its answer alone."""

    indexes = (("identity_id", "is_running"),)

    id = f.Id()
    identity_id = f.Int(writable=False, shown=False)
    is_running = f.Flag()
    logged = f.Flag(writable=False, shown=False)
    time_entries = f.Parts(TimeEntry, their="timer_id")


def sent_ids(column: str) -> Any:
    """Return a rule: the ids that sent segments have in a column."""

    def found(timer: Any, _known: Any) -> set[int]:
        return {part.row[column] for part in timer.asked.get("time_entries", ()) if part.row[column]}

    return found


def other_running(timer: Any, known: Any) -> int | None:
    """Return the timer of the same person that runs, if it is another one."""
    return next((other.row["id"] for other in known.running if other.row["id"] != timer.row["id"]), None)


class Adjusting(Facts):
    """What changing a timer rests on: its segments, who else runs, and what the sent segments point at."""

    segments: tuple[TimeEntry, ...] = facts.many("time_entry", timer_id="id")
    running: tuple[Timer, ...] = facts.many("timer", identity_id="identity_id", is_running=("=", 1))
    open: tuple[TimeEntry, ...] = facts.many("time_entry", timer_id=other_running)
    members: dict[int, Member] = facts.members()
    clients: dict[int, Client] = facts.named("client", "id", sent_ids("client_id"))
    projects: dict[int, Project] = facts.named("project", "id", sent_ids("project_id"))
    services: dict[int, Service] = facts.named("service", "id", sent_ids("service_id"))
    tasks: dict[int, Task] = facts.named("task", "id", sent_ids("task_id"))


class Discarding(Facts):
    """What goes with a timer."""

    segments: tuple[TimeEntry, ...] = facts.many("time_entry", timer_id="id")


def adjust(timer: Timer, known: Adjusting) -> Change:
    """Pause, resume or log a timer. Segments that are sent are all of them: those left out go (inferred)."""
    parts = timer.asked.get("time_entries")
    segments = [segment.replace() for segment in known.segments] if parts is None else [merged(part, timer, known) for part in parts]
    kept = {segment.row["id"] for segment in segments}
    dropped = [segment.replace(active=False) for segment in known.segments if segment.row["id"] not in kept]
    if "is_running" in timer.sent:
        segments = resumed(segments, timer, known) if timer.row["is_running"] else pause(segments, known)
    for segment in segments:
        checked(segment, known)
    logged = bool(segments) and all(segment.row["is_logged"] for segment in segments)
    if not logged:
        segments = [segment.replace(timer_id=None) if segment.row["is_logged"] else segment for segment in segments]
    runs = any(segment.row["duration"] is None for segment in segments)
    mine = timer.replace(is_running=runs, logged=logged or not segments)
    rest = paused(known, mine) if runs and timer.was is not None and not timer.was.row["is_running"] else ()
    return Change(saves=(mine, *segments, *dropped, *rest), others=told(segments, dropped))


def merged(part: TimeEntry, timer: Timer, known: Adjusting) -> TimeEntry:
    """Return a segment with what was sent for it; without an id it is a new one. Raises UNKNOWN for what is not there."""
    stored = {segment.row["id"]: segment for segment in known.segments}
    number = part.row["id"]
    if number and number not in stored:
        raise refuse(Kind.UNKNOWN, "time_entries", number, "time_entry")
    for column, rows, noun in (
        ("client_id", known.clients, "client"),
        ("project_id", known.projects, "project"),
        ("service_id", known.services, "service"),
        ("task_id", known.tasks, "task"),
    ):
        if part.row[column] and part.row[column] not in rows:
            raise refuse(Kind.UNKNOWN, column, part.row[column], noun)
    if number:
        keys = (part.sent & part.taken["PUT"].keys()) - NOT_SENT
        sent = {name: part.row[name] for name in keys if name in part.columns}
        segment = stored[number].replace()
        segment.row.update(sent)
    else:
        if part.row["started_at"] is None:
            raise refuse(Kind.REQUIRED, "started_at")
        segment = part.replace(timer_id=timer.row["id"], identity_id=timer.row["identity_id"])
    usable(segment, known.clients.get(part.row["client_id"]), known.projects.get(part.row["project_id"]))
    return segment


def pause(segments: Segments, known: Adjusting) -> Segments:
    """Close what is open."""
    closed = {segment.row["id"]: segment for segment in stopped(segments, known)}
    return [closed.get(segment.row["id"], segment) for segment in segments]


def resumed(segments: Segments, timer: Timer, known: Adjusting) -> Segments:
    """Add an open segment like the last one, unless one is open."""
    if any(segment.row["duration"] is None for segment in segments):
        return segments
    alike = {name: segments[-1].row[name] for name in COPIED} if segments else {"identity_id": timer.row["identity_id"]}
    return [*segments, TimeEntry.new(**alike, timer_id=timer.row["id"], is_logged=False, started_at=known.now_us)]


def told(segments: Segments, dropped: Segments) -> tuple[tuple[str, TimeEntry], ...]:
    """Return the events of the entries a timer was changed by."""
    made = [("time_entry.create", segment) for segment in segments if segment.was is None]
    changed = [("time_entry.update", segment) for segment in segments if segment.was is not None and segment.row != segment.was.row]
    return (*made, *changed, *(("time_entry.delete", segment) for segment in dropped))


def discard(timer: Timer, known: Discarding) -> Change:
    """Throw a timer away with its segments."""
    dropped = [segment.replace(active=False) for segment in known.segments if not segment.row["is_logged"]]
    return Change(saves=tuple(dropped), removes=(timer,), others=told([], dropped))


TIMERS = Resource(
    record=Timer,
    plural="timers",
    group="Time Tracking",
    family="timetracking",
    path="timers",
    elsewhere=("comments",),
    scope="user:time_entries",
    soft=False,
    whole=True,
    hidden=row.logged == 1,
    own=("identity_id", "team"),
    switches={"team": None},
    operations=(
        op.list_("listed timers"),
        op.unverified(op.get("looked at timer {id}"), "whether one timer can be read by itself"),
        op.unverified(op.update("changed timer {id}", decide=adjust, facts=Adjusting), "what it does with segments that are left out"),
        op.delete("discarded timer {id}", decide=discard, facts=Discarding),
    ),
)
