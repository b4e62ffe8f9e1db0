"""What lines of an invoice do to time: entries on a line are billed, until the line or its invoice goes (semantics 5.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bursar.catalogue.scalars import whole
from bursar.domain.duration import hours
from bursar.domain.money import MILLION
from bursar.errors import Kind, Refusal, refuse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bursar.resources.projects import Project
    from bursar.resources.time_entries import TimeEntry

FIELD = "modern_time_entries"
FIXED_PRICE = "fixed_price"
NONE = frozenset({None, "[]"})


def entries_on(line: Any) -> list[int]:
    """Return the ids on a line, sent as ``{"id": 1}`` or as plain numbers; raises INVALID for anything else."""
    if line.row[FIELD] in NONE:
        return []
    found: list[Any] = [each.get("id") if isinstance(each, dict) else each for each in getattr(line, FIELD)]
    if not all(type(number) is int and whole(number) is not None for number in found):
        raise refuse(Kind.INVALID, FIELD, line.row[FIELD], "time_entry")
    return found


def entry_ids(invoice: Any, _known: Any) -> set[int]:
    """Return the entries that lines bill, as sent and as stored."""
    lines = (*invoice.children.get("lines", ()), *(invoice.was.children.get("lines", ()) if invoice.was else ()))
    return {number for line in lines for number in entries_on(line)}


def project_ids(invoice: Any, known: Any) -> set[int]:
    """Return the projects of the entries, where lines are sent: nothing else is priced by them."""
    if "lines" not in invoice.sent:
        return set()
    return {entry.row["project_id"] for entry in known.entries.values() if entry.row["project_id"]}


def fixed_projects(_invoice: Any, known: Any) -> set[int]:
    """Return the projects that cost the same however long they take."""
    return {number for number, project in known.projects.items() if project.row["project_type"] == FIXED_PRICE}


def rated_services(_invoice: Any, known: Any) -> set[int]:
    """Return the services of the entries, where one of their projects bills by service."""
    rated = any(project.row["billing_method"] == "service_rate" for project in known.projects.values())
    return {entry.row["service_id"] for entry in known.entries.values() if entry.row["service_id"]} if rated else set()


def billed_time(invoice: Any, known: Any) -> tuple[TimeEntry, ...]:
    """Check the lines that bill entries and return the entries they take or let go.

    A line without a quantity takes the hours of its entries, one without a price the rate of their project (TIME-01 to 03).
    """
    if "lines" not in invoice.sent:
        for line in () if invoice.was else invoice.children.get("lines", ()):
            line.row[FIELD] = "[]"  # copied from an estimate: that bills nothing
        return ()
    taken: dict[int, TimeEntry] = {}
    mine = invoice.row["id"]
    due = {number for number, entries in known.fixed.items() if all((each.row["invoiceid"] or mine) >= mine for each in entries)}
    for line in invoice.children["lines"]:
        numbers = entries_on(line)
        if not numbers:
            line.row[FIELD] = "[]"
            continue
        entries = [entry_of(invoice, number, taken, known) for number in numbers]
        price(line, entries, known, due)
    kept = tuple(entry.replace(billed=True, invoiceid=invoice.row["id"]) for entry in taken.values())
    gone = (entry for number, entry in known.entries.items() if number not in taken and entry.row["invoiceid"] == invoice.row["id"])
    return (*kept, *freed_time(gone))


def entry_of(invoice: Any, number: int, taken: dict[int, TimeEntry], known: Any) -> TimeEntry:
    """Take an entry; raises UNKNOWN, or INVALID for one that is billed already, still runs or is not billable."""
    entry: TimeEntry | None = known.entries.get(number)
    if entry is None:
        raise refuse(Kind.UNKNOWN, FIELD, number, "time_entry")
    row = entry.row
    if number in taken or (row["billed"] and row["invoiceid"] != invoice.row["id"]):
        raise not_to_bill(number, "The time entry is billed already.")
    if not row["is_logged"]:
        raise not_to_bill(number, "The time entry is not logged yet.")
    if not row["billable"]:
        raise not_to_bill(number, "The time entry is not billable.")
    taken[number] = entry
    return entry


def not_to_bill(number: int, text: str) -> Refusal:
    """Build the refusal of an entry that no line may hold."""
    return refuse(Kind.INVALID, FIELD, number, "time_entry", text)


def price(line: Any, entries: Sequence[TimeEntry], known: Any, due: set[int]) -> None:
    """Settle what a line says about its entries: their ids, their project, hours and rate where it brings none.

    Of the projects at a fixed price only those ``due`` cost something, once: on the oldest invoice (semantics 5.2).
    """
    mine = line.row
    projects = {entry.row["project_id"] for entry in entries}
    line.fields[FIELD].put(mine, [{"id": entry.row["id"]} for entry in entries])
    mine["modern_project_id"] = projects.pop() if len(projects) == 1 else None
    project = known.projects.get(mine["modern_project_id"])
    whole = project is not None and project.row["project_type"] == FIXED_PRICE
    if "qty" not in line.sent:
        mine["qty"] = MILLION if whole else hours(sum(entry.row["duration"] for entry in entries), known.policy)
    if "unit_cost" not in line.sent:
        mine["unit_cost"] = 0 if whole and mine["modern_project_id"] not in due else rate_of(project, entries, known)
    due.discard(mine["modern_project_id"])


def rate_of(project: Project | None, entries: Iterable[TimeEntry], known: Any) -> int:
    """Return what an hour costs, or the whole of a project at a fixed price; raises REQUIRED where services cost differently."""
    if project is None:
        return 0
    row = project.row
    if row["project_type"] == FIXED_PRICE:
        return row["fixed_price"] or 0
    if row["billing_method"] != "service_rate":
        return row["rate"] or 0
    rates = {known.rates[number].row["rate"] if number in known.rates else 0 for number in (entry.row["service_id"] for entry in entries)}
    if len(rates) > 1:
        raise refuse(Kind.REQUIRED, "unit_cost")
    return int(rates.pop())


def freed_time(entries: Iterable[TimeEntry]) -> tuple[TimeEntry, ...]:
    """Return entries that no invoice bills any more (DEL-04)."""
    return tuple(entry.replace(billed=False, invoiceid=None) for entry in entries if entry.row["invoiceid"])


def rebilled_time(invoice: Any, entries: Iterable[TimeEntry]) -> tuple[TimeEntry, ...]:
    """Return the entries of an invoice that is restored; raises INVALID when one is billed elsewhere by now."""
    found = tuple(entries)
    if any(entry.row["billed"] for entry in found):
        raise refuse(Kind.INVALID, "vis_state", 0, text="A time entry of this invoice is billed elsewhere by now.")
    return tuple(entry.replace(billed=True, invoiceid=invoice.row["id"]) for entry in found)
