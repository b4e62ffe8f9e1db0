"""Money as integers: amounts, millionths, rounding, and the texts they are read from and written as.

An amount is an integer of ``10 ** -wire_scale(code)``: cents for CAD, thousandths for BHD and, because the wire prints
two places for every currency, *hundredths of a yen* for JPY. What is rounded to whole yen is a policy; what a stored
integer means is not, so flipping the policy never changes a stored amount.

Rates, percentages, quantities and unit prices are integers of millionths: 9.975 % is 9_975_000.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from bursar.domain.policy import DEFAULT, Policy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MILLION: Final = 1_000_000
"""Millionths in one: the scale of rates, percentages, quantities and unit prices."""

LARGEST: Final = 10**15
"""Amounts stay below this many minor units, so that thousands of them still add up inside a 64-bit column."""

_MILLIONTHS_SCALE: Final = 6
_LARGEST_UNITS: Final = 10**18
_MOST_DIGITS: Final = 15
_MOST_FRACTION_DIGITS: Final = 40
_MOST_REMEMBERED: Final = 64
"""Signs of a text that is worth remembering; thousands of texts as long as a body may be would fill the memory."""

_CURRENCIES: Final = frozenset(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF
    CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD
    HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD
    MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN
    PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD
    TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
    """.split(),  # noqa: SIM905 - two hundred codes read best as a block
)
# Withdrawn since 2023 and therefore still on documents a business has to keep.
_WITHDRAWN: Final = frozenset({"ANG", "BGN", "CUC", "HRK", "SLL", "ZWL"})

# ISO 4217, not CLDR: CLDR gives AFN, IRR, LAK and others no decimals because nobody uses the coins.
_EXPONENTS: Final = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),  # noqa: SIM905 - as above
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),  # noqa: SIM905 - as above
    **dict.fromkeys("CLF UYW".split(), 4),  # noqa: SIM905 - as above
}
_CENTS: Final = 2
_TENS: Final[tuple[int, ...]] = tuple(10**places for places in range(_MOST_FRACTION_DIGITS + 1))
_WIDE: Final = {code: places for code, places in _EXPONENTS.items() if places > _CENTS}
_CENT_TEXTS: Final = tuple(f".{cents:02d}" for cents in range(100))
_PLAIN_DECIMAL: Final = re.compile(r"\s*([+-]?)0*([0-9]{0,15})(?:\.([0-9]*))?\s*", re.ASCII)


class NotDecimal(ValueError):
    """What was sent is not a plain decimal number, or has more digits than the books can hold."""


class Money(NamedTuple):
    """An amount in minor units (``10 ** -wire_scale(code)``) of one currency; codes never mix."""

    minor: int
    code: str

    def __add__(self, other: Money) -> Money:  # type: ignore[override]  # money is a pair, not a list of things
        """Add an amount of the same currency."""
        assert self.code == other.code, "the caller converts currencies"
        return Money(self.minor + other.minor, self.code)

    def __sub__(self, other: Money) -> Money:
        """Take away an amount of the same currency."""
        assert self.code == other.code, "the caller converts currencies"
        return Money(self.minor - other.minor, self.code)

    def __neg__(self) -> Money:
        """Turn owed into owing."""
        return Money(-self.minor, self.code)

    def __lt__(self, other: Money) -> bool:  # type: ignore[override]  # money is a pair, not a list of things
        """Compare with an amount of the same currency."""
        assert self.code == other.code, "the caller converts currencies"
        return self.minor < other.minor

    def __le__(self, other: Money) -> bool:  # type: ignore[override]  # money is a pair, not a list of things
        """Compare with an amount of the same currency."""
        assert self.code == other.code, "the caller converts currencies"
        return self.minor <= other.minor

    def __gt__(self, other: Money) -> bool:  # type: ignore[override]  # money is a pair, not a list of things
        """Compare with an amount of the same currency."""
        assert self.code == other.code, "the caller converts currencies"
        return self.minor > other.minor

    def __ge__(self, other: Money) -> bool:  # type: ignore[override]  # money is a pair, not a list of things
        """Compare with an amount of the same currency."""
        assert self.code == other.code, "the caller converts currencies"
        return self.minor >= other.minor


