"""The database goes away under load and comes back: the running server turns callers away meanwhile, and forgets nothing."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import asyncpg
import pytest

from tests.durability.clerks import at_work, hire
from tests.durability.finding import check_answers, check_books, check_pending, check_replays
from tests.durability.running import Bursar, until
from tests.durability.sending import OverHttp
from tests.durability.turning_away import check_every_family, turned_away

if TYPE_CHECKING:
    from pathlib import Path

    from tests.durability.clerks import Clerk
    from tests.durability.sending import Office, Send
    from tests.store.databases import OwnServer

pytestmark = pytest.mark.anyio

CLERKS = 12


async def check_everything(bursar: Bursar, clerks: list[Clerk], send: Send) -> None:
    """Ask again for what went unanswered, and look at everything."""
    await check_pending(clerks, send)
    await check_replays(clerks, send)
    await check_answers(clerks, send)
    async with bursar.books() as application:
        await check_books(application, clerks)


async def is_ready(send: Send) -> bool:
    """Whether the server says that all of it works."""
    return (await send("GET", "/_/ready")).status == 200


async def is_served(send: Send, office: Office) -> bool:
    """Tell whether the server reads again; until then it turns away as it should."""
    return not turned_away(await send("GET", office.path("users/clients"), None, office.headers()))


@pytest.mark.timeout(300)
async def test_a_postgresql_stopped_at_once(own_server: OwnServer, tmp_path: Path, bytecode: Path) -> None:
    bursar = Bursar(tmp_path, bytecode, own_server.url)
    chance = random.Random(1)
    offices = await bursar.prepare(businesses=2)
    clerks = hire(offices, CLERKS, chance)
    bursar.start()
    try:
        async with OverHttp(bursar.url) as send:
            for _ in range(4):
                async with at_work(clerks, send, chance.randrange(20, 100)):
                    await asyncio.to_thread(own_server.stop_at_once)
                assert all(turned_away(answer) for clerk in clerks for answer in clerk.refused)
                await check_every_family(send, offices[0])
                assert (await send("GET", "/_/live")).status == 200
                assert (await send("GET", "/_/ready")).status == 503
                own_server.start()
                await until(lambda: is_served(send, offices[0]), "the server has found its database again")
                await check_everything(bursar, clerks, send)
                await until(lambda: is_ready(send), "the workers have found it, too")
        assert all(clerk.refused for clerk in clerks)
        bursar.terminate()
        assert bursar.ended() == 0
    finally:
        bursar.close()


@pytest.mark.timeout(300)
async def test_postgresql_connections_cut_under_load(postgresql_bursar: Bursar) -> None:
    """Whoever notices may be turned away; nobody is told anything that is not so."""
    bursar = postgresql_bursar
    offices = await bursar.prepare(businesses=2)
    clerks = hire(offices, CLERKS, random.Random(2))
    bursar.start()
    cutter = await asyncpg.connect(bursar.database_url)
    cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'bursar' AND datname = current_database()"
    async with OverHttp(bursar.url) as send:
        for _ in range(10):
            async with at_work(clerks, send, 30) as stop:
                assert await cutter.fetchval(cut) > 0
                stop.set()
            await until(lambda: is_served(send, offices[0]), "the server has found its database again")
            await check_pending(clerks, send)
        await check_everything(bursar, clerks, send)
    await cutter.close()
    assert all(turned_away(answer) for clerk in clerks for answer in clerk.refused)


async def test_a_file_taken_away_and_put_back(sqlite_bursar: Bursar) -> None:
    bursar = sqlite_bursar
    offices = await bursar.prepare(businesses=1)
    clerks = hire(offices, CLERKS, random.Random(3))
    bursar.start()
    elsewhere = bursar.folder / "elsewhere"
    elsewhere.mkdir()
    files = [bursar.file.with_name(bursar.file.name + more) for more in ("", "-wal", "-shm")]

    async def is_refused() -> bool:
        return turned_away(await send("GET", offices[0].path("users/clients"), None, offices[0].headers()))

    async with OverHttp(bursar.url) as send:
        for _ in range(3):
            async with at_work(clerks, send, 50):
                for file in files:
                    file.rename(elsewhere / file.name)
            assert all(turned_away(answer) for clerk in clerks for answer in clerk.refused)
            await until(is_refused, "the server has noticed that the file is gone")
            await check_every_family(send, offices[0])
            assert not bursar.file.exists()
            for file in files:
                (elsewhere / file.name).rename(file)
            await until(lambda: is_served(send, offices[0]), "the server has found the file again")
            await check_everything(bursar, clerks, send)
    assert all(clerk.refused for clerk in clerks)
