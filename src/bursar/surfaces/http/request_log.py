"""One line of the log for each request.

It takes the short way around Python's logging: it is one dictionary, encoded once.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from bursar.log import encode

if TYPE_CHECKING:
    from bursar.log import Mode, Sink

_LONGEST_PATH: Final = 300
SECRET_PATHS: Final = ("/_/link/", "/uploads/images/", "/uploads/attachments/", "/service/uploads/images/", "/service/uploads/attachments/")


class Seen:
    """What is known of a request while it is answered; the log and the meter read it afterwards."""

    __slots__ = ("business_id", "fault", "identity", "ignored", "limits", "operation", "request_id", "status")

    def __init__(self, request_id: bytes) -> None:
        self.request_id = request_id
        self.operation = self.fault = ""
        self.status = 0
        self.identity = self.business_id = 0
        self.ignored: tuple[str, ...] = ()
        self.limits: list[tuple[bytes, bytes]] | None = None


class RequestLog:
    """Writes the line of each request. A path is told without its query, and without what opens something by itself."""

    def __init__(self, mode: Mode, sink: Sink) -> None:
        self._sink = sink
        self._line = _as_json if mode == "json" else _as_text
        self._second = 0
        self._day = ""

    def write(self, method: str, path: str, seen: Seen, took_s: float) -> None:
        """Write one line."""
        line: dict[str, Any] = {
            "time": self._now(),
            "level": "error" if seen.status >= 500 else "info",
            "event": "request",
            "request": seen.request_id.decode(),
            "method": method,
            "path": path[:_LONGEST_PATH],
            "operation": seen.operation,
            "status": seen.status,
            "ms": round(took_s * 1000, 3),
        }
        if seen.identity:
            line["identity"] = seen.identity
        if seen.business_id:
            line["business"] = seen.business_id
        if seen.fault:
            line["fault"] = seen.fault
        if seen.ignored:
            line["ignored"] = seen.ignored
        self._sink.put(self._line(line))

    def _now(self) -> str:
        """Return the moment in UTC; the text of a second is made once."""
        now = time.time()
        second = int(now)
        if second != self._second:
            self._second, self._day = second, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return f"{self._day}.{int((now - second) * 1000):03d}Z"


def without_secret(path: str) -> str:
    """Return a path of a page as the log may tell it: what follows a secret's place is starred out."""
    for start in SECRET_PATHS:
        if path.startswith(start):
            return f"{start}***"
    return path


def _as_json(line: dict[str, Any]) -> bytes:
    return encode(line)


def _as_text(line: dict[str, Any]) -> bytes:
    more = "".join(
        f" {name}={line[name]}" for name in ("operation", "identity", "business", "fault", "ignored", "request") if line.get(name)
    )
    path = "".join([sign if sign.isprintable() else "?" for sign in line["path"]])
    return f"{line['time'][11:19]} {line['method']:<6} {line['status']} {line['ms']:>8.1f} ms  {path} {more}".encode("utf-8", "replace")
