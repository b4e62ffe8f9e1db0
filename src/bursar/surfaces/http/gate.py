"""A gate before everything: it is shut while sample books are exchanged, after all who are inside have been answered."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

_PATIENCE_S: Final = 30.0


class Gate:
    """An ASGI app around another; new requests wait while it is shut."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._inside = self._exchanging = 0
        self._open, self._left = asyncio.Event(), asyncio.Event()
        self._open.set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Let a request in, at once or when the gate is opened again."""
        if not self._open.is_set():
            await self._open.wait()
        self._inside += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._inside -= 1
            self._left.set()

    def at_once(self, *request: Any) -> Coroutine[Any, Any, Any] | None:
        """Let the app behind begin to answer at once (``Edge.at_once``); nobody gets in that way while the gate is shut."""
        answering = self._app.at_once(*request) if self._open.is_set() else None
        return None if answering is None else self._inside_with(answering)

    def with_body(self, *request: Any) -> Callable[[bytes], Coroutine[Any, Any, Any]] | None:
        """Let the app behind answer when the body is there (``Edge.with_body``); the gate may have been shut by then."""
        begin = self._app.with_body(*request)
        return None if begin is None else lambda body: self._inside_with(begin(body))

    async def _inside_with(self, answering: Coroutine[Any, Any, Any]) -> Any:
        if not self._open.is_set():
            await self._open.wait()
        self._inside += 1
        try:
            return await answering
        finally:
            self._inside -= 1
            if self._exchanging:
                self._left.set()

    @contextlib.asynccontextmanager
    async def shut(self) -> AsyncIterator[None]:
        """Shut the gate, wait until only those are inside who shut it too, and open it in the end.

        Somebody who does not leave in thirty seconds, such as a slow upload, is not waited for.
        """
        self._exchanging += 1
        self._open.clear()
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PATIENCE_S):
                    while self._inside > self._exchanging:
                        self._left.clear()
                        await self._left.wait()
            yield
        finally:
            self._exchanging -= 1
            if not self._exchanging:
                self._open.set()
