"""Money and millionths: reading, rounding, writing, spreading (semantics 1 and 8.4)."""

from __future__ import annotations

import contextlib
import tracemalloc
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.domain.money import (
    MILLION,
    Money,
    NotDecimal,
    amount_text,
    decimal_text,
    divide,
    exponent,
    is_currency,
    millionths_of,
    parse_millionths,
    parse_minor,
    parse_scaled,
    price_text,
    rounding_exponent,
    rounding_step,
    spread,
    wide_codes,
    wire_scale,
)
from bursar.domain.policy import CHOICES, DEFAULT, Policy
from tests.pure.wording import HALF_EVEN, IN_CENTS

CODES = st.sampled_from(["CAD", "JPY", "BHD", "CLF"])


@pytest.mark.parametrize(
    ("numerator", "denominator", "half_up", "half_even"),
    [
        pytest.param(5, 2, 3, 2, id="2.5"),
        pytest.param(7, 2, 4, 4, id="3.5"),
        pytest.param(-5, 2, -3, -2, id="-2.5 goes away from zero"),
        pytest.param(-7, 2, -4, -4, id="-3.5"),
        pytest.param(24, 10, 2, 2, id="2.4"),
        pytest.param(26, 10, 3, 3, id="2.6"),
        pytest.param(-26, 10, -3, -3, id="-2.6"),
        pytest.param(0, 7, 0, 0, id="nothing"),
        pytest.param(6, 3, 2, 2, id="no rest"),
    ],
)
def test_ties_are_rounded_as_the_policy_says(numerator: int, denominator: int, half_up: int, half_even: int) -> None:
    assert divide(numerator, denominator) == half_up
    assert divide(numerator, denominator, "half_even") == half_even


@given(st.integers(-(10**30), 10**30), st.integers(1, 10**12))
def test_division_goes_to_a_nearest_integer(numerator: int, denominator: int) -> None:
    for rounding in ("half_up", "half_even"):
        found = divide(numerator, denominator, rounding)
        assert abs(found * denominator - numerator) * 2 <= denominator
        assert divide(-numerator, denominator, rounding) == -found


@pytest.mark.parametrize(
    ("code", "places", "printed", "step", "step_in_cents"),
    [
        pytest.param("CAD", 2, 2, 1, 1, id="cents"),
        pytest.param("JPY", 0, 2, 100, 1, id="no decimals, two printed"),
        pytest.param("BHD", 3, 3, 1, 1, id="three"),
        pytest.param("CLF", 4, 4, 1, 1, id="four"),
        pytest.param("IRR", 2, 2, 1, 1, id="two by ISO though CLDR says none"),
    ],
)
def test_places_of_a_currency(code: str, places: int, printed: int, step: int, step_in_cents: int) -> None:
    assert exponent(code) == places
    assert wire_scale(code) == printed
    assert (rounding_step(code, DEFAULT), rounding_step(code, IN_CENTS)) == (step, step_in_cents)
    assert rounding_exponent(code, DEFAULT) == places


@pytest.mark.parametrize("code", ["JPY", "KRW", "VND", "CLP", "ISK", "UGX", "XAF", "XOF", "XPF", "PYG", "RWF"])
def test_currencies_without_decimals(code: str) -> None:
    assert exponent(code) == 0
    assert is_currency(code)


@pytest.mark.parametrize("code", ["BHD", "KWD", "OMR", "JOD", "TND", "IQD", "LYD"])
def test_currencies_with_three_decimals(code: str) -> None:
    assert exponent(code) == 3
    assert is_currency(code)


def test_currencies_stored_with_more_than_two_places_are_listed() -> None:
    assert wide_codes()["BHD"] == 3
    assert "JPY" not in wide_codes()
    assert all(wire_scale(code) == places > 2 for code, places in wide_codes().items())


@pytest.mark.parametrize(
    ("code", "known"),
    [
        *(pytest.param(code, True, id=code) for code in ("CAD", "USD", "EUR", "KES", "XCG", "ZWG")),
        pytest.param("HRK", True, id="withdrawn, but on documents to be kept"),
        *(pytest.param(code, False, id=code or "empty") for code in ("XAU", "XTS", "DEM", "cad", "CA", "", "ABC", "USDD")),
    ],
)
def test_what_books_may_be_kept_in(code: str, known: bool) -> None:
    assert is_currency(code) is known


@pytest.mark.parametrize(
    ("minor", "code", "text"),
    [
        pytest.param(12_00, "CAD", "12.00", id="cents"),
        pytest.param(0, "CAD", "0.00", id="nothing"),
        pytest.param(7, "CAD", "0.07", id="less than one"),
        pytest.param(-7, "CAD", "-0.07", id="less than nothing"),
        pytest.param(-4_40, "CAD", "-4.40", id="a discount"),
        pytest.param(1172_00, "JPY", "1172.00", id="AMT-17 yen with two places"),
        pytest.param(106_50, "JPY", "106.50", id="hundredths of a yen"),
        pytest.param(3_704, "BHD", "3.704", id="AMT-18 three places"),
        pytest.param(-7, "BHD", "-0.007", id="three places below zero"),
        pytest.param(12_345, "CLF", "1.2345", id="four places"),
        pytest.param(123_456_789_012_345, "CAD", "1234567890123.45", id="a great deal"),
    ],
)
def test_an_amount_is_written_with_the_places_of_its_currency(minor: int, code: str, text: str) -> None:
    assert amount_text(minor, code) == text


