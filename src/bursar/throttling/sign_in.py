"""How often somebody may fail to sign in: few times for one address and e-mail, more for one address."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from math import ceil
from time import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from limits import RateLimitItem

ONE_EMAIL: Final = 5
ONE_ADDRESS: Final = 30
WINDOW_S: Final = 300
_RIGHT: Final = 1_000
"""How many times one address gets in, in the same time; programs that are tested sign in again and again."""


class SignIns:
    """Counts sign-ins in memory, in a window that moves with time."""

    def __init__(self) -> None:
        from limits import RateLimitItemPerSecond  # noqa: PLC0415 - a server that nobody signs in to starts without it
        from limits.storage import MemoryStorage  # noqa: PLC0415 - the same
        from limits.strategies import MovingWindowRateLimiter  # noqa: PLC0415 - the same

        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._one_email = RateLimitItemPerSecond(ONE_EMAIL, WINDOW_S, "email")
        self._one_address = RateLimitItemPerSecond(ONE_ADDRESS + _RIGHT, WINDOW_S, "address")
        self._right = RateLimitItemPerSecond(_RIGHT, WINDOW_S, "right")

    def wait_s(self, address: str, email: str) -> int:
        """Count one attempt and answer 0, or how many seconds to wait for the next."""
        place = neighbourhood(address)
        if self._count(self._one_address, place) - self._count(self._right, place) >= ONE_ADDRESS:
            return self._opens_s(self._one_address, place)
        for limit, who in ((self._one_address, (place,)), (self._one_email, (place, email[:254]))):
            if not self._limiter.hit(limit, *who):
                return self._opens_s(limit, *who)
        return 0

    def forgive(self, address: str, email: str) -> None:
        """Forget the attempts at one e-mail after one that was right, and that one."""
        place = neighbourhood(address)
        self._limiter.clear(self._one_email, place, email[:254])
        self._limiter.hit(self._right, place)

    def _count(self, limit: RateLimitItem, place: str) -> int:
        return limit.amount - self._limiter.get_window_stats(limit, place).remaining

    def _opens_s(self, limit: RateLimitItem, *who: str) -> int:
        return max(1, ceil(self._limiter.get_window_stats(limit, *who).reset_time - time()))


def neighbourhood(address: str) -> str:
    """Take an IPv6 address for its /64, which one person can have all of; others stand for themselves."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return str(known)
    mapped = known.ipv4_mapped
    return str(mapped) if mapped else f"{IPv6Address(int(known) >> 64 << 64)}/64"
