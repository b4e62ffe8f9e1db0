"""Delivers webhooks: at least once each, in order for each object, however slow or broken the receivers (platform section 9)."""

from __future__ import annotations

import asyncio
import contextlib
from time import monotonic
from typing import TYPE_CHECKING, Final

from bursar.clock import SECOND
from bursar.delivery.messages import message
from bursar.delivery.outbound import Failed, Forbidden
from bursar.delivery.seats import PATIENCE_S, Seat, Seats
from bursar.delivery.working import Worker
from bursar.domain.events import VERIFY
from bursar.domain.retries import wait_us
from bursar.errors import Refusal
from bursar.log import Log
from bursar.store.deliveries import Mark, Share
from bursar.store.driver import Unavailable
from bursar.store.outbox import DELIVERED, FAILED, WAITING

if TYPE_CHECKING:
    from bursar.delivery.outbound import Outbound
    from bursar.settings import Deliveries as Ways
    from bursar.store.deliveries import Chain, Deliveries, Due
    from bursar.store.store import Store

_LOOK_S: Final = 1.0
_PACE_S: Final = 0.005
"""Between two looks; what comes in meanwhile shares one transaction."""
_SLACK_S: Final = 5.0
_LONGEST_REASON: Final = 500
log = Log("bursar.webhooks")


class WebhookWorker(Worker):
    """One worker; several over the same PostgreSQL share the work. ``delivered`` counts what it has delivered."""

    def __init__(self, store: Store, deliveries: Deliveries, outbound: Outbound, ways: Ways) -> None:
        super().__init__("webhook worker")
        self._clock, self._vault, self._deliveries, self._outbound = store.clock, store.vault, deliveries, outbound
        self._schedule_us = [round(wait * SECOND) for wait in ways.retries_s]
        self._lease_us = round((ways.timeout_s + _SLACK_S) * SECOND)
        self._seats = Seats(ways.at_once)
        self._under_way: set[asyncio.Task[None]] = set()
        self._marks: list[Mark] = []
        self._behind: dict[Chain, set[int]] = {}
        self._called: set[Chain] = set()
        self._looked = 0.0
        self.delivered = 0

    async def next_due_us(self) -> int | None:
        """Return when the next delivery is due, which may have passed; None when none waits. Raises Unavailable."""
        heads = await self._deliveries.heads()
        return heads[0].due_us if heads else None

    async def drain(self) -> None:
        """Deliver everything that is due at the clock's present moment, and return when all of it was tried. Raises Unavailable."""
        while True:
            await self._look()
            if self._under_way:
                await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
            elif not self._marks and not await self._overdue():
                return

    async def _overdue(self) -> bool:
        due_us = await self.next_due_us()
        return due_us is not None and due_us <= self._clock.now_us()

    async def _round(self) -> float:
        pause_s = self._looked + _PACE_S - monotonic()
        if pause_s > 0:
            await asyncio.sleep(pause_s)
            self._woken.clear()
        return await self._look()

    async def settle(self) -> None:
        """Wait for what is under way, and note what became of it. Raises Unavailable."""
        await self._last()
        await self._note([])

    async def _last(self) -> None:
        if self._under_way:
            await asyncio.wait(self._under_way)

    async def stop(self) -> None:
        """End after the requests that are under way; one that takes too long is left to the next worker."""
        await super().stop()
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        with contextlib.suppress(Unavailable, Refusal):  # what cannot be noted now comes due again
            await self._note([])
        await self._outbound.close()

    async def _look(self) -> float:
        """Note what became of deliveries, begin as many as may be; answers how long to wait, 0 for more at once."""
        self._looked = monotonic()
        heads, now_us = await self._deliveries.heads(), self._clock.now_us()
        if not heads:
            self._behind.clear()
        shares = self._seats.shares([head.callback_id for head in heads if head.due_us <= now_us])
        for due in await self._note([Share(*share) for share in shares.items()]):
            if due.behind_us is None:
                self._begin(due)
            else:
                self._behind.setdefault(due.chain, set()).add(due.event_id)
        if shares:
            return 0.0
        later = [head.due_us - now_us for head in heads if head.due_us > now_us]
        return min(_LOOK_S, *(wait / SECOND for wait in later)) if later else _LOOK_S

    async def _note(self, shares: list[Share]) -> list[Due]:
        """Write down what became of deliveries and claim more, in one transaction; what could not be written is kept for the next."""
        marks, called = self._marks, self._called
        if not (marks or called or shares):
            return []
        self._marks, self._called = [], set()
        now_us = self._clock.now_us()
        try:
            return await self._deliveries.turn(marks, sorted(called), shares, now_us, now_us + self._lease_us)
        except BaseException:
            self._marks[:0] = marks
            self._called |= called
            raise

    def _begin(self, due: Due) -> None:
        behind = self._behind.get(due.chain)
        if behind is not None:
            behind.discard(due.event_id)
            if not behind:
                del self._behind[due.chain]
        task = asyncio.get_running_loop().create_task(self._deliver(due, self._seats.take(due.callback_id)))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _deliver(self, due: Due, seat: Seat) -> None:
        """Send one and remember what became of it; the next turn writes it down."""
        ageing = asyncio.get_running_loop().call_later(PATIENCE_S, self._seats.grow_old, seat)
        answered, mark = False, None
        try:
            mark = await self._sent(due)
            answered = mark is not None and mark.status is not None
        except (Unavailable, Refusal) as error:
            log.warning("webhook left to a later round", **_named(due), reason=str(error))
        finally:
            ageing.cancel()
            self._seats.give(seat, quickly=answered and seat.quick)
        if mark is not None:
            self._marks.append(mark)
            if mark.next_us is None and due.chain in self._behind:
                self._called.add(due.chain)
        self.wake()

    async def _sent(self, due: Due) -> Mark | None:
        """Send one request, and say what to write down; None for one that is held back."""
        if due.uri is None or due.secret is None:
            return self._failed(due, None, "the callback was deleted", again=False)
        if not due.verified and due.event != VERIFY:
            await self._deliveries.hold(due)
            return None
        try:
            body, headers = message(due, self._vault.open(due.secret))
            status = await self._outbound.post(due.uri, body, headers)
        except Forbidden as error:
            return self._failed(due, None, str(error), again=False)
        except Failed as error:
            return self._failed(due, None, str(error))
        except Exception as error:
            log.exception("webhook failed", **_named(due))
            return self._failed(due, None, type(error).__name__)
        if not 200 <= status < 300:
            return self._failed(due, status, f"answered {status}")
        self.delivered += 1
        log.debug("webhook delivered", **_named(due), status=status)
        return Mark(due, DELIVERED, None, status, None)

    def _failed(self, due: Due, status: int | None, reason: str, *, again: bool = True) -> Mark:
        wait = wait_us(self._schedule_us, due.attempts, "-".join(map(str, due.key))) if again else None
        reason = reason[:_LONGEST_REASON]
        event = "webhook given up" if wait is None else "webhook put off"
        log.warning(event, **_named(due), attempt=due.attempts, wait_s=None if wait is None else wait / SECOND, reason=reason)
        if wait is None:
            return Mark(due, FAILED, None, status, reason)
        return Mark(due, WAITING, self._clock.now_us() + wait, status, reason)


def _named(due: Due) -> dict[str, int | str]:
    return {"delivery": f"{due.event_id}-{due.callback_id}", "business": due.business_id, "name": due.event}
