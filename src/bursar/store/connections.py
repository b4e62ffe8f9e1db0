"""A handful of open connections that calls take and give back; what a pool adds per call would cost more than the call."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from bursar.store.driver import Unavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Closable(Protocol):
    """What is asked of a connection here."""

    def is_closed(self) -> bool:
        """Whether it is of no more use."""

    def terminate(self) -> None:
        """Close it at once."""

    async def close(self) -> None:
        """Close it politely."""


C = TypeVar("C", bound=Closable)


class Connections(Generic[C]):
    """Up to ``limit`` connections, opened when needed; whoever finds none free waits in line."""

    def __init__(self, connect: Callable[[], Awaitable[C]], limit: int) -> None:
        self._connect = connect
        self._limit = limit
        self._open = 0
        self._closed = False
        self._idle: list[C] = []
        self._waiting: deque[asyncio.Future[C | None]] = deque()

    async def take(self) -> C:
        """Take a connection; raises Unavailable when all were closed, and what opening one raises."""
        while not self._closed:
            while self._idle:
                connection = self._idle.pop()
                if not connection.is_closed():
                    return connection
                self._open -= 1
            if self._open < self._limit:
                return await self._another()
            given = await self._wait()
            if given is not None:
                return given
        raise Unavailable("the database is closed")

    def give(self, connection: C) -> None:
        """Give a connection back, closed or not."""
        if self._closed:
            connection.terminate()
        if connection.is_closed():
            self._open -= 1
            self._hand_on(None)
        elif not self._hand_on(connection):
            self._idle.append(connection)

    async def close(self) -> None:
        """Close the connections that nobody has, the others when they are given back."""
        self._closed = True
        while self._idle:
            await self._idle.pop().close()
        while self._hand_on(None):
            pass

    async def _another(self) -> C:
        self._open += 1
        try:
            return await self._connect()
        except BaseException:
            self._open -= 1
            self._hand_on(None)
            raise

    async def _wait(self) -> C | None:
        turn: asyncio.Future[C | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._pass_on(turn.result())
            raise

    def _pass_on(self, given: C | None) -> None:
        if given is None:
            self._hand_on(None)
        else:
            self.give(given)

    def _hand_on(self, connection: C | None) -> bool:
        """Give the next in line a connection, or (None) the place for one; False when nobody waits."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(connection)
                return True
        return False
