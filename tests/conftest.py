"""What every test may ask for: ``server`` is a fresh business on a running server, once on SQLite and once on PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.store.databases import fresh_database, postgresql_server
from tests.support.clock import START
from tests.support.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.tenant import Tenant

DATABASES = ("sqlite", "postgresql")


class Places:
    """The servers of a test run (of one xdist worker), each started when first asked for."""

    def __init__(self, folders: pytest.TempPathFactory) -> None:
        self._folders = folders
        self._stack = contextlib.ExitStack()
        self._running: dict[str, Place] = {}
        self._tried: set[str] = set()

    def on(self, database: str) -> Place:
        """Answer the server on ``sqlite`` or ``postgresql``."""
        if database not in self._running:
            if database in self._tried:
                pytest.fail("the server did not start for an earlier test")
            self._tried.add(database)
            place = Place(self._sqlite_file() if database == "sqlite" else self._postgresql_url())
            self._stack.callback(place.close)
            self._running[database] = place
        return self._running[database]

    def close(self) -> None:
        """Stop them all."""
        self._stack.close()

    def _sqlite_file(self) -> Path:
        """Name a file in memory where the system has such a place: what must outlive a power cut is tested elsewhere."""
        memory = Path("/dev/shm")  # noqa: S108 - a folder of our own is made inside
        if os.access(memory, os.W_OK):
            return Path(self._stack.enter_context(tempfile.TemporaryDirectory(dir=memory))) / "books.db"
        return self._folders.mktemp("books") / "books.db"

    def _postgresql_url(self) -> str:
        server_url = self._stack.enter_context(postgresql_server())
        runner = self._stack.enter_context(asyncio.Runner())
        database = fresh_database(server_url)
        self._stack.callback(lambda: runner.run(database.__aexit__(None, None, None)))
        return runner.run(database.__aenter__())


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    opened = Places(tmp_path_factory)
    yield opened
    opened.close()


@pytest.fixture(params=DATABASES)
def server(request: pytest.FixtureRequest, places: Places) -> Tenant:
    """A new business on a running server; the clock stands at ``clock.START``."""
    place = places.on(request.param)
    place.clock.set(START)
    return place.tenant()
