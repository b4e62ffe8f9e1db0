"""A clock that only a test moves."""

from __future__ import annotations

from datetime import UTC, datetime

from bursar.clock import Clock

START = "2026-03-10 15:00:00"


class StandingClock(Clock):
    """Stands at a moment until it is advanced or set; every test begins at ``START`` (UTC)."""

    def __init__(self) -> None:
        self.moment_ns = 0
        super().__init__(ticks=lambda: self.moment_ns)
        self.set(START)

    def set(self, text: str) -> None:
        """Show this moment, ``YYYY-MM-DD HH:MM:SS`` in UTC."""
        self.ahead_us = 0
        self.moment_ns = int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000_000

    def pass_time(self, *, days: int = 0, seconds: int = 0) -> None:
        """Move forward."""
        self.advance((days * 86_400 + seconds) * 1_000_000)
