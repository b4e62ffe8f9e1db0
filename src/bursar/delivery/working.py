"""What the workers have in common: rounds, one after the other, whenever they are woken or something comes due."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from bursar.errors import Refusal
from bursar.log import Log
from bursar.store.driver import Unavailable

LOOK_S: Final = 30.0
_RECOVER_S: Final = 1.0
_STOP_S: Final = 10.0
log = Log("bursar.worker")


class Worker:
    """Runs rounds beside the server, each in its ``turn``. ``trouble`` says why it cannot work, "" when it can."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._woken = asyncio.Event()
        self._stopping = False
        self._running: asyncio.Task[None] | None = None
        self.trouble = ""
        self.turn = asyncio.Lock()

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._running is not None and not self._running.done()

    def start(self) -> None:
        """Begin; what waits from before comes first."""
        self._stopping = False
        self._running = asyncio.get_running_loop().create_task(self._work(), name=self._name)

    def wake(self) -> None:
        """Look now: something was committed, or the clock was moved."""
        self._woken.set()

    async def stop(self) -> None:
        """End after what is under way; what takes too long is left to the next worker."""
        self._stopping = True
        self.wake()
        if self._running is not None:
            _, late = await asyncio.wait([self._running], timeout=_STOP_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _round(self) -> float:
        """Do what is due now; answers how long to wait for more, 0 for more at once. May raise Unavailable and Refusal."""
        raise NotImplementedError(type(self))

    async def settle(self) -> None:
        """Wait for what is under way beside the rounds, and note what became of it; nothing is where rounds finish all they begin."""

    async def _last(self) -> None:
        """Let what is under way end, once there are no more rounds."""

    async def _work(self) -> None:
        while not self._stopping:
            self._woken.clear()
            try:
                async with self.turn:
                    wait_s = await self._round()
                self.trouble = ""
            except (Unavailable, Refusal) as error:
                wait_s, self.trouble = _RECOVER_S, "the database does not answer"
                log.warning("worker waits", worker=self._name, reason=str(error))
            except Exception:  # one broken round ends no worker: it is written down, told by readiness, and tried again
                wait_s, self.trouble = LOOK_S, f"a round of the {self._name} failed"
                log.exception("worker failed", worker=self._name)
            if wait_s and not self._stopping:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), wait_s)
        await self._last()
