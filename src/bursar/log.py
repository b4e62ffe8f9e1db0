"""The log of the process: lines with fields, and where all of them go.

Lines pass through Python's logging, so whoever holds this package in a process of their own gets them as they have set it up. structlog
would write them as well, but takes a twelfth of a start to import.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
import time
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

Mode = Literal["json", "text", "off"]

_TOGETHER_S: Final = 0.05
encode: Final = msgspec.json.Encoder(enc_hook=repr).encode


class Log:
    """Writes lines under a name: what happened, with what there is to know of it as fields."""

    def __init__(self, name: str) -> None:
        self._to = logging.getLogger(name)

    def debug(self, event: str, **fields: Any) -> None:
        """Write what only whoever looks for something wants to read."""
        self._to.debug(_Told(event, fields))

    def note(self, event: str, **fields: Any) -> None:
        """Write what happened as it should."""
        self._to.info(_Told(event, fields))

    def warning(self, event: str, **fields: Any) -> None:
        """Write what went wrong and will be tried again, or was to be expected."""
        self._to.warning(_Told(event, fields))

    def exception(self, event: str, **fields: Any) -> None:
        """Write a fault of ours with its trace; called where it was caught."""
        self._to.exception(_Told(event, fields))


class _Told:
    """An event with its fields, which other handlers of Python's logging than ours see as a text."""

    __slots__ = ("event", "fields")

    def __init__(self, event: str, fields: dict[str, Any]) -> None:
        self.event, self.fields = event, fields

    def __str__(self) -> str:
        return " ".join([self.event, *(f"{name}={value!r}" for name, value in self.fields.items())])


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


def configure(mode: Mode, sink: Sink) -> None:
    """Send every line of the process the same way: ours, of which "off" leaves warnings and errors, and of libraries these alone."""
    logging.basicConfig(handlers=[_Lines(sink, _as_text if mode == "text" else _as_json)], level=logging.WARNING, force=True)
    logging.getLogger("bursar").setLevel(logging.WARNING if mode == "off" else logging.INFO)


class _Lines(logging.Handler):
    """Puts lines into a sink, written as said."""

    def __init__(self, sink: Sink, written: Callable[[logging.LogRecord], bytes]) -> None:
        super().__init__()
        self._sink, self._written = sink, written

    def emit(self, record: logging.LogRecord) -> None:
        """Take a line; one that cannot be written is no reason for whoever wrote it to fail."""
        try:
            line = self._written(record)
        except Exception:  # noqa: BLE001 - whatever a library or a message has in it
            self.handleError(record)
        else:
            self._sink.put(line)


def _as_json(record: logging.LogRecord) -> bytes:
    event, fields = _parts(record)
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
    line = {"time": f"{moment}.{int(record.msecs):03d}Z", "level": record.levelname.lower(), "event": event, **fields}
    trace = _trace(record)
    return encode({**line, "exception": trace} if trace else line)


def _as_text(record: logging.LogRecord) -> bytes:
    moment = time.strftime("%H:%M:%S", time.gmtime(record.created))
    line, trace = f"{moment} {record.levelname:<8} {_Told(*_parts(record))}", _trace(record)
    return (f"{line}\n{trace}" if trace else line).encode("utf-8", "replace")


def _parts(record: logging.LogRecord) -> tuple[str, dict[str, Any]]:
    """Take a line apart; one of a library has its logger as its only field."""
    told = record.msg
    return (told.event, told.fields) if isinstance(told, _Told) else (record.getMessage(), {"logger": record.name})


def _trace(record: logging.LogRecord) -> str:
    return logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
