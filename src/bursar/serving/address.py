"""The address a server has, and how it is written."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from bursar.serving import NotReady

if TYPE_CHECKING:
    from bursar.settings import Settings


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
