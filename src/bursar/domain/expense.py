"""Expenses: the tax contained in what was paid, and the markup on what is billed again (semantics 5.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from bursar.domain.money import rounding_step, to_step

if TYPE_CHECKING:
    from bursar.domain.money import Money
    from bursar.domain.policy import Policy

_PERCENT: Final = 100_000_000


class Contained(NamedTuple):
    """A tax-inclusive amount taken apart, in minor units; the three add up to it."""

    net: int
    tax1: int
    tax2: int


def contained(amount: Money, percent1: int, percent2: int, *, compounded: bool, policy: Policy) -> Contained:
    """Take one or two taxes (percentages in millionths) out of an amount that includes them.

    Raises ``ValueError`` for a negative percentage.
    """
    if percent1 < 0 or percent2 < 0:
        raise ValueError(min(percent1, percent2))
    step, rounding = rounding_step(amount.code, policy), policy.rounding
    if compounded:
        whole = (_PERCENT + percent1) * (_PERCENT + percent2)
        share1, share2 = percent1 * _PERCENT, (_PERCENT + percent1) * percent2
    else:
        whole = _PERCENT + percent1 + percent2
        share1, share2 = percent1, percent2
    tax1 = to_step(amount.minor * share1, whole, step, rounding)
    tax2 = to_step(amount.minor * share2, whole, step, rounding)
    return Contained(amount.minor - tax1 - tax2, tax1, tax2)


def markup(amount: Money, percent: int, policy: Policy) -> int:
    """Raise an expense's grand total by a percentage in millionths, to what is billed, in minor units."""
    return to_step(amount.minor * (_PERCENT + percent), _PERCENT, rounding_step(amount.code, policy), policy.rounding)
