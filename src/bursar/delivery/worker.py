"""Sends mails after the commit that asked for them: woken by it, again after a failure, again after a crash."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from bursar.clock import SECOND
from bursar.delivery.letter import BadAddress, letter
from bursar.delivery.outlets import Refused
from bursar.delivery.words import words_of
from bursar.delivery.working import LOOK_S, Worker
from bursar.log import Log
from bursar.store.driver import Unavailable

if TYPE_CHECKING:
    from email.message import EmailMessage

    from bursar.clock import Clock
    from bursar.delivery.outlets import Outlet
    from bursar.store.mails import Mails, Waiting
    from bursar.store.people import People
    from bursar.store.store import Store
    from bursar.wire.links import Links

RETRIES_S: Final = (60, 300, 1_800)
_AT_ONCE: Final = 8
_LEASE_US: Final = 240 * SECOND
_LONGEST_REASON: Final = 500
log = Log("bursar.mail")


class MailWorker(Worker):
    """One worker; several over the same PostgreSQL share the work."""

    def __init__(self, store: Store, people: People, mails: Mails, links: Links, outlet: Outlet, sender: str) -> None:
        super().__init__("mail worker")
        self._store, self._people, self._mails, self._links, self._outlet = store, people, mails, links, outlet
        self._sender = sender
        self._clock: Clock = store.clock

    async def next_due_us(self) -> int | None:
        """Return when the next mail is due, None when none waits."""
        return await self._mails.next_due_us()

    async def drain(self) -> None:
        """Send all that is due by the clock."""
        while not await self._round():
            pass

    async def _round(self) -> float:
        """Send what is due; answers how long to wait, 0 for more at once."""
        now_us = self._clock.now_us()
        due_us = await self._mails.next_due_us()
        if due_us is None:
            return LOOK_S
        if due_us > now_us:
            return min(LOOK_S, (due_us - now_us) / SECOND)
        claimed = await self._mails.claim(now_us, now_us + _LEASE_US, _AT_ONCE)
        failed = [error for error in await asyncio.gather(*map(self._deliver, claimed), return_exceptions=True) if error]
        if failed:
            raise failed[0]
        return 0.0

    async def _deliver(self, mail: Waiting) -> None:
        """Send one mail and note what became of it; raises only what keeps that from being noted."""
        try:
            message = await self._message(mail)
            remark = await self._outlet.take(message, f"{mail.created_us}-{mail.business_id}-{mail.id}")
        except Unavailable:
            raise
        except (Refused, BadAddress) as error:
            await self._failed(mail, error, None)
        except Exception as error:  # noqa: BLE001 - whatever a mail server does, the next attempt may meet it in a better mood
            wait_s = RETRIES_S[mail.attempts - 1] if mail.attempts <= len(RETRIES_S) else None
            await self._failed(mail, error, wait_s)
        else:
            await self._mails.sent(mail, self._clock.now_us(), remark)
            log.note("mail sent", mail=mail.id, business=mail.business_id, kind=mail.kind, recipients=len(mail.recipients))

    async def _failed(self, mail: Waiting, error: Exception, wait_s: int | None) -> None:
        reason = f"{type(error).__name__}: {error}"[:_LONGEST_REASON]
        until_us = None if wait_s is None else self._clock.now_us() + wait_s * SECOND
        await self._mails.later(mail, until_us, reason)
        event = "mail failed" if wait_s is None else "mail put off"
        log.warning(event, mail=mail.id, business=mail.business_id, attempt=mail.attempts, wait_s=wait_s, reason=reason)

    async def _message(self, mail: Waiting) -> EmailMessage:
        """Write the message; a fault of ours is told from a mail server's moods by its trace in the log."""
        try:
            return await self._written(mail)
        except (Unavailable, Refused, BadAddress):
            raise
        except Exception:
            log.exception("mail not written", mail=mail.id, business=mail.business_id)
            raise

    async def _written(self, mail: Waiting) -> EmailMessage:
        """Write the message from the rows as they are now."""
        business = await self._people.business(mail.business_id)
        rows = await self._about(mail)
        if business is None or mail.noun not in rows:
            raise Refused("what the mail is about is no longer there")
        invoice = rows.get("invoice")
        link = self._links.share(mail.business_id, invoice["id"], invoice["uuid"]) if invoice else ""
        return letter(mail, words_of(mail, business, rows, link), business, self._sender)

    async def _about(self, mail: Waiting) -> dict[str, dict[str, Any]]:
        """Return the stored rows a mail is about, by noun; that of a payment is also about its invoice."""
        books = self._store.rows(mail.business_id)
        found = await books.one(mail.noun, mail.object_id)
        rows = {mail.noun: found.row} if found is not None else {}
        if mail.noun == "payment" and found is not None and found.row["invoiceid"]:
            invoice = await books.one("invoice", found.row["invoiceid"])
            rows |= {"invoice": invoice.row} if invoice is not None else {}
        return rows
