"""The decisions about time entries: logging, running, changing, removing (platform section 7, semantics 5.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bursar.catalogue import Change, Facts, facts
from bursar.catalogue.scalars import whole
from bursar.domain.instants import SECOND, local_date
from bursar.errors import Kind, refuse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bursar.catalogue.facts import Member
    from bursar.resources.clients import Client
    from bursar.resources.projects import Project
    from bursar.resources.time_entries import TimeEntry
    from bursar.resources.timers import Timer

ON_INVOICE = "Entry is on an invoice."
WITHOUT_DURATION = "Logged entries must have a duration"


def timer_sent(entry: Any) -> dict[str, Any]:
    """Return what a body says about the timer of an entry."""
    sent: dict[str, Any] | None = entry.asked.get("timer")
    return sent or {}


def whose(entry: Any, known: Any) -> int | None:
    """Return whose timers matter: nobody's for logged work."""
    return None if entry.row["is_logged"] else entry.row["identity_id"] or known.identity


def named_timer(entry: Any, _known: Any) -> int | None:
    """Return the timer a body names for an unlogged entry that has none."""
    number = whole(timer_sent(entry).get("id"))  # some clients keep the ids of timers as text
    return None if entry.row["is_logged"] or entry.row["timer_id"] else number


def needs_timer(entry: Any, known: Any) -> bool:
    """Whether an entry becomes the first segment of a new timer."""
    return not entry.row["is_logged"] and not entry.row["timer_id"] and named_timer(entry, known) is None


class Logging(Facts):
    """What writing an entry rests on; the timers only where it is not logged, or was not."""

    client: Client | None = facts.one("client", by="client_id")
    project: Project | None = facts.one("project", by="project_id")
    members: dict[int, Member] = facts.members()
    timers: tuple[Timer, ...] = facts.many("timer", id="timer_id")
    mates: tuple[TimeEntry, ...] = facts.many("time_entry", timer_id="timer_id")
    asked: tuple[Timer, ...] = facts.many("timer", id=named_timer)
    asked_mates: tuple[TimeEntry, ...] = facts.many("time_entry", timer_id=named_timer)
    running: tuple[Timer, ...] = facts.many("timer", identity_id=whose, is_running=("=", 1))
    open: tuple[TimeEntry, ...] = facts.many("time_entry", timer_id=lambda _, known: known.running[0].row["id"] if known.running else None)
    fresh: Timer | None = facts.new("timer", when=needs_timer)


class Removing(Facts):
    """What hangs on an entry that goes away."""

    timers: tuple[Timer, ...] = facts.many("timer", id="timer_id")
    mates: tuple[TimeEntry, ...] = facts.many("time_entry", timer_id="timer_id")


def track(entry: TimeEntry, known: Logging) -> Change:
    """Log work, or start a timer: who has another one running stops it, and keeps it."""
    row = entry.row
    row["identity_id"] = row["identity_id"] or known.identity
    if "internal" not in entry.sent:
        row["internal"] = int(row["client_id"] is None)
    usable(entry, known.client, known.project)
    checked(entry, known)
    return Change(saves=(entry,)) if row["is_logged"] else timed(entry, known)


def amend(entry: TimeEntry, known: Logging) -> Change:
    """Change an entry; one on an invoice keeps its seconds and its project."""
    row, was = entry.row, entry.was
    assert was is not None, "an update has something to change"
    if was.row["invoiceid"]:
        bound(entry)
    if timer_sent(entry).get("is_running") is False and row["duration"] is None:
        row["duration"] = elapsed(entry, known)
    usable(entry, known.client, known.project)
    checked(entry, known)
    if not row["is_logged"]:
        return timed(entry, known)
    if was.row["is_logged"]:
        return Change(saves=(entry,))
    saves, removes = left(entry, known)
    return Change(saves=(entry.replace(timer_id=None), *saves), removes=removes)


def discard(entry: TimeEntry, known: Removing) -> Change:
    """Remove an entry: it is kept for lists that ask for deleted ones."""
    if entry.row["invoiceid"]:
        raise refuse(Kind.INVALID, "billed", value=True, text=ON_INVOICE)
    saves, removes = left(entry, known) if entry.row["timer_id"] else ((), ())
    return Change(saves=(entry.replace(active=False), *saves), removes=removes)


