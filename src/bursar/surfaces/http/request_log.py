"""One structured line per request, and where all lines of the log go.

A request's line takes the short way around structlog's processors: it is one dictionary, encoded once, and lines that
come within a twentieth of a second are written together.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec
import structlog

if TYPE_CHECKING:
    from typing import BinaryIO

Mode = Literal["json", "text", "off"]

_TOGETHER_S: Final = 0.05
_LONGEST_PATH: Final = 300
_ENCODE: Final = msgspec.json.Encoder(enc_hook=repr).encode
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


class Sink:
    """Lines on their way to a stream; whoever reads them may go away, the server does not mind."""

    def __init__(self, stream: BinaryIO | None = None) -> None:
        self._stream = stream
        self._lines: list[bytes] = []

    def put(self, line: bytes) -> None:
        """Take a line; without a running loop it is written at once."""
        self._lines.append(line)
        if len(self._lines) > 1:
            return
        try:
            asyncio.get_running_loop().call_later(_TOGETHER_S, self.flush)
        except RuntimeError:
            self.flush()

    def flush(self) -> None:
        """Write what was taken."""
        lines, self._lines = self._lines, []
        stream = self._stream or sys.stderr.buffer
        if lines:
            with contextlib.suppress(OSError, ValueError):
                stream.write(b"\n".join(lines) + b"\n")
                stream.flush()


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
    return _ENCODE(line)


def _as_text(line: dict[str, Any]) -> bytes:
    more = "".join(
        f" {name}={line[name]}" for name in ("operation", "identity", "business", "fault", "ignored", "request") if line.get(name)
    )
    path = "".join([sign if sign.isprintable() else "?" for sign in line["path"]])
    return f"{line['time'][11:19]} {line['method']:<6} {line['status']} {line['ms']:>8.1f} ms  {path} {more}".encode("utf-8", "replace")


class _Lines:
    """What structlog writes to."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def msg(self, line: str | bytes) -> None:
        """Take a rendered line."""
        self._sink.put(line if isinstance(line, bytes) else line.encode("utf-8", "replace"))

    debug = info = warning = warn = error = critical = fatal = exception = failure = log = msg  # their name: structlog


def configure(mode: Mode, sink: Sink) -> None:
    """Send every line of the process's log the same way; "off" leaves warnings and errors."""
    last: Any = structlog.processors.JSONRenderer(serializer=lambda line, **_: _ENCODE(line)) if mode == "json" else _for_people()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            *([structlog.processors.format_exc_info] if mode == "json" else []),
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger("warning" if mode == "off" else "info"),
        logger_factory=lambda *_: _Lines(sink),
        cache_logger_on_first_use=False,
    )


def _for_people() -> Any:
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), timestamp_key="time")
