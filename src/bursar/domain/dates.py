"""Calendar dates as ISO texts: a date has no zone and is never shifted (semantics 2.4, 7)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

_LENGTH: Final = 10


def parse_date(text: str) -> date:
    """Read ``YYYY-MM-DD`` and nothing else ISO 8601 allows. Raises ``ValueError``."""
    if len(text) != _LENGTH or not text.isascii() or text[4] != "-" or text[7] != "-":
        raise ValueError(text)
    return date.fromisoformat(text)


def is_date(text: str) -> bool:
    """Say whether a text is a day of the calendar, written ``YYYY-MM-DD``."""
    try:
        parse_date(text)
    except ValueError:
        return False
    return True


def due_date(create_date: str, offset_days: int) -> str:
    """Count the due date from the date of a document. Raises ``ValueError`` outside the years 1 to 9999."""
    if not offset_days:
        return create_date
    return shifted(create_date, offset_days)


def shifted(day: str, by_days: int) -> str:
    """Move a date by calendar days. Raises ``ValueError`` outside the years 1 to 9999."""
    try:
        return (parse_date(day) + timedelta(days=by_days)).isoformat()
    except OverflowError:
        raise ValueError(by_days) from None


def days_between(start: str, end: str) -> int:
    """Count the days from one date to another; negative when the end comes first."""
    return (parse_date(end) - parse_date(start)).days
