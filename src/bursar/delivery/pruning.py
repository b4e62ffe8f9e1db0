"""Forgets what is no longer needed: kept answers, ended codes and tokens; once an hour, while the server runs."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

import structlog

from bursar.clock import SECOND
from bursar.errors import Refusal
from bursar.store.driver import Unavailable

if TYPE_CHECKING:
    from bursar.store.people import People
    from bursar.store.store import Store

REPLIES_US: Final = 48 * 3600 * SECOND
ENDED_US: Final = 7 * 24 * 3600 * SECOND
_EVERY_S: Final = 3600.0
log = structlog.get_logger("bursar.pruning")


class Pruner:
    """Runs beside the server; what it misses it finds an hour later, so a busy database is no trouble."""

    def __init__(self, store: Store, people: People) -> None:
        self._store, self._people = store, people
        self._running: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin with a first round now."""
        self._running = asyncio.get_running_loop().create_task(self._work(), name="pruner")

    async def stop(self) -> None:
        """End at once: a round that is cut short loses nothing."""
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running

    async def prune(self) -> None:
        """Forget answers to Idempotency-Keys after 48 hours, and codes and tokens a week after their end."""
        now_us = self._store.clock.now_us()
        await self._store.forget_replies(now_us - REPLIES_US)
        await self._people.prune(now_us - ENDED_US)

    async def _work(self) -> None:
        while True:
            try:
                await self.prune()
            except (Unavailable, Refusal) as error:
                log.warning("not pruned", reason=str(error))
            await asyncio.sleep(_EVERY_S)
