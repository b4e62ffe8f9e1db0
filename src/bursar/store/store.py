"""The store: plans of every resource, the statements of the fixed tables, and units of work."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import bindparam, delete, func, insert, select

from bursar.domain.when import python_of
from bursar.store.books import POSTED
from bursar.store.outbox import Outbox
from bursar.store.plan import Plan
from bursar.store.rows import Rows
from bursar.store.stamps import Stamps
from bursar.store.statements import any_of, compile_statement
from bursar.store.statements import insert as upsert
from bursar.store.unit import Unit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy import MetaData

    from bursar.catalogue.book import Book
    from bursar.catalogue.record import Record
    from bursar.catalogue.resource import Resource
    from bursar.clock import Clock
    from bursar.store.driver import Driver, Session
    from bursar.store.statements import Statement
    from bursar.store.vault import Vault

T = TypeVar("T")


class Store:
    """Everything stored: read through :meth:`rows`, written through :meth:`unit`.

    ``on_outgoing`` is called after a commit that left mails to send, ``on_told`` after one that left something to deliver to callbacks.
    """

    def __init__(self, driver: Driver, tables: MetaData, book: Book, clock: Clock, vault: Vault) -> None:
        self.driver, self.tables, self.book, self.clock, self.vault = driver, tables, book, clock, vault
        self.outbox = Outbox(tables, driver.dialect)
        self.plans = {resource.noun: Plan(resource, tables, book, driver.dialect) for resource in book.stored()}
        self.on_outgoing: Callable[[], None] = lambda: None
        self.on_told: Callable[[], None] = lambda: None
        self._stamped: dict[type[Record], Stamps] = {}
        for plan in self.plans.values():
            plan.visible = visibility(plan.resource)

    async def unit(self, business_id: int, identity: int, work: Callable[[Unit], Awaitable[T]], *, dry: bool = False) -> T:
        """Run a work in one transaction under the business's lock; ``dry`` rolls it back and still answers.

        The work awaits nothing but the unit and may run twice. Raises what the work raises, Refusal(BUSY), Unavailable.
        """
        now_us = self.clock.now_us()
        unit: Unit | None = None

        async def run(session: Any) -> T:
            nonlocal unit
            unit = Unit(self, session, business_id, now_us, identity)
            return await work(unit)

        answer = await self.driver.write(business_id, run, dry=dry)
        if unit is not None and unit.outgoing:
            self.on_outgoing()
        if unit is not None and unit.told:
            self.on_told()
        return answer

    def joining(self, session: Session, business_id: int, identity: int) -> Unit:
        """Return a unit of work that is part of a transaction under way."""
        return Unit(self, session, business_id, self.clock.now_us(), identity)

    async def forget_replies(self, before_us: int) -> None:
        """Forget the answers to Idempotency-Keys that were kept before an instant."""
        replies = self.table("replies")
        statement = self.compile(delete(replies).where(replies.c.created_us < bindparam("before_us")))

        async def run(session: Any) -> None:
            await session.run(statement, {"before_us": before_us})

        await self.driver.write(0, run)

    async def oldest_reply_us(self) -> int | None:
        """Return when the oldest kept answer to an Idempotency-Key was given, None when none is kept."""
        rows = await self.driver.fetch(self._oldest_reply, {})
        found: int | None = rows[0][0]
        return found

    def rows(self, business_id: int) -> Rows:
        """Return the committed rows of a business, to read outside any transaction."""
        return Rows(self, self.driver.fetch, business_id)

    def stamped(self, record: type[Record]) -> Stamps:
        """Return the fields of a record that the store fills."""
        found = self._stamped.get(record)
        if found is None:
            found = self._stamped[record] = Stamps.of(record)
        return found

    def compile(self, core: Any) -> Statement:
        """Compile a statement for this store's database."""
        return compile_statement(core, self.driver.dialect)

    def table(self, name: str) -> Any:
        """Return a table by its name."""
        return self.tables.tables[name]

    def inserting(self, name: str) -> Statement:
        """Return the insert of one whole row of a table; columns without a value are bound as null by the caller."""
        table = self.table(name)
        return self.compile(insert(table).values({column.name: bindparam(column.name) for column in table.columns}))

    @cached_property
    def _oldest_reply(self) -> Statement:
        return self.compile(select(func.min(self.table("replies").c.created_us)))

    @cached_property
    def business(self) -> Statement:
        """Find the stored row of a business."""
        businesses = self.table("businesses")
        return self.compile(select(businesses).where(businesses.c.id == bindparam("business_id")))

    @cached_property
    def members(self) -> Statement:
        """Find the people of a business, in the order of ``facts.Member``."""
        members, people = self.table("memberships"), self.table("identities")
        theirs = (members.c.identity_id, members.c.role, members.c.staff_id)
        names = (people.c[name] for name in ("first_name", "last_name", "email", "timezone"))
        joined = members.join(people, people.c.id == members.c.identity_id)
        mine = members.c.business_id == bindparam("business_id")
        return self.compile(select(*theirs, *names).select_from(joined).where(mine).order_by(members.c.staff_id))

    @cached_property
    def counts_of(self) -> Statement:
        """Return the visible rows per block of ids."""
        counts = self.table("counts")
        mine = counts.c.business_id == bindparam("business_id")
        return self.compile(
            select(counts.c.block, counts.c.visible).where(mine, counts.c.noun == bindparam("noun")).order_by(counts.c.block)
        )

    @cached_property
    def count(self) -> Statement:
        """Add a step to the visible rows of a block."""
        counts = self.table("counts")
        keys: dict[str, Any] = {name: bindparam(name) for name in ("business_id", "noun", "block")}
        row = upsert(counts).values({**keys, "visible": bindparam("step")})
        more = {"visible": counts.c.visible + row.excluded.visible}
        return self.compile(row.on_conflict_do_update(index_elements=list(keys), set_=more))

    @cached_property
    def enter(self) -> Statement:
        """Write the head of an entry."""
        return self.inserting("entries")

    @cached_property
    def posting(self) -> Statement:
        """Write one posting; ``Books`` brings the values in this order."""
        statement = self.inserting("postings")
        assert statement.names == ("business_id", "source_type", "source_id", "revision", "number", *POSTED), "the order of the table"
        return statement

    @cached_property
    def post(self) -> Statement:
        """Write a mail to be sent."""
        mails = self.table("mails")
        names = ("business_id", "id", "kind", "recipients", "subject", "body", "noun", "object_id", "created_us", "next_us")
        return self.compile(insert(mails).values({**{name: bindparam(name) for name in names}, "attempts": 0}))

    @cached_property
    def keep(self) -> Statement:
        """Keep the answer to an Idempotency-Key; one that is too old to be given again makes room."""
        replies = self.table("replies")
        keys = ("business_id", "key_hash")
        row = upsert(replies).values({column.name: bindparam(column.name) for column in replies.columns})
        newer = {column.name: row.excluded[column.name] for column in replies.columns if column.name not in keys}
        return self.compile(row.on_conflict_do_update(index_elements=list(keys), set_=newer))

    @cached_property
    def recall(self) -> Statement:
        """Find the answer to an Idempotency-Key."""
        replies = self.table("replies")
        mine = (replies.c.business_id == bindparam("business_id"), replies.c.key_hash == bindparam("key_hash"))
        return self.compile(
            select(replies.c.body_hash, replies.c.status, replies.c.body, replies.c.ignored, replies.c.created_us).where(*mine)
        )

    @cached_property
    def last_entry(self) -> Statement:
        """Find the newest entry of a document."""
        entries = self.table("entries")
        chosen = select(entries.c.revision, entries.c.reverses_revision, entries.c.effective_date, entries.c.currency_code)
        return self.compile(chosen.where(*_document(entries)).order_by(entries.c.revision.desc()).limit(1))

    @cached_property
    def postings_of(self) -> Statement:
        """Return the postings of one entry."""
        postings = self.table("postings")
        chosen = select(*(postings.c[name] for name in POSTED)).order_by(postings.c.number)
        return self.compile(chosen.where(*_document(postings), postings.c.revision == bindparam("revision")))

    @cached_property
    def keep_file(self) -> Statement:
        """Keep an uploaded file."""
        return self.inserting("uploads")

    @cached_property
    def uploads_by_token(self) -> Statement:
        """Find stored files by their tokens."""
        uploads = self.table("uploads")
        mine = uploads.c.business_id == bindparam("business_id")
        return self.compile(select(uploads.c.token, uploads.c.media_type).where(mine, any_of(uploads.c.token, "among")))

    @cached_property
    def rate_on(self) -> Statement:
        """Find the exchange rate that holds on a day."""
        rates = self.table("rates")
        mine = (rates.c.business_id == bindparam("business_id"), rates.c.currency_code == bindparam("currency_code"))
        return self.compile(
            select(rates.c.billionths).where(*mine, rates.c.date <= bindparam("date")).order_by(rates.c.date.desc()).limit(1)
        )


def _document(table: Any) -> tuple[Any, ...]:
    return tuple(table.c[name] == bindparam(name) for name in ("business_id", "source_type", "source_id"))


def visibility(resource: Resource) -> Callable[[dict[str, Any]], bool]:
    """Return whether a stored row is shown in lists, as a function compiled from the declared condition."""
    if resource.hidden is None:
        return lambda _row: True
    text = python_of(~resource.hidden, "row[{!r}]".format)
    return eval(f"lambda row: {text}")  # type: ignore[no-any-return]  # noqa: S307 - text made of the declaration
