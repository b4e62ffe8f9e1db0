"""Limits on each of the three back-ends: this process, the database, a real Redis."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.clock import START

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Places
    from tests.support.tenant import Tenant

    Limited = Callable[..., Tenant]

BACK_ENDS = ("memory", "sql on sqlite", "sql on postgresql", "redis")
WAIT_S = 20


class Redis:
    """A Redis of our own, listening on a socket in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "redis"
        self.url = f"redis+unix://{self._socket}"
        self._running: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it and wait until it accepts."""
        options = ("--port", "0", "--unixsocket", str(self._socket), "--save", "", "--appendonly", "no")
        self._running = subprocess.Popen([program(), *options], stdout=subprocess.PIPE, text=True, cwd=self._socket.parent)
        assert self._running.stdout is not None
        for line in self._running.stdout:
            if "accept connections at" in line:
                return
        pytest.fail("Redis did not start")

    def stop(self) -> None:
        """End it at once."""
        if self._running is not None:
            self._running.kill()
            self._running.wait(WAIT_S)
            assert self._running.stdout is not None
            self._running.stdout.close()
            self._running = None


def program() -> str:
    """Return the path of the server, installing it where that is possible."""
    given = os.environ.get("BURSAR_TEST_REDIS")
    if given:
        return given
    need = Path(__file__).parents[2] / "tools" / "need"
    return subprocess.run([str(need), "redis-server"], check=True, capture_output=True, text=True).stdout.strip()


@contextlib.contextmanager
def redis_server() -> Iterator[Redis]:
    # Paths of sockets are short: pytest's own folders may be too deep.
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        redis = Redis(Path(folder))
        redis.start()
        yield redis
        redis.stop()


@pytest.fixture(scope="session")
def redis() -> Iterator[Redis]:
    if sys.platform == "win32":
        pytest.skip("Redis does not run here")
    with redis_server() as running:
        yield running


@pytest.fixture(params=BACK_ENDS)
def limited(request: pytest.FixtureRequest, places: Places) -> Limited:
    """Make a new business's server with these rates: ``limited(calls=3, posts=2)``, counted in each of the back-ends."""
    place = places.on("postgresql" if request.param == "sql on postgresql" else "sqlite")
    place.clock.set(START)
    more: dict[str, Any] = {"workers": 2} if request.param.startswith("sql") else {}
    redis_url = request.getfixturevalue("redis").url if request.param == "redis" else ""

    def made(calls: int, posts: int, window_s: int = 60) -> Tenant:
        limits = {"per_minute": calls, "accounting_post_per_minute": posts, "window_s": window_s, "redis_url": redis_url}
        return place.tenant().under(limits=limits, **more)

    return made
