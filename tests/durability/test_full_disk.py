"""A disk that takes no more: writers are turned away, readers are served, and nothing is left by half."""

from __future__ import annotations

import contextlib
import random
import resource
import subprocess
from typing import TYPE_CHECKING, Any

import apsw
import asyncpg
import pytest

from tests.durability.clerks import Clerk, at_work, hire
from tests.durability.finding import check_answers, check_books, check_pending, check_replays
from tests.durability.running import Bursar
from tests.durability.sending import Inside, OverHttp
from tests.durability.turning_away import turned_away

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.durability.sending import Send
    from tests.store.databases import OwnServer

pytestmark = pytest.mark.anyio

CLERKS = 12
BLOCK = bytes(4096)


class FailingVfs(apsw.VFS):
    """The system's VFS, whose writes and syncs fail with ``error`` once ``writes_left`` have been done."""

    def __init__(self, name: str, error: type[apsw.Error]) -> None:
        super().__init__(name, "")
        self.name, self.error = name, error
        self.writes_left = -1

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 # SQLite's name
        return _FailingFile(self, name, flags)

    def spend(self) -> None:
        """Count a write, or fail."""
        if self.writes_left == 0:
            raise self.error("no more")
        self.writes_left -= self.writes_left > 0


class _FailingFile(apsw.VFSFile):
    def __init__(self, vfs: FailingVfs, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self._vfs = vfs

    def xWrite(self, written: Any, offset: int) -> None:  # noqa: N802 # SQLite's name
        self._vfs.spend()
        super().xWrite(written, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802 # SQLite's name
        self._vfs.spend()
        super().xSync(flags)


async def work_until_full(clerks: list[Clerk], send: Send, chance: random.Random, fill: Callable[[], object]) -> None:
    """Fill the disk under load: all clerks are turned away; what they had been answered can be read, and nothing else is there."""
    async with at_work(clerks, send, chance.randrange(20, 60)):
        fill()
    assert all(clerk.pending is not None for clerk in clerks), "whoever was not turned away would still be at work"
    assert all(turned_away(answer) for clerk in clerks for answer in clerk.refused)
    await check_answers(clerks, send)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("error", [apsw.FullError, apsw.IOError, apsw.ReadOnlyError])
async def test_writes_that_fail_at_any_moment(sqlite_bursar: Bursar, error: type[apsw.Error]) -> None:
    chance = random.Random(4)
    clerks = hire(await sqlite_bursar.prepare(businesses=2), CLERKS, chance)
    vfs = FailingVfs(f"failing {error.__name__}", error)
    async with sqlite_bursar.inside(vfs.name) as application:
        send = Inside(application.asgi("http://127.0.0.1"))
        for _ in range(8):
            await work_until_full(clerks, send, chance, lambda: setattr(vfs, "writes_left", chance.randrange(60)))
            vfs.writes_left = -1
            await check_pending(clerks, send)
            await check_replays(clerks, send)
        await check_answers(clerks, send)
        await check_books(application, clerks)


@pytest.mark.timeout(300)
async def test_a_file_that_may_not_grow(sqlite_bursar: Bursar) -> None:
    """The limit on the size of files strikes the running process as a full disk would, and is lifted again."""
    bursar, chance = sqlite_bursar, random.Random(5)
    clerks = hire(await bursar.prepare(businesses=2), CLERKS, chance)
    bursar.start()
    unlimited = resource.prlimit(bursar.pid, resource.RLIMIT_FSIZE)
    async with OverHttp(bursar.url) as send:
        for _ in range(4):
            await work_until_full(clerks, send, chance, lambda: resource.prlimit(bursar.pid, resource.RLIMIT_FSIZE, (1024, unlimited[1])))
            resource.prlimit(bursar.pid, resource.RLIMIT_FSIZE, unlimited)
            await check_pending(clerks, send)
            await check_replays(clerks, send)
        async with bursar.books() as application:
            await check_books(application, clerks)
    bursar.terminate()
    assert bursar.ended() == 0


@contextlib.contextmanager
def small_disk(place: Path) -> Iterator[Path]:
    """Mount a disk of 64 MiB; skips where that is not allowed."""
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(place)], check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip("only root may mount a small disk")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def fill(place: Path) -> None:
    """Leave no room."""
    with contextlib.suppress(OSError), (place / "filler").open("ab", buffering=0) as filler:
        while True:
            filler.write(BLOCK)


@pytest.mark.timeout(300)
async def test_a_disk_that_is_full(tmp_path: Path, bytecode: Path) -> None:
    chance = random.Random(6)
    with small_disk(tmp_path / "disk") as disk:
        bursar = Bursar(disk, bytecode)
        clerks = hire(await bursar.prepare(businesses=2), CLERKS, chance)
        bursar.start()
        try:
            async with OverHttp(bursar.url) as send:
                for _ in range(4):
                    await work_until_full(clerks, send, chance, lambda: fill(disk))
                    (disk / "filler").unlink()
                    await check_pending(clerks, send)
                    await check_replays(clerks, send)
                async with bursar.books() as application:
                    await check_books(application, clerks)
        finally:
            bursar.close()


@pytest.mark.timeout(300)
async def test_a_disk_of_postgresql_that_is_full(own_server: OwnServer, tmp_path: Path, bytecode: Path) -> None:
    """The events lie on a small disk of their own."""
    chance = random.Random(7)
    bursar = Bursar(tmp_path, bytecode, own_server.url)
    clerks = hire(await bursar.prepare(businesses=2), CLERKS, chance)
    with small_disk(own_server.folder.parent / "disk") as disk:
        own_server.own(disk)
        await told(own_server, f"CREATE TABLESPACE small LOCATION '{disk}'", "ALTER TABLE outbox SET TABLESPACE small")
        bursar.start()
        try:
            async with OverHttp(bursar.url) as send:
                for _ in range(4):
                    await work_until_full(clerks, send, chance, lambda: fill(disk))
                    (disk / "filler").unlink()
                    await check_pending(clerks, send)
                    await check_replays(clerks, send)
                async with bursar.books() as application:
                    await check_books(application, clerks)
        finally:
            bursar.close()
        await told(own_server, "ALTER TABLE outbox SET TABLESPACE pg_default", "DROP TABLESPACE small")


async def told(server: OwnServer, *statements: str) -> None:
    """Run statements on a server."""
    connection = await asyncpg.connect(server.url)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()
