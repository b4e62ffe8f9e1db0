"""Short ways to write documents in tables of examples."""

from __future__ import annotations

from typing import NamedTuple

from bursar.domain.document import LineInput, Totals, total
from bursar.domain.money import amount_text, parse_millionths, parse_minor
from bursar.domain.policy import DEFAULT, Policy

BY_LINE = Policy(tax_rounding="line")
HALF_EVEN = Policy(rounding="half_even")
IN_CENTS = Policy(zero_decimal_rounding="cents")


class Tax(NamedTuple):
    name: str
    percent: str


HST = Tax("HST", "13")
GST = Tax("GST", "5")
QST = Tax("QST", "9.975")
NONE = Tax("", "0")


def line(qty: str, unit_cost: str, first: Tax = NONE, second: Tax = NONE, *, compounded: bool = False) -> LineInput:
    return LineInput(
        qty=parse_millionths(qty),
        unit_cost=parse_millionths(unit_cost),
        tax_name1=first.name,
        tax_rate1=parse_millionths(first.percent),
        tax_number1="",
        tax_name2=second.name,
        tax_rate2=parse_millionths(second.percent),
        tax_number2="",
        compounded=compounded,
    )


def document(*lines: LineInput, discount: str = "0", code: str = "CAD", policy: Policy = DEFAULT) -> Totals:
    return total(lines, parse_millionths(discount), code, policy)


def minor(text: str, code: str = "CAD") -> int:
    return parse_minor(text, code)


def texts(minors: tuple[int, ...], code: str) -> tuple[str, ...]:
    return tuple(amount_text(each, code) for each in minors)
