"""Long pieces of work on the loop, one in each of its turns, first come, first served."""

from __future__ import annotations

import asyncio
from collections import deque


class Turns:
    """Hands out turns of the loop. Between two of them everybody else is served, and what was answered gets on its way."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def take(self) -> None:
        """Wait for a turn in which nobody else who asks here works."""
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        self._waiting.append(turn)
        if len(self._waiting) == 1:
            loop.call_soon(self._give)
        await turn

    def _give(self) -> None:
        turn = self._waiting.popleft()
        if not turn.done():
            turn.set_result(None)
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._give)
