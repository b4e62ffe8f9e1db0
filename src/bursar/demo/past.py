"""Writes into the books as if it were another day: the product's own rules under a clock that is told the time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from bursar.app import Application
from bursar.catalogue.change import Change
from bursar.catalogue.facts import Business
from bursar.clock import Clock
from bursar.runtime.call import Call, Caller

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from random import Random

    from bursar.catalogue.shown import Shown
    from bursar.store.people import Business as Tenant
    from bursar.store.unit import Unit

T = TypeVar("T")


class Deed(NamedTuple):
    """One write: when, the noun, its fields, and for an update the id; what is made below another object names its ``verb``."""

    moment_us: int
    noun: str
    fields: dict[str, Any]
    object_id: int = 0
    verb: str = ""


class Past:
    """One business and its owner, seen on any day before today; identifiers come from ``rng``."""

    def __init__(self, application: Application, tenant: Tenant, identity_id: int, rng: Random) -> None:
        self._now_us = tenant.created_us
        clock = Clock(ticks=lambda: self._now_us * 1_000, draw=rng.randbytes)
        self.application = Application(application.settings, application.driver, application.key, clock)
        self.store = self.application.store
        resources = self.store.book.resources
        self._operations = {(noun, operation.verb): operation for noun, resource in resources.items() for operation in resource.operations}
        scopes = frozenset(f"{resource.scope}:{access}" for resource in resources.values() for access in ("read", "write"))
        self._caller = Caller(identity_id, scopes)
        self._business = Business(*(getattr(tenant, name) for name in Business._fields))

    def stand_at(self, moment_us: int) -> None:
        """Set the clock."""
        self._now_us = moment_us

    async def write(self, deeds: Iterable[Deed]) -> list[Shown]:
        """Do everything in this order, in as few commits as can be, and answer the objects; raises the first refusal."""
        return await asyncio.gather(*[self._write(deed) for deed in deeds])

    async def _write(self, deed: Deed) -> Shown:
        # Until the books' queue is reached nothing is awaited: each deed reads the clock it set, and keeps its turn.
        self.stand_at(deed.moment_us)
        resource = self.store.book.resources[deed.noun]
        operation = self._operations[deed.noun, deed.verb or ("update" if deed.object_id else "create")]
        body = {resource.wrapper: deed.fields}
        reply = await self.application.upstream.send(
            Call(resource, operation, self._caller, self._business, object_id=deed.object_id, body=body)
        )
        shown: Shown = reply.body.get("response", {}).get("result", reply.body)[resource.wrapper]
        return shown

    async def deliver(self, noun: str, deliveries: Iterable[tuple[int, int, int]]) -> None:
        """Move documents to a delivery state (moment, id, state) as a mail that went out or a page that was opened would."""
        await asyncio.gather(*[self._deliver(noun, *delivery) for delivery in deliveries])

    async def _deliver(self, noun: str, moment_us: int, object_id: int, state: int) -> None:
        async def move(unit: Unit) -> None:
            document = await unit.rows.one(noun, object_id, lines=True)
            await unit.save(Change(saves=(document.replace(delivery=state),)))

        self.stand_at(moment_us)
        await self.run(move)

    async def register(self, moment_us: int, event: str, uri: str) -> None:
        """Register a callback that was never verified and is sent no code: sample books send nothing out by themselves."""

        async def add(unit: Unit) -> None:
            record = self.store.book.resources["callback"].record
            await unit.save(Change(saves=(record.new(id=await unit.new_id("callback"), event=event, uri=uri),)))

        self.stand_at(moment_us)
        await self.run(add)

    async def run(self, work: Callable[[Unit], Awaitable[T]]) -> T:
        """Run a work of the business in a transaction."""
        return await self.store.unit(self._business.id, self._caller.identity, work)

    async def ids(self, noun: str, column: str) -> dict[Any, int]:
        """Return the ids of all rows of a kind by one of their columns."""
        return {row.row[column]: row.row["id"] for row in await self.run(lambda unit: unit.rows.where(noun, {}))}

    async def quote(self, rates: list[dict[str, Any]]) -> None:
        """Write exchange rates: ``currency_code``, ``date`` and what one unit is worth, in ``billionths``."""
        mine = [{"business_id": self._business.id, **rate} for rate in rates]
        statement = self.store.inserting("rates")
        await self.run(lambda unit: unit.session.run_many(statement, mine))
