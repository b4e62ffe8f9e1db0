"""Scheduled work: done when its moment comes, and in order while the clock of demo books is moved."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final, Protocol

from bursar.clock import SECOND
from bursar.errors import Refusal
from bursar.log import Log
from bursar.store.driver import Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from bursar.clock import Clock

_LOOK_S: Final = 30.0
_RECOVER_S: Final = 1.0
log = Log("bursar.agenda")


class Duty(Protocol):
    """Some kind of scheduled work. What is due is told by what is stored, so a restart forgets nothing.

    Each piece is done, and noted as done, in one transaction: several servers may look at the same time.
    """

    async def next_due_us(self) -> int | None:
        """Return when the next piece of work is due, None when none waits; after :meth:`drain` that is later than now."""
        ...

    async def drain(self) -> None:
        """Do all that is due by the clock."""
        ...


class Worker(Duty, Protocol):
    """A duty that goes about its work by itself while the clock runs; it takes its ``turn`` for every round."""

    turn: asyncio.Lock

    async def settle(self) -> None:
        """Wait for what is under way beside the rounds and note it; asked by whoever has the turn. Raises Unavailable."""
        ...


class Agenda:
    """Does ``duties`` when they are due; ``workers`` do theirs themselves, but while the clock is moved it drives them too.

    What is due at the same moment is done in the order of ``duties`` and then ``workers``.
    """

    def __init__(self, clock: Clock, duties: Sequence[Duty], workers: Sequence[Worker] = ()) -> None:
        self._clock, self._duties, self._workers = clock, tuple(duties), tuple(workers)
        self._turn = asyncio.Lock()
        self._running: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; what fell due while nobody looked is done first."""
        self._running = asyncio.get_running_loop().create_task(self._work(), name="agenda")

    async def stop(self) -> None:
        """End at once: work that is cut short is done by whoever looks next."""
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running

    @contextlib.asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """Keep everybody from scheduled work."""
        async with contextlib.AsyncExitStack() as stack:
            for turn in (self._turn, *(worker.turn for worker in self._workers)):
                await stack.enter_async_context(turn)
            for worker in self._workers:
                await worker.settle()
            yield

    async def advance(self, to_us: int) -> None:
        """Move the clock forward to a moment, doing what falls due on the way, each at its own moment.

        Raises what a duty raises; the clock then goes on from where that happened.
        """
        async with self.paused():
            clock = self._clock
            clock.hold(clock.now_us())
            try:
                while (earliest := await self._earliest()) and earliest[0] <= to_us:
                    due_us, duty = earliest
                    clock.hold(max(due_us, clock.now_us()))
                    await duty.drain()
                clock.hold(max(to_us, clock.now_us()))
            finally:
                clock.go()

    async def _earliest(self) -> tuple[int, Duty] | None:
        """Return the duty that is due first, and when."""
        dues = [(await duty.next_due_us(), duty) for duty in (*self._duties, *self._workers)]
        return min(((due_us, duty) for due_us, duty in dues if due_us is not None), key=lambda due: due[0], default=None)

    async def _work(self) -> None:
        while True:
            async with self._turn:
                wait_s = min([await self._look(duty) for duty in self._duties], default=_LOOK_S)
            await asyncio.sleep(wait_s)

    async def _look(self, duty: Duty) -> float:
        """Do what is due of one duty; answers how long to wait for the next. What fails keeps no other duty from its work."""
        try:
            due_us = await duty.next_due_us()
            if due_us is not None and due_us <= self._clock.now_us():
                await duty.drain()
                due_us = await duty.next_due_us()
        except (Unavailable, Refusal) as error:
            log.warning("agenda waits", reason=str(error))
            return _RECOVER_S
        except Exception:
            log.exception("scheduled work failed")
            return _LOOK_S
        return _LOOK_S if due_us is None else min(_LOOK_S, max((due_us - self._clock.now_us()) / SECOND, 0.0))
