"""A receiver of webhooks: a real HTTP server that remembers what it is sent and answers as it is told."""

from __future__ import annotations

import contextlib
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE_S = 20


class Received(NamedTuple):
    """One request: the path, the form as sent, in order, and the headers in small letters."""

    path: str
    form: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    body: bytes

    @property
    def fields(self) -> dict[str, str]:
        return dict(self.form)

    @property
    def event_id(self) -> str:
        return self.headers["x-bursar-event-id"]


def read(request: BaseHTTPRequestHandler) -> Received:
    """Read a request."""
    body = request.rfile.read(int(request.headers["Content-Length"]))
    form = tuple(parse_qsl(body.decode(), keep_blank_values=True))
    return Received(request.path, form, {name.lower(): value for name, value in request.headers.items()}, body)


class Receiver:
    """``answers`` says with which status; it may wait. Everything received is in ``got``, in the order of its arrival."""

    def __init__(self) -> None:
        self.got: list[Received] = []
        self.answers: Callable[[Received], int] = lambda _received: 200
        self._changed = threading.Condition()
        self.connections: set[Any] = set()
        receiver = self

        class Answering(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:  # their name: http
                received = read(self)
                receiver.note(received)
                status = receiver.answers(received)
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_arguments: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 64

            def process_request(self, request: Any, client_address: Any) -> None:  # their name: socketserver
                receiver.connections.add(request)
                super().process_request(request, client_address)

            def shutdown_request(self, request: Any) -> None:  # their name: socketserver
                receiver.connections.discard(request)
                super().shutdown_request(request)

            def handle_error(self, *_arguments: Any) -> None:  # their name: socketserver
                pass

        self._server = Server(("127.0.0.1", 0), Answering)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def note(self, received: Received) -> None:
        with self._changed:
            self.got.append(received)
            self._changed.notify_all()

    def wait(self, number: int, path: str = "") -> list[Received]:
        """Wait until so many requests came, at one path or at all."""

        def enough() -> list[Received]:
            mine = [each for each in self.got if path in ("", each.path)]
            return mine if len(mine) >= number else []

        with self._changed:
            found = self._changed.wait_for(enough, PATIENCE_S)
        assert found, f"{len(self.got)} came: {[each.fields for each in self.got]}"
        return found

    def close(self) -> None:
        """End as a program ends: connections that are kept open end, too, so nothing is answered from here any more."""
        self._server.shutdown()
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()
        self._thread.join(5)
