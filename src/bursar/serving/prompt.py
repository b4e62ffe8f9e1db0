"""Uvicorn's HTTP/1.1 protocol with a short way for the calls of the catalogue.

Reading one object from SQLite never waits. A task, an event, a scope and two messages around it would cost as much as the reading:
so such a request is answered where its headers end, and its answer is written as it is. What waits, or has a body to wait for, gets a
task and nothing else. Pages, big bodies and whatever is unusual in form go uvicorn's way.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from http import HTTPStatus
from types import coroutine
from typing import TYPE_CHECKING, Any, Final, Protocol

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bursar.surfaces.http.answer import lines
from bursar.surfaces.http.faults import DROP

if TYPE_CHECKING:
    from asyncio import TimerHandle
    from collections.abc import Callable, Coroutine, Generator

    from bursar.surfaces.http.answer import Answer, Headers

    Answering = Coroutine[Any, Any, Answer]
    Begin = Callable[[bytes], Answering]

_STATUS: Final = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}
_METHODS: Final = frozenset({b"GET", b"POST", b"PUT", b"DELETE"})
_UNUSUAL: Final = frozenset({b"transfer-encoding", b"expect", b"upgrade"})
_SMALL: Final = 65_536
"""So much of a body is held before anybody looks at it; uvicorn's own bound."""
_LONG_AGO: Final = float("-inf")


class Noticing(HttpToolsProtocol):
    """One connection, which tells every request of it that the client is gone.

    uvicorn tells the last one only, and an earlier one that is being answered would write into nowhere: a fault with its trace.
    """

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._open: deque[Any] = deque()
        """What is known of each request that is not answered yet, the first one first."""

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


class Shortcut(Protocol):
    """An app that can be asked without ASGI (``Edge``, and the gate before it)."""

    def at_once(self, path: str, query: bytes, headers: Headers) -> Answering | None:
        """Begin to answer a GET whose first step needs no task; None for one that is asked another way."""

    def with_body(self, method: str, path: str, query: bytes, headers: Headers) -> Begin | None:
        """Return what answers a request once its body is there; None for one that is asked the way of ASGI."""


class Underway:
    """What uvicorn's protocol asks of a request under way, for one that is answered without ASGI; nobody waits for its messages."""

    __slots__ = ("disconnected", "keep_alive", "response_complete")

    def __init__(self) -> None:
        self.disconnected = self.response_complete = False
        self.keep_alive = True

    @property
    def message_event(self) -> Underway:
        """Uvicorn sets it when the client is gone."""
        return self

    def set(self) -> None:
        """Nobody waits for it."""


class Prompt(Noticing):
    """One connection."""

    def __init__(self, shortcut: Shortcut, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._shortcut = shortcut
        self._begin: Begin | None = None
        self._body = b""
        self._answered = False
        self._answered_at = _LONG_AGO

    def on_message_begin(self) -> None:
        """Begin a request; the scope is made for who needs one."""
        self._answered = False
        self._begin, self._body = None, b""
        self.url, self.headers, self.expect_100_continue = b"", [], False

    def on_headers_complete(self) -> None:
        """Answer at once, or when the body is there, or begin to answer as uvicorn does."""
        length = self._plain()
        if length is None:
            self._hand_over(self.app)
            return
        method, (path, _, query) = self.parser.get_method(), self.url.partition(b"?")
        asked = (path.decode("ascii"), query, self.headers)
        answering = self._shortcut.at_once(*asked) if method == b"GET" and not length else None
        if answering is not None:
            self._step(answering)
            return
        self._begin = self._shortcut.with_body(method.decode("ascii"), *asked)
        if self._begin is None:
            self._hand_over(self.app)
        else:
            self._wait()

    def on_body(self, body: bytes) -> None:
        """Take a part of a body."""
        if self._begin is not None:
            self._body += body
        elif not self._answered:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        if self._begin is not None:
            self._start(self._begin(self._body), self._open[-1])
        elif not self._answered:
            super().on_message_complete()

    def data_received(self, data: bytes) -> None:  # their name: asyncio
        """Read; the timer of an idle connection is not set anew by each answer, it looks at the clock when it is over."""
        timer, self.timeout_keep_alive_task = self.timeout_keep_alive_task, None
        super().data_received(data)
        if self._answered and not self._open and not self.transport.is_closing():
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

    def _plain(self) -> int | None:
        """Return the length of a body that is short enough, of a usual request on an open connection with nothing else under way."""
        parser, url = self.parser, self.url
        cycle: Any = self.cycle  # None before the first one
        if parser.get_method() not in _METHODS or not url.startswith(b"/") or b"%" in url or b"#" in url or not url.isascii():
            return None
        if (cycle is not None and not cycle.response_complete) or self.flow.write_paused:
            return None
        if not parser.should_keep_alive() or parser.get_http_version() != "1.1":
            return None
        length = 0
        for name, value in self.headers:
            if name == b"content-length":
                length = int(value)  # the parser lets nothing but digits pass
            elif name in _UNUSUAL:
                return None
        return length if length <= _SMALL else None

    def _step(self, answering: Answering) -> None:
        """Make the first step of an answer by hand; mostly it is the last one, too."""
        try:
            waits = answering.send(None)
        except StopIteration as done:
            self._write(done.value)
            self.server_state.total_requests += 1
            self._answered = True
        except Exception as error:  # noqa: BLE001 - uvicorn answers it and writes it down
            self._hand_over(partial(_fail, error))
        else:
            self._answered = True
            self._start(_going_on(answering, waits), self._wait())

    def _wait(self) -> Underway:
        """Let a request be under way; who stops meanwhile waits for its answer."""
        cycle = Underway()
        self.cycle = cycle  # type: ignore[assignment]  # it knows what is asked of it
        self._open.append(cycle)
        return cycle

    def _start(self, answering: Answering, cycle: Underway) -> None:
        """Answer in a task of its own."""
        task = self.loop.create_task(self._answer(answering, cycle))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _answer(self, answering: Answering, cycle: Underway) -> None:
        try:
            answer = await answering
            if self.flow.write_paused and not cycle.disconnected:
                await self.flow.drain()
            if not cycle.disconnected:
                self._write(answer, last=not cycle.keep_alive)
        except BaseException:
            self.transport.abort()  # so that nobody waits for an answer
            raise
        finally:
            cycle.response_complete = True
            self.on_response_complete()

    def _write(self, answer: Answer, *, last: bool = False) -> None:
        """Write a whole answer, with the headers of uvicorn's own that every answer has."""
        own = b"".join([b"%b: %b\r\n" % pair for pair in self.server_state.default_headers])
        end = b"connection: close\r\n\r\n" if last else b"\r\n"
        self.transport.write(b"%b%b%b%b%b" % (_STATUS[answer.status], own, lines(answer), end, answer.body))
        self._answered_at = self.loop.time()
        if last:
            self.transport.close()

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
        return {DROP: self.transport.abort}


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
