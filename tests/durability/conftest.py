"""Servers to be killed, one for each database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.durability.running import Bursar
from tests.store.databases import OwnServer, fresh_database, postgresql_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def bytecode(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the bytecode of the servers."""
    return tmp_path_factory.mktemp("bytecode")


@pytest.fixture
def sqlite_bursar(tmp_path: Path, bytecode: Path) -> Iterator[Bursar]:
    """A server over a file, not started yet."""
    bursar = Bursar(tmp_path, bytecode)
    yield bursar
    bursar.close()


@pytest.fixture
async def postgresql_bursar(tmp_path: Path, bytecode: Path) -> AsyncIterator[Bursar]:
    """A server over a PostgreSQL database, not started yet."""
    with postgresql_server() as server_url:
        async with fresh_database(server_url) as url:
            bursar = Bursar(tmp_path, bytecode, url)
            yield bursar
            bursar.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def bursar(request: pytest.FixtureRequest) -> Bursar:
    """A server over each of the databases, not started yet."""
    chosen: Bursar = request.getfixturevalue(f"{request.param}_bursar")
    return chosen


@pytest.fixture
def own_server() -> Iterator[OwnServer]:
    """A PostgreSQL server that the test may stop."""
    server = OwnServer()
    yield server
    server.close()