@pytest.mark.parametrize(
    ("millionths", "text"),
    [
        (13_000_000, "13"),
        (1_500_000, "1.5"),
        (0, "0"),
        (-250_000, "-0.25"),
        (9_975_000, "9.975"),
        (1, "0.000001"),
        (100_000_000, "100"),
        (-2_000_000, "-2"),
    ],
)
def test_a_decimal_drops_trailing_zeros(millionths: int, text: str) -> None:
    assert decimal_text(millionths) == text


@pytest.mark.parametrize(
    ("millionths", "code", "text"),
    [
        (5_000_000, "CAD", "5.00"),
        (33_333_000, "CAD", "33.333"),
        (1_234_500, "BHD", "1.2345"),
        (1_230_000, "BHD", "1.230"),
        (355_000_000, "JPY", "355.00"),
        (-1, "CAD", "-0.000001"),
        (0, "CLF", "0.0000"),
    ],
)
def test_a_price_keeps_the_places_it_has(millionths: int, code: str, text: str) -> None:
    assert price_text(millionths, code) == text


@pytest.mark.parametrize(
    ("sent", "units"),
    [
        pytest.param("12.34", 1234, id="text"),
        pytest.param("200", 20000, id="text without decimals"),
        pytest.param("-0.5", -50, id="below zero"),
        pytest.param("+5.00", 500, id="with a plus"),
        pytest.param(" 7.1 ", 710, id="blanks around it"),
        pytest.param("5.", 500, id="a point and nothing behind it"),
        pytest.param(".5", 50, id="a point and nothing before it"),
        pytest.param("000000000000000000012.00", 1200, id="leading zeros"),
        pytest.param("-0", 0, id="minus nothing"),
        pytest.param("0.00", 0, id="nothing"),
        pytest.param(12, 1200, id="integer"),
        pytest.param(-12, -1200, id="integer below zero"),
        pytest.param(Decimal("12.34"), 1234, id="exact number"),
        pytest.param(Decimal("-1.005"), -101, id="exact number with more places"),
        pytest.param(Decimal(999999999999999), 99999999999999900, id="exact number of fifteen digits"),
        pytest.param(Decimal("1E-40"), 0, id="exact number close to nothing"),
        pytest.param(Decimal("1E+2"), 10000, id="exact number written with an exponent"),
        pytest.param("1.005", 101, id="more places go half up"),
        pytest.param("-1.005", -101, id="more places below zero go away from it"),
        pytest.param("1.0049999999999999999999999", 100, id="rounded once, not digit by digit"),
        pytest.param("999999999999999", 99999999999999900, id="fifteen digits"),
        pytest.param("0." + "0" * 5000 + "1", 0, id="any number of places"),
    ],
)
def test_a_plain_number_is_read_exactly(sent: object, units: int) -> None:
    assert parse_scaled(sent, 2) == units


@pytest.mark.parametrize(
    "sent",
    [
        *("", " ", ".", "-", "+", "1e3", "1,5", "1 000", "0x10", "NaN", "Infinity", "-inf", "--1", "1.2.3", "1_000", "abc"),
        pytest.param("٣", id="digits of other scripts"),
        pytest.param("²", id="a superscript"),
        pytest.param("1000000000000000", id="sixteen digits"),
        pytest.param("-1000000000000000.00", id="sixteen digits below zero"),
        pytest.param(10**18, id="an integer past 64 bits"),
        pytest.param(Decimal("NaN"), id="not a number"),
        pytest.param(Decimal("Infinity"), id="infinite"),
        pytest.param(Decimal("1E+15"), id="an exponent that is too large"),
        pytest.param(Decimal("1E+999999"), id="an exponent that is absurd"),
        pytest.param(Decimal("1E-41"), id="an exponent that is too small"),
    ],
)
def test_what_is_not_a_plain_number_is_refused(sent: object) -> None:
    with pytest.raises(NotDecimal):
        parse_scaled(sent, 2)


def test_a_number_that_fits_in_cents_may_not_fit_in_millionths() -> None:
    assert parse_scaled("999999999999", 6) == 999_999_999_999 * MILLION
    for sent in ("1000000000000", "-1000000000000"):
        with pytest.raises(NotDecimal):
            parse_millionths(sent)


@pytest.mark.parametrize("sent", [1.5, True, None, ["1"], {"amount": "1"}, b"1"])
def test_what_is_no_number_at_all_is_a_wrong_type(sent: object) -> None:
    with pytest.raises(TypeError):
        parse_scaled(sent, 2)


