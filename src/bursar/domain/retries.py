"""When a delivery that failed is tried again (platform 9.5)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_SPREAD: Final = 10
_STEPS: Final = 1_000_000


def wait_us(schedule_us: Sequence[int], attempt: int, name: str) -> int | None:
    """Return how long to wait after the ``attempt``-th failure, None when it was the last.

    Waits are spread by 10 % to either side, so that what failed together does not come back together; how much is read off the
    delivery's ``name``, so that the same history always has the same moments.
    """
    if attempt > len(schedule_us):
        return None
    wait = schedule_us[attempt - 1]
    digest = hashlib.blake2b(f"{name} {attempt}".encode(), digest_size=8).digest()
    part = int.from_bytes(digest) % (2 * _STEPS + 1) - _STEPS
    return wait + wait * part // (_STEPS * 100 // _SPREAD)
