"""How often somebody may fail to sign in: few times for one address and e-mail, more for one address."""

from __future__ import annotations

from asyncio import Lock
from ipaddress import IPv6Address, ip_address
from math import ceil
from time import time
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from limits import RateLimitItem

ONE_EMAIL: Final = 5
ONE_ADDRESS: Final = 30
WINDOW_S: Final = 300
_LONGEST_EMAIL: Final = 254


class SignIns:
    """Counts failures in memory, in windows that move with time."""

    def __init__(self) -> None:
        from limits import RateLimitItemPerSecond  # noqa: PLC0415 - a server that nobody signs in to starts without it
        from limits.storage import MemoryStorage  # noqa: PLC0415 - the same
        from limits.strategies import MovingWindowRateLimiter  # noqa: PLC0415 - the same

        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._one_email = RateLimitItemPerSecond(ONE_EMAIL, WINDOW_S, "email")
        self._one_address = RateLimitItemPerSecond(ONE_ADDRESS, WINDOW_S, "address")
        self._turns: WeakValueDictionary[str, Lock] = WeakValueDictionary()

    def turn(self, address: str) -> Lock:
        """Return what lets in one attempt of an address at a time: each knows what became of those before it."""
        return self._turns.setdefault(neighbourhood(address), Lock())

    def wait_s(self, address: str, email: str) -> int:
        """Return how many seconds there are to wait before an attempt, 0 for none."""
        return max(self._opens_s(self._one_address, neighbourhood(address)), self._opens_s(self._one_email, *_both(address, email)))

    def fail(self, address: str, email: str) -> None:
        """Count an attempt that was wrong."""
        self._limiter.hit(self._one_address, neighbourhood(address))
        self._limiter.hit(self._one_email, *_both(address, email))

    def forgive(self, address: str, email: str) -> None:
        """Forget the failures at one e-mail after an attempt that was right."""
        self._limiter.clear(self._one_email, *_both(address, email))

    def _opens_s(self, limit: RateLimitItem, *who: str) -> int:
        if self._limiter.test(limit, *who):
            return 0
        return max(1, ceil(self._limiter.get_window_stats(limit, *who).reset_time - time()))


def _both(address: str, email: str) -> tuple[str, str]:
    return neighbourhood(address), email[:_LONGEST_EMAIL]


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
