"""The outbox: events, and what each of them is to be delivered to, in the transaction of the change they tell of.

Which callbacks hear of an event is decided by one statement at that moment, so "verified when it happened" is exact. Books
whose callbacks all listen for something else pay for a look at what these listen for, once a transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, Text, bindparam, insert, literal, or_, select, update

from bursar.catalogue.change import Notice
from bursar.clock import SECOND
from bursar.domain.events import EVENTS, EVERY, VERIFY, noun_of
from bursar.store.statements import compile_statement

if TYPE_CHECKING:
    from sqlalchemy import MetaData

    from bursar.catalogue.record import Record
    from bursar.store.statements import Statement
    from bursar.store.unit import Unit

WAITING: Final = "waiting"
SENDING: Final = "sending"
HELD: Final = "held"
DELIVERED: Final = "delivered"
FAILED: Final = "failed"
CODE_DELAY_US: Final = SECOND
"""Receivers look the callback up by the id that stood in the answer to its creation: that has to be there first (platform 9.2)."""
SUPERSEDED: Final = "a newer code was sent"

_KNOWN: Final = frozenset(EVENTS)
_TYPES: Final = {
    "business_id": BigInteger,
    "event_id": BigInteger,
    "object_id": BigInteger,
    "identity_id": BigInteger,
    "created_us": BigInteger,
}


class Outbox:
    """The statements of the outbox, run inside a unit."""

    def __init__(self, tables: MetaData, dialect: str) -> None:
        def ready(core: Any) -> Statement:
            return compile_statement(core, dialect)

        outbox, deliveries, callbacks = (tables.tables[name] for name in ("outbox", "deliveries", "callbacks"))
        names = {"id": "event_id"}
        self._event = ready(
            insert(outbox).values({column.name: bindparam(names.get(column.name, column.name)) for column in outbox.columns})
        )
        sent = {name: bindparam(name, type_=_TYPES.get(name, Text)) for name in (*_TYPES, "event", "noun")}
        # In the order of the columns: who hears of it, what it is, where it stands.
        fanned = {
            **{name: sent[name] for name in ("business_id", "event_id")},
            "callback_id": callbacks.c.id,
            **{name: sent[name] for name in ("event", "noun", "object_id", "identity_id", "created_us")},
            "next_us": sent["created_us"],
            "state": literal(WAITING),
            "attempts": literal(0),
        }
        every = (callbacks.c.business_id == bindparam("business_id"), callbacks.c.verified == 1)
        self._heard = ready(select(callbacks.c.event).where(*every).distinct())
        heard = or_(callbacks.c.event == sent["event"], callbacks.c.event == sent["noun"], callbacks.c.event == EVERY)
        mine = (callbacks.c.business_id == sent["business_id"], callbacks.c.verified == 1, heard)
        chosen = select(*(value.label(name) for name, value in fanned.items())).where(*mine)
        self._fan = ready(insert(deliveries).from_select([*fanned], chosen))
        self._code = ready(insert(deliveries).values({name: bindparam(name) for name in fanned} | {"state": WAITING, "attempts": 0}))
        of_callback = (deliveries.c.business_id == bindparam("of_business"), deliveries.c.callback_id == bindparam("of_callback"))
        waiting = deliveries.c.next_us.is_not(None)
        self._supersede = ready(
            update(deliveries)
            .where(*of_callback, waiting, deliveries.c.event == VERIFY)
            .values(next_us=None, state=FAILED, failure=SUPERSEDED, ended_us=bindparam("now_us"))
        )
        released = {"state": WAITING, "next_us": bindparam("now_us")}
        self._release = ready(
            update(deliveries).where(*of_callback, deliveries.c.state.in_((HELD, FAILED)), deliveries.c.state == HELD).values(released)
        )

    async def tell(self, unit: Unit, event: str, object_id: int) -> bool:
        """Write an event and its deliveries; answers whether there are any."""
        assert event in _KNOWN, event
        values = {
            "business_id": unit.business_id,
            "event_id": await unit.session.take_id("event"),
            "event": event,
            "noun": noun_of(event),
            "object_id": object_id,
            "identity_id": unit.identity,
            "created_us": unit.now_us,
        }
        await unit.session.run(self._event, values)
        listened_for = await unit.session.fetch(self._heard, {"business_id": unit.business_id})
        heard = any(row[0] in (event, values["noun"], EVERY) for row in listened_for)
        if heard:
            await unit.session.run(self._fan, values)
        return heard

    async def notify(self, unit: Unit, notice: Notice, callback: Record) -> None:
        """Send a callback its code, a while after the answer and instead of one still under way; or let go of what waited for that."""
        of_callback = {"of_business": unit.business_id, "of_callback": callback.row["id"], "now_us": unit.now_us}
        if notice is Notice.RELEASE:
            await unit.session.run(self._release, of_callback)
            return
        await unit.session.run(self._supersede, of_callback)
        values = {
            "business_id": unit.business_id,
            "event_id": await unit.session.take_id("event"),
            "callback_id": callback.row["id"],
            "event": VERIFY,
            "noun": noun_of(VERIFY),
            "object_id": callback.row["id"],
            "identity_id": unit.identity,
            "created_us": unit.now_us,
            "next_us": unit.now_us + CODE_DELAY_US,
        }
        await unit.session.run(self._code, values)
