"""Answers views: shapes without a table, made of a row, of facts, and of what lies beyond rows."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from bursar.catalogue.change import Change
from bursar.errors import Kind, refuse
from bursar.runtime import gather
from bursar.runtime.body import Reading
from bursar.runtime.call import Reply
from bursar.wire.render import renderer

if TYPE_CHECKING:
    from bursar.catalogue.resource import View
    from bursar.clock import Clock
    from bursar.runtime.call import Call
    from bursar.runtime.perform import Embedded
    from bursar.store.people import People
    from bursar.store.store import Store
    from bursar.store.unit import Unit
    from bursar.wire.family import Family
    from bursar.wire.links import Links

KEY_BYTES = 16
NOTHING: frozenset[str] = frozenset()


class Viewing:
    """Loads what a view rests on, asks it, and keeps what it decides; ``unit`` is None for a view that only reads."""

    def __init__(self, books: Embedded, links: Links) -> None:
        self.books = books
        self.beyond = Beyond(books.store, books.people, links, books.clock)

    async def run(self, call: Call, view: View, family: Family, unit: Unit | None) -> Reply:
        """Answer one call; raises UNKNOWN for a row that is not there, and what the view refuses."""
        source = unit or gather.Looking(self.books.store.rows(call.business_id))
        about = await source.rows.one(view.of, call.object_id) if view.of else None
        if view.of and about is None:
            raise refuse(Kind.UNKNOWN, view.id_field, call.object_id, view.of)
        known: Any = view.facts()
        self.books.orient(known, call)
        known.call = call  # views alone see the call: they answer about it
        ignored = self._read(call, view, family, known) if view.takes == "object" else ()
        if view.texts is not None:
            known.query = family.query(call.pairs, self.books.store.book.resources[view.texts[0]])
            known.found, known.total = await source.rows.texts(*view.texts, known.query, known.today)
            ignored = known.query.ignored
        await self.beyond.load(view.loads, call, known)
        if about is not None:
            await gather.early(source, known, about)
        shown = view.show(about, known)
        if isinstance(shown, Change):
            assert unit is not None, view.name
            await unit.save(shown)
            shown = shown.answer
        show = renderer(view.record, None, NOTHING, None)
        envelope = family.one(view, show(shown.row, call, known.today, shown.children))
        beside = {name: shown.row[name] for name in view.beside}
        return Reply(envelope.status, {**envelope.body, **beside} if beside else envelope.body, ignored)

    def _read(self, call: Call, view: View, family: Family, known: Any) -> tuple[str, ...]:
        """Read the body into a new record, ``known.sent``; returns the keys that were ignored."""
        known.sent = view.record.new()
        reading = Reading(family.unwrap(call.body, view), view.method, self.books.policy)
        known.sent.sent = frozenset(reading.sent)
        reading.references(known.sent)
        reading.rest(known.sent, known)
        return tuple(reading.ignored)


class Beyond:
    """Puts what a view asks for by ``loads`` into its facts."""

    def __init__(self, store: Store, people: People, links: Links, clock: Clock) -> None:
        self.store, self.people, self.links, self.clock = store, people, links, clock

    async def load(self, what: str, call: Call, known: Any) -> None:
        """Load ``person`` (the caller, its books and their projects), ``books`` (of the path), ``links``, ``file`` (what was uploaded)."""
        if what == "person":
            await self._person(call, known)
        elif what == "books":
            assert call.business is not None, "the path names the books"
            found = [business for _, business in await self.people.memberships(call.caller.identity) if business.id == call.business.id]
            known.books = found[0]._asdict()
        elif what == "links":
            known.links = self.links
        elif what == "file":
            known.links, known.file = self.links, call.content
            known.uuid, known.key = self.clock.uuid(), secrets.token_urlsafe(KEY_BYTES)

    async def _person(self, call: Call, known: Any) -> None:
        person = await self.people.identity(call.caller.identity)
        assert person is not None, "a token belongs to somebody"
        known.person = person._asdict()
        members = await self.people.memberships(call.caller.identity)
        known.members = [{**business._asdict(), **member._asdict(), "created_us": member.created_us} for member, business in members]
        known.projects = {business.id: await self.store.rows(business.id).every("project", "id", "group") for _, business in members}
