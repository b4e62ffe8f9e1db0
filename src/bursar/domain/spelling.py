"""Amounts, numbers and dates as people read them, on pages and in mails; the wire has texts of its own."""

from __future__ import annotations

from typing import Final

from bursar.domain.money import amount_text, decimal_text, price_text

MONTHS: Final = tuple("January February March April May June July August September October November December".split())  # noqa: SIM905 - a list of words
_PATTERNS: Final = {"mm/dd/yyyy": "{month}/{day}/{year}", "dd/mm/yyyy": "{day}/{month}/{year}", "yyyy-mm-dd": "{year}-{month}-{day}"}


def amount(minor: int, code: str) -> str:
    """Write an amount of minor units: ``1,234.50 CAD``."""
    return f"{bare(minor, code)} {code}"


def bare(minor: int, code: str) -> str:
    """Write an amount where its currency stands elsewhere: ``1,234.50``."""
    return _grouped(amount_text(minor, code))


def price(millionths: int, code: str) -> str:
    """Write the price of one unit, without its currency: ``1,234.50``."""
    return _grouped(price_text(millionths, code))


def quantity(millionths: int) -> str:
    """Write a quantity or percentage as short as it goes: ``1.5``."""
    return _grouped(decimal_text(millionths))


def day(iso: str, pattern: str = "") -> str:
    """Write a date in one of the patterns a business may choose, or in words: ``March 10, 2026``."""
    year, month, number = iso.split("-")
    if pattern in _PATTERNS:
        return _PATTERNS[pattern].format(year=year, month=month, day=number)
    return f"{MONTHS[int(month) - 1]} {int(number)}, {year}"


def _grouped(text: str) -> str:
    """Put commas between thousands; the minus becomes the typographic one."""
    sign, digits = ("−", text[1:]) if text.startswith("-") else ("", text)
    whole, point, rest = digits.partition(".")
    return f"{sign}{int(whole):,}{point}{rest}"
