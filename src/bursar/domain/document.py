"""What a document adds up to: lines, discount and taxes of invoices, estimates and credit notes (semantics 2.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from bursar.domain.money import LARGEST, divide, rounding_step, to_step, wire_scale

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bursar.domain.policy import Policy

_PERCENT: Final = 100_000_000
"""A hundred percent in millionths."""
_TAXABLE: Final = _PERCENT * _PERCENT
_TAX: Final = _PERCENT * _PERCENT * _PERCENT

_Identity: TypeAlias = tuple[str, int, str]
# A line amount a tax is taken of and, in hundred-millionths, the first tax on it where this one is compounded.
_Taxed: TypeAlias = tuple[int, int]


class LineInput(NamedTuple):
    """One line as it was sent: quantity, unit cost and percentages in millionths, taxes by name, rate and number."""

    qty: int
    unit_cost: int
    tax_name1: str | None = ""
    tax_rate1: int = 0
    tax_number1: str | None = ""
    tax_name2: str | None = ""
    tax_rate2: int = 0
    tax_number2: str | None = ""
    compounded: bool = False


class TaxTotal(NamedTuple):
    """One tax of a document: its identity, what it comes to, and the amount it was taken of (both minor units).

    The taxable amount is discounted; that of a compounded tax includes the first tax, so that rate times it is the tax.
    """

    name: str
    rate: int
    number: str
    minor: int
    taxable_minor: int


class Totals(NamedTuple):
    """Everything a document adds up to, in minor units; ``discount_total`` is zero or negative."""

    line_minors: tuple[int, ...]
    subtotal: int
    discount_total: int
    taxes: tuple[TaxTotal, ...]
    amount: int


class TooLarge(ValueError):
    """A document adds up to more than the books can hold."""


def line_minor(qty: int, unit_cost: int, code: str, policy: Policy) -> int:
    """Multiply quantity by unit cost (millionths) into a rounded line amount, before discount and tax."""
    return to_step(qty * unit_cost, int(10 ** (12 - wire_scale(code))), rounding_step(code, policy), policy.rounding)


def total(lines: Iterable[LineInput], discount: int, code: str, policy: Policy) -> Totals:
    """Add up a document whose discount is a percentage in millionths.

    Nothing is rounded but line amounts, the discount and, by ``policy.tax_rounding``, each tax as a whole or each tax of
    each line; by ``policy.round_taxable`` also what each line is taxed on. The caller has checked that the discount lies
    between 0 and 100 %. Raises ``TooLarge``.
    """
    rounding = policy.rounding
    step = rounding_step(code, policy)
    unit = int(10 ** (12 - wire_scale(code))) * step
    minors: list[int] = []
    subtotal = largest = 0
    taken: dict[_Identity, list[_Taxed]] = {}
    for qty, unit_cost, name1, rate1, number1, name2, rate2, number2, compounded in lines:
        minor = divide(qty * unit_cost, unit, rounding) * step
        minors.append(minor)
        subtotal += minor
        if minor > largest or -minor > largest:
            largest = abs(minor)
        if name1 or rate1:
            taken.setdefault((name1 or "", rate1, number1 or ""), []).append((minor, 0))
        if name2 or rate2:
            taken.setdefault((name2 or "", rate2, number2 or ""), []).append((minor, minor * rate1 if compounded else 0))
    discount_total = -to_step(subtotal * discount, _PERCENT, step, rounding) if discount else 0
    amount = subtotal + discount_total
    taxes: list[TaxTotal] = []
    for identity, pieces in taken.items():
        minor, taxable = _tax(identity[1], pieces, discount, step, policy)
        amount += minor
        taxes.append(TaxTotal(*identity, minor, taxable))
    if largest >= LARGEST or not -LARGEST < amount < LARGEST:
        raise TooLarge(amount)
    return Totals(tuple(minors), subtotal, discount_total, tuple(taxes), amount)


def _tax(rate: int, pieces: list[_Taxed], discount: int, step: int, policy: Policy) -> tuple[int, int]:
    """Take one tax of all its lines: the tax and what it was taken of, both rounded, neither from the other."""
    minor = extra = 0
    for piece, compounding in pieces:
        minor += piece
        extra += compounding
    rounding = policy.rounding
    if policy.round_taxable:
        kept = _PERCENT - discount
        taxables = [to_step((piece * _PERCENT + compounding) * kept, _TAXABLE, step, rounding) for piece, compounding in pieces]
        taxed = [sum(taxables)] if policy.tax_rounding == "total" else taxables
        return sum(to_step(piece * rate, _PERCENT, step, rounding) for piece in taxed), sum(taxables)
    if not discount and not extra and policy.tax_rounding == "total":
        return to_step(minor * rate, _PERCENT, step, rounding), minor
    kept = _PERCENT - discount
    taxable = (minor * _PERCENT + extra) * kept
    if policy.tax_rounding == "total":
        tax = to_step(taxable * rate, _TAX, step, rounding)
    else:
        tax = sum(to_step((piece * _PERCENT + compounding) * kept * rate, _TAX, step, rounding) for piece, compounding in pieces)
    return tax, to_step(taxable, _TAXABLE, step, rounding)