def is_currency(code: str) -> bool:
    """Say whether books may be kept in this ISO 4217 code; metals and test codes are not money."""
    return code in _CURRENCIES or code in _WITHDRAWN


def exponent(code: str) -> int:
    """Count the decimal places ISO 4217 gives a currency (semantics 1.6)."""
    return _EXPONENTS.get(code, _CENTS)


def wire_scale(code: str) -> int:
    """Count the decimal places amounts are stored and printed with: never fewer than two (semantics 1.6)."""
    return _WIDE.get(code, _CENTS)


def wide_codes() -> Mapping[str, int]:
    """Return the currencies stored with more than two places, and how many: amounts of others compare as they are."""
    return _WIDE


def rounding_exponent(code: str, policy: Policy) -> int:
    """Count the decimal places amounts are rounded to; fewer than printed for JPY and its like (semantics 1.6)."""
    places = _EXPONENTS.get(code, _CENTS)
    if places < _CENTS and policy.zero_decimal_rounding == "cents":
        return _CENTS
    return places


def rounding_step(code: str, policy: Policy) -> int:
    """Give the smallest amount of a currency in minor units: 1 for CAD, 100 for JPY in whole yen."""
    return _TENS[wire_scale(code) - rounding_exponent(code, policy)]


def divide(numerator: int, denominator: int, rounding: str = "half_up") -> int:
    """Divide by a positive number to the nearest integer; a tie goes away from zero or, ``half_even``, to even."""
    if rounding == "half_up":
        if numerator >= 0:
            return (2 * numerator + denominator) // (2 * denominator)
        return -((denominator - 2 * numerator) // (2 * denominator))
    whole, rest = divmod(numerator, denominator)
    twice = 2 * rest
    if twice > denominator or (twice == denominator and whole & 1):
        return whole + 1
    return whole


def to_step(numerator: int, denominator: int, step: int, rounding: str) -> int:
    """Divide to the nearest multiple of ``step``, in the same units."""
    if step == 1:
        if rounding == "half_up" and numerator >= 0:
            return (2 * numerator + denominator) // (2 * denominator)
        return divide(numerator, denominator, rounding)
    return divide(numerator, denominator * step, rounding) * step


def amount_text(minor: int, code: str) -> str:
    """Write an amount as the wire does: ``12.00``, ``1172.00`` for 1172 yen, ``3.704`` for Bahrain."""
    if minor >= 0 and code not in _WIDE:
        return f"{minor // 100}{_CENT_TEXTS[minor % 100]}"
    if minor < 0:
        return "-" + amount_text(-minor, code)
    places = _WIDE[code]
    whole, rest = divmod(minor, 10**places)
    return f"{whole}.{rest:0{places}d}"


def decimal_text(millionths: int) -> str:
    """Write a percentage or quantity without trailing zeros: ``13``, ``1.5``, ``0``, ``-0.25`` (semantics 1.3)."""
    whole, rest = divmod(abs(millionths), MILLION)
    sign = "-" if millionths < 0 else ""
    return f"{sign}{whole}.{rest:06d}".rstrip("0") if rest else f"{sign}{whole}"


def price_text(millionths: int, code: str) -> str:
    """Write a unit price with the places of its currency, or more when it has more: ``5.00``, ``33.333``."""
    places = wire_scale(code)
    whole, rest = divmod(abs(millionths), MILLION)
    digits = f"{rest:06d}"
    sign = "-" if millionths < 0 else ""
    return f"{sign}{whole}.{digits[:places]}{digits[places:].rstrip('0')}"


def parse_scaled(number: object, scale: int, rounding: str = "half_up") -> int:
    """Read text, an integer or a ``Decimal`` exactly, as an integer of ``10 ** -scale``.

    Further digits are rounded. Blanks around the number and a leading plus are tolerated; exponents in texts are not.
    Raises ``NotDecimal`` (a ``ValueError``) for anything that is not a plain number of at most 15 integer digits, or
    that would not fit a 64-bit column; ``TypeError`` for a float, a truth value or anything else.
    """
    if isinstance(number, str):
        read = _read_text if len(number) <= _MOST_REMEMBERED else _read_text.__wrapped__
        return read(number, scale, rounding)
    if isinstance(number, int) and not isinstance(number, bool):
        units = number * _TENS[scale]
    elif isinstance(number, Decimal):
        units = _parse_decimal(number, scale, rounding)
    else:
        raise TypeError(type(number).__name__)
    return _fitting(units, number)


def _fitting(units: int, number: object) -> int:
    if not -_LARGEST_UNITS < units < _LARGEST_UNITS:
        raise NotDecimal(str(number))
    return units


@lru_cache(maxsize=4096)
def _read_text(number: str, scale: int, rounding: str) -> int:
    """Read a text; the same prices, quantities and rates come again and again, so the last ones are remembered."""
    whole, _, fraction = number.partition(".")
    if len(whole) <= _MOST_DIGITS and len(fraction) <= scale and (digits := whole + fraction).isdigit() and digits.isascii():
        return _fitting(int(digits) * _TENS[scale - len(fraction)], number)
    return _fitting(_parse_text(number, scale, rounding), number)


def _parse_text(text: str, scale: int, rounding: str) -> int:
    found = _PLAIN_DECIMAL.fullmatch(text)
    if found is None:
        raise NotDecimal(text)
    sign, whole, fraction = found.groups("")
    if not (whole or fraction or "0" in text):
        raise NotDecimal(text)
    # The digits past the first dropped one decide nothing but ties: one digit stands for all of them.
    tail = fraction[scale : scale + 1].ljust(1, "0") + ("1" if fraction[scale + 1 :].strip("0") else "0")
    units = divide(int(whole + fraction[:scale].ljust(scale, "0") + tail), 100, rounding)
    return -units if sign == "-" else units


def _parse_decimal(number: Decimal, scale: int, rounding: str) -> int:
    sign, digits, power = number.as_tuple()
    if not isinstance(power, int) or len(digits) + power > _MOST_DIGITS or -power > _MOST_FRACTION_DIGITS:
        raise NotDecimal(str(number))
    units = int("".join(map(str, digits)))
    shift = power + scale
    units = units * _TENS[shift] if shift >= 0 else divide(units, _TENS[-shift], rounding)
    return -units if sign else units


def parse_millionths(number: object) -> int:
    """Read a percentage, quantity or unit price; digits past the sixth are rounded half up. Raises as ``parse_scaled``."""
    return parse_scaled(number, _MILLIONTHS_SCALE)


def millionths_of(text: str) -> int | None:
    """Read a usual text as :func:`parse_millionths` does, remembering the last ones; None for what is no number, or unusually long."""
    return _millionths_of(text) if len(text) <= _MOST_REMEMBERED else None


@lru_cache(maxsize=4096)
def _millionths_of(text: str) -> int | None:
    try:
        return parse_millionths(text)
    except ValueError:
        return None


def parse_minor(number: object, code: str, policy: Policy = DEFAULT) -> int:
    """Read an amount of a currency, rounded as the policy says. Raises as ``parse_scaled``; ``LARGEST`` is the caller's."""
    if code not in _EXPONENTS:
        return parse_scaled(number, _CENTS, policy.rounding)
    places = rounding_exponent(code, policy)
    return parse_scaled(number, places, policy.rounding) * _TENS[wire_scale(code) - places]


def spread(total_minor: int, weights: Sequence[int]) -> list[int]:
    """Divide a total by signed weights so that the parts add up to it exactly: largest remainders first (semantics 8.4).

    The earlier of two equal remainders wins, and ``spread(-t)`` is ``-spread(t)``. Raises ``ValueError`` when there is
    something to spread and the weights add up to nothing.
    """
    if total_minor < 0:
        return [-part for part in spread(-total_minor, weights)]
    whole = sum(weights)
    if not whole:
        if total_minor:
            msg = "nothing to spread over"
            raise ValueError(msg)
        return [0] * len(weights)
    if whole < 0:
        whole, weights = -whole, [-weight for weight in weights]
    parts, remainders = [], []
    for weight in weights:
        part, remainder = divmod(total_minor * weight, whole)
        parts.append(part)
        remainders.append(remainder)
    missing = total_minor - sum(parts)
    for index in sorted(range(len(parts)), key=lambda at: -remainders[at])[:missing]:
        parts[index] += 1
    return parts
