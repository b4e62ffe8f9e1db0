"""The power fails: what was never synced is lost, and every answered write is there all the same."""

from __future__ import annotations

import contextlib
import random
from typing import TYPE_CHECKING

import apsw
import pytest

from tests.durability.clerks import answered, at_work, hire
from tests.durability.finding import check_answers, check_books, check_pending, check_replays
from tests.durability.sending import Inside
from tests.store.unsynced_vfs import UnsyncedVfs

if TYPE_CHECKING:
    from pathlib import Path

    from tests.durability.clerks import Clerk
    from tests.durability.running import Bursar

pytestmark = pytest.mark.anyio

CLERKS = 12
LOSSES = 8


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(1, 51))])
async def test_answered_writes_survive_power_losses(sqlite_bursar: Bursar, seed: int) -> None:
    """The whole product, on a disk that forgets; all losses strike the same file."""
    chance = random.Random(seed)
    offices = await sqlite_bursar.prepare(businesses=2)
    clerks = hire(offices, CLERKS, chance)
    for loss in range(LOSSES):
        begun = answered(clerks)
        await work_until_dark(sqlite_bursar, clerks, UnsyncedVfs(f"power {seed} {loss}"), chance)
        assert answered(clerks) > begun
        assert_intact(sqlite_bursar.file)
        async with sqlite_bursar.inside() as application:
            send = Inside(application.asgi("http://127.0.0.1"))
            await check_pending(clerks, send)
            await check_replays(clerks, send)
            await check_answers(clerks, send)
            await check_books(application, clerks)


async def work_until_dark(bursar: Bursar, clerks: list[Clerk], vfs: UnsyncedVfs, chance: random.Random) -> None:
    """Let the clerks work until the power fails, at a sync or between two."""
    if chance.random() < 0.5:
        strike = chance.randrange(10, 80)
        vfs.on_sync = lambda: vfs.lose_power(chance) if vfs.syncs == strike else None
    async with bursar.inside(vfs.name) as application:
        send = Inside(application.asgi("http://127.0.0.1"))
        send.dark = lambda: vfs.dark
        async with at_work(clerks, send, chance.randrange(20, 200)):
            if not vfs.dark:
                vfs.lose_power(chance)


def assert_intact(path: Path) -> None:
    """Let a plain SQLite look at the file."""
    with contextlib.closing(apsw.Connection(str(path))) as connection:
        assert connection.pragma("integrity_check") == "ok"
