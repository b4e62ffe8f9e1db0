"""Forgets what is no longer needed: kept answers, ended codes and tokens; at full hours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bursar.clock import SECOND

if TYPE_CHECKING:
    from bursar.store.people import People
    from bursar.store.store import Store

HOUR_US: Final = 3600 * SECOND
REPLIES_US: Final = 48 * HOUR_US
ENDED_US: Final = 7 * 24 * HOUR_US


class Pruner:
    """A duty of the agenda; what a busy database keeps from being pruned is found the next time.

    ``tokens`` False keeps ended tokens: the clock of sample books may go back to where they were good.
    """

    def __init__(self, store: Store, people: People, *, tokens: bool) -> None:
        self._store, self._people, self._tokens = store, people, tokens
        self._looks_us = 0

    async def next_due_us(self) -> int | None:
        """Return the full hour at which there is something to forget; tokens are looked at every hour."""
        oldest_us = await self._store.oldest_reply_us()
        hours = [] if oldest_us is None else [_full_hour(oldest_us + REPLIES_US + 1)]
        return min([*hours, self._looks_us] if self._tokens else hours, default=None)

    async def drain(self) -> None:
        """Forget what is due."""
        await self.prune()
        self._looks_us = _full_hour(self._store.clock.now_us() + 1)

    async def prune(self) -> None:
        """Forget answers to Idempotency-Keys after 48 hours, and codes and tokens a week after their end."""
        now_us = self._store.clock.now_us()
        await self._store.forget_replies(now_us - REPLIES_US)
        if self._tokens:
            await self._people.prune(now_us - ENDED_US)


def _full_hour(us: int) -> int:
    return -(-us // HOUR_US) * HOUR_US
