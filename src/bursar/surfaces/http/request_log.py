"""One line of the log for each request.

It takes the short way around Python's logging: it is one struct, encoded once.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import msgspec

from bursar.log import encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from bursar.log import Mode, Sink
    from bursar.surfaces.http.faults import Rule

_LONGEST_PATH: Final = 300
SECRET_PATHS: Final = ("/_/link/", "/uploads/images/", "/uploads/attachments/", "/service/uploads/images/", "/service/uploads/attachments/")


class Seen(msgspec.Struct, gc=False):
    """What is known of a request while it is answered; the log and the meter read it afterwards.

    ``limits`` are the headers that tell how often the caller may still call, ``spoiled`` the fault that keeps its answer back.
    """

    request_id: bytes
    operation: str = ""
    status: int = 0
    identity: int = 0
    business_id: int = 0
    fault: str = ""
    ignored: tuple[str, ...] = ()
    limits: list[tuple[bytes, bytes]] | None = None
    spoiled: Rule | None = None


class _Line(msgspec.Struct, omit_defaults=True, frozen=True, gc=False):
    """The line of a request; the last four are told when there is something to tell."""

    time: str
    level: str
    event: str
    request: str
    method: str
    path: str
    operation: str
    status: int
    ms: float
    identity: int = 0
    business: int = 0
    fault: str = ""
    ignored: tuple[str, ...] = ()


class RequestLog:
    """Writes the line of each request. A path is told without its query, and without what opens something by itself."""

    def __init__(self, mode: Mode, sink: Sink) -> None:
        self._sink = sink
        self._encode: Callable[[_Line], bytes] = encode if mode == "json" else _as_text
        self._second = 0
        self._day = ""

    def write(self, method: str, path: str, seen: Seen, took_s: float) -> None:
        """Write one line."""
        line = _Line(
            self._now(),
            "error" if seen.status >= 500 else "info",
            "request",
            seen.request_id.decode(),
            method,
            path[:_LONGEST_PATH],
            seen.operation,
            seen.status,
            int(took_s * 1e6) / 1000,
            seen.identity,
            seen.business_id,
            seen.fault,
            seen.ignored,
        )
        self._sink.put(self._encode(line))

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


def _as_text(line: _Line) -> bytes:
    names = ("operation", "identity", "business", "fault", "ignored", "request")
    more = "".join(f" {name}={value}" for name in names if (value := getattr(line, name)))
    path = "".join([sign if sign.isprintable() else "?" for sign in line.path])
    return f"{line.time[11:19]} {line.method:<6} {line.status} {line.ms:>8.1f} ms  {path} {more}".encode("utf-8", "replace")
