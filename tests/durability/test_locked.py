"""Somebody else has the lock: writers wait a little and are turned away, readers are served, and afterwards all is well."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
from typing import TYPE_CHECKING, Any

import apsw
import asyncpg
import pytest

from bursar.cli.program import NOT_READY
from tests.durability.running import Bursar, until
from tests.durability.sending import Inside, OverHttp
from tests.durability.turning_away import turned_away

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.durability.sending import Answer, Office, Send
    from tests.store.databases import OwnServer

pytestmark = pytest.mark.anyio

QUEUE = 4096
BATCH = 256
MORE = 50


@contextlib.asynccontextmanager
async def locked(bursar: Bursar, office: Office) -> AsyncIterator[None]:
    """Take the lock that writing to the books of this business needs, as another program would."""
    if not bursar.database_url:
        with contextlib.closing(apsw.Connection(str(bursar.file))) as connection:
            connection.set_busy_timeout(5_000)  # the server may be writing something of its own
            connection.execute("BEGIN EXCLUSIVE")
            yield
        return
    rival = await asyncpg.connect(bursar.database_url)
    async with rival.transaction():
        await rival.execute("SELECT 1 FROM businesses WHERE id = $1 FOR UPDATE", office.business_id)
        yield
    await rival.close()


async def add_tax(send: Send, office: Office, name: str) -> Answer:
    """Ask for a new tax."""
    return await send("POST", office.path("taxes/taxes"), {"tax": {"name": name, "amount": "5"}}, office.headers(name))


async def names(send: Send, office: Office) -> list[str]:
    """Answer the names of all taxes, the oldest first."""
    found: list[str] = []
    page = pages = 1
    while page <= pages:
        answer = await send("GET", office.path(f"taxes/taxes?per_page=100&page={page}"), None, office.headers())
        result: Any = answer.body["response"]["result"]
        found += [each["name"] for each in result["taxes"]]
        page, pages = page + 1, result["pages"]
    return sorted(found)


async def test_a_locked_database_turns_writers_away_and_serves_readers(bursar: Bursar) -> None:
    [office] = await bursar.prepare(businesses=1)
    bursar.start()
    async with OverHttp(bursar.url) as send:
        assert (await add_tax(send, office, "Before")).status == 200
        async with locked(bursar, office):
            writing = asyncio.create_task(add_tax(send, office, "Meanwhile"))
            while not writing.done():
                assert await names(send, office) == ["Before"]
            assert turned_away(writing.result())
            assert await names(send, office) == ["Before"]
        assert (await add_tax(send, office, "After")).status == 200
        assert (await add_tax(send, office, "Meanwhile")).status == 200
        assert await names(send, office) == ["After", "Before", "Meanwhile"]


async def test_a_lock_on_one_business_leaves_the_others_alone(postgresql_bursar: Bursar) -> None:
    mine, yours = await postgresql_bursar.prepare(businesses=2)
    postgresql_bursar.start()
    async with OverHttp(postgresql_bursar.url) as send:
        async with locked(postgresql_bursar, mine):
            writing = asyncio.create_task(add_tax(send, mine, "Mine"))
            assert (await add_tax(send, yours, "Yours")).status == 200
            assert not writing.done()
        assert (await writing).status == 200


@pytest.mark.timeout(300)
async def test_a_queue_that_is_full_turns_away_at_once_and_loses_nothing(bursar: Bursar) -> None:
    """More writers than may wait: those who may not are told so while the others are still waiting."""
    [office] = await bursar.prepare(businesses=1)
    async with bursar.inside() as application:
        send = Inside(application.asgi("http://127.0.0.1"))
        async with locked(bursar, office):
            asked = [asyncio.create_task(add_tax(send, office, f"Tax {number}")) for number in range(QUEUE + BATCH + MORE)]
            done, waiting = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
            assert all(turned_away(task.result()) for task in done)
            assert len(waiting) >= QUEUE
        answers = await asyncio.gather(*asked)
        refused = [answer for answer in answers if turned_away(answer)]
        assert len(refused) >= MORE
        stored = sorted(f"Tax {number}" for number, answer in enumerate(answers) if answer.status == 200)
        assert len(stored) > BATCH
        assert await names(send, office) == stored
        assert (await add_tax(send, office, "Afterwards")).status == 200


async def test_a_database_that_may_only_be_read(own_server: OwnServer, tmp_path: Path, bytecode: Path) -> None:
    """As PostgreSQL is when it has become a standby."""
    bursar = Bursar(tmp_path, bytecode, own_server.url)
    [office] = await bursar.prepare(businesses=1)
    bursar.start()
    rival = await asyncpg.connect(own_server.url)
    try:
        async with OverHttp(bursar.url) as send:

            async def is_refused() -> bool:
                return turned_away(await add_tax(send, office, "Before"))

            async def is_stored() -> bool:
                return not await is_refused()

            assert await is_stored()
            await rival.execute("ALTER SYSTEM SET default_transaction_read_only = on")
            await rival.execute("SELECT pg_reload_conf()")
            await until(is_refused, "writers are turned away")
            assert turned_away(await add_tax(send, office, "Later"))
            assert await names(send, office) == ["Before"]
            await rival.execute("ALTER SYSTEM RESET default_transaction_read_only")
            await rival.execute("SELECT pg_reload_conf()")
            await until(is_stored, "writers are let in again")
            assert not turned_away(await add_tax(send, office, "Later"))
            assert await names(send, office) == ["Before", "Later"]
    finally:
        await rival.close()
        bursar.close()


def without_override() -> None:
    """Take from root the right to write where nobody may."""
    if os.geteuid() == 0:
        drop_from_bounding_set, dac_override = 24, 1
        assert ctypes.CDLL(None).prctl(drop_from_bounding_set, dac_override, 0, 0, 0) == 0


async def test_a_folder_that_may_only_be_read_is_refused_in_words(sqlite_bursar: Bursar) -> None:
    await sqlite_bursar.prepare(businesses=1)
    sqlite_bursar.folder.chmod(0o500)
    try:
        with pytest.raises(AssertionError, match=f"bursar: .*{sqlite_bursar.folder}.* cannot be written to"):
            sqlite_bursar.start(preexec_fn=without_override)
        assert sqlite_bursar.ended() == NOT_READY
    finally:
        sqlite_bursar.folder.chmod(0o700)
    assert "Traceback" not in sqlite_bursar.said()
