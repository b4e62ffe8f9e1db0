"""Who may come in: identities and the businesses they belong to, and through ``Grants`` what they let in."""

from __future__ import annotations

import secrets
import string
import uuid
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import bindparam, func, select, update

from bursar.errors import Kind, refuse
from bursar.store.grants import Grants
from bursar.store.statements import compile_statement, insert

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy import ClauseElement, MetaData

    from bursar.store.driver import Driver, Session
    from bursar.store.statements import Statement

_LETTERS: Final = string.ascii_letters
_BASE62: Final = string.ascii_letters + string.digits
_CANDIDATES: Final = 8


class Identity(NamedTuple):
    """A person who signs in. ``revoked_us`` is None while they may."""

    id: int
    uuid: str
    email: str
    first_name: str
    last_name: str
    password_hash: str
    language: str
    timezone: str
    created_us: int
    confirmed_us: int | None = None
    revoked_us: int | None = None


class Business(NamedTuple):
    """A tenant: ``id`` is the businessId, ``accountid`` the accountId, ``address`` JSON text or ""."""

    id: int
    accountid: str | None
    uuid: str
    name: str
    currency_code: str
    timezone: str
    country: str
    date_format: str
    status: str
    address: str
    phone: str
    email: str
    created_us: int


class Membership(NamedTuple):
    """An identity's place in a business; the owner is staff 1."""

    business_id: int
    identity_id: int
    role: str
    staff_id: int
    created_us: int


class _Statements:
    """Every statement about people, compiled once."""

    def __init__(self, tables: MetaData, dialect: str) -> None:
        def ready(core: ClauseElement) -> Statement:
            return compile_statement(core, dialect)

        of = tables.tables
        people, books, members = of["identities"], of["businesses"], of["memberships"]
        self._people(people, ready)
        self._memberships(members, people, books, ready)
        self.business = ready(select(books).where(books.c.id == bindparam("id")))
        self.businesses = ready(select(books).order_by(books.c.id))
        self.accountid = ready(select(books.c.id).where(books.c.accountid == bindparam("accountid")))
        self.add_business = ready(insert(books))

    def _people(self, people: Any, ready: Callable[[ClauseElement], Statement]) -> None:
        self.identities = ready(select(people).order_by(people.c.id))
        self.identity = ready(select(people).where(people.c.id == bindparam("id")))
        self.identity_by_email = ready(select(people).where(people.c.email == bindparam("email")))
        self.add_identity = ready(insert(people))
        self.set_password = ready(update(people).where(people.c.id == bindparam("one")).values(password_hash=bindparam("password_hash")))
        self.revoke_identity = ready(update(people).where(people.c.id == bindparam("one")).values(revoked_us=bindparam("now_us")))

    def _memberships(self, members: Any, people: Any, books: Any, ready: Callable[[ClauseElement], Statement]) -> None:
        self.add_membership = ready(insert(members))
        self.membership = ready(
            select(members).where(members.c.business_id == bindparam("business_id"), members.c.identity_id == bindparam("identity_id"))
        )
        self.last_staff = ready(select(func.max(members.c.staff_id)).where(members.c.business_id == bindparam("business_id")))
        self.members = ready(
            select(members, people)
            .join(people, people.c.id == members.c.identity_id)
            .where(members.c.business_id == bindparam("business_id"))
            .order_by(members.c.staff_id)
        )
        self.memberships = ready(
            select(members, books)
            .join(books, books.c.id == members.c.business_id)
            .where(members.c.identity_id == bindparam("identity_id"))
            .order_by(members.c.business_id)
        )


