"""The listening process: a socket, uvicorn around it, and a graceful stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import uvicorn

from bursar.serving.prompt import Droppable, Noticing, Prompt

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from bursar.settings import Settings

_BACKLOG: Final = 2048
_STOPPING_S: Final = 30
_IDLE_S: Final = 75


def config_of(settings: Settings, app: Any, *, factory: bool = False) -> uvicorn.Config:
    """Set up uvicorn for an app that can be asked without ASGI (``prompt.Shortcut``), or for what makes one.

    Forwarded headers count only when they come from a configured proxy; what is answered at once asks for none.
    """
    return uvicorn.Config(
        app,
        factory=factory,
        http=Noticing if factory else partial(Droppable if settings.demo else Prompt, app),  # type: ignore[arg-type] # what makes one
        lifespan="on" if factory else "off",
        ws="none",
        workers=settings.workers,
        backlog=_BACKLOG,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_keep_alive=_IDLE_S,
        timeout_graceful_shutdown=_STOPPING_S,
    )


class Server(uvicorn.Server):
    """Serves until SIGTERM or SIGINT, finishes what is under way and returns; a second SIGINT does not wait."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], stopping: Callable[[], None] = lambda: None) -> None:
        super().__init__(config)
        self._ready, self._stopping = ready, stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept, then say so."""
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Say that it stops, then finish what is under way."""
        self._stopping()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on a signal; unlike uvicorn's own, it is not raised again, since what serves must still be closed.

        Beside the main thread there are no signals: the process belongs to somebody else, who says when to stop.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        signals = (signal.SIGINT, signal.SIGTERM)
        for each in signals:
            loop.add_signal_handler(each, self.handle_exit, each, None)
        try:
            yield
        finally:
            for each in signals:
                loop.remove_signal_handler(each)
