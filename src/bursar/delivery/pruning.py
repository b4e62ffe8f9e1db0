"""Forgets what is no longer needed: kept answers, ended codes and tokens, old events with their deliveries; at full hours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bursar.clock import SECOND

if TYPE_CHECKING:
    from bursar.store.delivery_log import DeliveryLog
    from bursar.store.people import People
    from bursar.store.store import Store

HOUR_US: Final = 3600 * SECOND
REPLIES_US: Final = 48 * HOUR_US
ENDED_US: Final = 7 * 24 * HOUR_US
TOLD_US: Final = 30 * 24 * HOUR_US


class Pruner:
    """A duty of the agenda; what a busy database keeps from being pruned is found the next time.

    ``tokens`` False keeps ended tokens: the clock of sample books may go back to where they were good.
    """

    def __init__(self, store: Store, people: People, deliveries: DeliveryLog, *, tokens: bool) -> None:
        self._store, self._people, self._deliveries, self._tokens = store, people, deliveries, tokens
        self._looks_us = 0

    async def next_due_us(self) -> int | None:
        """Return the full hour at which there is something to forget; tokens are looked at every hour."""
        oldest_us, event_us = await self._store.oldest_reply_us(), await self._deliveries.oldest_us()
        hours = [] if oldest_us is None else [_full_hour(oldest_us + REPLIES_US + 1)]
        if event_us is not None:  # what is still on its way is kept, and looked at again an hour later
            hours.append(max(_full_hour(event_us + TOLD_US + 1), self._looks_us))
        return min([*hours, self._looks_us] if self._tokens else hours, default=None)

    async def drain(self) -> None:
        """Forget what is due."""
        await self.prune()
        self._looks_us = _full_hour(self._store.clock.now_us() + 1)

    async def prune(self) -> None:
        """Forget answers to Idempotency-Keys after 48 hours, codes and tokens a week after their end, events after 30 days."""
        now_us = self._store.clock.now_us()
        await self._store.forget_replies(now_us - REPLIES_US)
        await self._people.prune_counts(now_us - ENDED_US)
        if self._tokens:
            await self._people.prune(now_us - ENDED_US)
        for business in await self._people.businesses():
            await self._deliveries.prune(business.id, now_us - TOLD_US)


def _full_hour(us: int) -> int:
    return -(-us // HOUR_US) * HOUR_US