def bound(entry: TimeEntry) -> None:
    """Keep client and project of an entry on an invoice where they are not sent; refuse what would change the invoice."""
    assert entry.was is not None, "it is on an invoice"
    for name in ("client_id", "project_id"):
        if name not in entry.sent:
            entry.row[name] = entry.was.row[name]
    if entry.changed("duration", "project_id", "is_logged", "billed", "billable", "active"):
        raise refuse(Kind.INVALID, "billed", value=True, text=ON_INVOICE)


def checked(entry: TimeEntry, known: Any) -> None:
    """Settle the time zone and the day; refuse logged work without seconds, and strangers."""
    row = entry.row
    if row["is_logged"] and row["duration"] is None:
        raise refuse(Kind.INVALID, "duration", text=WITHOUT_DURATION)
    member = known.members.get(row["identity_id"])
    if member is None:
        raise refuse(Kind.UNKNOWN, "identity_id", row["identity_id"], "identity")
    row["local_timezone"] = row["local_timezone"] or member.timezone or known.business.timezone
    try:
        row["local_day"] = local_date(row["started_at"], row["local_timezone"])
    except (ValueError, OverflowError):
        raise refuse(Kind.INVALID, "local_timezone", row["local_timezone"]) from None


def usable(entry: TimeEntry, client: Client | None, project: Project | None) -> None:
    """Refuse new time for a deleted client or an archived project (semantics section 6)."""
    if client is not None and client.row["vis_state"] == 1 and entry.changed("client_id"):
        raise refuse(Kind.DELETED, "client_id", client.row["id"], "client")
    if project is not None and project.row["complete"] and entry.changed("project_id"):
        raise refuse(Kind.INVALID, "project_id", project.row["id"], text="The project is archived.")


def elapsed(entry: TimeEntry, known: Any) -> int:
    """Return the seconds since an entry started."""
    return max(int(known.now_us - entry.row["started_at"]) // SECOND, 0)


def timed(entry: TimeEntry, known: Logging) -> Change:
    """Keep an unlogged entry as a segment of its timer: the one it has, the one it names, or a new one."""
    timer, mates = own_timer(entry, known)
    row = entry.row
    if row["duration"] is None and timer_sent(entry).get("is_running") is False:
        row["duration"] = elapsed(entry, known)
    others = [mate for mate in mates if mate.row["id"] != row["id"]]
    starts = row["duration"] is None and entry.changed("duration", "is_logged")
    closed = stopped(others, known) if starts else ()
    runs = row["duration"] is None or (not starts and any(mate.row["duration"] is None for mate in others))
    mine = timer.replace(is_running=runs, logged=False)
    rest = paused(known, mine) if starts else ()
    return Change(saves=(entry.replace(timer_id=mine.row["id"]), mine, *closed, *rest))


def own_timer(entry: TimeEntry, known: Logging) -> tuple[Timer, tuple[TimeEntry, ...]]:
    """Return the timer of an unlogged entry with its segments; raises UNKNOWN for one of somebody else."""
    if known.fresh is not None:
        return known.fresh.replace(identity_id=entry.row["identity_id"]), ()
    if known.timers:
        return known.timers[0], known.mates
    for timer in known.asked:
        if timer.row["identity_id"] == entry.row["identity_id"]:
            return timer, known.asked_mates
    raise refuse(Kind.UNKNOWN, "timer", timer_sent(entry).get("id"), "timer")


def stopped(segments: Iterable[TimeEntry], known: Any) -> tuple[TimeEntry, ...]:
    """Return the open ones of some segments, closed now."""
    return tuple(segment.replace(duration=elapsed(segment, known)) for segment in segments if segment.row["duration"] is None)


def paused(known: Any, but: Timer) -> tuple[Any, ...]:
    """Stop the timer that runs for the same person, unless it is this one: nobody has two (inferred)."""
    others = [timer.replace(is_running=False) for timer in known.running if timer.row["id"] != but.row["id"]]
    return (*others, *stopped(known.open, known)) if others else ()


def left(entry: TimeEntry, known: Any) -> tuple[tuple[Timer, ...], tuple[Timer, ...]]:
    """Return what becomes of the timer an entry leaves, as saves and removes: without segments it is gone."""
    others = [mate for mate in known.mates if mate.row["id"] != entry.row["id"] and not mate.row["is_logged"]]
    if not others:
        return (), known.timers
    runs = any(mate.row["duration"] is None for mate in others)
    return tuple(timer.replace(is_running=runs) for timer in known.timers), ()
