"""Books for the commands to work on."""

from __future__ import annotations

import asyncio
import json
import shutil
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.cli.commands import bursar, serving
from tests.store.databases import fresh_database, postgresql_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSWORD = "correct horse battery"
COMPANY = ("--email", "ann@example.com", "--owner", "Ann Lee", "--business", "Lee Studio")
PLACE = ("--currency", "CAD", "--timezone", "America/Toronto", "--country", "CA")


class Books(NamedTuple):
    """Where books are, as flags say it."""

    folder: Path
    url: str = ""

    @property
    def flags(self) -> tuple[object, ...]:
        """What every command is told."""
        return ("--data", self.folder / "data", *(("--database-url", self.url) if self.url else ()))

    @property
    def file(self) -> Path:
        """The file of SQLite."""
        return self.folder / "data" / "books.db"


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    with postgresql_server() as url:
        yield url


@pytest.fixture
def database_url(server_url: str) -> Iterator[str]:
    """The URL of an empty PostgreSQL database."""
    with asyncio.Runner() as runner:
        database = fresh_database(server_url)
        yield runner.run(database.__aenter__())
        runner.run(database.__aexit__(None, None, None))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Books:
    """A place without books."""
    return Books(tmp_path, "" if request.param == "sqlite" else request.getfixturevalue("database_url"))


@pytest.fixture
def books(empty: Books) -> Books:
    """Production books with one business, on both databases."""
    opened = bursar("init", *COMPANY, *PLACE, *empty.flags, "--password-file", "-", cwd=empty.folder, stdin=PASSWORD)
    assert opened.code == 0, opened.err
    return empty


@pytest.fixture(scope="session")
def opened_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("production")
    opened = bursar("init", *COMPANY, *PLACE, "--data", folder / "data", "--password-file", "-", cwd=folder, stdin=PASSWORD)
    assert opened.code == 0, opened.err
    return folder


@pytest.fixture
def company(opened_once: Path, tmp_path: Path) -> Books:
    """Production books with one business in a file."""
    shutil.copytree(opened_once / "data", tmp_path / "data")
    return Books(tmp_path)


@pytest.fixture(scope="session")
def seeded_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    with serving("--demo", "--data", folder / "data", cwd=folder):
        pass
    return folder


@pytest.fixture
def demo(seeded_once: Path, tmp_path: Path) -> Books:
    """Sample books in a file."""
    shutil.copytree(seeded_once / "data", tmp_path / "data")
    return Books(tmp_path)


def credentials(path: Path) -> Any:
    """Read a file of credentials."""
    return json.loads(path.read_text())
