"""Late fees and reminders: parts of invoices and clients, written and shown inside them (accounting-more section 6)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from bursar.domain.money import parse_scaled
from bursar.errors import Kind, refuse

if TYPE_CHECKING:
    from collections.abc import Callable

    Part = dict[str, Any]
    Members = dict[str, tuple[Callable[[Any], Any], Any]]

MOST_REMINDERS: Final = 3
LONGEST: Final = 20_000
FARTHEST: Final = 3_650
TYPES: Final = ("percent", "flat")
FRACTION_DIGITS: Final = 6
LARGEST: Final = 10**15


def flag(raw: Any) -> bool:
    """Return a flag; raises ``TypeError``."""
    if not isinstance(raw, bool):
        raise TypeError(raw)
    return raw


def days(raw: Any) -> int:
    """Return a number of days around the due date; raises ``ValueError``."""
    number = int(raw) if isinstance(raw, str) and raw.lstrip("-").isdigit() else raw
    if type(number) is not int or abs(number) > FARTHEST:
        raise ValueError(raw)
    return number


def words(raw: Any) -> str:
    """Return a text; raises ``ValueError``."""
    if not isinstance(raw, str) or len(raw) > LONGEST:
        raise ValueError(raw)
    return raw


def kind_of_fee(raw: Any) -> str:
    """Return how a fee is reckoned; raises ``ValueError``."""
    if raw not in TYPES:
        raise ValueError(raw)
    return str(raw)


def number(raw: Any) -> int | Decimal:
    """Return an exact number of at most six places, which is shown as a JSON number; raises ``ValueError``."""
    scaled = parse_scaled(raw, FRACTION_DIGITS)
    if abs(scaled) > LARGEST:
        raise ValueError(raw)
    exact = Decimal(scaled).scaleb(-FRACTION_DIGITS).normalize()
    return int(exact) if exact == exact.to_integral_value() else exact


def or_nothing(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the reader of a member that may be null."""
    return lambda raw: None if raw is None else read(raw)


FEE: Final[Members] = {
    "compounded_taxes": (flag, False),
    "days": (days, 0),
    "enabled": (flag, False),
    "first_tax_name": (or_nothing(words), None),
    "first_tax_percent": (or_nothing(number), None),
    "repeat": (flag, False),
    "second_tax_name": (or_nothing(words), None),
    "second_tax_percent": (or_nothing(number), None),
    "type": (kind_of_fee, "percent"),
    "value": (number, 0),
}
REMINDER: Final[Members] = {
    "body": (words, ""),
    "delay": (days, 0),
    "enabled": (flag, True),
    "position": (days, 1),
}


def late_fee(sent: Part) -> Part:
    """Return a late fee with every member; raises INVALID naming the member."""
    return members(sent, FEE, "late_fee")


def late_reminders(sent: list[Any]) -> list[Part]:
    """Return at most three reminders with every member; raises INVALID, WRONG_TYPE or TOO_MANY."""
    if len(sent) > MOST_REMINDERS:
        raise refuse(Kind.TOO_MANY, "late_reminders", len(sent), limit=MOST_REMINDERS)
    if not all(isinstance(each, dict) for each in sent):
        raise refuse(Kind.WRONG_TYPE, "late_reminders")
    return [members(each, {**REMINDER, "position": (days, at)}, f"late_reminders[{at - 1}]") for at, each in enumerate(sent, start=1)]


def members(sent: Part, known: Members, where: str) -> Part:
    """Return the known members of a part, as sent or with their default; what else was sent is dropped."""
    read = {}
    for name, (reader, default) in known.items():
        try:
            read[name] = reader(sent[name]) if name in sent else default
        except (ValueError, TypeError):
            raise refuse(Kind.INVALID, f"{where}.{name}", sent[name]) from None
    return read
