"""Recorded statements run bare with asyncpg: ``python -m bench.raw.postgres URL FILE SECONDS CONNECTIONS``.

FILE is JSON: ``{"creates": [account, …]}`` with, for each account, its statements in order, run in one transaction a turn;
or ``{"gets": [request, …]}``, of which one is drawn each turn. Connections share the accounts out between them.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import sys
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import uvloop

from bench.raw import summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FAR = 1_000_000_000
WIDTH = 7


def reader_of(kind: str) -> Callable[[str | None], Any]:
    """Return what turns a logged text into a value of a parameter type."""
    if kind.endswith("[]"):
        one = reader_of(kind[:-2])
        return lambda text: None if text is None else [one(part.strip('"')) for part in text.strip("{}").split(",") if part]
    if kind in {"int2", "int4", "int8"}:
        return lambda text: None if text is None else int(text)
    if kind == "bytea":
        return lambda text: None if text is None else bytes.fromhex(text.removeprefix("\\x"))
    return lambda text: text


class Turn:
    """The statements of one request on one connection; its `number` and the clock keep its new ids apart from all others."""

    def __init__(self, connection: Any, number: int) -> None:
        self.connection = connection
        self.counts = itertools.count((number + 1) * FAR + int(time.time() * 1e3) % FAR)
        self.prepared: dict[str, tuple[Any, list[Callable[[str | None], Any]]]] = {}

    async def ready(self, text: str) -> tuple[Any, list[Callable[[str | None], Any]]]:
        """Prepare a statement once."""
        if text not in self.prepared:
            made = await self.connection.prepare(text)
            self.prepared[text] = (made, [reader_of(kind.name) for kind in made.get_parameters()])
        return self.prepared[text]

    async def run(self, statements: list[tuple[str, list[list[str | None]]]]) -> None:
        """Run them in order; those that repeat one after another go together, as one would write it."""
        step = next(self.counts)
        uuids: dict[str | None, str] = {}
        for text, group in itertools.groupby(statements, key=lambda one: one[0]):
            if text.upper().startswith(("BEGIN", "COMMIT", "ROLLBACK")):
                await self.connection.execute(text)
                continue
            made, readers = await self.ready(text)
            rows = [[read(changed(value, step, uuids)) for read, value in zip(readers, one[1], strict=True)] for one in group]
            if len(rows) == 1:
                await made.fetch(*rows[0])
            else:
                await made.executemany(rows)


def changed(value: list[str | None], step: int, uuids: dict[str | None, str]) -> str | None:
    """Return a value as this turn wants it."""
    kind, text = value
    if kind == "+" and text is not None:
        return str(int(text) + step).zfill(len(text)) if len(text) >= WIDTH and text.startswith("0") else str(int(text) + step)
    if kind == "u":
        return uuids.setdefault(text, str(uuid.uuid4()))
    return text


def drawn(requests: list[Any], rng: random.Random) -> Iterator[Any]:
    """Draw requests for ever."""
    while True:
        yield rng.choice(requests)


async def turns(url: str, number: int, requests: Iterator[Any], until: float, durations: list[float]) -> None:
    """Run requests on one connection until the time is over."""
    connection = await asyncpg.connect(url, statement_cache_size=0)
    turn = Turn(connection, number)
    await turn.run(next(requests))
    while (began := time.perf_counter()) < until:
        await turn.run(next(requests))
        durations.append(time.perf_counter() - began)
    await connection.close()


async def measure(url: str, recorded: dict[str, Any], seconds: float, connections: int) -> dict[str, float]:
    """Run what was recorded on so many connections."""
    durations: list[float] = []
    began = time.perf_counter()
    sides = []
    for number in range(connections):
        if "creates" in recorded:
            accounts = recorded["creates"]
            requests: Iterator[Any] = itertools.repeat(accounts[number % len(accounts)])
        else:
            requests = drawn(recorded["gets"], random.Random(number))
        sides.append(turns(url, number, requests, began + seconds, durations))
    await asyncio.gather(*sides)
    return summary(durations, time.perf_counter() - began)


if __name__ == "__main__":
    told = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    json.dump(uvloop.run(measure(sys.argv[1], told, float(sys.argv[3]), int(sys.argv[4]))), sys.stdout)
