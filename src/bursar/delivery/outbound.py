"""The way out to addresses that others chose: only to public ones, whatever their names say, unless the settings allow more."""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from bursar.domain.targets import against_address, against_url

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from bursar.delivery.connecting import Connections

    Lookup = Callable[[str, int], Awaitable[Sequence[str]]]
    """Finds the addresses of a name, for a port; raises OSError when there are none."""


_LOOKUPS: Final = 256
"""As many as slow receivers may have under way (``seats``); threads are made only when they are needed."""
_ASKING: Final = 8
"""Who registers addresses has few of them, so that silent name servers keep nothing from being delivered."""
_ASKED_S: Final = 2.0
"""How long whoever registers an address waits for a name server."""


class Forbidden(Exception):
    """Nothing was sent, since the address is not one we send to; trying again would not help. Its text says why, for a person."""


class Failed(Exception):
    """No answer came: name, connection, certificate or time; its text says which, for a person, and holds no secret of the URL."""


class Outbound:
    """Sends bodies to URLs over kept connections. ``lookup`` stands for the system's own resolver otherwise."""

    def __init__(self, allow_private: bool, timeout_s: float, lookup: Lookup | None = None) -> None:  # noqa: FBT001 - every call names it
        self._allow_private, self._timeout_s = allow_private, timeout_s
        self._own, self._asking = OwnLookup(_LOOKUPS), OwnLookup(_ASKING)
        self._lookup: Lookup = lookup or self._own
        self._ask: Lookup = lookup or self._asking
        self._connections: Connections | None = None
        self._opening = asyncio.Lock()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Send a body and answer the HTTP status; a redirection is a status like others. Raises Forbidden and Failed."""
        connections = self._connections or await self._opened()
        return await connections.post(url, body, headers)

    async def against(self, url: str) -> str:
        """Say why nothing would be sent to a URL as its name stands, "" for nothing; a name that nobody knows yet may come to be known."""
        objection = against_url(url, private=self._allow_private)
        if objection or self._allow_private:
            return objection
        try:
            async with asyncio.timeout(min(_ASKED_S, self._timeout_s)):
                addresses = await self._ask(str(urlsplit(url).hostname), 0)
        except (OSError, TimeoutError, UnicodeError):
            return ""
        # Which address it is would be news of the network inside.
        return "its name leads to an address that is not public" if any(map(against_address, addresses)) else ""

    async def close(self) -> None:
        """End the connections; it can be used again after that."""
        connections, self._connections = self._connections, None
        if connections is not None:
            await connections.close()
        self._own.close()
        self._asking.close()

    async def _opened(self) -> Connections:
        async with self._opening:
            if self._connections is None:
                # Loaded beside the loop: it takes most of a second, and a server that sends nothing never needs it.
                kind = await asyncio.get_running_loop().run_in_executor(None, _load)
                self._connections = kind(allow_private=self._allow_private, timeout_s=self._timeout_s, lookup=self._lookup)
            return self._connections


class OwnLookup:
    """The system's resolver, in threads of its own: a name server that is silent holds up nothing else."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._threads: ThreadPoolExecutor | None = None

    async def __call__(self, host: str, port: int) -> list[str]:
        """Find the addresses of a name. Raises OSError when there are none, UnicodeError for what can be no name."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self._at_once, thread_name_prefix="names")
        asked = asyncio.get_running_loop().run_in_executor(self._threads, _resolved, host, port)
        return [str(address[0]) for _, _, _, _, address in await asked]

    def close(self) -> None:
        """Let the threads end; a question that is under way is not waited for."""
        threads, self._threads = self._threads, None
        if threads is not None:
            threads.shutdown(wait=False, cancel_futures=True)


def _resolved(host: str, port: int) -> list[Any]:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


def _load() -> type[Connections]:
    from bursar.delivery.connecting import Connections  # noqa: PLC0415 - see where it is called

    return Connections
