"""The decisions about money that comes late: fee and reminders of an invoice, on the days they fall due (semantics 2.4).

A day falls due when it begins in the time zone of the business. Whatever is decided is noted on the invoice by the day it was
decided on, in the same transaction as its effect: so nothing happens twice, however many look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bursar.catalogue import Change, Facts, Mail, facts
from bursar.catalogue.scalars import exact_json
from bursar.domain.dates import shifted
from bursar.domain.instants import parse_datetime
from bursar.domain.invoice_status import DRAFT
from bursar.domain.money import MILLION, parse_millionths, rounding_step, to_step, wire_scale
from bursar.errors import Kind, refuse
from bursar.resources.invoicing import summed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bursar.catalogue.record import Record
    from bursar.domain.policy import Policy
    from bursar.resources.clients import Client
    from bursar.resources.taxes import Tax

    Row = dict[str, Any]
    Part = dict[str, Any]

FEE_NAME: Final = "Late fee"
SLOTS: Final = (("1", "first"), ("2", "second"))
_PERCENT: Final = 100 * MILLION
_LARGEST_PRICE: Final = 10**18
_NONE: Final = (None, "[]", "{}")


def next_day(row: Row) -> str | None:
    """Return the next day on which a fee or a reminder of a stored invoice falls due, None when none does."""
    if row["late_fee"] in _NONE and row["late_reminders"] in _NONE:
        return None
    return min((*_fee_days(row), *(day for day, _ in _reminders(row))), default=None)


def begins(invoice: Record, today: str) -> None:
    """Let reminders count from today on when they may fall on other days than before: none is retroactive."""
    row, was = invoice.row, invoice.was
    if row["late_reminders"] in _NONE:
        return
    days = {day for day, _ in _reminders(row)}
    if days and (was is None or days - {day for day, _ in _reminders(was.row)}):
        row["reminded_until"] = max(row["reminded_until"] or "", shifted(today, -1))


def _owed(row: Row) -> bool:
    return bool(row["delivery"] != DRAFT and row["vis_state"] != 1 and row["outstanding"] > 0)


def _day(due_date: str, days: int) -> str | None:
    try:
        return shifted(due_date, days)
    except ValueError:
        return None  # beyond the calendar


def _fee_days(row: Row) -> Iterator[str]:
    """Yield the first day on which more days have passed than the fee waits for."""
    if row["late_fee"] in _NONE or row["late_fee_on"] is not None or not _owed(row):
        return
    fee = exact_json(row["late_fee"])
    day = _day(row["due_date"], fee["days"] + 1) if fee["enabled"] and fee["value"] > 0 else None
    if day is not None:
        yield day


def _reminders(row: Row) -> Iterator[tuple[str, Part]]:
    """Yield the reminders that are still to be sent, with their days."""
    if row["late_reminders"] in _NONE or not _owed(row):
        return
    for reminder in exact_json(row["late_reminders"]):
        day = _day(row["due_date"], reminder["delay"]) if reminder["enabled"] else None
        if day is not None and day > (row["reminded_until"] or ""):
            yield day, reminder


def fee_taxes(invoice: Any, _known: Any) -> set[str]:
    """Return the names of the taxes on the fee."""
    fee = invoice.late_fee or {}
    return {fee[f"{place}_tax_name"] for _, place in SLOTS if fee.get(f"{place}_tax_name")}


class Dunning(Facts):
    """What pressing for an invoice rests on."""

    client: Client = facts.one("client", by="customerid")
    taxes: dict[str, Tax] = facts.named("tax", "name", fee_taxes)


def press(invoice: Any, known: Dunning) -> Change | None:
    """Add the fee and write the reminders that have fallen due; None when nothing has.

    A client that takes no fees, or no notices, is passed over for good. Raises what the sums of a document raise.
    """
    row, day = invoice.row, known.today
    fees = any(due <= day for due in _fee_days(row))
    reminders = sorted((due, each["position"], each["body"]) for due, each in _reminders(row) if due <= day)
    if not fees and not reminders:
        return None
    pressed = passed_over(invoice, known)
    charged = fees and known.client.row["allow_late_fees"] == 1 and charge(pressed, known)
    email = known.client.row["email"]
    told = reminders if email and known.client.row["allow_late_notifications"] == 1 else []
    mails = tuple(Mail("reminder", (email,), "", body) for _, _, body in told)
    if charged:
        return Change(saves=(pressed,), mails=mails, events=("invoice.update",))
    return Change(marks=(pressed,), mails=mails, shows=pressed)


def passed_over(invoice: Any, known: Dunning) -> Any:
    """Return the invoice with all that has fallen due noted as done with."""
    row, day = invoice.row, known.today
    fees = any(due <= day for due in _fee_days(row))
    reminded = any(due <= day for due, _ in _reminders(row))
    return invoice.replace(late_fee_on=day if fees else row["late_fee_on"], reminded_until=day if reminded else row["reminded_until"])


def charge(invoice: Any, known: Dunning) -> bool:
    """Put the fee on an invoice as a new line of today, as an edit would; False for a fee that comes to nothing."""
    fee, row = invoice.late_fee, invoice.row
    price = fee_price(fee, row["amount"], row["currency_code"], known.policy)
    if not price:
        return False
    if price >= _LARGEST_PRICE:
        raise refuse(Kind.INVALID, "late_fee.value", fee["value"])
    lines, line_class = invoice.children["lines"], invoice.lines["lines"].record
    number = max((line.row["lineid"] for line in lines), default=0) + 1
    line = line_class(dict(line_class.blank))
    line.row.update(name=FEE_NAME, unit_cost=price, lineid=number, taskno=number, compounded_tax=int(fee["compounded_taxes"]))
    line.row["date"] = parse_datetime(known.today, "eastern")  # lines show their day in this zone, whatever the business's
    for slot, place in SLOTS:
        if name := fee[f"{place}_tax_name"]:
            tax = known.taxes.get(name)
            percent = parse_millionths(fee[f"{place}_tax_percent"] or 0)
            line.row.update({f"taxName{slot}": name, f"taxAmount{slot}": percent, f"taxNumber{slot}": tax.row["number"] if tax else None})
    invoice.children = {**invoice.children, "lines": (*lines, line)}
    summed(invoice, known)
    return True


def fee_price(fee: Part, amount: int, code: str, policy: Policy) -> int:
    """Return the fee in millionths: flat, or a percentage of the whole invoice whatever is paid of it (LATE-01), rounded."""
    value = parse_millionths(fee["value"])
    if fee["type"] == "flat":
        return value
    minor = to_step(amount * value, _PERCENT, rounding_step(code, policy), policy.rounding)
    return minor * MILLION // int(10 ** wire_scale(code))
