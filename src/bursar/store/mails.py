"""Mails that wait to be sent: committed with what they are about, claimed by one worker at a time, kept afterwards.

``next_us`` is when a mail is due, null once it was sent or given up. A worker claims a mail by moving that moment past the
time a delivery may take, so a mail whose worker died comes due again: it is sent at least once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from sqlalchemy import bindparam, func, select, update

from bursar.store.statements import compile_statement

if TYPE_CHECKING:
    from sqlalchemy import MetaData

    from bursar.store.driver import Driver, Session
    from bursar.store.statements import Statement


class Waiting(NamedTuple):
    """A claimed mail; ``attempts`` counts this one."""

    business_id: int
    id: int
    kind: str
    recipients: tuple[str, ...]
    subject: str
    body: str
    noun: str
    object_id: int
    created_us: int
    attempts: int


class Counts(NamedTuple):
    """How many mails there are."""

    waiting: int
    sent: int
    failed: int


class Mails:
    """The store's door to mails. Every method raises Unavailable; writes also Refusal BUSY."""

    def __init__(self, driver: Driver, tables: MetaData) -> None:
        self._driver = driver
        mails = tables.tables["mails"]

        def ready(core: Any) -> Statement:
            return compile_statement(core, driver.dialect)

        chosen = [mails.c[name] for name in Waiting._fields]
        due = mails.c.next_us <= bindparam("now_us")
        one = (mails.c.business_id == bindparam("of_business"), mails.c.id == bindparam("of_id"))
        self._due = ready(select(*chosen).where(due).order_by(mails.c.next_us, mails.c.business_id, mails.c.id).limit(bindparam("most")))
        self._next = ready(select(func.min(mails.c.next_us)))
        self._claim = ready(update(mails).where(*one).values(next_us=bindparam("until_us"), attempts=mails.c.attempts + 1))
        self._sent = ready(update(mails).where(*one).values(next_us=None, sent_us=bindparam("now_us"), failure=bindparam("failure")))
        self._retry = ready(update(mails).where(*one).values(next_us=bindparam("until_us"), failure=bindparam("failure")))
        waiting, sent = (func.count(mails.c[name]) for name in ("next_us", "sent_us"))
        self._counts = ready(select(waiting.label("waiting"), sent.label("sent"), func.count().label("every")).select_from(mails))

    async def claim(self, now_us: int, until_us: int, most: int) -> list[Waiting]:
        """Claim up to ``most`` mails that are due, for this worker alone until ``until_us``."""

        async def work(session: Session) -> list[Waiting]:
            rows = await session.fetch(self._due, {"now_us": now_us, "most": most})
            found = [Waiting(*row)._replace(recipients=tuple(msgspec.json.decode(row[3])), attempts=row[9] + 1) for row in map(tuple, rows)]
            if found:
                await session.run_many(self._claim, [{**_of(mail), "until_us": until_us} for mail in found])
            return found

        return await self._driver.write(0, work)

    async def next_due_us(self) -> int | None:
        """Return when the next mail is due, None when none waits."""
        rows = await self._driver.fetch(self._next, {})
        found: int | None = rows[0][0]
        return found

    async def sent(self, mail: Waiting, now_us: int, remark: str = "") -> None:
        """Note that a mail was sent; ``remark`` names recipients that were refused."""
        await self._run(self._sent, {**_of(mail), "now_us": now_us, "failure": remark or None})

    async def later(self, mail: Waiting, until_us: int | None, reason: str) -> None:
        """Note why a mail could not be sent and when to try again; None gives it up."""
        await self._run(self._retry, {**_of(mail), "until_us": until_us, "failure": reason})

    async def counts(self) -> Counts:
        """Count the mails."""
        waiting, sent, every = (await self._driver.fetch(self._counts, {}, slow=True))[0]
        return Counts(waiting, sent, every - waiting - sent)

    async def _run(self, statement: Statement, values: dict[str, Any]) -> None:
        async def work(session: Session) -> None:
            await session.run(statement, values)

        await self._driver.write(0, work)


def _of(mail: Waiting) -> dict[str, int]:
    return {"of_business": mail.business_id, "of_id": mail.id}
