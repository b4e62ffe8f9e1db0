"""Connections to the outside whose addresses are looked at when they are opened, so that no name and no notation gets past."""

from __future__ import annotations

import contextlib
import socket
import ssl
from functools import lru_cache, partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from bursar.delivery.outbound import Failed, Forbidden
from bursar.domain.targets import against_address, against_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bursar.delivery.outbound import Lookup

_KEPT_S: Final = 2.0
"""Shorter than servers keep theirs: a request that meets a connection just being closed by the other side is lost."""
_MOST_READ: Final = 4_096
_KNOWN_URLS: Final = 4_096


class _Refused(OSError):
    """A socket that is not opened; an OSError, since that is what opening a socket may raise."""


class Connections:
    """The open connections and how they are made; belongs to the loop it was made in."""

    def __init__(self, *, allow_private: bool, timeout_s: float, lookup: Lookup) -> None:
        self._timeout_s = timeout_s
        self._names = Names(lookup, allow_private=allow_private)
        self._check = lru_cache(_KNOWN_URLS)(partial(_checked, private=allow_private))
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=self._names,
                socket_factory=None if allow_private else public_socket,
                limit=0,  # how much is under way at once is the seats' business
                keepalive_timeout=_KEPT_S,
            ),
            timeout=aiohttp.ClientTimeout(total=timeout_s),
            headers={"User-Agent": f"bursar/{version('bursar')}"},
            skip_auto_headers=("Accept-Encoding",),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
        )

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """See Outbound.post."""
        self._check(url)
        try:
            async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
                await _emptied(answer)
                return answer.status
        except aiohttp.InvalidURL:
            raise Forbidden("it is no URL") from None
        except (aiohttp.ClientError, TimeoutError) as error:
            refused = getattr(error, "os_error", None)
            if isinstance(refused, _Refused):
                raise Forbidden(str(refused)) from None
            raise Failed(self._worded(error, urlsplit(url).hostname)) from error

    async def close(self) -> None:
        """End them all."""
        await self._session.close()

    def _worded(self, error: Exception, host: str | None) -> str:
        """Say what went wrong; of the URL no more than its host, since the rest may be secret."""
        if isinstance(error, TimeoutError):
            return f"no answer within {self._timeout_s:g} s"
        if isinstance(error, aiohttp.ClientConnectorDNSError):
            return f"the name {host} cannot be resolved: {_reason(error.os_error)}"
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            return f"the certificate of {host} is not good: {_reason(error.certificate_error)}"
        if isinstance(error, aiohttp.ClientSSLError):
            return f"no safe connection to {host}: {_reason(error.os_error)}"
        if isinstance(error, aiohttp.ClientConnectorError):
            return f"{host} does not take connections: {_reason(error.os_error)}"
        if isinstance(error, aiohttp.ClientResponseError):
            return f"what {host} answers is not HTTP"
        return f"{host} hung up without an answer"


class Names(AbstractResolver):
    """Finds the addresses of names.

    A name with one address that is not public has none, so that nobody gets to choose by failing on the others.
    """

    def __init__(self, lookup: Lookup, *, allow_private: bool) -> None:
        self._lookup, self._allow_private = lookup, allow_private

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[ResolveResult]:
        """Answer addresses as aiohttp wants them. Raises Forbidden, and OSError when there are none."""
        del family
        addresses = await self._lookup(host, port)
        if not self._allow_private:
            for objection in filter(None, map(against_address, addresses)):
                raise Forbidden(f"{host}: {objection}")
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        """Keep nothing open; aiohttp asks for this."""


def public_socket(where: aiohttp.AddrInfoType) -> socket.socket:
    """Make the socket for an address it is about to be connected to; raises OSError when that is not a public one.

    This is the wall: whatever was resolved, or never was since the URL held an address, comes by here last.
    """
    family, kind, protocol, _, address = where
    objection = against_address(str(address[0]))
    if objection:
        raise _Refused(objection)
    return socket.socket(family, kind, protocol)


def _checked(url: str, *, private: bool) -> None:
    """Raise Forbidden when something speaks against a URL."""
    objection = against_url(url, private=private)
    if objection:
        raise Forbidden(objection)


async def _emptied(answer: aiohttp.ClientResponse) -> None:
    """Read a short answer, so that its connection can be kept; a long or broken one is hung up on, its status counts all the same."""
    with contextlib.suppress(aiohttp.ClientError, TimeoutError):
        left = _MOST_READ
        while left > 0 and not answer.content.at_eof():
            left -= len(await answer.content.read(left))
    if not answer.content.at_eof():
        answer.close()


def _reason(error: Exception) -> str:
    """Take the words of an error without its numbers."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return str(getattr(error, "strerror", None) or error)
