"""The product's clock: the one place that knows what time it is and makes random identifiers."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

from bursar.domain.instants import local_date

if TYPE_CHECKING:
    from collections.abc import Callable

SECOND = 1_000_000
MINUTE = 60 * SECOND


class Clock:
    """The server's time, which demo mode may move forward (``/_/test/clock``)."""

    def __init__(self, ticks: Callable[[], int] = time.time_ns, make_uuid: Callable[[], uuid.UUID] = uuid.uuid4) -> None:
        self._ticks, self._make_uuid = ticks, make_uuid
        self.ahead_us = 0
        self._days: dict[str, tuple[int, str]] = {}

    def now_us(self) -> int:
        """Return the moment in UTC microseconds."""
        return self._ticks() // 1000 + self.ahead_us

    def today(self, zone: str) -> str:
        """Return the day in a time zone, ISO; reckoned once a minute, as no zone's day begins within one."""
        now_us = self.now_us()
        minute = now_us // MINUTE
        known = self._days.get(zone)
        if known is None or known[0] != minute:
            known = self._days[zone] = (minute, local_date(now_us, zone))
        return known[1]

    def uuid(self) -> str:
        """Return a new version 4 UUID."""
        return str(self._make_uuid())

    def advance(self, by_us: int) -> int:
        """Move the clock forward and return the moment it shows; it never goes back."""
        assert by_us >= 0, "a clock that goes back breaks every order"
        self.ahead_us += by_us
        return self.now_us()