@pytest.mark.parametrize(
    ("sent", "code", "policy", "minor"),
    [
        pytest.param("2.505", "CAD", DEFAULT, 251, id="half up"),
        pytest.param("2.505", "CAD", HALF_EVEN, 250, id="half even"),
        pytest.param("2.5050001", "CAD", HALF_EVEN, 251, id="half even, but more than half"),
        pytest.param(Decimal("2.505"), "CAD", HALF_EVEN, 250, id="half even of an exact number"),
        pytest.param("106.5", "JPY", DEFAULT, 107_00, id="whole yen"),
        pytest.param("106.5", "JPY", IN_CENTS, 106_50, id="hundredths of a yen"),
        pytest.param(5000, "JPY", DEFAULT, 5000_00, id="five thousand yen"),
        pytest.param("1.2345", "BHD", DEFAULT, 1_235, id="three places"),
    ],
)
def test_an_amount_is_read_in_its_currency(sent: object, code: str, policy: Policy, minor: int) -> None:
    assert parse_minor(sent, code, policy) == minor


def test_a_percentage_is_never_rounded_to_two_places() -> None:
    assert parse_millionths("9.975") == 9_975_000
    assert parse_millionths("0.0000005") == 1


@given(st.integers(-(10**15), 10**15), CODES)
def test_an_amount_written_and_read_is_the_same_amount(minor: int, code: str) -> None:
    text = amount_text(minor, code)
    assert parse_minor(text, code, IN_CENTS) == minor
    assert Decimal(text) == Decimal(minor).scaleb(-wire_scale(code))


@given(st.integers(-(10**17), 10**17), CODES)
def test_millionths_written_and_read_are_the_same(millionths: int, code: str) -> None:
    assert parse_millionths(decimal_text(millionths)) == millionths
    assert parse_millionths(price_text(millionths, code)) == millionths
    assert parse_millionths(Decimal(decimal_text(millionths))) == millionths


@given(st.decimals(min_value=-(10**11), max_value=10**11, allow_nan=False, places=9), st.integers(0, 6))
def test_text_and_exact_number_are_read_alike(number: Decimal, scale: int) -> None:
    for rounding in ("half_up", "half_even"):
        assert parse_scaled(f"{number:f}", scale, rounding) == parse_scaled(number, scale, rounding)


def test_money_adds_and_compares_in_one_currency() -> None:
    one, two = Money(1_00, "CAD"), Money(2_00, "CAD")
    assert (one + two, one - two, -one) == (Money(3_00, "CAD"), Money(-1_00, "CAD"), Money(-1_00, "CAD"))
    assert one < two
    assert one <= one + one
    assert two > one
    assert two >= one + one
    assert min(two, one) == one


@pytest.mark.parametrize("word", ["__add__", "__sub__", "__lt__", "__le__", "__gt__", "__ge__"])
def test_currencies_never_mix(word: str) -> None:
    with pytest.raises(AssertionError, match="the caller converts currencies"):
        getattr(Money(1, "CAD"), word)(Money(1, "USD"))


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        pytest.param(100_00, [200_00, -20_00, 17_55], [101_24, -10_12, 8_88], id="LED-01 invoice A at 100.00"),
        pytest.param(174_95, [200_00, -20_00, 17_55], [177_12, -17_71, 15_54], id="LED-01 invoice A at 174.95"),
        pytest.param(197_55, [200_00, -20_00, 17_55], [200_00, -20_00, 17_55], id="LED-01 invoice A in full"),
        pytest.param(22_45, [80_00, 10_40], [19_87, 2_58], id="LED-01 invoice B at 22.45"),
        pytest.param(126_00, [200_00, 26_00], [111_50, 14_50], id="LED-01 the bill at 126.00"),
        pytest.param(1, [1, 1, 1], [1, 0, 0], id="the earlier of equals"),
        pytest.param(-1, [1, 1, 1], [-1, 0, 0], id="and the same below zero"),
        pytest.param(5, [-1, -1], [3, 2], id="weights below zero"),
        pytest.param(0, [0, 0], [0, 0], id="nothing over nothing"),
        pytest.param(0, [], [], id="nothing at all"),
    ],
)
def test_a_total_is_spread_by_largest_remainders(total: int, weights: list[int], parts: list[int]) -> None:
    assert spread(total, weights) == parts


def test_something_cannot_be_spread_over_nothing() -> None:
    with pytest.raises(ValueError, match="nothing to spread over"):
        spread(1, [5, -5])


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(-(10**9), 10**9), min_size=1).filter(sum))
def test_the_parts_add_up_to_the_total(total: int, weights: list[int]) -> None:
    parts = spread(total, weights)
    assert sum(parts) == total
    assert spread(-total, weights) == [-part for part in parts]
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - total * weight) < abs(sum(weights))


def test_every_policy_has_its_choices_and_a_default_among_them() -> None:
    assert set(CHOICES) == set(Policy._fields)
    for name, default in DEFAULT._asdict().items():
        assert default in CHOICES[name]


def test_texts_as_long_as_a_body_are_not_remembered() -> None:
    tracemalloc.start()
    try:
        for number in range(40):
            blank = " " * 100_000 + str(number)
            assert parse_millionths(blank) == number * MILLION
            assert millionths_of(blank) in (None, number * MILLION)
            with contextlib.suppress(NotDecimal):
                millionths_of("x" * 100_000 + str(number))
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 1_000_000
