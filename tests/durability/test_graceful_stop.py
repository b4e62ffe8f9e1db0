"""SIGTERM: whoever is being served gets an answer, and then the process ends well."""

from __future__ import annotations

import asyncio
import json
import random
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.durability.clerks import at_work, hire
from tests.durability.finding import check_answers, check_books, check_pending
from tests.durability.running import until
from tests.durability.sending import OverHttp

if TYPE_CHECKING:
    from tests.durability.running import Bursar
    from tests.durability.sending import Office

pytestmark = pytest.mark.anyio

CLERKS = 12
HALVES = 20


class Half:
    """A request of which the server has the head and the first half of the body."""

    def __init__(self, office: Office, number: int) -> None:
        self.content = json.dumps({"tax": {"name": f"Tax {number}", "amount": "5"}}).encode()
        self.head = [f"POST {office.path('taxes/taxes')} HTTP/1.1", "Host: bursar", f"Content-Length: {len(self.content)}"]
        self.head += [f"{name}: {value}" for name, value in office.headers().items()]
        self.reader: asyncio.StreamReader
        self.writer: asyncio.StreamWriter

    async def begin(self, url: str) -> None:
        """Send the first half."""
        place = urlsplit(url)
        self.reader, self.writer = await asyncio.open_connection(place.hostname, place.port)
        self.writer.write("\r\n".join([*self.head, "Expect: 100-continue", "", ""]).encode())
        assert (await self.reader.readline()).startswith(b"HTTP/1.1 100"), "the server has begun to read the body"
        await self.reader.readline()
        self.writer.write(self.content[:10])
        await self.writer.drain()

    async def end(self) -> bytes:
        """Send the second half and answer all that the server says before it hangs up."""
        self.writer.write(self.content[10:])
        answer = await self.reader.read()
        self.writer.close()
        return answer


async def test_requests_under_way_are_answered_before_the_end(bursar: Bursar) -> None:
    [office] = await bursar.prepare(businesses=1)
    bursar.start()
    halves = [Half(office, number) for number in range(HALVES)]
    for half in halves:
        await half.begin(bursar.url)
    bursar.terminate()
    await until(lambda: is_closed(bursar.url), "nobody new is let in")
    answers = await asyncio.gather(*(half.end() for half in halves))
    assert bursar.ended() == 0
    assert all(answer.startswith(b"HTTP/1.1 200") for answer in answers), answers
    bursar.start()
    async with OverHttp(bursar.url) as send:
        answer = await send("GET", office.path("taxes/taxes"), None, office.headers())
        assert answer.body["response"]["result"]["total"] == HALVES
    assert bursar.said() == ""


async def is_closed(url: str) -> bool:
    """Tell whether the server takes no new connections."""
    place = urlsplit(url)
    try:
        _, writer = await asyncio.open_connection(place.hostname, place.port)
    except ConnectionError:
        return True
    writer.close()
    return False


@pytest.mark.timeout(300)
async def test_a_stop_under_load_leaves_no_doubt(bursar: Bursar) -> None:
    """What was not answered was not done: a server that is asked to stop finishes what it began."""
    chance = random.Random(8)
    clerks = hire(await bursar.prepare(businesses=2), CLERKS, chance)
    for _ in range(2):
        bursar.start()
        async with OverHttp(bursar.url) as send, at_work(clerks, send, chance.randrange(10, 60)):
            bursar.terminate()
        assert bursar.ended() == 0
        bursar.start()
        async with OverHttp(bursar.url) as send:
            await check_answers(clerks, send)
            await check_pending(clerks, send)
        async with bursar.books() as application:
            await check_books(application, clerks)
        bursar.terminate()
        assert bursar.ended() == 0
    assert bursar.said() == ""
