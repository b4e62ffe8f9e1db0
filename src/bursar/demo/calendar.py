"""The two years of the sample books: day 0 is the first, ``TODAY`` the day of the first start."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from random import Random

TODAY: Final = 730
OPENS, CLOSES, GONE = (hour * 3_600 for hour in (9, 18, 19))
SATURDAY: Final = 5


class Calendar:
    """Days by number, and when on a day things are written; ``today`` is ISO, in the time zone of the business."""

    def __init__(self, today: str, zone: str) -> None:
        self._first = date.fromisoformat(today) - timedelta(days=TODAY)
        self._zone = ZoneInfo(zone)

    def date(self, day: int) -> date:
        """Return the date of a day."""
        return self._first + timedelta(days=day)

    def iso(self, day: int) -> str:
        """Return the date of a day as the wire writes it."""
        return self.date(day).isoformat()

    def workday(self, day: int) -> int:
        """Return the day itself, or the Friday before where it falls on a weekend."""
        return day - max(0, self.date(day).weekday() - SATURDAY + 1)

    def months(self) -> list[int]:
        """Return the days on which months begin, the one before day 0 included."""
        first = self._first.replace(day=1)
        days = [(first - self._first).days]
        while days[-1] < TODAY:
            following = (self.date(days[-1]) + timedelta(days=32)).replace(day=1)
            days.append((following - self._first).days)
        return [day for day in days if day <= TODAY]

    def moment(self, day: int, rng: Random) -> int:
        """Return a moment in office hours, UTC microseconds; what is dated today is written the evening before.

        So every moment lies in the past, whatever the hour of the first start, and the books end today all the same.
        """
        second = rng.randrange(CLOSES, GONE) if day >= TODAY else rng.randrange(OPENS, CLOSES)
        return self.at(day, second)

    def at(self, day: int, second: int) -> int:
        """Return a second of a day, UTC microseconds; today counts as the day before."""
        written = self.date(min(day, TODAY - 1))
        local = datetime.combine(written, time(second // 3_600, second // 60 % 60, second % 60), self._zone)
        return int(local.astimezone(UTC).timestamp()) * 1_000_000
