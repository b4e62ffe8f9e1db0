"""The embedded books as an upstream: scope, load, decide, save, show; one request is one transaction."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from bursar.catalogue.filters import Filter
from bursar.catalogue.outside import against
from bursar.catalogue.query import Query, Search
from bursar.catalogue.resource import View
from bursar.catalogue.scalars import json_text
from bursar.errors import Kind, Problem, refuse
from bursar.runtime import gather
from bursar.runtime.body import Reading
from bursar.runtime.call import Call, Reply
from bursar.runtime.reading import Shows
from bursar.runtime.scoping import permitted
from bursar.runtime.turns import Turns
from bursar.runtime.views import Viewing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from bursar.catalogue.change import Change
    from bursar.catalogue.facts import Facts
    from bursar.catalogue.operation import Operation, Phase
    from bursar.catalogue.record import Record
    from bursar.catalogue.resource import Resource
    from bursar.clock import Clock
    from bursar.domain.policy import Policy
    from bursar.runtime.scoping import Reach
    from bursar.store.people import People
    from bursar.store.store import Store
    from bursar.store.unit import Unit
    from bursar.wire.family import Envelope, Family
    from bursar.wire.links import Links

    Objection = Callable[[str], Awaitable[str]]

BIG_PAGE = 30
REPLAY_US = 48 * 3600 * 1_000_000
VISIBILITY = frozenset({"vis_state", "ext_vis_state", "visState"})


class Ways(NamedTuple):
    """What the contract leaves open, as set: ``wire.put_phases``, ``wire.time_entry_put``, ``events.derived``, ``scopes.events``."""

    put_phases: bool
    put_replaces: bool
    derived_events: bool
    events_scope: str


class Embedded:
    """Answers calls from our own books. ``against`` says why nothing would be sent to a URL, "" for nothing."""

    def __init__(
        self,
        store: Store,
        people: People,
        families: Mapping[str, Family],
        policy: Policy,
        clock: Clock,
        links: Links,
        ways: Ways,
    ) -> None:
        self.store, self.people, self.families = store, people, families
        self.policy, self.clock, self.ways = policy, clock, ways
        self.viewing = Viewing(self, links)
        self.turns = Turns()
        self.against: Objection | None = None

    async def send(self, call: Call) -> Reply:
        """Answer a call; raises :class:`Refusal` and what the store raises."""
        reach = permitted(call, self.ways.events_scope)
        if isinstance(call.resource, View):
            return await self._view(call, call.resource)
        assert call.operation is not None, call
        if not call.operation.built:
            raise refuse(Kind.NOT_BUILT)
        family = self.families[call.resource.family]
        if call.operation.verb == "get":
            return await self._get(call, call.resource, family, reach)
        if call.operation.verb == "list":
            return await self._list(call, call.resource, family, reach)
        return await self._write(call, call.resource, call.operation, family, reach)

    def _today(self, call: Call) -> str:
        return self.clock.today(call.business.timezone) if call.business else self.clock.today("UTC")

    async def _get(self, call: Call, resource: Resource, family: Family, reach: Reach | None) -> Reply:
        query = family.query(call.pairs, resource) if call.pairs else PLAIN
        shown = await Shows(self.store.rows(call.business_id), resource, call, self._today(call)).one(call.object_id, query)
        if reach is not None:
            reach.check(shown)
        envelope = family.one(resource, shown)
        return Reply(envelope.status, envelope.body, query.ignored)

    async def _list(self, call: Call, resource: Resource, family: Family, reach: Reach | None) -> Reply:
        query = of_caller(family.query(call.pairs, resource), resource, call.caller.identity)
        if reach is not None:
            query = reach.narrow(query)
        if query.per_page >= BIG_PAGE:
            await self.turns.take()  # big pages back to back would leave other connections waiting
        shows = Shows(self.store.rows(call.business_id), resource, call, self._today(call))
        meta, count = await shows.totals(query, resource.totals) if resource.totals else ({}, None)
        shown, total = await shows.page(query, count)
        envelope = family.many(resource, shown, query, total, meta)
        return Reply(envelope.status, envelope.body, query.ignored)

    async def _write(self, call: Call, resource: Resource, operation: Operation, family: Family, reach: Reach | None) -> Reply:
        query = family.query(call.pairs, resource) if call.pairs else PLAIN
        sent = family.unwrap(call.body, resource) if operation.method != "DELETE" else {}
        objections = await self._objections(resource, sent) if resource.record.targets else []

        async def work(unit: Unit) -> Reply:
            writing = Writing(self, call, resource, operation, unit, reach, objections)
            if not call.idempotency:
                return await writing.run(sent, query, family)
            return await self._once(unit, call, lambda: writing.run(sent, query, family))

        return await self.store.unit(call.business_id, call.caller.identity, work, dry=call.dry)

    async def _objections(self, resource: Resource, sent: Mapping[str, Any]) -> list[Problem]:
        """Name the addresses to which nothing would ever be sent; asked here, since a name server may take its time."""
        problems = []
        for name in resource.record.targets:
            raw = sent.get(name)
            if self.against is not None and isinstance(raw, str) and not against(raw):
                objection = await self.against(raw)
                problems += [Problem(Kind.INVALID, name, raw, text=f"{name}: Value error, {objection}.")] if objection else []
        return problems

    async def _once(self, unit: Unit, call: Call, run: Any) -> Reply:
        """Answer a repeated Idempotency-Key with the first answer, for 48 hours; with another body it is REPLAYED."""
        verb = call.operation.verb if call.operation else call.resource.name  # type: ignore[union-attr]  # a view has a name
        name = f"{call.caller.identity}\0{call.resource.record.noun}\0{verb}\0{call.object_id}\0{call.idempotency}"
        key_hash, body_hash = hashlib.sha256(name.encode()).digest(), hashlib.sha256(call.raw_body).digest()
        found = await unit.remembered(key_hash)
        if found is not None and unit.now_us - found[4] < REPLAY_US:
            if found[0] != body_hash:
                raise refuse(Kind.REPLAYED, "Idempotency-Key", call.idempotency)
            return Reply(found[1], bytes(found[2]), msgspec.json.decode(found[3], type=tuple[str, ...]))
        reply: Reply = await run()
        # Who sends a name may put anything into it, also what PostgreSQL keeps in no text; its JSON can be kept.
        await unit.remember(key_hash, body_hash, reply.status, msgspec.json.encode(reply.body), json_text(reply.ignored))
        return reply

    async def _view(self, call: Call, view: View) -> Reply:
        if not view.built:
            raise refuse(Kind.NOT_BUILT)
        family = self.families[view.family]
        if view.access == "read":
            return await self.viewing.run(call, view, family, None)

        async def work(unit: Unit) -> Reply:
            if not call.idempotency:
                return await self.viewing.run(call, view, family, unit)
            return await self._once(unit, call, lambda: self.viewing.run(call, view, family, unit))

        return await self.store.unit(call.business_id, call.caller.identity, work, dry=call.dry)

    def orient(self, known: Facts, call: Call) -> None:
        """Tell the facts what every decision knows."""
        if call.business is not None:
            known.business = call.business
        known.policy = self.policy
        known.today = self._today(call)
        known.identity = call.caller.identity


PLAIN = Query()


class Writing:
    """One create, update or delete inside its unit."""

    __slots__ = ("books", "call", "objections", "operation", "reach", "resource", "unit")

    def __init__(
        self,
        books: Embedded,
        call: Call,
        resource: Resource,
        operation: Operation,
        unit: Unit,
        reach: Reach | None = None,
        objections: Iterable[Problem] = (),
    ) -> None:
        self.books, self.call, self.resource, self.operation, self.unit, self.reach = books, call, resource, operation, unit, reach
        self.objections = objections

    async def run(self, sent: dict[str, Any], query: Query, family: Family) -> Reply:
        """Read, decide, save, tell, show."""
        operation = self.operation
        record = await self._record()
        if self.reach is not None and record.was is not None:
            self.reach.check(record.row)
        phases = [phase for phase in operation.phases if asks_for(phase, sent, record)]
        splits = operation.verb == "update" and self.books.ways.put_phases
        first = next((phase for phase in phases if phase.alone or sent.keys() <= phase.keys), None) if splits else None
        taken = sent if first is None else {key: value for key, value in sent.items() if key in first.keys | first.params}
        if record.was is not None and self._is_deleted(record, sent):
            raise refuse(Kind.DELETED, self.resource.id_field, record.row["id"])
        replaces = operation.replaces and self.books.ways.put_replaces
        for name in operation.replaces if replaces else ():
            if name not in sent:
                record.row[name] = None
        reading = Reading(taken, operation.method, self.books.policy, operation.needs if replaces or not operation.replaces else ())
        facts, decide = (first.facts, first.decide) if first else (operation.facts, operation.decide)
        known = await self._know(facts, record, reading)
        if self.reach is not None:
            self.reach.check(record.row)
        assert decide is not None, operation
        change = decide(record, known)
        for phase in () if first else phases:
            change, known = await self._then(change, phase, known, record)
        for saved in change.saves:
            for field in saved.scheduled:
                field.begins(saved, known.today)
        moved = await self.unit.save(change)
        answer = change.answer
        if change.shows is not None and change.saves:
            stamped = change.saves[0].row
            answer.row.update({name: stamped[name] for name in self.unit.store.stamped(type(answer)).names})
        for event in (change.instead or operation.event, *change.events):
            if event:
                await self.unit.tell(event, answer.row["id"])
        for event, about in change.others:
            await self.unit.tell(event, about.row["id"])
        if self.books.ways.derived_events:
            told = {(about.noun, about.row["id"]) for about in (answer, *(about for _, about in change.others))}
            await self._tell_derived([record for record in moved if (record.noun, record.row["id"]) not in told])
        untaken = () if taken is sent else tuple(key for key in sent if key not in taken)
        ignored = (*reading.ignored, *untaken, *query.ignored)
        envelope = await self._envelope(answer, query, family, known)
        return Reply(envelope.status, envelope.body, ignored)

    async def _tell_derived(self, moved: list[Record]) -> None:
        """Raise the events of rows that moved along: a payment's invoice (``events.derived = on``, platform 9.6)."""
        for record in moved:
            verb = "create" if record.was is None else "update"
            operations = self.unit.store.book.resources[record.noun].operations
            event = next((each.event for each in operations if each.verb == verb and each.event), "")
            if event:
                await self.unit.tell(event, record.row["id"])

    async def _record(self) -> Record:
        record_class = self.resource.record
        if self.operation.verb == "create":
            return record_class.new(id=self.call.object_id or await self.unit.new_id(record_class.noun))
        found = await self.unit.rows.one(record_class.noun, self.call.object_id, lines=bool(record_class.lines))
        if found is None:
            raise refuse(Kind.UNKNOWN, self.resource.id_field, self.call.object_id, record_class.noun)
        return found.replace()  # type: ignore[no-any-return]  # rows hold records of the noun; this one may be written into

    def _is_deleted(self, record: Record, sent: dict[str, Any]) -> bool:
        """Whether this is anything but a change of visibility of a deleted object (semantics section 6)."""
        if self.books.policy.change_deleted:
            return False
        seen = any(sent.get(name) is not None for name in VISIBILITY)
        return self.operation.verb == "update" and record.row.get("vis_state") == 1 and not seen

    async def _know(self, facts: type[Facts], record: Record, reading: Reading) -> Facts:
        known = facts()
        self.books.orient(known, self.call)
        known.now_us = self.unit.now_us
        record.sent = reading.said(record)
        reading.references(record)
        await gather.early(self.unit, known, record)
        await gather.references(self.unit, known, record)
        reading.problems += self.objections
        reading.rest(record, known)
        await gather.late(self.unit, known, record)
        return known

    async def _then(self, change: Change, phase: Phase, known: Facts, record: Record) -> tuple[Change, Facts]:
        """Run a phase after the object exists: action keys of a POST, or every phase of a PUT when none stands alone."""
        answer = change.answer
        answer.asked, answer.sent = record.asked, record.sent
        more = phase.facts()
        await gather.again(self.unit, more, answer, known)
        done = phase.decide(answer, more)
        saved = {(each.noun, each.row["id"]): each for each in (*change.saves, *done.saves)}
        return change.and_then(done, tuple(saved.values())), more

    async def _envelope(self, answer: Record, query: Query, family: Family, known: Facts) -> Envelope:
        if self.operation.verb == "delete":
            return family.gone(self.resource)
        shows = Shows(self.unit.rows, self.resource, self.call, known.today)
        return family.one(self.resource, await shows.saved(answer, query, known))


def asks_for(phase: Phase, sent: dict[str, Any], record: Record) -> bool:
    """Whether a body asks for a phase: what is not sent asks for none, nor does an action that is false, however that is written."""
    return not sent.keys().isdisjoint(phase.keys) and any(record.readers[key].asks(sent[key]) for key in phase.keys & sent.keys())


def of_caller(query: Query, resource: Resource, identity: int) -> Query:
    """Return a query of a list that holds the caller's own rows, unless it asks for everybody's or for somebody's."""
    if resource.own is None:
        return query
    column, everybody = resource.own
    if everybody in query.switches or any(column in each.filter.columns for each in query.searches):
        return query
    return query._replace(searches=(*query.searches, Search(Filter("own", (column,)), identity)))
