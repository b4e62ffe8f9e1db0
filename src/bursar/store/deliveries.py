"""Deliveries that wait: claimed by one worker at a time, in order for each object, marked when they are over.

``next_us`` is when a delivery is due, null once it is over or held back. A worker claims one by moving that moment past the time
a request may take, so that of a worker that died comes due again: it is sent at least once. What is about the same object of
the same callback goes one after the other: a later one steps back until the earlier one is over, however often it is tried.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import and_, bindparam, case, exists, func, select, update

from bursar.clock import SECOND
from bursar.store.driver import UNLOCKED
from bursar.store.outbox import DELIVERED, HELD, SENDING
from bursar.store.statements import compile_statement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import MetaData, Select, Table, Update

    from bursar.store.driver import Driver, Session
    from bursar.store.statements import Statement

    Key = tuple[int, int, int]
    Chain = tuple[int, str, int]

_STEP_BACK_US: Final = SECOND // 4
"""How long a delivery steps back behind one that is under way, unless the worker that has that one calls it sooner."""


class Head(NamedTuple):
    """A callback for which something waits, and when the first of it is due."""

    callback_id: int
    due_us: int


class Due(NamedTuple):
    """A claimed delivery with what is needed to send it; ``attempts`` counts this one, ``uri`` is None when the callback is gone.

    ``behind_us`` is when the earlier one about the same object is due, 0 while that is under way, None when there is none.
    """

    business_id: int
    event_id: int
    callback_id: int
    event: str
    noun: str
    object_id: int
    identity_id: int
    attempts: int
    uri: str | None
    secret: str | None
    verified: int | None
    account_id: str | None
    user_id: int | None
    behind_us: int | None

    @property
    def key(self) -> Key:
        """What identifies it."""
        return self.business_id, self.event_id, self.callback_id

    @property
    def chain(self) -> Chain:
        """What goes one after the other."""
        return self.callback_id, self.noun, self.object_id


class Mark(NamedTuple):
    """What became of a claimed delivery; ``next_us`` is when it is tried again, ``status`` what was answered."""

    due: Due
    state: str
    next_us: int | None
    status: int | None
    failure: str | None


class Share(NamedTuple):
    """What is to be claimed: for one callback, so many at most."""

    callback_id: int
    most: int


class Deliveries:
    """The store's door to deliveries. Every method raises Unavailable; writes also Refusal BUSY."""

    def __init__(self, driver: Driver, tables: MetaData) -> None:
        self._driver = driver
        self._made = _Made(tables, driver.dialect)

    async def heads(self) -> list[Head]:
        """List the callbacks for which something waits, the longest overdue first."""
        rows = await self._driver.fetch(self._made.heads, {})
        return sorted((Head(*row) for row in rows if None not in tuple(row)), key=lambda head: head.due_us)

    async def turn(self, marks: Sequence[Mark], called: Sequence[Chain], shares: Sequence[Share], now_us: int, until_us: int) -> list[Due]:
        """Note what became of some, call the next of these chains, and claim more until ``until_us``; all in one transaction.

        Answers everything that was due within the shares: of it what has ``behind_us`` steps back and is not claimed.
        """
        made = self._made

        async def work(session: Session) -> list[Due]:
            for mark in marks:
                await session.run(made.delivered if mark.state == DELIVERED else made.failed, _marked(mark, now_us))
            for callback_id, noun, object_id in called:
                await session.run(made.call, {"of_callback": callback_id, "of_noun": noun, "of_object": object_id, "now_us": now_us})
            found: list[Due] = []
            for share in shares:
                rows = await session.fetch(made.due, {"of_callback": share.callback_id, "now_us": now_us, "most": share.most})
                found += map(Due._make, map(tuple, rows))
            claimed = [{**_of(due), "until_us": until_us} for due in found if due.behind_us is None]
            back = [{**_of(due), "until_us": max(due.behind_us, now_us + _STEP_BACK_US)} for due in found if due.behind_us is not None]
            if claimed:
                await session.run_many(made.claim, claimed)
            if back:
                await session.run_many(made.step_back, back)
            return [due._replace(attempts=due.attempts + (due.behind_us is None)) for due in found]

        return await self._driver.write(UNLOCKED, work)

    async def hold(self, due: Due) -> None:
        """Keep a delivery until its callback is verified again; under the lock of its business, so no verification is missed."""
        made = self._made

        async def work(session: Session) -> None:
            await session.run(made.hold, _of(due))

        await self._driver.write(due.business_id, work)


def _of(due: Due) -> dict[str, int]:
    return {"of_business": due.business_id, "of_event": due.event_id, "of_callback": due.callback_id, "of_attempts": due.attempts}


def _marked(mark: Mark, now_us: int) -> dict[str, Any]:
    over = {"state": mark.state, "next_us": mark.next_us, "status": mark.status, "failure": mark.failure}
    return {**_of(mark.due), **over, "ended_us": now_us if mark.next_us is None else None}


