"""What objects and amounts are when they are shown: frozen, so that what shows the same may be the same."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from msgspec import Struct

from bursar.domain.money import amount_text, price_text

_REMEMBERED: Final = 4_096


class Shown(Struct, frozen=True, gc=False):
    """An object as it is shown, in half the time of a dictionary; its members are read as a dictionary's."""

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)


class Amount(Shown, frozen=True, gc=False):
    """Money: a decimal text and a currency code."""

    amount: str
    code: str


@lru_cache(_REMEMBERED)
def amount_shown(minor: int, code: str) -> Amount:
    """Show an amount in minor units. Mostly it was shown just before: what is paid is what was owed, and nothing is left."""
    return Amount(amount_text(minor, code), code)


@lru_cache(_REMEMBERED)
def price_shown(millionths: int, code: str) -> Amount:
    """Show a unit price; a business has few of them."""
    return Amount(price_text(millionths, code), code)
