"""Who asks, and about which books: one statement from a token to a caller and its memberships."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from bursar.catalogue.facts import Business
from bursar.errors import Kind, refuse
from bursar.runtime.call import Books, Caller

if TYPE_CHECKING:
    from bursar.clock import Clock
    from bursar.store.people import People
    from bursar.surfaces.http.router import Found

NOUNS = {"account": ("accountid", "account"), "business": ("business_id", "business"), "uuid": ("business_uuid", "business")}
NOBODY = Caller(0, frozenset(), "")


@lru_cache(maxsize=256)
def scopes_of(text: str) -> frozenset[str]:
    """Return the scopes a token's text lists; few texts serve many tokens."""
    return frozenset(text.split())


class Identifier:
    """Turns a bearer token into a caller; a revoked one stops at the next request, since nothing is cached."""

    def __init__(self, people: People, clock: Clock) -> None:
        self.people, self.clock = people, clock

    async def identify(self, authorization: bytes) -> tuple[Caller, tuple[Books, ...]]:
        """Return the caller and its books; raises UNAUTHENTICATED."""
        kind, _, token = authorization.partition(b" ")
        if kind.lower() != b"bearer" or not token:
            raise refuse(Kind.UNAUTHENTICATED)
        token_hash = self.people.hash(token.strip().decode("latin-1"))
        rows = await self.people.caller(token_hash)
        if not rows:
            raise refuse(Kind.UNAUTHENTICATED)
        identity, kind_of, scopes, expires_us, revoked_us = rows[0][:5]
        if kind_of == "refresh" or revoked_us is not None or (expires_us is not None and expires_us <= self.clock.now_us()):
            raise refuse(Kind.UNAUTHENTICATED)
        caller = Caller(identity, scopes_of(scopes), "", "", token_hash)
        return caller, tuple([Books(Business(row[6], *row[9:15]), row[7]) for row in rows if row[6] is not None])

    def books(self, found: Found, caller: Caller, memberships: tuple[Books, ...]) -> tuple[Business | None, Caller]:
        """Return the books a path names; what is not the caller's is UNKNOWN (platform section 1)."""
        kind = found.family.key
        if not kind:
            return None, caller
        for business, role in memberships:
            mine = business.accountid if kind == "account" else str(business.id) if kind == "business" else business.uuid
            if mine == found.key:
                return business, caller._replace(role=role)
        field, noun = NOUNS[kind]
        raise refuse(Kind.UNKNOWN, field, found.key, noun)
