"""The product's clock: the one place that knows what time it is and makes random identifiers."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

from bursar.domain.instants import local_date

if TYPE_CHECKING:
    from collections.abc import Callable

SECOND = 1_000_000


class Clock:
    """The server's time, which demo mode may move forward (``/_/test/clock``)."""

    def __init__(self, ticks: Callable[[], int] = time.time_ns, make_uuid: Callable[[], uuid.UUID] = uuid.uuid4) -> None:
        self._ticks, self._make_uuid = ticks, make_uuid
        self.ahead_us = 0

    def now_us(self) -> int:
        """Return the moment in UTC microseconds."""
        return self._ticks() // 1000 + self.ahead_us

    def today(self, zone: str) -> str:
        """Return the day in a time zone, ISO."""
        return local_date(self.now_us(), zone)

    def uuid(self) -> str:
        """Return a new version 4 UUID."""
        return str(self._make_uuid())

    def advance(self, by_us: int) -> int:
        """Move the clock forward and return the moment it shows; it never goes back."""
        assert by_us >= 0, "a clock that goes back breaks every order"
        self.ahead_us += by_us
        return self.now_us()
