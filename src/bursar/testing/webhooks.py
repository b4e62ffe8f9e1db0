"""A receiver of webhooks for tests: it registers callbacks, answers their verification, and keeps what it is sent."""

from __future__ import annotations

import hmac
import json
import threading
import time
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self
from urllib.parse import parse_qsl, urlsplit

from bursar.delivery.messages import EVENT_ID, SIGNATURE, signature
from bursar.domain.events import VERIFY

if TYPE_CHECKING:
    from collections.abc import Callable

    from bursar.testing.books import Books

_WAIT_S: Final = 20.0


class Webhook(NamedTuple):
    """One delivery: its event, the id of what changed, all fields of the form, and the id that repeated deliveries share.

    ``signed`` tells that the signature is the one the callback's verifier makes.
    """

    event: str
    object_id: int
    fields: dict[str, str]
    event_id: str
    signed: bool


class Webhooks:
    """Receives the webhooks of one business's callbacks; use it as a context. ``status`` is what it answers, 200 unless set."""

    def __init__(self, books: Books) -> None:
        self._books, self.status = books, 200
        self._verifiers: dict[str, str] = {}
        self._received: list[Webhook] = []
        self._changed = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _answering(self._take))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def received(self) -> list[Webhook]:
        """What came so far, verification codes left out."""
        with self._changed:
            return list(self._received)

    def register(self, event: str = "all") -> int:
        """Register a verified callback for an event, for a noun's events ("invoice") or for all; answers its id.

        Raises ValueError for an event that does not exist.
        """
        path = f"/{event}"
        made = self._asked("POST", "", {"event": event, "uri": self.url + path})
        with self._changed:
            assert self._changed.wait_for(lambda: path in self._verifiers, _WAIT_S), "no verification code came"
        self._asked("PUT", f"/{made['callbackid']}", {"verifier": self._verifiers[path]})
        return int(made["callbackid"])

    def wait(self, event: str, count: int = 1) -> list[Webhook]:
        """Wait until an event came so many times; answers these. Raises TimeoutError after twenty seconds, saying what came."""
        deadline = time.monotonic() + _WAIT_S
        with self._changed:
            while len(found := [each for each in self._received if each.event == event]) < count:
                if not self._changed.wait(max(0.0, deadline - time.monotonic())):
                    raise TimeoutError(f"{event} came {len(found)} times; there came {[each.event for each in self._received]}")
        return found

    def close(self) -> None:
        """Stop receiving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def _take(self, path: str, headers: dict[str, str], body: bytes) -> int:
        fields = parse_qsl(body.decode(), keep_blank_values=True)
        known = dict(fields)
        with self._changed:
            if known["name"] == VERIFY:
                self._verifiers[path] = known["verifier"]
            else:
                made = signature(fields, self._verifiers.get(path, ""))
                signed = hmac.compare_digest(made, headers.get(SIGNATURE, ""))
                self._received.append(Webhook(known["name"], int(known["object_id"]), known, headers.get(EVENT_ID, ""), signed))
            self._changed.notify_all()
            return self.status

    def _asked(self, method: str, path: str, callback: dict[str, Any]) -> dict[str, Any]:
        connection = HTTPConnection(urlsplit(self._books.url).netloc, timeout=60)
        try:
            whole = f"/events/account/{self._books.account_id}/events/callbacks{path}"
            connection.request(method, whole, json.dumps({"callback": callback}), {"Authorization": f"Bearer {self._books.token}"})
            answer = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        if "response" not in answer:
            raise ValueError("; ".join(answer.get("details", [])) or answer.get("message"))
        shown: dict[str, Any] = answer["response"]["result"]["callback"]
        return shown


def _answering(take: Callable[[str, dict[str, str], bytes], int]) -> type[BaseHTTPRequestHandler]:
    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:  # their name: http.server
            status = take(self.path, dict(self.headers), self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    return Answering
