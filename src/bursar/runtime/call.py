"""What travels between the surfaces and the books: plain values that HTTP and MCP both make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from bursar.catalogue.facts import Business
    from bursar.catalogue.operation import Operation
    from bursar.catalogue.resource import Resource, View


class Caller(Struct, frozen=True, gc=False):
    """Who asks: an identity, the scopes of its token, its role in the books it asks about.

    ``token`` is the hash of that token, ``granted`` its scopes in the order in which they were granted.
    """

    identity: int
    scopes: frozenset[str]
    role: str = "owner"
    agent: str = ""
    token: bytes = b""
    granted: str = ""


class Received(NamedTuple):
    """An uploaded file: the name it came with, the media type its bytes show ("" when none is known)."""

    filename: str
    media_type: str
    content: bytes


class Call(Struct, frozen=True, gc=False):
    """One request: what is asked, by whom, of which books.

    ``body`` is decoded JSON or None; ``content`` an uploaded file; ``idempotency`` the key of a repeatable POST; ``dry`` runs
    it and rolls it back.
    """

    resource: Resource | View
    operation: Operation | None
    caller: Caller
    business: Business | None
    object_id: int = 0
    object_key: str = ""
    pairs: list[tuple[str, str]] = []
    body: Any = None
    raw_body: bytes = b""
    idempotency: str = ""
    dry: bool = False
    content: Received | None = None

    @property
    def accountid(self) -> str:
        """The accounting id of the books, as renderers print it."""
        return (self.business.accountid or "") if self.business else ""

    @property
    def business_id(self) -> int:
        """The business id of the books, as renderers print it."""
        return self.business.id if self.business else 0


class Reply(Struct, frozen=True, gc=False):
    """An answer: status, JSON value or ready bytes, the names of what was ignored, extra headers."""

    status: int
    body: Any
    ignored: tuple[str, ...] = ()
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Upstream(Protocol):
    """Whatever answers calls: the embedded books, the gate, the real service."""

    async def send(self, call: Call) -> Reply:
        """Answer a call; raises :class:`bursar.errors.Refusal`."""
        ...
