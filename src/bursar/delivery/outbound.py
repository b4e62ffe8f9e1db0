"""The way out to addresses that others chose: only to public ones, whatever their names say, unless the settings allow more."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from bursar.delivery.connecting import Connections

    Lookup = Callable[[str, int], Awaitable[Sequence[str]]]
    """Finds the addresses of a name, for a port; raises OSError when there are none."""


class Forbidden(Exception):
    """Nothing was sent, since the address is not one we send to; trying again would not help. Its text says why, for a person."""


class Failed(Exception):
    """No answer came: name, connection, certificate or time; its text says which, for a person, and holds no secret of the URL."""


class Outbound:
    """Sends bodies to URLs over kept connections. ``lookup`` stands for the system's own resolver otherwise."""

    def __init__(self, allow_private: bool, timeout_s: float, lookup: Lookup | None = None) -> None:  # noqa: FBT001 - every call names it
        self._allow_private, self._timeout_s, self._lookup = allow_private, timeout_s, lookup
        self._connections: Connections | None = None
        self._opening = asyncio.Lock()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Send a body and answer the HTTP status; a redirection is a status like others. Raises Forbidden and Failed."""
        connections = self._connections or await self._opened()
        return await connections.post(url, body, headers)

    async def close(self) -> None:
        """End the connections; it can be used again after that."""
        connections, self._connections = self._connections, None
        if connections is not None:
            await connections.close()

    async def _opened(self) -> Connections:
        async with self._opening:
            if self._connections is None:
                # Loaded beside the loop: it takes most of a second, and a server that sends nothing never needs it.
                kind = await asyncio.get_running_loop().run_in_executor(None, _load)
                self._connections = kind(allow_private=self._allow_private, timeout_s=self._timeout_s, lookup=self._lookup)
            return self._connections


def _load() -> type[Connections]:
    from bursar.delivery.connecting import Connections  # noqa: PLC0415 - see where it is called

    return Connections
