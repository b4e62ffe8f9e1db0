"""Calendar dates as ISO texts: a date has no zone and is never shifted (semantics 2.4, 7)."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

_DATE: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|z|[+-]\d{2}:?\d{2})?)?", re.ASCII)


def parse_date(sent: object) -> str:
    """Read a date as it was sent, ``YYYY-MM-DD`` alone or with a time behind it, which is cut off.

    Raises ``ValueError`` for anything that is not a day of the calendar.
    """
    found = _DATE.fullmatch(sent) if isinstance(sent, str) else None
    if found is None:
        raise ValueError(sent)
    day = found[1]
    date.fromisoformat(day)
    return day


@lru_cache(maxsize=1024)
def is_date(text: str) -> bool:
    """Say whether a text is a day of the calendar, written ``YYYY-MM-DD`` and no more."""
    try:
        return parse_date(text) == text
    except ValueError:
        return False


def due_date(create_date: str, offset_days: int) -> str:
    """Count the due date from the date of a document. Raises ``ValueError`` outside the years 1 to 9999."""
    if not offset_days:
        return create_date
    return shifted(create_date, offset_days)


@lru_cache(maxsize=1024)
def shifted(day: str, by_days: int) -> str:
    """Move a date by calendar days. Raises ``ValueError`` outside the years 1 to 9999."""
    try:
        return (date.fromisoformat(day) + timedelta(days=by_days)).isoformat()
    except OverflowError:
        raise ValueError(by_days) from None


def days_between(start: str, end: str) -> int:
    """Count the days from one date to another; negative when the end comes first."""
    return (date.fromisoformat(end) - date.fromisoformat(start)).days
