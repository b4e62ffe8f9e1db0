"""A receiver of webhooks on the loopback, made of the standard library: requests are taken in threads and handed out one by one."""

from __future__ import annotations

import threading
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from bursar.domain.events import VERIFY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message
    from types import TracebackType

_MOST: Final = 1_048_576
_FORWARD_S: Final = 9
"""Shorter than the server waits for an answer."""
_HOP: Final = frozenset({"host", "connection", "content-length", "transfer-encoding", "accept-encoding"})


class Received:
    """One request that waits for its answer."""

    def __init__(self, body: bytes, headers: Message) -> None:
        self.body, self.headers = body, headers
        self.fields = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        self._answered = threading.Event()
        self.status = 503

    def answer(self, forward_to: str | None) -> int:
        """Pass it on with the same body and headers, and give its sender the same status; 502 when nobody is there."""
        self.status = _forwarded(forward_to, self) if forward_to else 200
        self._answered.set()
        return self.status

    def wait(self) -> int:
        """Wait for the answer; a sender that does not get one tries again."""
        self._answered.wait(_FORWARD_S)
        return self.status


class Receiving:
    """Listens on a port of the loopback, on another one when it is taken; iterating yields what comes, without end."""

    def __init__(self, port: int, path: str) -> None:
        queue: SimpleQueue[Received] = SimpleQueue()
        self._queue = queue

        class Asked(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:  # their name: http.server
                body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), _MOST))
                status = 404
                if self.path == path:
                    received = Received(body, self.headers)
                    queue.put(received)
                    status = 200 if received.fields.get("name") == VERIFY else received.wait()
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Keep quiet: whoever iterates shows what came."""

        try:
            self._server = ThreadingHTTPServer(("127.0.0.1", port), Asked)
        except OSError:
            self._server = ThreadingHTTPServer(("127.0.0.1", 0), Asked)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def __iter__(self) -> Iterator[Received]:
        while True:
            yield self._queue.get()


def _forwarded(url: str, received: Received) -> int:
    """Send it on; by hand, since urllib writes the names of headers anew."""
    target = urlsplit(url)
    kind = HTTPSConnection if target.scheme == "https" else HTTPConnection
    connection = kind(target.netloc, timeout=_FORWARD_S)
    try:
        connection.putrequest("POST", urlunsplit(("", "", target.path or "/", target.query, "")), skip_accept_encoding=True)
        for name, value in received.headers.items():
            if name.lower() not in _HOP:
                connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(received.body)))
        connection.endheaders(received.body)
        return connection.getresponse().status
    except (OSError, HTTPException, ValueError):
        return 502
    finally:
        connection.close()
