"""The thread aside: who has stopped waiting is not worked for."""

from __future__ import annotations

import asyncio
import threading
import weakref
from time import monotonic

import pytest

from bursar.store.aside import Aside

pytestmark = pytest.mark.anyio


async def test_a_call_that_nobody_waits_for_any_more_is_not_begun() -> None:
    """A server that gave up its requests when it stops does not make all their long reads before it closes."""
    aside, go_on, made = Aside("test"), threading.Event(), list[str]()
    under_way = aside.run(go_on.wait)
    given_up = aside.run(lambda: made.append("given up"))
    wanted = aside.run(lambda: made.append("wanted"))
    given_up.cancel()
    go_on.set()
    assert await under_way
    await wanted
    aside.close()
    assert made == ["wanted"]


class Rows:
    """What a long read may answer."""


async def test_nothing_is_held_of_a_call_that_was_made() -> None:
    thread = Aside("reading")
    made = weakref.ref(await thread.run(Rows))
    deadline = monotonic() + 5
    while made() is not None:
        assert monotonic() < deadline, "the thread waits with it in its hands"
        await asyncio.sleep(0)
    thread.close()
