"""SQLite: the disk fills up, the file is locked or lost, two servers want it; and nobody waits for a slow disk."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from typing import TYPE_CHECKING, Any

import apsw
import pytest

from bursar.store.driver import Unavailable
from bursar.store.lite import open_lite
from tests.store.unsynced_vfs import UnsyncedVfs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from pathlib import Path

    from bursar.store.driver import Session
    from tests.store.conftest import Books

pytestmark = pytest.mark.anyio

MEBIBYTE = 1 << 20


def writing(books: Books, text: str, note_id: int) -> Callable[[Session], Awaitable[None]]:
    async def write(session: Session) -> None:
        await session.run(books.put, {"business_id": 1, "id": note_id, "text": text})

    return write


def move(path: Path, target: Path) -> None:
    assert not target.exists()
    path.rename(target)


def size(path: Path) -> int:
    return path.stat().st_size


def nonsense(folder: Path) -> Path:
    path = folder / "nonsense.db"
    path.write_bytes(b"no database" * 1000)
    return path


def put_another(path: Path, other: Path) -> None:
    """Put a file with other notes in the place of the books."""
    with another_program(path) as theirs, another_program(other) as new:
        with new.backup("main", theirs, "main") as copying:
            copying.step()
        new.execute("UPDATE notes SET text = 'new'")
    for kind in ("-wal", "-shm"):
        path.with_name(path.name + kind).unlink(missing_ok=True)
    other.replace(path)


@contextlib.contextmanager
def another_program(path: Path) -> Iterator[apsw.Connection]:
    """A connection of another program."""
    connection = apsw.Connection(str(path))
    try:
        yield connection
    finally:
        connection.close()


async def test_a_full_disk_is_unavailable_until_there_is_room(lite: Books, small_disk: SmallDisk) -> None:
    with pytest.raises(Unavailable):
        await lite.driver.write(1, writing(lite, "x" * MEBIBYTE, 1))
    assert await lite.texts() == []
    await lite.driver.write(1, writing(lite, "small", 2))
    small_disk.room = 100 * MEBIBYTE
    await lite.driver.write(1, writing(lite, "x" * MEBIBYTE, 3))
    assert [len(text) for text in await lite.texts()] == [5, MEBIBYTE]


async def test_a_full_disk_fails_all_who_share_the_batch(lite: Books, small_disk: SmallDisk) -> None:
    works = [writing(lite, "a", 1), writing(lite, "x" * MEBIBYTE, 2), writing(lite, "b", 3)]
    results = await asyncio.gather(*(lite.driver.write(1, work) for work in works), return_exceptions=True)
    assert [type(result) for result in results] == [Unavailable] * 3
    assert await lite.texts() == []


async def test_a_locked_file_is_unavailable_for_writing_until_it_is_free(lite: Books, sqlite_path: Path) -> None:
    with another_program(sqlite_path) as other:
        other.execute("BEGIN IMMEDIATE")
        trying = asyncio.create_task(lite.driver.write(1, writing(lite, "kept out", 1)))
        reads = 0
        while not trying.done():
            assert await lite.texts() == []
            await asyncio.sleep(0)
            reads += 1
        with pytest.raises(Unavailable):
            await trying
        assert reads > 100, "waiting for the lock does not hold up reads"
        other.execute("ROLLBACK")
    await lite.driver.write(1, writing(lite, "let in", 2))
    assert await lite.texts() == ["let in"]


async def test_a_lock_that_is_let_go_in_time_only_delays(lite: Books, sqlite_path: Path) -> None:
    with another_program(sqlite_path) as other:
        other.execute("BEGIN IMMEDIATE")
        trying = asyncio.create_task(lite.driver.write(1, writing(lite, "patient", 1)))
        for _ in range(3):
            await asyncio.sleep(0)
        other.execute("INSERT INTO notes VALUES (1, 5, 'theirs')")
        other.execute("COMMIT")
        await trying
    assert await lite.texts() == ["patient", "theirs"]


async def test_a_lost_file_is_unavailable_until_it_is_back(lite: Books, sqlite_path: Path, tmp_path: Path) -> None:
    await lite.driver.write(1, writing(lite, "before", 1))
    with another_program(sqlite_path) as other:
        other.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    away = tmp_path / "away.db"
    move(sqlite_path, away)
    with pytest.raises(Unavailable):
        await lite.driver.write(1, writing(lite, "into nothing", 2))
    move(away, sqlite_path)  # fails if an empty one has taken its place
    await lite.driver.write(1, writing(lite, "after", 3))
    assert await lite.texts() == ["before", "after"]


async def test_a_second_server_is_turned_away(lite: Books, sqlite_path: Path) -> None:
    with pytest.raises(Unavailable, match="another server is serving"):
        open_lite(sqlite_path)
    await lite.driver.close()
    second = open_lite(sqlite_path)
    assert await second.fetch(lite.notes, {}) == []
    await second.close()


async def test_a_program_that_only_reads_comes_in_beside_the_server(lite: Books, sqlite_path: Path) -> None:
    await lite.driver.write(1, writing(lite, "one", 1))
    reader = open_lite(sqlite_path, mode="read")
    assert await reader.fetch(lite.notes, {}) == [(1, "one")]
    with pytest.raises(Unavailable):
        await reader.write(1, writing(lite, "two", 2))
    await reader.close()


async def test_a_command_takes_turns_with_the_server(lite: Books, sqlite_path: Path) -> None:
    command = open_lite(sqlite_path, mode="share")
    writers = [
        driver.write(1, lite.adding(f"{name} {n}")) for n in range(20) for name, driver in (("server", lite.driver), ("command", command))
    ]
    ids = await asyncio.gather(*writers)
    assert len(set(ids)) == 40
    assert len(await lite.texts()) == 40
    await command.close()


async def test_a_work_sees_what_another_program_wrote_since_the_last_one(lite: Books, sqlite_path: Path) -> None:
    await lite.driver.write(1, writing(lite, "ours", 1))
    assert await lite.driver.write(1, lite.looking(1)) == "ours"
    with another_program(sqlite_path) as theirs:
        for text in ("theirs", "theirs again"):
            theirs.execute("UPDATE notes SET text = ? WHERE id = 1", (text,))
            assert await lite.driver.write(1, lite.looking(1)) == text
            assert await lite.driver.write(1, lite.looking(1)) == text


async def test_awaiting_anything_foreign_is_an_error_of_that_work_alone(lite: Books) -> None:
    async def waiting(session: Session) -> None:
        await lite.add_note(session, "never")
        await asyncio.sleep(0)

    results = await asyncio.gather(
        lite.driver.write(1, lite.adding("one")),
        lite.driver.write(1, waiting),
        lite.driver.write(1, lite.adding("two")),
        return_exceptions=True,
    )
    assert isinstance(results[1], AssertionError)
    assert await lite.texts() == ["one", "two"]


async def test_reads_take_turns_with_a_long_batch_and_see_none_of_it(lite: Books) -> None:
    async def busy(session: Session) -> None:
        await lite.add_note(session, f"note {time.perf_counter()}")
        until = time.perf_counter() + 0.001
        while time.perf_counter() < until:
            pass

    batch = asyncio.gather(*(lite.driver.write(1, busy) for _ in range(100)))
    seen = []
    while not batch.done():
        seen.append(len(await lite.texts()))
        await asyncio.sleep(0)
    assert seen.count(0) > 10
    assert set(seen) <= {0, 100}
    assert len(await lite.texts()) == 100


@pytest.mark.parametrize(("sync_s", "works"), [(0.01, 1), (0.0, 2)], ids=["a slow disk", "several at once"])
async def test_a_commit_that_takes_its_time_does_not_hold_up_reads(sqlite_path: Path, lite: Books, sync_s: float, works: int) -> None:
    """Once syncs have proved slow, and always where several share one, the loop stays free while one is under way."""
    await lite.driver.close()
    begun, go_on, stuck = threading.Event(), threading.Event(), False

    def sync() -> None:
        if not stuck:
            time.sleep(sync_s)  # the disk
            return
        begun.set()
        assert go_on.wait(30)

    vfs = UnsyncedVfs(f"slow-{works}", sync)
    lite.driver = driver = await lite.open(vfs=vfs.name)
    for n in range(8):
        await driver.write(1, writing(lite, f"slow {n}", n))
    stuck = True
    writes = asyncio.gather(*(driver.write(1, writing(lite, f"stuck {n}", 100 + n)) for n in range(works)))
    assert await asyncio.to_thread(begun.wait, 30)
    assert len(await lite.texts()) == 8
    assert not writes.done()
    go_on.set()
    await writes
    assert len(await lite.texts()) == 8 + works
    await driver.close()


async def test_a_server_that_is_told_to_stop_within_a_commit_lets_it_end(lite: Books) -> None:
    await lite.driver.close()
    begun, go_on, stuck = threading.Event(), threading.Event(), False

    def sync() -> None:
        if stuck:
            begun.set()
            assert go_on.wait(30)

    vfs = UnsyncedVfs("stopped", sync)
    lite.driver = driver = await lite.open(vfs=vfs.name)
    await driver.write(1, lite.adding("before"))
    stuck = True
    writes = asyncio.gather(*(driver.write(1, lite.adding(f"{n}")) for n in (2, 3)), return_exceptions=True)
    assert await asyncio.to_thread(begun.wait, 30)
    lane = next(iter(driver._group._lanes.values()))  # what asyncio cancels when a loop is closed by force
    assert lane.task is not None
    lane.task.cancel()
    asyncio.get_running_loop().call_later(0.05, go_on.set)
    assert [type(each) for each in await writes] == [Unavailable, Unavailable]
    stuck = False
    await driver.write(1, lite.adding("after"))
    assert await lite.texts() in (["before", "2", "3", "after"], ["before", "after"])
    await driver.close()


async def test_the_log_is_copied_back_while_writing_goes_on(lite: Books, sqlite_path: Path) -> None:
    for n in range(60):
        await lite.driver.write(1, writing(lite, f"{n}" + "x" * MEBIBYTE, n))
    assert size(sqlite_path.with_name("books.db-wal")) < 12 * MEBIBYTE
    assert size(sqlite_path) > 10 * MEBIBYTE


async def test_all_of_the_log_is_copied_back_on_demand_while_a_thread_copies_it(lite: Books) -> None:
    """As an exchange of the books needs it: what is only in the old log would be lost with it."""
    for n in range(10):
        await lite.driver.write(1, writing(lite, f"{n}" + "x" * 5 * MEBIBYTE, n))  # so much that a thread begins
        assert lite.driver._writer.log.copy_back()


async def test_a_read_sees_what_was_committed_before_in_the_same_turn_of_the_loop(lite: Books) -> None:
    """Reads of one turn share a snapshot, which ends with every commit of ours and with the turn."""
    seen = []

    async def read_and_write(n: int) -> None:
        before = len(await lite.texts())
        await lite.driver.write(1, writing(lite, f"{n}", n))
        seen.append(len(await lite.texts()) - before)

    for n in range(20):
        await read_and_write(n)
    assert seen == [1] * 20


async def test_a_read_of_the_next_turn_sees_what_another_program_committed(lite: Books, sqlite_path: Path) -> None:
    await lite.driver.write(1, writing(lite, "ours", 1))
    with another_program(sqlite_path) as theirs:
        for n in range(2, 5):
            before = await lite.texts()
            theirs.execute("INSERT INTO notes (business_id, id, text) VALUES (1, ?, ?)", (n, f"theirs {n}"))
            await asyncio.sleep(0)
            assert len(await lite.texts()) == len(before) + 1


async def test_a_first_look_after_a_commit_hides_nothing_of_another_program_from_the_next_work(lite: Books, sqlite_path: Path) -> None:
    with another_program(sqlite_path) as theirs:
        for n in range(1, 4):
            await lite.driver.write(1, writing(lite, f"ours {n}", n))
            assert await lite.driver.write(1, lite.looking(n)) == f"ours {n}"
            theirs.execute("UPDATE notes SET text = ? WHERE id = ?", (f"theirs {n}", n))
            await asyncio.sleep(0)
            assert await lite.texts() == [f"theirs {one}" for one in range(1, n + 1)]
            assert await lite.driver.write(1, lite.looking(n)) == f"theirs {n}"


async def test_a_first_look_after_a_commit_is_into_the_file_that_was_put_there(lite: Books, sqlite_path: Path, tmp_path: Path) -> None:
    await lite.driver.write(1, writing(lite, "old", 1))
    put_another(sqlite_path, tmp_path / "other.db")
    assert await lite.texts() == ["new"]
    await lite.driver.write(1, writing(lite, "newer", 2))
    assert await lite.texts() == ["new", "newer"]


async def test_who_only_reads_goes_on_in_the_file_it_opened(lite: Books, sqlite_path: Path, tmp_path: Path) -> None:
    """Else half of a backup would come from other books."""
    await lite.driver.write(1, writing(lite, "old", 1))
    lite.driver, server = await lite.open(mode="read"), lite.driver
    put_another(sqlite_path, tmp_path / "other.db")
    assert await lite.texts() == ["old"]
    await server.close()


async def test_what_is_closed_is_not_read(lite: Books) -> None:
    await lite.driver.write(1, writing(lite, "ours", 1))
    await lite.driver.close()
    for slow in (False, True):
        with pytest.raises(Unavailable):
            await lite.driver.fetch(lite.notes, {}, slow=slow)


@pytest.mark.parametrize("looks", [0, 1])  # the first look after a commit and a later one: it may be another connection's
@pytest.mark.parametrize("fault", [apsw.IOError, apsw.CantOpenError])  # the transaction ends with the one and not with the other
async def test_a_disk_that_cannot_be_read_is_unavailable_until_it_can(
    lite: Books, small_disk: SmallDisk, sqlite_path: Path, looks: int, fault: type[apsw.Error]
) -> None:
    with another_program(sqlite_path) as theirs:
        await lite.driver.write(1, writing(lite, "ours", 1))
        for _ in range(looks):
            assert await lite.texts() == ["ours"]
            await asyncio.sleep(0)
        theirs.execute("UPDATE notes SET text = 'theirs' WHERE id = 1")
        small_disk.fault = fault
        for _ in range(2):
            with pytest.raises(Unavailable):
                await lite.texts()
        small_disk.fault = None
        await lite.driver.write(1, writing(lite, "ours again", 2))
        assert await lite.texts() == ["theirs", "ours again"]


async def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        open_lite(nonsense(tmp_path))


class SmallDisk(UnsyncedVfs):
    """A disk with little room, which cannot be read at times."""

    room = MEBIBYTE // 4
    fault: type[apsw.Error] | None = None

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 # SQLite's name
        return SmallFile(self, name, flags)


class SmallFile(apsw.VFSFile):
    def __init__(self, disk: SmallDisk, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self._disk = disk

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802 # SQLite's name
        if self._disk.fault is not None:
            raise self._disk.fault
        return super().xRead(amount, offset)

    def xWrite(self, written: Any, offset: int) -> None:  # noqa: N802 # SQLite's name
        if offset + len(written) > self._disk.room:
            raise apsw.FullError
        super().xWrite(written, offset)


@pytest.fixture
async def small_disk(lite: Books) -> AsyncIterator[SmallDisk]:
    """The books lie on a disk with little room."""
    await lite.driver.close()
    disk = SmallDisk("small")
    lite.driver = await lite.open(vfs=disk.name)
    yield disk
    await lite.driver.close()
