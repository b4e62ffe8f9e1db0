"""A receiver of webhooks, in a program of its own: ``python -m bench.receiver PORT``.

What is posted to ``/`` is answered at once, what is posted to ``/later`` after 50 ms. ``GET /`` shows what came since
``DELETE /``: the event ids, when the first byte of each came, and the codes of callbacks.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs

import uvloop

from bench.servers import VENV, Server, ask, free_port

if TYPE_CHECKING:
    from bench.stage import Stage

LATER = "/later"
LATER_S = 0.05
EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_EVENT = re.compile(rb"\r\nx-bursar-event-id: *(\d+)", re.IGNORECASE)
_CODE = b"name=callback.verify"


class Arrivals(NamedTuple):
    """What came, in order: event ids and the instants of their first bytes; codes by the id of their callback."""

    ids: list[int]
    at_us: list[int]
    codes: dict[str, str]

    @property
    def rate(self) -> float:
        """Requests a second between the first and the last."""
        return (len(self.ids) - 1) / (self.at_us[-1] - self.at_us[0]) * 1e6


class Line(asyncio.Protocol):
    """One connection; requests come one after another."""

    def __init__(self, got: Arrivals) -> None:
        self._got = got
        self._read, self._began_us = b"", 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport: Any = transport  # uvloop's own kind

    def data_received(self, data: bytes) -> None:  # their name: asyncio
        """Read a piece; a whole request is noted and answered."""
        self._began_us = self._began_us or time.time_ns() // 1_000
        self._read += data
        head, over, body = self._read.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not over or len(body) < int(length[1] if length else 0):
            return
        verb, path, *_ = head.split(b" ", 2)
        at_us, self._read, self._began_us = self._began_us, b"", 0
        if verb == b"POST":
            self._note(head, body, at_us)
            if path == LATER.encode():
                asyncio.get_running_loop().call_later(LATER_S, self._answer, EMPTY)
                return
        elif verb == b"DELETE":
            for kept in self._got:
                kept.clear()
        else:
            shown = json.dumps(self._got._asdict() if path == b"/" else len(self._got.ids)).encode()
            self._answer(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(shown), shown))
            return
        self._answer(EMPTY)

    def _note(self, head: bytes, body: bytes, at_us: int) -> None:
        if body.startswith(_CODE):
            form = parse_qs(body.decode())
            self._got.codes[form["object_id"][0]] = form["verifier"][0]
            return
        event = _EVENT.search(head)
        self._got.ids.append(int(event[1]) if event else 0)
        self._got.at_us.append(at_us)

    def _answer(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)


class Receiver:
    """The running receiver as the other programs see it."""

    def __init__(self, stage: Stage) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        server = stage.started(Server("receiver", [str(VENV / "python"), "-m", "bench.receiver", str(port)], self.url))
        server.wait("/")

    def count(self) -> int:
        """Ask how many events came."""
        number: int = ask(self.url + "/count").json()
        return number

    def got(self) -> Arrivals:
        """Ask what came."""
        return Arrivals(**ask(self.url + "/").json())

    def forget(self) -> None:
        """Forget all that came."""
        ask(self.url + "/", "DELETE")


async def receive(port: int) -> None:
    """Receive until the program is ended."""
    got = Arrivals([], [], {})
    server = await asyncio.get_running_loop().create_server(lambda: Line(got), "127.0.0.1", port, backlog=256)
    await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(receive(int(sys.argv[1])))
