"""Late fees and reminders when they fall due: found by their day, decided and noted in one transaction each."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from bursar.catalogue.change import Change
from bursar.domain.instants import local_date, parse_datetime
from bursar.errors import Refusal
from bursar.log import Log
from bursar.runtime import gather
from bursar.store.dues import Dues

if TYPE_CHECKING:
    from collections.abc import Callable

    from bursar.catalogue.facts import Business, Facts
    from bursar.domain.policy import Policy
    from bursar.store.store import Store
    from bursar.store.unit import Unit

_AT_ONCE: Final = 64
log = Log("bursar.dunning")


class Dunner:
    """A duty of the agenda. ``facts``, ``press`` and ``passed_over`` are the rules: what they rest on, what is due, and without fee."""

    def __init__(
        self,
        store: Store,
        policy: Policy,
        facts: type[Facts],
        press: Callable[[Any, Any], Change | None],
        passed_over: Callable[[Any, Any], Any],
    ) -> None:
        self._store, self._policy = store, policy
        self._facts, self._press, self._passed_over = facts, press, passed_over
        self._dues = Dues(store, "invoice")

    async def next_due_us(self) -> int | None:
        """Return when the next fee or reminder is due: its day begins where the business is. Raises Unavailable."""
        begins = [parse_datetime(due.day, "local", due.business.timezone) for due in await self._dues.first()]
        return min(begins, default=None)

    async def drain(self) -> None:
        """Do all that is due by the clock. Raises what went wrong first, once all else is done; what was done stays done."""
        wrong = [error for due in await self._dues.first() if (error := await self._books(due.business, due.day)) is not None]
        if wrong:
            raise wrong[0]

    async def _books(self, business: Business, day: str) -> BaseException | None:
        """Do what is due in the books of one business; answers what went wrong, which holds up nobody else's."""
        today = local_date(self._store.clock.now_us(), business.timezone)
        while day <= today and (rows := await self._dues.rows(business.id, today, _AT_ONCE)):
            done = await asyncio.gather(*(self._invoice(business, today, number) for number in rows), return_exceptions=True)
            wrong = next((each for each in done if each is not None), None)
            if wrong is not None:
                return wrong
        return None

    async def _invoice(self, business: Business, today: str, number: int) -> None:
        """Do what is due about one invoice, once: whoever comes second finds nothing left to do."""

        async def work(unit: Unit) -> None:
            invoice = await unit.rows.one("invoice", number, lines=True)
            if invoice is None or (invoice.row["dunning_on"] or today) > today:
                return
            known = self._facts()
            known.business, known.policy, known.today, known.now_us = business, self._policy, today, unit.now_us
            known.identity = unit.identity = await _owner(unit)
            await gather.early(unit, known, invoice)
            await gather.late(unit, known, invoice)
            change = self._decided(invoice, known)
            await unit.save(change)
            for event in change.events:
                await unit.tell(event, number)

        await self._store.unit(business.id, 0, work)

    def _decided(self, invoice: Any, known: Any) -> Change:
        """Ask the rules; where nothing is due after all, the day is reckoned anew.

        A fee that the books cannot hold is passed over, and the log says so.
        """
        try:
            return self._press(invoice.replace(), known) or Change(marks=(invoice.replace(),))
        except Refusal as refused:
            row = invoice.row
            log.warning("late fee refused", business=known.business.id, invoice=row["id"], reason=str(refused))
            return Change(marks=(self._passed_over(invoice.replace(), known),))


async def _owner(unit: Unit) -> int:
    """Return the identity in whose name the books act by themselves, 0 where nobody owns them."""
    members = (await unit.rows.members()).values()
    return next((member.identity_id for member in members if member.role == "owner"), 0)
