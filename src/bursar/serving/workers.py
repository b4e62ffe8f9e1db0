"""Several serving processes around one socket, each with its own loop and connections; uvicorn starts and replaces them."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from uvicorn.supervisors import Multiprocess

from bursar.serving import NotReady
from bursar.serving.books import open_application
from bursar.serving.listening import config_of
from bursar.serving.memory import settle_memory

if TYPE_CHECKING:
    import socket
    from collections.abc import Awaitable, Callable, MutableMapping

    from bursar.app import Application
    from bursar.settings import Settings

    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def serve_in_many(settings: Settings, url: str, taken: socket.socket, ready: Callable[[], None]) -> None:
    """Serve with as many processes as the settings say, until SIGTERM or SIGINT; ``ready`` is called when all of them are.

    Raises NotReady when they cannot be started.
    """
    config = config_of(settings, partial(Worker, settings, url), factory=True)
    workers = _Workers(config, [taken], ready)
    workers.run()
    if not workers.started:
        raise NotReady("The serving processes did not start; the lines above say why.")


class Worker:
    """One process's application; opened and closed with it."""

    def __init__(self, settings: Settings, url: str) -> None:
        self._settings, self._url = settings, url
        self._application: Application | None = None
        self._asgi: Any = None

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request, or live as long as the process."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self._asgi(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            self._application = await open_application(self._settings, "serve")
            self._asgi = self._application.asgi(self._url)
            self._application.start()
            settle_memory(filled=False)
        except Exception as error:  # noqa: BLE001 - the supervisor shows it and stops
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._application.stop()
        await self._application.driver.close()
        await send({"type": "lifespan.shutdown.complete"})


class _Workers(Multiprocess):
    """Uvicorn's supervisor, which says when all have started."""

    def __init__(self, config: Any, sockets: list[socket.socket], ready: Callable[[], None]) -> None:
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
        super().__init__(config, sockets)
        self._ready = ready
        self.started = False

    def init_processes(self) -> None:
        """Start all, and wait for them."""
        super().init_processes()
        if all(each.wait_until_ready(self.config.timeout_worker_healthcheck * 6, self.should_exit) for each in self.processes):
            self.started = True
            self._ready()
