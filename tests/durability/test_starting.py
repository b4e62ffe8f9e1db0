"""The first start goes wrong: whatever it was, the next start finds an empty place or whole books."""

from __future__ import annotations

import contextlib
import random
import resource
import threading
from typing import TYPE_CHECKING

import pytest

from bursar.cli.program import FAILED
from tests.durability.sending import OverHttp

if TYPE_CHECKING:
    from tests.durability.running import Bursar

pytestmark = pytest.mark.anyio

TOO_SMALL = 60_000


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
