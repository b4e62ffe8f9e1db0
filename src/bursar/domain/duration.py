"""Time as billed: seconds into hours (semantics 5.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bursar.domain.money import MILLION, to_step

if TYPE_CHECKING:
    from bursar.domain.policy import Policy


def hours(seconds: int, policy: Policy) -> int:
    """Turn seconds into the quantity of a line: hours in millionths, rounded to ``policy.hours_scale`` places.

    Entries billed on one line are added up before, not after.
    """
    return to_step(seconds * MILLION, 3_600, int(10 ** (6 - policy.hours_scale)), policy.rounding)
