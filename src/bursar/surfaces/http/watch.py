"""Watches requests: gives each an id, counts it, writes its line."""

from __future__ import annotations

import itertools
import re
import secrets
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from bursar.surfaces.http.meter import Meter
    from bursar.surfaces.http.request_log import RequestLog, Seen

    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_SANE_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")
PAGES: Final = (
    ("/_/link/", "share_links.open"),
    ("/_/", "operation"),
    ("/auth/", "oauth"),
    ("/oauth/", "oauth"),
    ("/service/auth/", "oauth"),
    ("/.well-known/", "oauth"),
    ("/uploads/", "uploads.get"),
    ("/service/uploads/", "uploads.get"),
)


class Watch:
    """What is kept of each request; ``log`` None writes no lines."""

    def __init__(self, meter: Meter, log: RequestLog | None) -> None:
        self.meter, self.log = meter, log
        self._prefix = secrets.token_hex(4)
        self._numbers = itertools.count(1)

    def request_id(self, sent: bytes) -> bytes:
        """Return the id a proxy in front gave the request, when it is a sane one, else a new one."""
        if sent and _SANE_ID.fullmatch(sent):
            return sent
        return f"{self._prefix}-{next(self._numbers):06x}".encode()

    def saw(self, method: str, path: str, seen: Seen, took_s: float) -> None:
        """Count an answered request and write its line."""
        self.meter.saw(seen.operation or "unknown", seen.status, took_s)
        if self.log is not None:
            self.log.write(method, path, seen, took_s)

    def on_page(self, path: str, send: Send, seen: Seen) -> Send:
        """Return a ``send`` that notes what a page answers and adds the id of the request."""
        seen.operation = next((name for start, name in PAGES if path.startswith(start)), "")

        async def noting(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                seen.status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", seen.request_id)]
            await send(message)

        return noting
