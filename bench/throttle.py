"""What counting a call and telling it in four headers costs, in memory, without a server around it."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import statistics
import time
from typing import TYPE_CHECKING

from bench.table import Bar, Row
from bursar.clock import Clock
from bursar.throttling.throttle import InMemory, Rates, Throttle

if TYPE_CHECKING:
    from bench.stage import Stage

TOKENS = 100
CALLS = 50_000
POSTS_EVERY = 5


def throttle_rows(stage: Stage) -> list[Row]:
    """Count calls of a hundred tokens in turn, every fifth a POST below ``/accounting/``."""
    stage.tell("counting calls in memory")
    rounds = [asyncio.run(_per_call_us()) for _ in range(stage.plan.rounds)]
    value = statistics.median(rounds)
    said = f"{value:.2f} µs ({min(rounds):.2f}–{max(rounds):.2f})"
    return [Row("throttle with headers, in memory, per call", said, "–", value, Bar(at_most=15), "µs")]


async def _per_call_us() -> float:
    throttle = Throttle(Rates(10**9, 10**9, 60), InMemory(), Clock())
    tokens = itertools.cycle([hashlib.blake2b(bytes([number]), digest_size=32).digest() for number in range(TOKENS)])
    began = time.perf_counter()
    for number in range(CALLS):
        await throttle.count(next(tokens), post=number % POSTS_EVERY == 0)
    return (time.perf_counter() - began) / CALLS * 1e6
