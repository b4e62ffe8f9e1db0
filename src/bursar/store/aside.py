"""A thread of one's own that makes calls which would hold up the loop, one after the other.

``loop.run_in_executor`` does the same for any number of threads, by way of two kinds of futures: of a commit that a batch
waits for, that was a tenth of a millisecond in which nothing else ran.
"""

from __future__ import annotations

import asyncio
import contextlib
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Aside:
    """One thread, begun with the first call; calls that are under way when the process ends are not waited for, unless it is closed."""

    def __init__(self, name: str) -> None:
        self._calls: SimpleQueue[tuple[Callable[[], Any], asyncio.Future[Any]] | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name=name, daemon=True)

    def run(self, call: Callable[[], T]) -> asyncio.Future[T]:
        """Make a call after those before it, unless it is cancelled until then; the future has its result or error. Asked on the loop."""
        if self._thread.ident is None:
            self._thread.start()
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._calls.put((call, future))
        return future

    def close(self) -> None:
        """Finish all calls and end."""
        if self._thread.ident is not None:
            self._calls.put(None)
            self._thread.join()

    def _work(self) -> None:
        while _make(self._calls.get()):
            pass


def _make(asked: tuple[Callable[[], Any], asyncio.Future[Any]] | None) -> bool:
    """Make one call, None for no more; nothing of it is held once it is made, a long read may answer many rows."""
    if asked is None:
        return False
    call, future = asked
    if future.cancelled():
        return True
    try:
        result, error = call(), None
    except BaseException as raised:  # noqa: BLE001 - it is the caller's
        result, error = None, raised
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
        future.get_loop().call_soon_threadsafe(settle, future, result, error)
    return True


def settle(future: asyncio.Future[T], result: T, error: BaseException | None) -> None:
    """Answer who still waits, with the error if there is one."""
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
