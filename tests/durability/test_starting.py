"""The first start goes wrong: whatever it was, the next start finds an empty place or whole books."""

from __future__ import annotations

import asyncio
import contextlib
import random
import resource
import threading
from typing import TYPE_CHECKING

import apsw
import asyncpg
import pytest

from bursar.cli.program import FAILED
from bursar.oauth.passwords import matches
from bursar.opening import CATEGORIES
from tests.durability.running import until
from tests.durability.sending import OverHttp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from tests.durability.running import Bursar

pytestmark = pytest.mark.anyio

TOO_SMALL = 60_000
COMPANY = ("--email", "ann@example.com", "--owner", "Ann Lee", "--business", "Lee Studio")
PLACE = ("--currency", "CAD", "--timezone", "America/Toronto", "--country", "CA", "--password-file", "-")


def kill_the_start(bursar: Bursar, seconds: float) -> None:
    """Start the server and kill it so much later, whether or not it serves by then."""
    timer = threading.Timer(seconds, bursar.kill)
    timer.start()
    with contextlib.suppress(AssertionError):
        bursar.start()
    timer.join()
    assert bursar.ended() == -9


async def is_ready(bursar: Bursar) -> bool:
    """Tell whether the running server says that it is ready."""
    async with OverHttp(bursar.url) as send:
        return (await send("GET", "/_/ready")).status == 200


async def test_a_first_start_may_be_killed_at_any_moment(bursar: Bursar) -> None:
    chance = random.Random(9)
    for _ in range(4):
        kill_the_start(bursar, chance.uniform(0.3, 1.5))
    bursar.start()
    assert await is_ready(bursar)
    assert bursar.verified() == 0


async def test_sample_books_that_were_half_made_are_made_anew(sqlite_bursar: Bursar) -> None:
    sqlite_bursar.flags = ("--demo",)
    chance = random.Random(10)
    for _ in range(4):
        kill_the_start(sqlite_bursar, chance.uniform(0.5, 3))
    sqlite_bursar.start()
    assert await is_ready(sqlite_bursar)
    assert sqlite_bursar.verified() == 0


async def test_a_disk_without_room_for_the_tables_is_named(sqlite_bursar: Bursar) -> None:
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (TOO_SMALL, TOO_SMALL))

    with pytest.raises(AssertionError, match="bursar: the schema was left as it is"):
        sqlite_bursar.start(preexec_fn=limited)
    assert sqlite_bursar.ended() == FAILED
    assert "Traceback" not in sqlite_bursar.said()
    sqlite_bursar.start()
    assert await is_ready(sqlite_bursar)


@contextlib.asynccontextmanager
async def counting(bursar: Bursar) -> AsyncIterator[Callable[[str], Awaitable[int]]]:
    """Count the rows of tables from outside the product; 0 while there is no such table."""
    if bursar.database_url:
        connection = await asyncpg.connect(bursar.database_url)

        async def count(table: str) -> int:
            there = await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", table)
            return int(await connection.fetchval(f"SELECT count(*) FROM {table}")) if there else 0  # noqa: S608  # names of the test

        yield count
        await connection.close()
    else:

        async def count_in_file(table: str) -> int:
            await asyncio.sleep(0.001)
            try:
                with contextlib.closing(apsw.Connection(str(bursar.file), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
                    return int(str(connection.execute(f"SELECT count(*) FROM {table}").get))  # noqa: S608  # the same
            except (apsw.SQLError, apsw.CantOpenError, apsw.BusyError):
                return 0

        yield count_in_file


@pytest.mark.parametrize("first_seen", ["identities", "businesses"])
async def test_books_are_opened_whole_or_not_at_all(bursar: Bursar, first_seen: str) -> None:
    """The command is killed as soon as there is somebody, or a business; then it is given once more."""
    async with counting(bursar) as count:
        opening = bursar.begun("init", *COMPANY, *PLACE, stdin="the first password")

        async def seen() -> bool:
            return await count(first_seen) > 0

        await until(seen, f"init has written {first_seen}")
        opening.kill()
        opening.wait()
        opened = await count("businesses")
        if not opened:
            assert bursar.begun("init", *COMPANY, *PLACE, stdin="the second password").wait() == 0
        assert await count("businesses") == await count("staffs") == await count("memberships") == await count("identities") == 1
        assert await count("categories") == sum(1 + len(heading.below) for heading in CATEGORIES)
        assert bursar.verified() == 0
        async with bursar.books() as application:
            [owner] = await application.people.identities()
    assert matches(owner.password_hash, "the first password" if opened else "the second password")
