"""Deliveries that wait, put into the books by SQL as an event of an object of its own each, and what became of them."""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import apsw
import asyncpg

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Execute = Callable[[str], list[tuple[Any, ...]]]

FAR = 1_000_000_000_000
"""Ids from here on are of no event that the server writes."""
_steps = itertools.count()


class Backlog(NamedTuple):
    """Where deliveries to one callback are put: how to run SQL, the business and the callback."""

    execute: Execute
    business_id: int
    callback_id: int

    def fill(self, number: int) -> None:
        """Have so many deliveries be due now."""
        first, now_us = FAR * (1 + next(_steps)), time.time_ns() // 1_000
        self.execute(
            "WITH RECURSIVE due (k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM due WHERE k < %d), "  # noqa: S608, UP031 - numbers of ours
            "person (id) AS (SELECT min(identity_id) FROM memberships WHERE business_id = %d) "
            "INSERT INTO deliveries (business_id, event_id, callback_id, event, noun, object_id, identity_id, created_us, state, "
            "attempts, next_us) SELECT %d, %d + k, %d, 'invoice.create', 'invoice', %d + k, person.id, %d, 'waiting', 0, %d "
            "FROM due CROSS JOIN person" % (number - 1, self.business_id, self.business_id, first, self.callback_id, first, now_us, now_us)
        )

    def waiting(self) -> int:
        """Count what still waits."""
        number: int = self.execute("SELECT count(*) FROM deliveries WHERE next_us IS NOT NULL")[0][0]
        return number

    def attempts(self) -> int:
        """Return how often the one that was tried most often was tried."""
        most: int = self.execute(f"SELECT max(attempts) FROM deliveries WHERE callback_id = {self.callback_id}")[0][0]  # noqa: S608 - numbers of ours
        return most

    def created_us(self) -> dict[int, int]:
        """Return when the change was made that each event of the server's own tells of."""
        rows = self.execute(f"SELECT event_id, created_us FROM deliveries WHERE callback_id = {self.callback_id} AND event_id < {FAR}")  # noqa: S608 - numbers of ours
        return dict(rows)


def in_sqlite(file: Path) -> Execute:
    """Return what runs statements on a SQLite file beside its server."""

    def execute(text: str) -> list[tuple[Any, ...]]:
        line = apsw.Connection(str(file))
        line.set_busy_timeout(30_000)
        try:
            return line.execute(text).fetchall()
        finally:
            line.close()

    return execute


def in_postgres(url: str) -> Execute:
    """Return what runs statements in a PostgreSQL database."""

    async def fetched(text: str) -> list[tuple[Any, ...]]:
        line = await asyncpg.connect(url)
        try:
            return [tuple(row) for row in await line.fetch(text)]
        finally:
            await line.close()

    return lambda text: asyncio.run(fetched(text))
