"""Further people of a business, and a business that keeps no accounts."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, update

from bursar.oauth.registration import make_token
from bursar.oauth.scopes import GRANTABLE
from bursar.store.people import Identity
from bursar.store.statements import compile_statement
from tests.support.tenant import Opened, Tenant

if TYPE_CHECKING:
    from bursar.store.driver import Session

NUMBERS = count(1)


def colleague(server: Tenant, role: str = "business_employee", timezone: str = "") -> Tenant:
    """Let one more person into the books and answer them as that person sees them."""
    number = next(NUMBERS)

    async def come_in() -> Opened:
        people, now = server.application.people, server.clock.now_us()
        draft = Identity(0, "", f"colleague{number}@example.com", "Cora", "Colleague", "", "en", timezone, now, now)
        person = await people.add_identity(draft)
        await people.add_membership(server.business_id, person.id, role, now)
        token = await make_token(people, person.id, " ".join(GRANTABLE), "test", now, None)
        return Opened(server.business, person.id, token)

    return Tenant(server.place, server.url, server.application, server.place.run(come_in()))


def without_accounts(server: Tenant) -> Tenant:
    """Answer the books as those of a business without an accounting account."""
    table = server.application.store.table("businesses")
    statement = compile_statement(update(table).where(table.c.id == bindparam("one")).values(accountid=None), server.place.dialect)

    async def drop(session: Session) -> None:
        await session.run(statement, {"one": server.business_id})

    server.place.run(server.place.driver.write(0, drop))
    opened = Opened(server.business._replace(accountid=None), server.identity_id, server.token)
    return Tenant(server.place, server.url, server.application, opened)
