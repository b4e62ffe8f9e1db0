"""Passwords: argon2id, in a thread, and no faster for somebody who does not exist."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from anyio import CapacityLimiter, to_thread

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST: Final = 10
LONGEST: Final = 512
_AT_ONCE: Final = 2


def hash_password(password: str) -> str:
    """Hash a password for keeping. Slow on purpose: some 20 ms of a processor and 19 MiB."""
    return _hasher().hash(password)


def matches(password_hash: str, password: str) -> bool:
    """Check a password against its hash; False for a hash that is none."""
    from argon2.exceptions import InvalidHashError, VerificationError  # noqa: PLC0415 - see _hasher

    try:
        return len(password) <= LONGEST and _hasher().verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


async def check(password_hash: str | None, password: str) -> bool:
    """Check a password off the event loop; without a hash it takes as long and answers False."""
    return await to_thread.run_sync(_matches_somebody, password_hash, password, limiter=_limiter())


def _matches_somebody(password_hash: str | None, password: str) -> bool:
    nobody = _nobody()  # also for those who exist, or the first of the others would be slower
    found = matches(password_hash or nobody, password)
    return found and password_hash is not None


@cache
def _hasher() -> PasswordHasher:
    """Build the hasher; the parameters are the least memory that OWASP's password sheet allows, for small servers."""
    from argon2 import PasswordHasher  # noqa: PLC0415 - a server that nobody signs in to starts without it

    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


@cache
def _nobody() -> str:
    """Hash the password of nobody in particular."""
    return hash_password("nobody in particular")


@cache
def _limiter() -> CapacityLimiter:
    """Bound how many hashes are computed at once, for memory's sake."""
    return CapacityLimiter(_AT_ONCE)
