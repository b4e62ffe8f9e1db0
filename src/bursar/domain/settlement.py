"""What a payment clears, what it leaves, and how deposits fill up (semantics 2.3, 4.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from bursar.domain.money import Money, rounding_step, to_step

if TYPE_CHECKING:
    from bursar.domain.policy import Policy

_PERCENT: Final = 100_000_000


class Settlement(NamedTuple):
    """How received money divides: what clears the debt, what stays owed, what is left over as credit."""

    applied: Money
    outstanding: Money
    credit: Money


def settle(owed: Money, received: Money) -> Settlement:
    """Clear what is owed first, and keep the rest as credit."""
    assert owed.code == received.code, "the caller converts currencies"
    assert owed.minor >= 0, "nobody pays a debt that runs the other way"
    assert received.minor >= 0, "a payment is never negative"
    applied = min(owed, received)
    outstanding, credit = owed - applied, received - applied
    assert applied + credit == received, "no money is made or lost"
    return Settlement(applied, outstanding, credit)


def deposit_minor(amount: Money, percent: int, policy: Policy) -> int:
    """Take the deposit of a document's total by a percentage in millionths, in minor units."""
    return to_step(amount.minor * percent, _PERCENT, rounding_step(amount.code, policy), policy.rounding)


def deposit_status(deposit: int | None, paid: int, *, converted: bool = False) -> str:
    """Name the state of a deposit (minor units; None or 0 for no deposit): payments fill the deposit first.

    ``converted`` marks a deposit that was cancelled after money came in (inferred).
    """
    if converted:
        return "converted"
    if not deposit:
        return "none"
    if paid <= 0:
        return "unpaid"
    return "partial" if paid < deposit else "paid"
