"""The listening process: a socket, uvicorn around it, and a graceful stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from typing import TYPE_CHECKING, Any, Final

import uvicorn

from bursar.serving import NotReady

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bursar.settings import Settings

_BACKLOG: Final = 2048
_STOPPING_S: Final = 30
_IDLE_S: Final = 75


def take_address(settings: Settings) -> socket.socket:
    """Take the address; callers are turned away until the server listens. Raises NotReady when it is not ours to take."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((settings.host, settings.port))
    except OSError as error:
        taken.close()
        raise NotReady(f"Cannot listen on {settings.host} port {settings.port}: {error.strerror}. --port 0 takes a free one.") from error
    taken.set_inheritable(True)
    return taken


def url_of(settings: Settings, taken: socket.socket) -> str:
    """Say what emitted links begin with: the public URL, or else the address that was taken."""
    if settings.public_url:
        return settings.public_url.rstrip("/")
    return address_of(*taken.getsockname()[:2])


def address_of(host: str, port: int) -> str:
    """Write the URL of an address, as somebody on this machine would."""
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        host = "127.0.0.1" if host == "0.0.0.0" else "::1"  # noqa: S104 - the same
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def config_of(settings: Settings, app: Any, *, factory: bool = False) -> uvicorn.Config:
    """Set up uvicorn: forwarded headers count only when they come from a configured proxy."""
    return uvicorn.Config(
        app,
        factory=factory,
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

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept, then say so."""
        await super().startup(sockets)
        if self.started:
            self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on a signal; unlike uvicorn's own, it is not raised again, since what serves must still be closed."""
        loop = asyncio.get_running_loop()
        signals = (signal.SIGINT, signal.SIGTERM)
        for each in signals:
            loop.add_signal_handler(each, self.handle_exit, each, None)
        try:
            yield
        finally:
            for each in signals:
                loop.remove_signal_handler(each)
