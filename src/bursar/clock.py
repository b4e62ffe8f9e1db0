"""The product's clock: the one place that knows what time it is and makes random identifiers."""

from __future__ import annotations

import hashlib
import os
import time
from typing import TYPE_CHECKING

from bursar.domain.instants import local_date

if TYPE_CHECKING:
    from collections.abc import Callable

SECOND = 1_000_000
MINUTE = 60 * SECOND
VARIANT = {f"{digit:x}": "89ab"[digit % 4] for digit in range(16)}


class Clock:
    """The server's time, which demo mode may move (``/_/test/clock``, ``/_/test/snapshot``).

    While it is held it stands still, and the identifiers it makes follow from the moment alone: work done again at the same
    moment of the same books writes the same bytes.
    """

    def __init__(self, ticks: Callable[[], int] = time.time_ns, draw: Callable[[int], bytes] = os.urandom) -> None:
        self._ticks, self._draw = ticks, draw
        self.ahead_us = 0
        self._held_us: int | None = None
        self._made = 0
        self._days: dict[str, tuple[int, str]] = {}

    def now_us(self) -> int:
        """Return the moment in UTC microseconds."""
        return self._ticks() // 1000 + self.ahead_us if self._held_us is None else self._held_us

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
        if self._held_us is None:
            return uuid_text(self._draw(16))
        self._made += 1
        return uuid_text(hashlib.blake2b(f"{self._held_us} {self._made}".encode(), digest_size=16).digest())

    def advance(self, by_us: int) -> int:
        """Move the clock forward and return the moment it shows; it never goes back."""
        assert by_us >= 0, "a clock that goes back breaks every order"
        self.ahead_us += by_us
        return self.now_us()

    def hold(self, at_us: int) -> None:
        """Stand still at a moment until :meth:`go`."""
        if at_us != self._held_us:
            self._held_us, self._made = at_us, 0

    def go(self, from_us: int | None = None) -> None:
        """Go on from a moment, also an earlier one; without one from where it stands."""
        moment_us = self.now_us() if from_us is None else from_us
        self._held_us = None
        self.ahead_us = moment_us - self._ticks() // 1000


def uuid_text(drawn: bytes) -> str:
    """Write sixteen random bytes as a version 4 UUID (RFC 9562 section 5.4); a fourth of the time of ``uuid.uuid4``."""
    text = drawn.hex()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{VARIANT[text[16]]}{text[17:20]}-{text[20:]}"
