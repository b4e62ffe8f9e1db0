"""Long work on the loop is made one piece a turn, and everybody else is served between."""

from __future__ import annotations

import asyncio

import pytest

from bursar.runtime.turns import Turns

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_others_are_served_between_two_pieces_in_the_order_of_asking() -> None:
    turns, said = Turns(), []

    async def long_work(name: str) -> None:
        await turns.take()
        said.append(name)

    async def others() -> None:
        while len([name for name in said if name != "other"]) < 4:
            said.append("other")
            await asyncio.sleep(0)

    await asyncio.gather(*(long_work(name) for name in "abcd"), others())
    assert [name for name in said if name != "other"] == list("abcd")
    assert all("other" in said[said.index(first) : said.index(then)] for first, then in zip("abc", "bcd", strict=True))


async def test_who_leaves_the_line_keeps_nobody_from_a_turn() -> None:
    turns = Turns()
    waiting = [asyncio.create_task(turns.take()) for _ in range(5)]
    await asyncio.sleep(0)
    for task in (waiting[0], waiting[2], waiting[4]):
        task.cancel()
    done = await asyncio.gather(*waiting, return_exceptions=True)
    assert [each is None for each in done] == [False, True, False, True, False]
    await turns.take()
