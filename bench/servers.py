"""Starts the programs under load, looks at their memory and processor time, and ends them: only those started here."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent
SCRATCH = ROOT / ".bench"
VENV = ROOT / ".venv" / "bin"
PEERS = SCRATCH / "venv" / "bin"
UVICORN = ("--host", "127.0.0.1", "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning")
TICKS = os.sysconf("SC_CLK_TCK")
COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}
"""Modules are kept compiled, as an installed package is; else every start would compile every one again."""


class NotStarted(Exception):
    """A program ended or stayed silent instead of answering."""


class Answer(NamedTuple):
    """What one plain request got back."""

    status: int
    body: bytes

    def json(self) -> Any:
        """Read the body as JSON."""
        return json.loads(self.body)


class Server:
    """A program started here, in a session of its own."""

    def __init__(self, name: str, command: Sequence[str], url: str, env: Mapping[str, str] | None = None) -> None:
        self.name = name
        self.url = url
        self.log = SCRATCH / "logs" / f"{name}.log"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.started = time.perf_counter()
        with self.log.open("ab") as log:
            self.child = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **COMPILED, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def pids(self) -> list[int]:
        """List the program and its descendants."""
        return descendants(self.child.pid)

    def cpu_s(self) -> float:
        """Processor time used so far by the program and its descendants."""
        return sum(cpu_ticks(pid) for pid in self.pids()) / TICKS

    def anonymous_mb(self) -> float:
        """RssAnon of the program and its descendants, in MB of 1,000,000 bytes."""
        return sum(rss_anon_kib(pid) for pid in self.pids()) * 1024 / 1e6

    def wait(self, path: str, token: str = "", limit_s: float = 60) -> float:
        """Ask for `path` until it is answered with 200; return seconds since the start, or raise NotStarted."""
        while time.perf_counter() - self.started < limit_s:
            if self.child.poll() is not None:
                break
            with contextlib.suppress(OSError, http.client.HTTPException):
                if ask(self.url + path, token=token).status == http.HTTPStatus.OK:
                    return time.perf_counter() - self.started
            time.sleep(0.005)
        tail = self.log.read_text(encoding="utf-8", errors="replace")[-1500:]
        message = f"{self.name} did not answer {path}:\n{tail}"
        raise NotStarted(message)

    def stop(self) -> None:
        """End the program gracefully, and after ten seconds forcibly."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            if self.child.poll() is not None:
                return
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.child.pid, sign)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.child.wait(10)


@contextlib.contextmanager
def running(server: Server) -> Iterator[Server]:
    """Hold a started program and end it whatever happens."""
    try:
        yield server
    finally:
        server.stop()


def uvicorn_of(python: Path, app: str, port: int) -> list[str]:
    """Build the command that serves an application with the settings all sides share."""
    return [str(python), "-m", "uvicorn", app, "--port", str(port), *UVICORN]


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def ask(
    url: str,
    method: str = "GET",
    *,
    token: str = "",
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    limit_s: float = 30,
) -> Answer:
    """Send one plain request; a `body` of bytes goes as it is, anything else as JSON."""
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    sent = dict(headers or {})
    if token:
        sent["Authorization"] = f"Bearer {token}"
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
        sent.setdefault("Content-Type", "application/json")
    line = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=limit_s)
    try:
        line.request(method, target, body, sent)
        response = line.getresponse()
        return Answer(response.status, response.read())
    finally:
        line.close()


def stat_of(pid: int) -> list[str]:
    """Read the fields of /proc/PID/stat after the name: state is 0, parent 1, utime 11, stime 12, cutime 13, cstime 14."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def cpu_ticks(pid: int, *, with_reaped: bool = False) -> int:
    """Return the ticks a program used, with those of its ended children if asked."""
    fields = stat_of(pid)
    return sum(map(int, fields[11 : 15 if with_reaped else 13])) if fields else 0


def rss_anon_kib(pid: int) -> int:
    """Return RssAnon of one program in KiB; 0 when it is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1])
    return 0


def all_pids() -> list[int]:
    """List the programs that run now."""
    return [int(name) for name in sorted(path.name for path in Path("/proc").iterdir()) if name.isdigit()]


def descendants(pid: int) -> list[int]:
    """List `pid` and everything below it."""
    children: dict[int, list[int]] = {}
    for other in all_pids():
        fields = stat_of(other)
        if fields:
            children.setdefault(int(fields[1]), []).append(other)
    found, open_ends = [], [pid]
    while open_ends:
        found.append(open_ends.pop())
        open_ends += children.get(found[-1], [])
    return found
