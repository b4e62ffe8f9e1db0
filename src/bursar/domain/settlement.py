"""What a payment clears, what it leaves, and how deposits fill up (semantics 2.3, 4.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from bursar.domain.money import Money, rounding_step, to_step

if TYPE_CHECKING:
    from bursar.domain.policy import Policy

_PERCENT: Final = 100_000_000
CONVERTED: Final = "converted"
DEPOSIT_STATUSES: Final = ("none", "unpaid", "partial", "paid", CONVERTED)


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


def deposit_status(said: str | None, deposit: int | None, paid: int) -> str:
    """Name the state of a deposit (minor units; None or 0 for no deposit): payments fill the deposit first.

    ``said`` is what whoever made the document said of it, which stands until money comes in, or ``converted`` for a deposit
    cancelled after that (semantics 2.3; both inferred).
    """
    if said is not None and (paid <= 0 or said == CONVERTED):
        return said
    if not deposit:
        return "none"
    if paid <= 0:
        return "unpaid"
    return "partial" if paid < deposit else "paid"
