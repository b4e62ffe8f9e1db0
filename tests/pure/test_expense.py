"""Expenses and time: EXP-01 to EXP-05, TIME-01 to TIME-03 (semantics 5.2, 5.3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.domain.document import line_minor
from bursar.domain.duration import hours
from bursar.domain.expense import contained, markup
from bursar.domain.money import MILLION, Money, decimal_text, parse_millionths
from bursar.domain.policy import DEFAULT, Policy
from tests.pure.wording import HALF_EVEN, IN_CENTS, minor


@pytest.mark.parametrize(
    ("amount", "percents", "net", "taxes"),
    [
        pytest.param("113.00", ("13", "0"), "100.00", ("13.00", "0.00"), id="EXP-01"),
        pytest.param("54.00", ("13", "0"), "47.79", ("6.21", "0.00"), id="EXP-02 the captured expense"),
        pytest.param("229.95", ("5", "9.975"), "200.00", ("10.00", "19.95"), id="EXP-03 two taxes"),
        pytest.param("10.00", ("0", "0"), "10.00", ("0.00", "0.00"), id="no tax"),
        pytest.param("113.00", ("0", "13"), "100.00", ("0.00", "13.00"), id="only a second tax"),
        pytest.param("-113.00", ("13", "0"), "-100.00", ("-13.00", "0.00"), id="money given back"),
    ],
)
def test_the_tax_contained_in_an_expense(amount: str, percents: tuple[str, str], net: str, taxes: tuple[str, str]) -> None:
    percent1, percent2 = map(parse_millionths, percents)
    found = contained(Money(minor(amount), "CAD"), percent1, percent2, compounded=False, policy=DEFAULT)
    assert found == (minor(net), minor(taxes[0]), minor(taxes[1]))


def test_a_compounded_tax_is_contained_with_the_first_inside_it() -> None:
    found = contained(Money(minor("114.98"), "CAD"), parse_millionths("5"), parse_millionths("9.5"), compounded=True, policy=DEFAULT)
    assert found == (minor("100.00"), minor("5.00"), minor("9.98"))


def test_contained_taxes_are_rounded_as_the_policy_says() -> None:
    half = Money(minor("0.15"), "CAD")
    assert contained(half, 200 * MILLION, 0, compounded=False, policy=DEFAULT).tax1 == 10
    tie = Money(5, "CAD")
    assert contained(tie, 100 * MILLION, 0, compounded=False, policy=DEFAULT).tax1 == 3
    assert contained(tie, 100 * MILLION, 0, compounded=False, policy=HALF_EVEN).tax1 == 2
    yen = Money(1000_00, "JPY")
    assert contained(yen, 10 * MILLION, 0, compounded=False, policy=DEFAULT).tax1 == 91_00
    assert contained(yen, 10 * MILLION, 0, compounded=False, policy=IN_CENTS).tax1 == 90_91


@pytest.mark.parametrize("percents", [pytest.param((-1, 0), id="first"), pytest.param((0, -1), id="second")])
def test_a_negative_percentage_is_contained_in_nothing(percents: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="-1"):
        contained(Money(1_00, "CAD"), *percents, compounded=False, policy=DEFAULT)


@given(st.integers(-(10**12), 10**12), st.integers(0, 100 * MILLION), st.integers(0, 100 * MILLION), st.booleans())
def test_net_and_taxes_are_always_the_amount(amount: int, percent1: int, percent2: int, compounded: bool) -> None:
    assert sum(contained(Money(amount, "CAD"), percent1, percent2, compounded=compounded, policy=DEFAULT)) == amount


@pytest.mark.parametrize(
    ("amount", "percent", "billed"),
    [
        pytest.param("56.50", "20", "67.80", id="EXP-04"),
        pytest.param("33.35", "12.5", "37.52", id="EXP-05 37.51875"),
        pytest.param("33.35", "0", "33.35", id="no markup"),
    ],
)
def test_an_expense_is_billed_with_its_markup(amount: str, percent: str, billed: str) -> None:
    assert markup(Money(minor(amount), "CAD"), parse_millionths(percent), DEFAULT) == minor(billed)


@pytest.mark.parametrize(
    ("seconds", "policy", "qty", "billed"),
    [
        pytest.param(9_840, DEFAULT, "2.73", "259.35", id="TIME-01"),
        pytest.param(9_840, Policy(hours_scale=6), "2.733333", "259.67", id="TIME-01 with exact hours"),
        pytest.param(5_400, DEFAULT, "1.5", "142.50", id="TIME-02"),
        pytest.param(59 + 59, DEFAULT, "0.03", "2.85", id="TIME-03 grouped"),
        pytest.param(59, DEFAULT, "0.02", "1.90", id="TIME-03 detailed"),
        pytest.param(0, DEFAULT, "0", "0.00", id="no time at all"),
        pytest.param(5_400, Policy(hours_scale=0), "2", "190.00", id="whole hours, half up"),
        pytest.param(1_800, Policy(hours_scale=0, rounding="half_even"), "0", "0.00", id="whole hours, half even"),
    ],
)
def test_time_is_billed_in_rounded_hours(seconds: int, policy: Policy, qty: str, billed: str) -> None:
    found = hours(seconds, policy)
    assert decimal_text(found) == qty
    assert line_minor(found, parse_millionths("95.00"), "CAD", policy) == minor(billed)
