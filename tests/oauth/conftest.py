"""The authorization server on both databases; each test has a person and an app of its own."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from typing import TYPE_CHECKING

import apsw
import asyncpg
import pytest

from tests.oauth.place import POSTGRESQL_DDL, SQLITE_DDL, START_US, Flow, Place, opened
from tests.store.databases import fresh_database, postgresql_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NUMBERS = itertools.count(1)


def new_file(folder: Path) -> Path:
    path = folder / "books.db"
    with contextlib.closing(apsw.Connection(str(path))) as connection:
        for statement in SQLITE_DDL:
            connection.execute(statement)
    return path


async def fill(url: str) -> None:
    connection = await asyncpg.connect(url)
    for statement in POSTGRESQL_DDL:
        await connection.execute(statement)
    await connection.close()


@contextlib.contextmanager
def new_database() -> Iterator[str]:
    with asyncio.Runner() as runner, postgresql_server() as server_url:
        database = fresh_database(server_url)
        url = runner.run(database.__aenter__())
        runner.run(fill(url))
        yield url
        runner.run(database.__aexit__(None, None, None))


@pytest.fixture(scope="session", params=["lite", "pg"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("oauth")
    with contextlib.ExitStack() as stack:
        target = new_file(folder) if request.param == "lite" else stack.enter_context(new_database())
        yield stack.enter_context(opened(target))


@pytest.fixture
def place(running: Place) -> Place:
    running.clock.us = START_US
    return running


@pytest.fixture
def flow(place: Place) -> Flow:
    return Flow(place, next(NUMBERS))


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Place]:
    """A server as in production: limits on, no loopback addresses, cookies for https only."""
    with opened(new_file(tmp_path), limited=True, allow_http_localhost=False, secure_cookies=True) as place:
        yield place


@pytest.fixture
def books_file(tmp_path: Path) -> Path:
    return new_file(tmp_path)
