"""``kill -9`` at any moment: what was answered is there afterwards, and nothing is there by half."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.durability.clerks import at_work, hire
from tests.durability.finding import check_answers, check_books, check_pending, check_replays
from tests.durability.running import until
from tests.durability.sending import OverHttp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.durability.running import Bursar
    from tests.durability.sending import Office

pytestmark = pytest.mark.anyio

CLERKS = 12
KILLS = 20
LEAST = 10
LONGEST_S = 0.4


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(1, 51))])
async def test_answered_writes_survive_twenty_kills(bursar: Bursar, seed: int) -> None:
    """All in one directory, so that what one kill damaged would be there for the next."""
    chance = random.Random(seed)
    offices = await bursar.prepare(businesses=2)
    clerks = hire(offices, CLERKS, chance)
    bursar.start()
    for _ in range(KILLS):
        async with OverHttp(bursar.url) as send, at_work(clerks, send, LEAST):
            asyncio.get_running_loop().call_later(chance.uniform(0, LONGEST_S), bursar.kill)
        assert bursar.ended() == -9
        bursar.start()
        async with OverHttp(bursar.url) as send:
            await check_pending(clerks, send)
            await check_replays(clerks, send)
            await check_answers(clerks, send)
        async with bursar.books() as application:
            await check_books(application, clerks)
    assert bursar.verified() == 0
    assert bursar.said() == ""


async def test_a_create_that_nobody_heard_of_is_answered_after_the_crash(bursar: Bursar) -> None:
    """The server dies after the commit, before its answer is read: the repeated request makes no second tax."""
    [office] = await bursar.prepare(businesses=1)
    bursar.start()
    path, headers, body = office.path("taxes/taxes"), office.headers("once"), {"tax": {"name": "HST", "amount": "13"}}
    async with OverHttp(bursar.url) as send, asked(bursar.url, path, headers, body):
        await until(lambda: total(send, office), "the tax is there")
        bursar.kill()
        bursar.ended()
    bursar.start()
    async with OverHttp(bursar.url) as send:
        first = await send("POST", path, body, headers)
        again = await send("POST", path, body, headers)
        assert (first.status, first.text) == (200, again.text)
        other = await send("POST", path, {"tax": {"name": "GST", "amount": "5"}}, headers)
        assert other.status == 422
        assert await total(send, office) == 1


@contextlib.asynccontextmanager
async def asked(url: str, path: str, headers: dict[str, str], body: object) -> AsyncIterator[None]:
    """Send a request and never read the answer."""
    place = urlsplit(url)
    content = json.dumps(body)
    lines = [f"POST {path} HTTP/1.1", f"Host: {place.netloc}", f"Content-Length: {len(content)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    _, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write("\r\n".join([*lines, "", content]).encode())
    await writer.drain()
    yield
    writer.close()


async def total(send: OverHttp, office: Office) -> int:
    """Count the taxes."""
    answer = await send("GET", office.path("taxes/taxes"), None, office.headers())
    return int(answer.body["response"]["result"]["total"])
