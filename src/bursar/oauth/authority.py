"""What the authorization server is made of: the people, its keys and switches, and a clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bursar.store.people import People


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """The authorization server's settings.

    ``public_url`` is the issuer, without a slash at its end; ``now_us`` reads the clock in UTC microseconds; ``key`` signs
    cookies and forms; ``secure_cookies`` belongs on whenever browsers come by https; ``limited`` bounds sign-ins.
    """

    people: People
    public_url: str
    key: bytes
    now_us: Callable[[], int]
    secure_cookies: bool
    allow_http_localhost: bool = False
    limited: bool = True
