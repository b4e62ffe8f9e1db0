"""What became of deliveries, for people to look at: listed, shown, sent again, and forgotten after a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import and_, bindparam, delete, exists, func, or_, select, union_all, update

from bursar.store.outbox import FAILED, HELD, WAITING
from bursar.store.statements import compile_statement

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, MetaData, Select

    from bursar.store.driver import Driver, Session
    from bursar.store.statements import Statement

_AT_A_TIME: Final = 500


class Entry(NamedTuple):
    """A delivery as it stands; ``uri`` is where it goes now, None when its callback was deleted."""

    business_id: int
    event_id: int
    callback_id: int
    event: str
    object_id: int
    identity_id: int
    created_us: int
    state: str
    attempts: int
    next_us: int | None
    status: int | None
    failure: str | None
    ended_us: int | None
    uri: str | None
    verified: int | None

    @property
    def name(self) -> str:
        """What people call it: the event and the callback."""
        return f"{self.event_id}-{self.callback_id}"


class Counts(NamedTuple):
    """How many deliveries are not done."""

    waiting: int
    held: int
    failed: int


class DeliveryLog:
    """The store's door to the history of deliveries. Every method raises Unavailable; writes also Refusal BUSY."""

    def __init__(self, driver: Driver, tables: MetaData) -> None:
        self._driver = driver

        def ready(core: Any) -> Statement:
            return compile_statement(core, driver.dialect)

        deliveries, callbacks, outbox = (tables.tables[name] for name in ("deliveries", "callbacks", "outbox"))
        registered = and_(callbacks.c.business_id == deliveries.c.business_id, callbacks.c.id == deliveries.c.callback_id)
        chosen = [deliveries.c[name] for name in Entry._fields[: Entry._fields.index("uri")]]
        entries = select(*chosen, callbacks.c.uri, callbacks.c.verified).select_from(deliveries.outerjoin(callbacks, registered))
        newest = entries.order_by(deliveries.c.event_id.desc(), deliveries.c.callback_id).limit(bindparam("most"))
        self._listed = ready(newest)
        self._listed_in = ready(newest.where(deliveries.c.state == bindparam("state")))
        one = (deliveries.c.event_id == bindparam("of_event"), deliveries.c.callback_id == bindparam("of_callback"))
        self._one = ready(entries.where(*one))
        self._again = ready(
            update(deliveries)
            .where(deliveries.c.business_id == bindparam("of_business"), *one, deliveries.c.next_us.is_(None))
            .values(state=WAITING, attempts=0, next_us=bindparam("now_us"), ended_us=None)
        )
        waiting = select(func.count()).select_from(deliveries).where(deliveries.c.next_us.is_not(None))
        left = select(func.count()).select_from(deliveries).where(deliveries.c.state.in_((HELD, FAILED)))
        self._counts = ready(
            select(
                waiting.scalar_subquery(),
                left.where(deliveries.c.state == HELD).scalar_subquery(),
                left.where(deliveries.c.state == FAILED).scalar_subquery(),
            )
        )
        self._oldest_of_all = ready(_oldest(tables))
        kept = [
            select(number.label("id"), made).where(of == bindparam("business_id"), number > bindparam("after"))
            for of, number, made in _kept(tables)
        ]
        self._oldest = ready(union_all(*kept).order_by("id").limit(_AT_A_TIME))
        theirs = (deliveries.c.business_id == bindparam("business_id"), deliveries.c.event_id <= bindparam("up_to"))
        over = (deliveries.c.next_us.is_(None), or_(deliveries.c.ended_us.is_(None), deliveries.c.ended_us < bindparam("before_us")))
        self._forget = ready(delete(deliveries).where(*theirs, *over))
        needed = exists().where(deliveries.c.business_id == outbox.c.business_id, deliveries.c.event_id == outbox.c.id)
        old = (outbox.c.business_id == bindparam("business_id"), outbox.c.id <= bindparam("up_to"))
        self._forget_events = ready(delete(outbox).where(*old, ~needed))

    async def listed(self, most: int, state: str = "") -> list[Entry]:
        """List the newest, all or those in one state."""
        statement = self._listed_in if state else self._listed
        return [Entry(*row) for row in await self._driver.fetch(statement, {"most": most, "state": state}, slow=True)]

    async def one(self, event_id: int, callback_id: int) -> Entry | None:
        """Find one."""
        rows = await self._driver.fetch(self._one, {"of_event": event_id, "of_callback": callback_id}, slow=True)
        return Entry(*rows[0]) if rows else None

    async def again(self, entry: Entry, now_us: int) -> None:
        """Send one that is over again, with all its attempts before it."""
        values = {"of_business": entry.business_id, "of_event": entry.event_id, "of_callback": entry.callback_id, "now_us": now_us}

        async def work(session: Session) -> None:
            await session.run(self._again, values)

        await self._driver.write(entry.business_id, work)

    async def counts(self) -> Counts:
        """Count what waits, what is held back until its callback is verified, and what was given up."""
        return Counts(*(await self._driver.fetch(self._counts, {}, slow=True))[0])

    async def oldest_us(self) -> int | None:
        """Return when the oldest event or code that is kept was raised, None when there is none."""
        found: int | None = (await self._driver.fetch(self._oldest_of_all, {}))[0][0]
        return found

    async def prune(self, business_id: int, before_us: int) -> None:
        """Forget events and codes from before an instant, and deliveries of such that are over since before it."""
        after = 0
        while True:
            rows = await self._driver.fetch(self._oldest, {"business_id": business_id, "after": after})
            old = [row[0] for row in rows if row[1] < before_us]
            if not old:
                return
            after = old[-1]
            values = {"business_id": business_id, "up_to": after, "before_us": before_us}

            async def work(session: Session, values: dict[str, int] = values) -> None:
                await session.run(self._forget, values)
                await session.run(self._forget_events, values)

            await self._driver.write(business_id, work)


def _kept(tables: MetaData) -> list[tuple[ColumnElement[Any], ColumnElement[Any], ColumnElement[Any]]]:
    """Name where events are kept, by business, number and moment: the codes of callbacks are deliveries of no event."""
    outbox, deliveries = tables.tables["outbox"].c, tables.tables["deliveries"].c
    return [(outbox.business_id, outbox.id, outbox.created_us), (deliveries.business_id, deliveries.event_id, deliveries.created_us)]


def _oldest(tables: MetaData) -> Select[Any]:
    """Look at the first of each business: they were raised in the order of their ids."""
    businesses = tables.tables["businesses"]
    firsts = []
    for of, number, made in _kept(tables):
        first = select(made).where(of == businesses.c.id).order_by(number).limit(1).correlate(businesses)
        firsts.append(select(func.min(first.scalar_subquery()).label("us")).select_from(businesses))
    return select(func.min(union_all(*firsts).subquery().c.us))
