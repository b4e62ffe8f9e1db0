"""An application that answers on a free port of this machine, on the loop that is running."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bursar.serving.address import address_of, take_address, url_of
from bursar.serving.listening import Server, config_of

if TYPE_CHECKING:
    from bursar.app import Application


class Listening:
    """One listening server; ``url`` is where. Made by :func:`listen`, ended by :meth:`end`."""

    def __init__(self, url: str, server: Server, serving: asyncio.Task[None]) -> None:
        self.url, self._server, self._serving = url, server, serving

    async def end(self) -> None:
        """Finish what is under way and close the port."""
        self._server.should_exit = True
        await self._serving


async def listen(application: Application) -> Listening:
    """Let an application answer; returns once it does. Its settings name the address, port 0 for a free one."""
    taken = take_address(application.settings)
    try:
        ready = asyncio.Event()
        answering = application.asgi(url_of(application.settings, taken))
        stopping = application.faults.release if application.faults else lambda: None
        server = Server(config_of(application.settings, answering), ready.set, stopping)
        serving = asyncio.create_task(server.serve([taken]), name="serving")
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait((serving, waiting), return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
    except BaseException:
        taken.close()
        raise
    assert ready.is_set(), "a port that was taken can be listened on"
    return Listening(address_of(*taken.getsockname()[:2]), server, serving)
