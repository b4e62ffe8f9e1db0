"""Faults on demand, for people who test how their client takes them; sample books only.

A rule reads ``[OPERATIONS@]PERCENT%[xMOST]:FAULT[=SECONDS]``: ``5%:429``, ``invoices.*@100%x2:500``, ``*.create@1%:drop-after``.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping

    from prometheus_client.core import Metric

    from bursar.surfaces.http.request_log import Seen

    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

KINDS: Final = ("429", "500", "timeout", "drop-before", "drop-after")
GRAMMAR: Final = "[OPERATIONS@]PERCENT%[xMOST]:FAULT[=SECONDS]"
DROP: Final = "bursar.drop"
"""The name of the ASGI extension with which a server lets go of a connection."""
_HOLD_S: Final = 60
_ALL: Final = 1_000_000
_RULE: Final = re.compile(
    r"(?:(?P<operations>[a-z_.*]+)@)?(?P<whole>\d{1,3})(?:\.(?P<part>\d{1,4}))?%(?:x(?P<most>\d{1,9}))?:(?P<kind>[a-z0-9-]+)(?:=(?P<seconds>\d{1,4}))?"
)


class BadFault(ValueError):
    """A rule that cannot be followed; the text says why."""


class Rule:
    """One rule with a chance of its own, so that what it strikes follows from the seed and the calls it is asked about alone."""

    def __init__(self, text: str, seed: int) -> None:
        found = _RULE.fullmatch(text)
        if found is None:
            raise BadFault(f"{text!r} is no fault: write {GRAMMAR}, such as 5%:429 or invoices.*@100%x2:drop-after.")
        self.text, self.kind, self.operations = text, found["kind"], found["operations"] or "*"
        self.millionths = int(found["whole"]) * 10_000 + int((found["part"] or "").ljust(4, "0"))
        self.most = int(found["most"]) if found["most"] else None
        self.seconds = int(found["seconds"] or _HOLD_S)
        if self.kind not in KINDS:
            raise BadFault(f"{text!r}: there is no fault {self.kind!r}; there are {', '.join(KINDS)}.")
        if self.millionths > _ALL:
            raise BadFault(f"{text!r}: a share is 100% at most.")
        if found["seconds"] and self.kind != "timeout":
            raise BadFault(f"{text!r}: only timeout takes seconds.")
        self._chance = random.Random(f"{seed} {text}")  # noqa: S311 # repeatable on purpose
        self.asked = self.struck = 0

    def strikes(self, operation: str) -> bool:
        """Decide about one call; each one the rule is about draws once."""
        if not fnmatchcase(operation, self.operations):
            return False
        self.asked += 1
        struck = self._chance.randrange(_ALL) < self.millionths and (self.most is None or self.struck < self.most)
        self.struck += struck
        return struck


class FaultPlan:
    """The rules in force; of several that strike one call the first decides. ``names`` are the operations there are."""

    def __init__(self, names: Iterable[str], texts: Iterable[str] = (), seed: int = 1) -> None:
        self._names = frozenset(names)
        self._released = asyncio.Event()
        self._counts: dict[tuple[str, str], int] = {}
        self.rules: tuple[Rule, ...] = ()
        self.seed = seed
        self.plan(texts, seed)

    def plan(self, texts: Iterable[str], seed: int) -> None:
        """Put these rules in the place of those before, beginning anew. Raises BadFault and leaves everything as it is."""
        rules = tuple([Rule(text, seed) for text in texts])
        for rule in rules:
            if not any(fnmatchcase(name, rule.operations) for name in self._names):
                raise BadFault(f"{rule.text!r}: no operation is called {rule.operations}; they are called invoices.create and the like.")
        self.rules, self.seed = rules, seed

    def strike(self, operation: str) -> Rule | None:
        """Decide what befalls a call of an operation; None for nothing."""
        struck = [rule for rule in self.rules if rule.strikes(operation)]
        if not struck:
            return None
        counted = (operation, struck[0].kind)
        self._counts[counted] = self._counts.get(counted, 0) + 1
        return struck[0]

    def told(self) -> dict[str, Any]:
        """Show the rules with how many calls each was asked about and how many it struck."""
        return {"seed": self.seed, "faults": [{"fault": rule.text, "asked": rule.asked, "struck": rule.struck} for rule in self.rules]}

    def release(self) -> None:
        """Let go of every answer that is held: the server stops."""
        self._released.set()

    def spoiled(self, rule: Rule, scope: Scope, receive: Receive, send: Send, seen: Seen) -> Send:
        """Return a ``send`` that holds the answer back or lets the connection go instead of it."""

        async def held(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                await self._hold(receive, rule.seconds)
            await send(message)

        async def dropped(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                seen.status = 0
                await _drop(scope, receive)

        return held if rule.kind == "timeout" else dropped

    def collect(self) -> Iterator[Metric]:
        """Yield how many faults there were, as a collector of prometheus_client does."""
        from prometheus_client.core import CounterMetricFamily  # noqa: PLC0415 - only who asks for metrics loads it

        told = CounterMetricFamily("bursar_faults", "Faults on demand", labels=("operation", "fault"))
        for labels, count in sorted(self._counts.items()):
            told.add_metric(labels, count)
        yield told

    async def _hold(self, receive: Receive, seconds: int) -> None:
        """Wait so long, or until the caller leaves or the server stops."""
        waits = [asyncio.ensure_future(_left(receive)), asyncio.ensure_future(self._released.wait())]
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*waits, return_exceptions=True)


async def _drop(scope: Scope, receive: Receive) -> None:
    """Close the connection; raises ConnectionAbortedError where no server is that could."""
    drop = scope.get("extensions", {}).get(DROP)
    if drop is None:
        raise ConnectionAbortedError("the fault plan drops this connection")
    drop()
    await _left(receive)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
