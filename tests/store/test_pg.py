"""PostgreSQL: connections die, the server goes and comes back, several processes write the same books."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import asyncpg
import pytest

from bursar.store.driver import Unavailable
from bursar.store.pg import open_pg
from tests.store.conftest import Books, set_up_postgresql
from tests.store.databases import OwnServer, fresh_database

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bursar.store.driver import Session

pytestmark = pytest.mark.anyio

END_OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


async def end_connections(url: str) -> None:
    """Have the server end every connection to the database but this one."""
    connection = await asyncpg.connect(url)
    await connection.execute(END_OTHERS)
    await connection.close()


async def increase(books: Books, session: Session, noun: str) -> None:
    """Read, then write what was read and one more: only a lock keeps two of these from overtaking each other."""
    rows = await session.fetch(books.total, {"noun": noun})
    await session.run(books.set, {"noun": noun, "step": (rows[0][0] if rows else 0) + 1})


async def test_a_connection_that_dies_within_a_work_costs_only_a_second_run(pg: Books, postgresql_url: str) -> None:
    runs: list[int] = []

    async def struck(session: Session) -> int:
        runs.append(len(runs))
        note_id = await pg.add_note(session, "survivor")
        await session.fetch(pg.notes, {})
        if len(runs) == 1:
            await end_connections(postgresql_url)
        return note_id

    results = await asyncio.gather(
        pg.driver.write(1, pg.adding("first")), pg.driver.write(1, struck), pg.driver.write(1, pg.adding("last"))
    )
    assert runs == [0, 1]
    assert list(results) == sorted(results)
    assert await pg.texts() == ["first", "survivor", "last"]


async def test_a_work_whose_connections_always_die_is_unavailable(pg: Books, postgresql_url: str) -> None:
    async def cursed(session: Session) -> None:
        await pg.add_note(session, "cursed")
        await end_connections(postgresql_url)
        await session.fetch(pg.notes, {})

    with pytest.raises(Unavailable):
        await pg.driver.write(1, cursed)
    await pg.driver.write(1, pg.adding("after"))
    assert await pg.texts() == ["after"]


async def test_connections_that_died_at_rest_are_not_noticed(pg: Books, postgresql_url: str) -> None:
    await pg.driver.write(1, pg.adding("before"))
    assert await pg.texts() == ["before"]
    await end_connections(postgresql_url)
    assert await pg.texts() == ["before"]
    await end_connections(postgresql_url)
    await pg.driver.write(1, pg.adding("after"))
    assert await pg.texts() == ["before", "after"]


async def test_a_locked_business_is_unavailable_until_it_is_free(pg: Books, postgresql_url: str) -> None:
    other = await asyncpg.connect(postgresql_url)
    await other.execute("BEGIN; SELECT 1 FROM businesses WHERE id = 1 FOR UPDATE")
    trying = asyncio.create_task(pg.driver.write(1, pg.adding("kept out")))
    await pg.driver.write(2, pg.adding("another business"))
    with pytest.raises(Unavailable):
        await trying
    await other.close()
    await pg.driver.write(1, pg.adding("let in"))
    assert await pg.texts() == ["another business", "let in"]


@pytest.mark.parametrize("lane", [pytest.param(1, id="one business"), pytest.param(0, id="no business")])
async def test_works_of_two_processes_do_not_overlap(pg: Books, lane: int) -> None:
    second = await pg.open()

    async def work(session: Session) -> None:
        await increase(pg, session, "note")

    await asyncio.gather(*(driver.write(lane, work) for _ in range(50) for driver in (pg.driver, second)))
    assert (await pg.read(pg.total, noun="note"))[0][0] == 100


async def test_businesses_do_not_wait_for_each_other(pg: Books) -> None:
    both = asyncio.Barrier(2)

    async def meet(session: Session) -> bool:
        await session.take_id("note")
        await asyncio.wait_for(both.wait(), 30)
        return True

    assert all(await asyncio.gather(pg.driver.write(1, meet), pg.driver.write(2, meet)))


async def test_a_deadlock_is_run_again(pg: Books) -> None:
    """Two businesses lock two global rows in opposite order; the one whose transaction is undone runs once more."""
    await pg.driver.write(0, lambda session: session.run_many(pg.set, [{"noun": noun, "step": 0} for noun in ("left", "right")]))
    met = asyncio.Barrier(2)
    runs: list[str] = []

    def crossing(first: str, second: str) -> Callable[[Session], Awaitable[None]]:
        async def cross(session: Session) -> None:
            runs.append(first)
            await session.run(pg.count, {"noun": first, "step": 1})
            await session.fetch(pg.total, {"noun": first})
            if len(runs) <= 2:
                await met.wait()
            await session.run(pg.count, {"noun": second, "step": 1})

        return cross

    await asyncio.gather(pg.driver.write(1, crossing("left", "right")), pg.driver.write(2, crossing("right", "left")))
    assert len(runs) > 2
    assert [await pg.read(pg.total, noun=noun) for noun in ("left", "right")] == [[(2, 3)], [(2, 3)]]


async def test_a_work_that_swallows_an_error_of_the_database_stores_nothing_and_harms_nobody(pg: Books) -> None:
    async def careless(session: Session) -> None:
        await pg.add_note(session, "half")
        await session.run(pg.put, {"business_id": 1, "id": 1, "text": None})
        with contextlib.suppress(Exception):
            await session.fetch(pg.notes, {})

    await pg.driver.write(1, pg.adding("one"))
    results = await asyncio.gather(pg.driver.write(1, careless), pg.driver.write(1, pg.adding("two")), return_exceptions=True)
    assert isinstance(results[0], AssertionError)
    assert await pg.texts() == ["one", "two"]


async def test_more_readers_than_connections_take_turns(pg: Books) -> None:
    await pg.driver.write(1, pg.adding("one"))
    results = await asyncio.gather(*(pg.texts() for _ in range(100)))
    assert results == [["one"]] * 100


async def test_readers_that_leave_do_not_take_their_connections_along(pg: Books) -> None:
    for _ in range(5):
        leaving = [asyncio.create_task(pg.texts()) for _ in range(30)]
        await asyncio.sleep(0)
        for task in leaving:
            task.cancel()
        await asyncio.gather(*leaving, return_exceptions=True)
    assert await asyncio.gather(*(pg.texts() for _ in range(30))) == [[]] * 30


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        await open_pg("postgresql://nobody@127.0.0.1:1/nothing")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
async def test_both_spellings_of_the_url_are_known(postgresql_url: str, scheme: str) -> None:
    driver = await open_pg(f"{scheme}:{postgresql_url.partition(':')[2]}")
    await driver.close()


async def test_every_answered_write_survives_a_server_that_stops_at_once() -> None:
    """As a power cut would stop it; the driver notices that it is back by itself."""
    server = OwnServer()
    books = Books("postgresql", lambda: open_pg(server.url))
    await set_up_postgresql(server.url)
    books.driver = await books.open()
    answered: set[str] = set()
    failed: list[BaseException] = []
    enough = asyncio.Event()

    async def caller(n: int) -> None:
        for number in range(100_000):
            text = f"caller {n} number {number}"
            try:
                await books.driver.write(n % 3 + 1, lambda session, text=text, lane=n % 3 + 1: books.add_note(session, text, lane))
            except Unavailable as error:
                failed.append(error)
                return
            answered.add(text)
            if len(answered) > 300:
                enough.set()

    try:
        callers = asyncio.gather(*(caller(n) for n in range(16)))
        await enough.wait()
        await asyncio.to_thread(server.stop_at_once)
        await callers
        assert len(failed) == 16
        with pytest.raises(Unavailable):
            await books.texts()
        await asyncio.to_thread(server.start)
        await books.driver.write(1, books.adding("after"))
        assert answered | {"after"} <= set(await books.texts())
    finally:
        await books.close()
        await asyncio.to_thread(server.close)


async def test_a_second_run_of_these_tests_does_not_shut_the_server_out(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Each run of pytest closes the folder that all of them share to everybody but its owner."""
    tmp_path_factory.getbasetemp().chmod(0o700)
    async with fresh_database(server_url) as url:
        await (await asyncpg.connect(url)).close()