class People(Grants):
    """The store's door to identities, businesses and memberships, with everything ``Grants`` has.

    ``pepper`` keys the hashes of all secrets: without it a copy of the database recognises none of them.
    Every method raises what its driver raises (Unavailable, Refusal BUSY).
    """

    def __init__(self, driver: Driver, tables: MetaData, pepper: bytes) -> None:
        super().__init__(driver, tables, pepper)
        self._s = _Statements(tables, driver.dialect)

    async def add_identity(self, identity: Identity) -> Identity:
        """Add a person; the id is taken, a uuid made when empty. Raises Refusal DUPLICATE when the e-mail is known."""
        draft = identity._replace(uuid=identity.uuid or str(uuid.uuid4()), email=plain_email(identity.email))

        async def add(session: Session) -> Identity:
            if await session.fetch(self._s.identity_by_email, {"email": draft.email}):
                raise refuse(Kind.DUPLICATE, "email", draft.email, "identity")
            added = draft._replace(id=await session.take_id("identity"))
            await session.run(self._s.add_identity, added._asdict())
            return added

        return await self._driver.write(0, add)

    async def identity(self, identity_id: int) -> Identity | None:
        """Find a person by id, also a revoked one."""
        rows = await self._driver.fetch(self._s.identity, {"id": identity_id})
        return Identity(*rows[0]) if rows else None

    async def identity_by_email(self, email: str) -> Identity | None:
        """Find a person by e-mail, letter case and outer blanks aside."""
        if not email.strip().isprintable():
            return None  # PostgreSQL has no words for some of these
        rows = await self._driver.fetch(self._s.identity_by_email, {"email": plain_email(email)})
        return Identity(*rows[0]) if rows else None

    async def identities(self) -> list[Identity]:
        """List everybody, by id."""
        return [Identity(*row) for row in await self._driver.fetch(self._s.identities, {})]

    async def set_password(self, identity_id: int, password_hash: str) -> None:
        """Replace a password hash; sessions signed in with the old one end."""
        await self._run({"one": identity_id, "password_hash": password_hash}, self._s.set_password)

    async def revoke_identity(self, identity_id: int, now_us: int) -> None:
        """Shut a person out: no sign-in, and every code and token of theirs ends."""
        ends = (self._granted.use_codes_of_identity, self._granted.end_of_identity)
        await self._run({"one": identity_id, "now_us": now_us}, self._s.revoke_identity, *ends)

    async def restore_identity(self, identity_id: int) -> None:
        """Let somebody who was shut out sign in again; what ended then stays ended."""
        await self._run({"one": identity_id, "now_us": None}, self._s.revoke_identity)

    async def add_business(
        self, business: Business, owner_id: int, begin: Callable[[Session, Business], Awaitable[None]] | None = None
    ) -> Business:
        """Open a business with its owner as staff 1; id, and where empty accountid (six base-62 signs) and uuid are made.

        ``begin`` writes what belongs to it, in the same transaction.
        """
        tries = [business.accountid] if business.accountid else [_new_accountid() for _ in range(_CANDIDATES)]
        draft = business._replace(uuid=business.uuid or str(uuid.uuid4()))

        async def add(session: Session) -> Business:
            free = [one for one in tries if not await session.fetch(self._s.accountid, {"accountid": one})]
            if not free:
                raise refuse(Kind.DUPLICATE, "accountid", tries[0], "business")
            added = draft._replace(id=await session.take_id("business"), accountid=free[0])
            await session.run(self._s.add_business, added._asdict())
            await session.run(self._s.add_membership, Membership(added.id, owner_id, "owner", 1, added.created_us)._asdict())
            if begin is not None:
                await begin(session, added)
            return added

        return await self._driver.write(0, add)

    async def business(self, business_id: int) -> Business | None:
        """Find a business by id."""
        rows = await self._driver.fetch(self._s.business, {"id": business_id})
        return Business(*rows[0]) if rows else None

    async def businesses(self) -> list[Business]:
        """List every business, by id."""
        return [Business(*row) for row in await self._driver.fetch(self._s.businesses, {})]

    async def add_membership(self, business_id: int, identity_id: int, role: str, now_us: int) -> Membership:
        """Let a person into a business as its next staff. Raises Refusal DUPLICATE when they are in already."""

        async def add(session: Session) -> Membership:
            if await session.fetch(self._s.membership, {"business_id": business_id, "identity_id": identity_id}):
                raise refuse(Kind.DUPLICATE, "identity_id", identity_id, "membership")
            last = (await session.fetch(self._s.last_staff, {"business_id": business_id}))[0][0] or 0
            added = Membership(business_id, identity_id, role, last + 1, now_us)
            await session.run(self._s.add_membership, added._asdict())
            return added

        return await self._driver.write(0, add)

    async def members(self, business_id: int) -> list[tuple[Membership, Identity]]:
        """List who belongs to a business, by staff id."""
        rows = await self._driver.fetch(self._s.members, {"business_id": business_id})
        cut = len(Membership._fields)
        return [(Membership(*row[:cut]), Identity(*row[cut:])) for row in map(tuple, rows)]

    async def memberships(self, identity_id: int) -> list[tuple[Membership, Business]]:
        """List the businesses a person belongs to, by business id."""
        rows = await self._driver.fetch(self._s.memberships, {"identity_id": identity_id})
        cut = len(Membership._fields)
        return [(Membership(*row[:cut]), Business(*row[cut:])) for row in map(tuple, rows)]


def plain_email(email: str) -> str:
    """Write an e-mail address the one way it is stored and looked up."""
    return email.strip().lower()


def _new_accountid() -> str:
    """Draw six base-62 signs; the first is a letter, so that an accountId never looks like a businessId."""
    return secrets.choice(_LETTERS) + "".join(secrets.choice(_BASE62) for _ in range(5))
