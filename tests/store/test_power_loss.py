"""What was answered is there after the power failed, on a disk that forgets whatever was not synced."""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import TYPE_CHECKING

import apsw
import pytest

from bursar.store.driver import Unavailable
from bursar.store.lite import open_lite
from tests.store.unsynced_vfs import UnsyncedVfs

if TYPE_CHECKING:
    from pathlib import Path

    from tests.store.conftest import Books

pytestmark = pytest.mark.anyio


def rows_after(path: Path) -> set[str]:
    """What a plain SQLite finds on the disk."""
    with contextlib.closing(apsw.Connection(str(path))) as connection:
        assert connection.pragma("integrity_check") == "ok"
        return {str(text) for (text,) in connection.execute("SELECT text FROM notes")}


async def write_until(vfs: UnsyncedVfs, lite: Books, answered: set[str], stop: int) -> None:
    """32 callers write until the power fails; keep what was answered."""
    loss = asyncio.Event()

    async def caller(n: int) -> None:
        number = 0
        while not loss.is_set():
            text = f"caller {n} number {number}"
            number += 1
            await lite.driver.write(1, lite.adding(text))
            if vfs.dark:
                return
            answered.add(text)
            if len(answered) >= stop:
                loss.set()

    await asyncio.gather(*(caller(n) for n in range(32)), return_exceptions=True)


@pytest.mark.parametrize("seed", range(10))
async def test_every_answered_write_survives_a_power_loss(sqlite_path: Path, lite: Books, seed: int) -> None:
    await lite.driver.close()
    chance = random.Random(seed)
    vfs = UnsyncedVfs(f"power loss {seed}")
    strike = chance.randrange(20, 200)

    def fail_at_last() -> None:
        if vfs.syncs == strike:
            vfs.lose_power(chance)

    vfs.on_sync = fail_at_last
    answered: set[str] = set()
    lite.driver = driver = open_lite(sqlite_path, vfs=vfs.name)
    await write_until(vfs, lite, answered, 100_000 if seed % 2 else 500)
    if not vfs.dark:
        vfs.lose_power(chance)
    await driver.close()
    assert len(answered) > 100
    assert answered <= rows_after(sqlite_path)


async def test_the_disk_does_forget(sqlite_path: Path) -> None:
    """The same loss does lose the writes of a connection that syncs less: the test above can fail."""
    vfs = UnsyncedVfs("forgetful")
    connection = apsw.Connection(str(sqlite_path), vfs=vfs.name)
    connection.pragma("journal_mode", "wal")
    connection.pragma("synchronous", "normal")
    for n in range(50):
        connection.execute("INSERT INTO notes VALUES (1, ?, ?)", (n, f"note {n}"))
    vfs.lose_power(random.Random(1))
    connection.close()
    assert len(rows_after(sqlite_path)) < 50


async def test_a_sync_that_fails_is_unavailable_and_stores_nothing(sqlite_path: Path, lite: Books) -> None:
    await lite.driver.close()
    failing = False

    def sync() -> None:
        if failing:
            raise apsw.IOError

    vfs = UnsyncedVfs("failing", sync)
    lite.driver = await lite.open(vfs=vfs.name)
    await lite.driver.write(1, lite.adding("before"))
    failing = True
    results = await asyncio.gather(*(lite.driver.write(1, lite.adding(f"lost {n}")) for n in range(5)), return_exceptions=True)
    assert [type(result) for result in results] == [Unavailable] * 5
    failing = False
    await lite.driver.write(1, lite.adding("after"))
    assert await lite.texts() == ["before", "after"]
    await lite.driver.close()
