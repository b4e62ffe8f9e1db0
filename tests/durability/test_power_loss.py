"""The power fails: what was never synced is lost, and every answered write is there all the same."""

from __future__ import annotations

import contextlib
import random
from typing import TYPE_CHECKING

import apsw
import pytest

from bursar.serving.places import BOOKS
from tests.durability.clerks import answered, at_work, hire
from tests.durability.finding import check_answers, check_books, check_pending, check_replays
from tests.durability.photographs import Photographs
from tests.durability.running import Bursar
from tests.durability.sending import Inside
from tests.store.unsynced_vfs import UnsyncedVfs

if TYPE_CHECKING:
    from pathlib import Path

    from tests.durability.clerks import Clerk
    from tests.durability.sending import Office

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


@pytest.mark.parametrize("seed", range(3))
async def test_a_load_that_the_power_cuts_short_leaves_the_books_before_it_or_after_it(
    sqlite_bursar: Bursar, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    """Books of before hold all that was answered; those of after hold the snapshot. Nothing between is ever found."""
    chance = random.Random(seed)
    [office] = await sqlite_bursar.prepare(businesses=1)
    vfs = UnsyncedVfs(f"loading {seed}")
    photographs = Photographs(sqlite_bursar.folder, tmp_path_factory.mktemp("album"), vfs, chance)
    async with sqlite_bursar.inside(vfs.name) as application:
        send = Inside(application.asgi("http://127.0.0.1"))
        early = await clients(office, send, "Early")
        await application.snapshots.save("early")
        await clients(office, send, "Between")
        await application.snapshots.save("between")  # what comes after it stands in the log alone
        late = await clients(office, send, *(f"Late {number}" for number in range(20)))
        with photographs.taking():
            await application.snapshots.load("early")
        assert await clients(office, send) == early
    found = []
    for folder in photographs.taken:
        assert_intact(folder / BOOKS)
        bursar = Bursar(folder, folder)
        async with bursar.inside() as application:
            found.append(await clients(office, Inside(application.asgi("http://127.0.0.1"))))
            await check_books(application, [])
    exchanged = found.index(early)
    assert exchanged > 0
    assert found == [late] * exchanged + [early] * (len(found) - exchanged)


async def clients(office: Office, send: Inside, *names: str) -> set[str]:
    """Create clients and answer what all there are are called."""
    for name in names:
        assert (await send("POST", office.path("users/clients"), {"client": {"organization": name}}, office.headers())).status == 200
    listed = await send("GET", office.path("users/clients?per_page=100"), None, office.headers())
    return {each["organization"] for each in listed.body["response"]["result"]["clients"]}


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
