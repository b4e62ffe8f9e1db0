"""Uvicorn's HTTP/1.1 protocol with a short way for what can be answered at once.

Reading one object from SQLite never waits. A task, an event, a scope and two messages around it would cost as much as the reading:
so such a request is answered where its headers end, and its answer is written as it is. Everything else goes uvicorn's way,
and so does whatever turns out to wait after all.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from http import HTTPStatus
from types import coroutine
from typing import TYPE_CHECKING, Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bursar.surfaces.http.answer import lines, write

if TYPE_CHECKING:
    from asyncio import TimerHandle
    from collections.abc import Callable, Coroutine, Generator

    from bursar.surfaces.http.answer import Answer

    Headers = list[tuple[bytes, bytes]]
    Answering = Coroutine[Any, Any, Answer]
    AtOnce = Callable[[str, bytes, Headers], Answering | None]

_STATUS: Final = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}
_BODY: Final = frozenset({b"content-length", b"transfer-encoding", b"expect", b"upgrade"})
"""What a GET that ends with its headers does not have."""
_LONG_AGO: Final = float("-inf")


class Noticing(HttpToolsProtocol):
    """One connection, which tells every request of it that the client is gone.

    uvicorn tells the last one only, and an earlier one that is being answered would write into nowhere: a fault with its trace.
    """

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._open: deque[Any] = deque()
        """What uvicorn knows of each request that is not answered yet, the first one first."""

    def connection_lost(self, exc: Exception | None) -> None:  # their name: asyncio
        """End, however many requests are under way."""
        for cycle in self._open:
            cycle.disconnected = True
        super().connection_lost(exc)

    def on_headers_complete(self) -> None:
        """Begin to answer a request, or let it wait for those before it."""
        super().on_headers_complete()
        self._open.append(self.cycle)

    def on_response_complete(self) -> None:
        """Go on to the next request."""
        self._open.popleft()
        super().on_response_complete()


class Prompt(Noticing):
    """One connection. ``at_once(path, query, headers)`` begins to answer a GET, or returns None for one that goes uvicorn's way."""

    def __init__(self, at_once: AtOnce, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._at_once = at_once
        self._answered = False
        self._answered_at = _LONG_AGO

    def on_message_begin(self) -> None:
        """Begin a request; the scope is made for who needs one."""
        self._answered = False
        self.url, self.headers, self.expect_100_continue = b"", [], False

    def on_headers_complete(self) -> None:
        """Answer at once, or begin to answer as uvicorn does."""
        answering = self._begun()
        if answering is None:
            self._hand_over(self.app)
            return
        try:
            waits = answering.send(None)
        except StopIteration as done:
            self._write(done.value)
        except Exception as error:  # noqa: BLE001 - uvicorn answers it and writes it down
            self._hand_over(partial(_fail, error))
        else:
            self._hand_over(partial(_finish, answering, waits))

    def on_body(self, body: bytes) -> None:
        """Take a part of a body."""
        if not self._answered:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        if not self._answered:
            super().on_message_complete()

    def data_received(self, data: bytes) -> None:  # their name: asyncio
        """Read; the timer of an idle connection is not set anew by each answer, it looks at the clock when it is over."""
        timer, self.timeout_keep_alive_task = self.timeout_keep_alive_task, None
        super().data_received(data)
        if self._answered and not self.transport.is_closing():
            self.timeout_keep_alive_task = timer or self._timer(self.timeout_keep_alive)
        elif timer is not None:
            timer.cancel()

    def timeout_keep_alive_handler(self) -> None:  # their name: uvicorn
        """Close a connection that was idle for so long."""
        left_s = self._answered_at + self.timeout_keep_alive - self.loop.time()
        if left_s > 0:
            self.timeout_keep_alive_task = self._timer(left_s)
        else:
            super().timeout_keep_alive_handler()

    def _timer(self, after_s: float) -> TimerHandle:
        return self.loop.call_later(after_s, self.timeout_keep_alive_handler)

    def _begun(self) -> Answering | None:
        """Begin to answer a plain GET without a body on a connection that stays open and has nothing else under way."""
        parser, url = self.parser, self.url
        cycle: Any = self.cycle  # None before the first one
        if parser.get_method() != b"GET" or not url.startswith(b"/") or b"%" in url or b"#" in url or not url.isascii():
            return None
        if (cycle is not None and not cycle.response_complete) or self.flow.write_paused:
            return None
        if not parser.should_keep_alive() or parser.get_http_version() != "1.1":
            return None
        headers = self.headers
        for name, _ in headers:
            if name in _BODY:
                return None
        path, _, query = url.partition(b"?")
        return self._at_once(path.decode("ascii"), query, headers)

    def _write(self, answer: Answer) -> None:
        """Write a whole answer, with the headers of uvicorn's own that every answer has."""
        own = b"".join([b"%b: %b\r\n" % pair for pair in self.server_state.default_headers])
        self.transport.write(b"%b%b%b\r\n%b" % (_STATUS[answer.status], own, lines(answer), answer.body))
        self.server_state.total_requests += 1
        self._answered = True
        self._answered_at = self.loop.time()

    def _hand_over(self, app: Any) -> None:
        """Let uvicorn answer this one request by an app."""
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.headers, self.expect_100_continue = url, headers, expects
        self.scope["headers"] = headers
        self.scope["extensions"] = self._extensions()
        mine, self.app = self.app, app
        try:
            super().on_headers_complete()
        finally:
            self.app = mine

    def _extensions(self) -> dict[str, Any]:
        return {}


class Droppable(Prompt):
    """The same, which lets the application close the connection without an answer (faults on demand)."""

    def _extensions(self) -> dict[str, Any]:
        return {"bursar.drop": self.transport.abort}


async def _finish(answering: Answering, waits: Any, _scope: Any, _receive: Any, send: Any) -> None:
    """Send an answer that was begun and waits for something."""
    await write(send, await _going_on(answering, waits))


async def _fail(error: Exception, _scope: Any, _receive: Any, _send: Any) -> None:
    raise error


@coroutine
def _going_on(running: Answering, waits: Any) -> Generator[Any, Any, Answer]:
    """Go on with a coroutine whose first step was made by hand, in a task."""
    try:
        while True:
            try:
                sent = yield waits
            except BaseException as error:  # noqa: BLE001 - it is the coroutine's to deal with
                waits = running.throw(error)
            else:
                waits = running.send(sent)
    except StopIteration as done:
        answer: Answer = done.value
        return answer
