"""The same tests on both databases: ``books`` is a driver over a fresh database with four small tables."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import apsw
import asyncpg
import pytest
from sqlalchemy import (
    BigInteger,
    Column,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    literal,
    select,
    update,
)
from sqlalchemy.engine import make_url
from sqlalchemy.schema import CreateTable

from bursar.store.lite import open_lite
from bursar.store.pg import open_pg
from bursar.store.statements import compile_statement, insert
from tests.store.databases import fresh_database, postgresql_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from pathlib import Path

    from bursar.store.driver import Driver, Session
    from bursar.store.statements import Statement

META = MetaData()
BUSINESSES = Table("businesses", META, Column("id", BigInteger, primary_key=True))
SEQUENCES = Table("sequences", META, Column("noun", Text, primary_key=True), Column("next", BigInteger))
NOTES = Table(
    "notes",
    META,
    Column("business_id", BigInteger),
    Column("id", BigInteger),
    Column("text", Text),
    PrimaryKeyConstraint("business_id", "id"),
    UniqueConstraint("business_id", "text"),
)
COUNTS = Table("counts", META, Column("noun", Text, primary_key=True), Column("total", BigInteger), Column("writes", BigInteger))
NOUNS = ("note", "entry")
_SQLITE, _POSTGRESQL = (make_url(url).get_dialect()() for url in ("sqlite://", "postgresql+asyncpg://"))


class Books:
    """A driver, and the few statements that the tests run on it."""

    def __init__(self, dialect: str, opened: Callable[..., Awaitable[Driver]]) -> None:
        self._opened = opened
        self._drivers: list[Any] = []
        self.dialect = dialect
        self.driver: Any = None
        self.put = self.compiled(insert(NOTES))
        self.remove = self.compiled(delete(NOTES).where(NOTES.c.id == bindparam("id")))
        self.rename = self.compiled(update(NOTES).where(NOTES.c.id == bindparam("id")).values(text=bindparam("text")))
        self.note = self.compiled(select(NOTES.c.text).where(NOTES.c.id == bindparam("id")))
        self.notes = self.compiled(select(NOTES.c.id, NOTES.c.text).order_by(NOTES.c.id))
        self.total = self.compiled(select(COUNTS.c.total, COUNTS.c.writes).where(COUNTS.c.noun == bindparam("noun")))
        first = insert(COUNTS).values(noun=bindparam("noun"), total=bindparam("step"), writes=1)
        changes = {"total": COUNTS.c.total + bindparam("step"), "writes": COUNTS.c.writes + 1}
        self.count = self.compiled(first.on_conflict_do_update(index_elements=["noun"], set_=changes))
        changes = {"total": bindparam("step"), "writes": COUNTS.c.writes + 1}
        self.set = self.compiled(first.on_conflict_do_update(index_elements=["noun"], set_=changes))
        one_note = select(NOTES.c.text, NOTES.c.id, literal(1)).where(NOTES.c.id == bindparam("id"))
        self.copy = self.compiled(insert(COUNTS).from_select(["noun", "total", "writes"], one_note))

    def compiled(self, core: Any) -> Statement:
        return compile_statement(core, self.dialect)

    async def open(self, **options: Any) -> Any:
        """Open one more driver on the same database."""
        driver = await self._opened(**options)
        self._drivers.append(driver)
        return driver

    async def close(self) -> None:
        for driver in self._drivers:
            await driver.close()

    async def read(self, statement: Statement, **values: Any) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await self.driver.fetch(statement, values)]

    async def texts(self) -> list[str]:
        return [text for _, text in await self.read(self.notes)]

    async def add_note(self, session: Session, text: str, business_id: int = 1) -> int:
        note_id = await session.take_id("note")
        await session.run(self.put, {"business_id": business_id, "id": note_id, "text": text})
        return note_id

    def adding(self, text: str) -> Callable[[Session], Awaitable[int]]:
        async def add(session: Session) -> int:
            return await self.add_note(session, text)

        return add

    def looking(self, note_id: int) -> Callable[[Session], Awaitable[str]]:
        async def look(session: Session) -> str:
            return str((await session.fetch(self.note, {"id": note_id}))[0][0])

        return look


async def set_up_postgresql(url: str) -> None:
    """Create the tables, the sequences of ids and three businesses."""
    connection = await asyncpg.connect(url)
    for table in META.sorted_tables:
        await connection.execute(str(CreateTable(table).compile(dialect=_POSTGRESQL)))
    await connection.execute("INSERT INTO businesses SELECT generate_series(1, 3)")
    for noun in NOUNS:
        await connection.execute(f"CREATE SEQUENCE {noun}_ids")
    await connection.close()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    with postgresql_server() as url:
        yield url


@pytest.fixture
async def postgresql_url(server_url: str) -> AsyncIterator[str]:
    async with fresh_database(server_url) as url:
        await set_up_postgresql(url)
        yield url


@pytest.fixture
def sqlite_path(tmp_path: Path) -> Path:
    path = tmp_path / "books.db"
    with contextlib.closing(apsw.Connection(str(path))) as connection:
        for table in META.sorted_tables:
            connection.execute(str(CreateTable(table).compile(dialect=_SQLITE)))
    return path


@pytest.fixture
async def lite(sqlite_path: Path) -> AsyncIterator[Books]:
    async def opened(**options: Any) -> Driver:
        return open_lite(sqlite_path, **options)

    books = Books("sqlite", opened)
    books.driver = await books.open()
    yield books
    await books.close()


@pytest.fixture
async def pg(postgresql_url: str) -> AsyncIterator[Books]:
    async def opened(**options: Any) -> Driver:
        return await open_pg(postgresql_url, **options)

    books = Books("postgresql", opened)
    books.driver = await books.open()
    yield books
    await books.close()


@pytest.fixture(params=["lite", "pg"])
def books(request: pytest.FixtureRequest) -> Books:
    opened: Books = request.getfixturevalue(request.param)
    return opened
