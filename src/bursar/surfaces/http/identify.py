"""Who asks, and about which books: one statement from a token to a caller and its memberships."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from bursar.catalogue.facts import Business
from bursar.errors import Kind, refuse
from bursar.runtime.call import Caller

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bursar.clock import Clock
    from bursar.store.people import People
    from bursar.surfaces.http.router import Found

    Row = Sequence[Any]

_KEYS: Final = {
    "business": (6, "business_id", "business"),
    "account": (9, "accountid", "account"),
    "uuid": (10, "business_uuid", "business"),
}
"""For each kind of key in a path: its place in the rows of ``Grants.caller``, and its field and noun in refusals."""


@lru_cache(maxsize=256)
def scopes_of(text: str) -> frozenset[str]:
    """Return the scopes a token's text lists; few texts serve many tokens."""
    return frozenset(text.split())


class Identifier:
    """Turns a bearer token into a caller; a revoked one stops at the next request, since nothing is cached."""

    def __init__(self, people: People, clock: Clock) -> None:
        self.people, self.clock = people, clock

    async def identify(self, authorization: bytes) -> tuple[Caller, Sequence[Row]]:
        """Return the caller, without a role yet, and the rows of its books (``Grants.caller``); raises UNAUTHENTICATED."""
        kind, _, token = authorization.partition(b" ")
        if not token or (kind != b"Bearer" and kind.lower() != b"bearer"):
            raise refuse(Kind.UNAUTHENTICATED)
        token_hash = self.people.hash(token.strip().decode("latin-1"))
        rows = await self.people.caller(token_hash)
        if not rows:
            raise refuse(Kind.UNAUTHENTICATED)
        identity, kind_of, scopes, expires_us, revoked_us = rows[0][:5]
        if kind_of == "refresh" or revoked_us is not None or (expires_us is not None and expires_us <= self.clock.now_us()):
            raise refuse(Kind.UNAUTHENTICATED)
        return Caller(identity, scopes_of(scopes), "", "", token_hash, scopes), rows


def of_path(found: Found, rows: Sequence[Row]) -> tuple[Business, str]:
    """Return the books a path names and the caller's role there; what is not the caller's is UNKNOWN (platform section 1)."""
    at, field, noun = _KEYS[found.family.key]
    for row in rows:
        mine = row[at]
        if mine is not None and str(mine) == found.key:
            return business_of(row), row[7]
    raise refuse(Kind.UNKNOWN, field, found.key, noun)


def business_of(row: Row) -> Business:
    """Return the books of a row of ``Grants.caller``."""
    return Business(row[6], *row[9:16])
