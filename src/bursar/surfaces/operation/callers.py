"""Who may see the metrics: somebody on this machine, or whoever has the token."""

from __future__ import annotations

import hmac
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from starlette.requests import Request

_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-real-ip")


def may_look(request: Request, token: str) -> bool:
    """Whether a request comes from this machine itself, not through a proxy on it, or carries the token ("" is none)."""
    sent = request.headers.get("authorization", "")
    if token and hmac.compare_digest(sent.encode("latin-1"), f"Bearer {token}".encode()):
        return True
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False