class _Made:
    """The compiled statements."""

    def __init__(self, tables: MetaData, dialect: str) -> None:
        def ready(core: Any) -> Statement:
            return compile_statement(core, dialect)

        deliveries, callbacks = tables.tables["deliveries"], tables.tables["callbacks"]
        waiting = deliveries.c.next_us.is_not(None)
        keys = (deliveries.c.business_id, deliveries.c.event_id, deliveries.c.callback_id)
        one = [column == bindparam(name) for column, name in zip(keys, ("of_business", "of_event", "of_callback"), strict=True)]
        still_mine = (*one, deliveries.c.attempts == bindparam("of_attempts"), waiting)
        over: dict[str, Any] = {name: bindparam(name) for name in ("state", "next_us", "status", "failure", "ended_us")}
        verified = exists().where(callbacks.c.business_id == deliveries.c.business_id, callbacks.c.id == deliveries.c.callback_id)
        claimed = {"next_us": bindparam("until_us"), "attempts": deliveries.c.attempts + 1, "state": SENDING}
        held = {"next_us": None, "attempts": deliveries.c.attempts - 1, "state": HELD}
        self.heads = ready(_heads(deliveries))
        self.due = ready(_due(tables))
        self.claim = ready(update(deliveries).where(*one).values(claimed))
        self.step_back = ready(update(deliveries).where(*one).values(next_us=bindparam("until_us")))
        self.call = ready(_call(deliveries))
        # That it was delivered is true whoever has it now; that it failed is news from whoever has it.
        self.delivered = ready(update(deliveries).where(*one).values(over))
        self.failed = ready(update(deliveries).where(*still_mine).values(over))
        self.hold = ready(update(deliveries).where(*still_mine, ~verified.where(callbacks.c.verified == 1)).values(held))


def _heads(deliveries: Table) -> Select[Any]:
    """Hop from one callback to the next, a seek each, instead of walking over everything that waits."""
    more, mine = deliveries.alias("more"), deliveries.alias("mine")
    heads = (
        select(func.min(deliveries.c.callback_id).label("callback_id"))
        .where(deliveries.c.next_us.is_not(None))
        .cte("heads", recursive=True)
    )
    following = select(func.min(more.c.callback_id)).where(more.c.next_us.is_not(None), more.c.callback_id > heads.c.callback_id)
    heads = heads.union_all(select(following.scalar_subquery()).where(heads.c.callback_id.is_not(None)))
    first = select(func.min(mine.c.next_us)).where(mine.c.callback_id == heads.c.callback_id, mine.c.next_us.is_not(None))
    return select(heads.c.callback_id, first.scalar_subquery())


def _due(tables: MetaData) -> Select[Any]:
    """What of a callback is due, with all that is needed to send it, in the order of ``Due``."""
    deliveries, callbacks = tables.tables["deliveries"], tables.tables["callbacks"]
    businesses, members = tables.tables["businesses"], tables.tables["memberships"]
    earlier = deliveries.alias("earlier")
    same = [earlier.c[name] == deliveries.c[name] for name in ("callback_id", "noun", "object_id")]
    behind = select(case((earlier.c.state == SENDING, 0), else_=earlier.c.next_us)).where(*same, earlier.c.next_us.is_not(None))
    behind = behind.where(earlier.c.event_id < deliveries.c.event_id).order_by(earlier.c.event_id).limit(1)
    registered = and_(callbacks.c.business_id == deliveries.c.business_id, callbacks.c.id == deliveries.c.callback_id)
    person = and_(members.c.business_id == deliveries.c.business_id, members.c.identity_id == deliveries.c.identity_id)
    joined = (
        deliveries.outerjoin(callbacks, registered)
        .outerjoin(businesses, businesses.c.id == deliveries.c.business_id)
        .outerjoin(members, person)
    )
    own = [deliveries.c[name] for name in Due._fields[: Due._fields.index("uri")]]
    theirs = (callbacks.c.uri, callbacks.c.secret, callbacks.c.verified, businesses.c.accountid, members.c.staff_id)
    return (
        select(*own, *theirs, behind.scalar_subquery())
        .select_from(joined)
        .where(deliveries.c.callback_id == bindparam("of_callback"), deliveries.c.next_us.is_not(None))
        .where(deliveries.c.next_us <= bindparam("now_us"))
        .order_by(deliveries.c.next_us, deliveries.c.event_id)
        .limit(bindparam("most"))
        .with_for_update(of=deliveries, skip_locked=True)
    )


def _call(deliveries: Table) -> Update:
    """Make the first of a chain due now, unless it was tried before and has a moment of its own."""
    earlier = deliveries.alias("earlier")
    same = (("callback_id", "of_callback"), ("noun", "of_noun"), ("object_id", "of_object"))
    following = select(func.min(earlier.c.event_id)).where(
        *(earlier.c[name] == bindparam(of) for name, of in same), earlier.c.next_us.is_not(None)
    )
    chain = (*(deliveries.c[name] == bindparam(of) for name, of in same), deliveries.c.next_us.is_not(None), deliveries.c.attempts == 0)
    return update(deliveries).where(*chain, deliveries.c.event_id == following.scalar_subquery()).values(next_us=bindparam("now_us"))
