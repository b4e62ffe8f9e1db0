"""The load tool: finds or installs wrk, sends one shot of load, and reads what wrk says about it."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.servers import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from bench.servers import Server

SCRIPT = __file__.removesuffix("load.py") + "requests.lua"
UNITS_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}
ANSWER_LIMIT_S = 30
_seeds = itertools.count(1)


class NoLoadTool(Exception):
    """wrk is not there and cannot be installed."""


class BadShot(Exception):
    """A shot that measured refusals or nothing: its figures would mean nothing."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One shot of load: requests a second, latency, processor time of the server per request (0 = not known)."""

    rate: float
    p50_ms: float
    p99_ms: float
    cpu_us: float = 0.0
    answers: int = 0


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent, and how: files of requests and tokens, connections, further headers."""

    url: str
    requests: Path | None = None
    tokens: Path | None = None
    connections: int = 32
    headers: tuple[str, ...] = ()


def find_wrk() -> str:
    """Return wrk's path, installing it by apt-get when missing and allowed; NoLoadTool otherwise."""
    found = shutil.which("wrk")
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "wrk"]):
            subprocess.run(command, check=False, env=env, stdout=subprocess.DEVNULL)
        found = shutil.which("wrk")
    if found is None:
        message = "wrk is missing: install it (Debian, Ubuntu: apt-get install wrk; macOS: brew install wrk)"
        raise NoLoadTool(message)
    return found


def write_lines(path: Path, lines: Iterable[str]) -> Path:
    """Write one line each and return the path."""
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def shoot(load: Load, seconds: float, server: Server | None = None) -> Shot:
    """Send one shot of load and read its figures; BadShot when any answer was not 2xx or a socket failed."""
    command = [find_wrk(), "-t1", f"-c{load.connections}", f"-d{max(1, round(seconds))}s", "--latency", f"--timeout={ANSWER_LIMIT_S}s"]
    for header in load.headers:
        command += ["-H", header]
    if load.requests is not None:
        command += ["-s", SCRIPT, load.url, "--", str(load.requests), str(load.tokens or "-"), str(next(_seeds))]
    else:
        command.append(load.url)
    before = server.cpu_s() if server else 0.0
    said = run_text(command, limit_s=seconds + 2 * ANSWER_LIMIT_S)
    used = (server.cpu_s() - before) if server else 0.0
    return read_shot(said, used)


def run_text(command: Sequence[str], limit_s: float, env: Mapping[str, str] | None = None) -> str:
    """Run a command in the project's folder to its end and return what it printed; RuntimeError with its complaint."""
    ran = subprocess.run(command, capture_output=True, text=True, timeout=limit_s, check=False, cwd=ROOT, env={**os.environ, **(env or {})})
    if ran.returncode:
        raise RuntimeError(f"{command[0]} failed: {ran.stderr[-2000:]}")
    return ran.stdout


def read_shot(said: str, cpu_s: float) -> Shot:
    """Read wrk's report: distribution, rate, and whether anything failed."""
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    sockets = re.search(r"Socket errors: (.*)", said)
    if failed or sockets:
        raise BadShot(failed.group(0) if failed else sockets.group(0) if sockets else "")
    answers = int(found(r"(\d+) requests in", said))
    if not answers:
        message = "nothing was answered"
        raise BadShot(message)
    return Shot(
        rate=float(found(r"Requests/sec:\s+([\d.]+)", said)),
        p50_ms=milliseconds(found(r"50%\s+([\d.]+\w+)", said)),
        p99_ms=milliseconds(found(r"99%\s+([\d.]+\w+)", said)),
        cpu_us=1e6 * cpu_s / answers,
        answers=answers,
    )


def found(pattern: str, said: str) -> str:
    """Return the group of `pattern`; BadShot when wrk did not print it."""
    match = re.search(pattern, said)
    if match is None:
        message = f"wrk said nothing like {pattern!r}: {said[-400:]}"
        raise BadShot(message)
    return match.group(1)


def milliseconds(text: str) -> float:
    """Read "1.31ms", "563.55us" or "2.01s"."""
    number = text.rstrip("".join(UNITS_MS))
    return float(number) * UNITS_MS[text.removeprefix(number)]
