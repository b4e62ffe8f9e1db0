"""What documents add up to: the worked examples AMT-01 to AMT-21 and the laws beside them (semantics 2.2)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.domain.document import LineInput, TaxTotal, TooLarge, line_minor, total
from bursar.domain.money import MILLION, amount_text
from bursar.domain.policy import DEFAULT, Policy
from tests.pure.wording import BY_LINE, GST, HALF_EVEN, HST, IN_CENTS, NONE, QST, Tax, document, line, minor, texts

AMT_05 = (line("1", "3.35", HST),) * 3
AMT_12 = (line("1", "33.33", HST),) * 3
AMT_17 = (line("3", "355", Tax("CT", "10")),)
QST_OLD = Tax("QST", "9.5")

# lines, discount, line amounts, discount_total, taxes, amount
EVERY_ROUNDING = [
    pytest.param((line("3", "19.99"),), "0", ("59.97",), "0.00", (), "59.97", id="AMT-01 plain multiplication"),
    pytest.param((line("1.5", "33.33"),), "0", ("50.00",), "0.00", (), "50.00", id="AMT-02 a line is rounded"),
    pytest.param(
        (line("2", "31.00", HST), line("4", "7.45", GST)),
        "0",
        ("62.00", "29.80"),
        "0.00",
        (("HST", "8.06"), ("GST", "1.49")),
        "101.35",
        id="AMT-06 two taxes on two lines",
    ),
    pytest.param(
        (line("1", "100.00", GST, QST_OLD),),
        "0",
        ("100.00",),
        "0.00",
        (("GST", "5.00"), ("QST", "9.50")),
        "114.50",
        id="AMT-10 two taxes side by side",
    ),
    pytest.param(
        (line("5", "30.00", HST), line("2", "25.00")),
        "10",
        ("150.00", "50.00"),
        "-20.00",
        (("HST", "17.55"),),
        "197.55",
        id="AMT-11 the discount lowers what is taxed",
    ),
    pytest.param((line("1", "80.00", HST),), "100", ("80.00",), "-80.00", (("HST", "0.00"),), "0.00", id="AMT-13 all of it off"),
    pytest.param(
        (line("1", "200.00", HST), line("1", "-50.00", HST)),
        "0",
        ("200.00", "-50.00"),
        "0.00",
        (("HST", "19.50"),),
        "169.50",
        id="AMT-14 a line that takes off",
    ),
    pytest.param(
        (line("1", "40.00", Tax("VAT", "20")), line("1", "60.00", Tax("VAT", "5"))),
        "0",
        ("40.00", "60.00"),
        "0.00",
        (("VAT", "8.00"), ("VAT", "3.00")),
        "111.00",
        id="AMT-16 one name at two rates is two taxes",
    ),
    pytest.param(
        (line("1", "1.06", Tax("T", "9.975")),),
        "10",
        ("1.06",),
        "-0.11",
        (("T", "0.10"),),
        "1.05",
        id="AMT-19 what is taxed is not rounded first",
    ),
    pytest.param((line("7.25", "95.00", HST),), "0", ("688.75",), "0.00", (("HST", "89.54"),), "778.29", id="AMT-20 hours at a rate"),
    pytest.param(
        (line("4", "5.00", HST), line("6", "4.00")),
        "10",
        ("20.00", "24.00"),
        "-4.40",
        (("HST", "2.34"),),
        "41.94",
        id="AMT-21 the captured invoice",
    ),
]


@pytest.mark.parametrize("policy", [pytest.param(DEFAULT, id="T"), pytest.param(BY_LINE, id="L"), pytest.param(HALF_EVEN, id="half-even")])
@pytest.mark.parametrize(("lines", "discount", "line_amounts", "discount_total", "taxes", "amount"), EVERY_ROUNDING)
def test_a_document_adds_up_the_same_under_every_rounding_policy(
    lines: tuple[LineInput, ...],
    discount: str,
    line_amounts: tuple[str, ...],
    discount_total: str,
    taxes: tuple[tuple[str, str], ...],
    amount: str,
    policy: Policy,
) -> None:
    made = document(*lines, discount=discount, policy=policy)
    assert texts(made.line_minors, "CAD") == line_amounts
    assert amount_text(made.discount_total, "CAD") == discount_total
    assert tuple((tax.name, amount_text(tax.minor, "CAD")) for tax in made.taxes) == taxes
    assert amount_text(made.amount, "CAD") == amount


@pytest.mark.parametrize(
    ("lines", "discount", "policy", "taxes", "amount"),
    [
        pytest.param((line("0.5", "0.05"),), "0", DEFAULT, (), "0.03", id="AMT-03 half up"),
        pytest.param((line("0.5", "0.05"),), "0", HALF_EVEN, (), "0.02", id="AMT-03 half even"),
        pytest.param((line("1", "50.10", GST),), "0", DEFAULT, ("2.51",), "52.61", id="AMT-04 half up"),
        pytest.param((line("1", "50.10", GST),), "0", BY_LINE, ("2.51",), "52.61", id="AMT-04 half up by line"),
        pytest.param((line("1", "50.10", GST),), "0", HALF_EVEN, ("2.50",), "52.60", id="AMT-04 half even"),
        pytest.param(AMT_05, "0", DEFAULT, ("1.31",), "11.36", id="AMT-05 T"),
        pytest.param(AMT_05, "0", BY_LINE, ("1.32",), "11.37", id="AMT-05 L"),
        pytest.param((line("1", "140.00", GST, QST),), "0", DEFAULT, ("7.00", "13.97"), "160.97", id="AMT-07 T"),
        pytest.param((line("1", "140.00", GST, QST),), "0", BY_LINE, ("7.00", "13.97"), "160.97", id="AMT-07 L"),
        pytest.param((line("1", "140.00", GST, QST),), "0", HALF_EVEN, ("7.00", "13.96"), "160.96", id="AMT-07 half even"),
        pytest.param((line("1", "8180.00", GST, QST),), "0", DEFAULT, ("409.00", "815.96"), "9404.96", id="AMT-08 T"),
        pytest.param((line("1", "8180.00", GST, QST),), "0", BY_LINE, ("409.00", "815.96"), "9404.96", id="AMT-08 L"),
        pytest.param((line("1", "100.00", GST, QST_OLD, compounded=True),), "0", DEFAULT, ("5.00", "9.98"), "114.98", id="AMT-09 T"),
        pytest.param((line("1", "100.00", GST, QST_OLD, compounded=True),), "0", BY_LINE, ("5.00", "9.98"), "114.98", id="AMT-09 L"),
        pytest.param(AMT_12, "10", DEFAULT, ("11.70",), "101.69", id="AMT-12 T"),
        pytest.param(AMT_12, "10", BY_LINE, ("11.70",), "101.69", id="AMT-12 L"),
        pytest.param((line("1", "100.00", HST),), "12.5", DEFAULT, ("11.38",), "98.88", id="AMT-15 half up"),
        pytest.param((line("1", "100.00", HST),), "12.5", BY_LINE, ("11.38",), "98.88", id="AMT-15 half up by line"),
        pytest.param((line("1", "100.20", GST),), "12.5", HALF_EVEN, ("4.38",), "92.06", id="a discount of 12.525 to the even cent"),
    ],
)
def test_a_document_adds_up_as_its_policy_says(
    lines: tuple[LineInput, ...], discount: str, policy: Policy, taxes: tuple[str, ...], amount: str
) -> None:
    made = document(*lines, discount=discount, policy=policy)
    assert texts(tuple(tax.minor for tax in made.taxes), "CAD") == taxes
    assert amount_text(made.amount, "CAD") == amount


@pytest.mark.parametrize(
    ("lines", "code", "policy", "line_amounts", "taxes", "amount"),
    [
        pytest.param(AMT_17, "JPY", DEFAULT, ("1065.00",), ("107.00",), "1172.00", id="AMT-17 whole yen"),
        pytest.param(AMT_17, "JPY", BY_LINE, ("1065.00",), ("107.00",), "1172.00", id="AMT-17 whole yen by line"),
        pytest.param(AMT_17, "JPY", HALF_EVEN, ("1065.00",), ("106.00",), "1171.00", id="AMT-17 whole yen, half even"),
        pytest.param(AMT_17, "JPY", IN_CENTS, ("1065.00",), ("106.50",), "1171.50", id="AMT-17 hundredths of a yen"),
        pytest.param((line("1.5", "33"),), "JPY", DEFAULT, ("50.00",), (), "50.00", id="a line in whole yen"),
        pytest.param((line("1.5", "33"),), "JPY", IN_CENTS, ("49.50",), (), "49.50", id="a line in hundredths of a yen"),
        pytest.param((line("3", "1.2345", Tax("VAT", "10")),), "BHD", DEFAULT, ("3.704",), ("0.370",), "4.074", id="AMT-18"),
        pytest.param((line("3", "1.2345", Tax("VAT", "10")),), "BHD", IN_CENTS, ("3.704",), ("0.370",), "4.074", id="AMT-18 cents"),
    ],
)
def test_a_document_is_rounded_to_the_places_of_its_currency(
    lines: tuple[LineInput, ...], code: str, policy: Policy, line_amounts: tuple[str, ...], taxes: tuple[str, ...], amount: str
) -> None:
    made = document(*lines, code=code, policy=policy)
    assert texts(made.line_minors, code) == line_amounts
    assert texts(tuple(tax.minor for tax in made.taxes), code) == taxes
    assert amount_text(made.amount, code) == amount
    assert line_minor(lines[0].qty, lines[0].unit_cost, code, policy) == made.line_minors[0]


def test_a_discount_in_yen_is_whole_yen() -> None:
    assert document(line("1", "1005"), discount="10", code="JPY").discount_total == minor("-101", "JPY")


def test_a_document_without_lines_is_worth_nothing() -> None:
    assert document() == ((), 0, 0, (), 0)


def test_taxes_keep_their_number_and_say_what_they_were_taken_of() -> None:
    plain = LineInput(MILLION, 100 * MILLION, "HST", 13 * MILLION, "R123")
    other = plain._replace(tax_number1="R456")
    made = total((plain, other, plain), 10 * MILLION, "CAD", DEFAULT)
    assert made.taxes == (
        TaxTotal("HST", 13 * MILLION, "R123", 23_40, 180_00),
        TaxTotal("HST", 13 * MILLION, "R456", 11_70, 90_00),
    )


def test_a_compounded_tax_is_taken_of_the_first_tax_too() -> None:
    made = document(line("1", "100.00", GST, QST_OLD, compounded=True))
    assert [tax.taxable_minor for tax in made.taxes] == [100_00, 105_00]


def test_a_tax_at_no_rate_is_a_tax_all_the_same() -> None:
    assert document(line("1", "10.00", Tax("Zero-rated", "0"))).taxes == (TaxTotal("Zero-rated", 0, "", 0, 10_00),)


def test_a_rate_without_a_name_is_charged() -> None:
    assert document(line("1", "10.00", Tax("", "5"), Tax("", "5"))).taxes == (TaxTotal("", 5 * MILLION, "", 1_00, 20_00),)


@pytest.mark.parametrize("blank", [pytest.param("", id="empty names"), pytest.param(None, id="null names")])
def test_no_name_and_no_rate_is_no_tax(blank: str | None) -> None:
    nothing = LineInput(MILLION, MILLION, blank, 0, blank, blank, 0, blank)
    assert total((nothing,), 0, "CAD", DEFAULT).taxes == ()


def test_null_and_empty_are_the_same_name_and_number() -> None:
    lines = (
        LineInput(MILLION, MILLION, None, 5 * MILLION, None, None, 7 * MILLION, None),
        LineInput(MILLION, MILLION, "", 5 * MILLION, "", "", 7 * MILLION, ""),
    )
    assert len(total(lines, 0, "CAD", DEFAULT).taxes) == 2


def test_a_line_that_names_no_tax_has_none() -> None:
    assert total((LineInput(MILLION, MILLION),), 0, "CAD", DEFAULT).taxes == ()


def test_compounding_without_a_second_tax_changes_nothing() -> None:
    assert document(line("1", "10.00", HST, compounded=True)) == document(line("1", "10.00", HST))


def test_compounding_on_no_first_tax_changes_nothing() -> None:
    assert document(line("1", "10.00", NONE, HST, compounded=True)).amount == document(line("1", "10.00", HST)).amount


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param((line("1000000", "10000000"),), id="one line"),
        pytest.param((line("1000000", "9999999.99"), line("1", "1000000")), id="the total"),
        pytest.param((line("1000000", "10000000"), line("-1000000", "10000000")), id="lines that cancel out"),
        pytest.param((line("-1000000", "10000000"),), id="one line below zero"),
        pytest.param((line("-1000000", "10000000"), *(line("500000", "10000000"),) * 2), id="one line below zero that others make up for"),
    ],
)
def test_more_than_the_books_can_hold_is_refused(lines: tuple[LineInput, ...]) -> None:
    with pytest.raises(TooLarge):
        document(*lines)


MILLIONTHS = st.integers(-(10**9), 10**9)
RATES = st.integers(0, 100 * MILLION)
NAMES = st.sampled_from(["", "GST", "HST", None])
LINES = st.lists(st.builds(LineInput, MILLIONTHS, MILLIONTHS, NAMES, RATES, NAMES, NAMES, RATES, NAMES, st.booleans()), max_size=6)
POLICIES = st.builds(
    Policy,
    tax_rounding=st.sampled_from(["total", "line"]),
    rounding=st.sampled_from(["half_up", "half_even"]),
    zero_decimal_rounding=st.sampled_from(["currency", "cents"]),
)
CODES = st.sampled_from(["CAD", "JPY", "BHD", "CLF"])


@given(LINES, RATES, CODES, POLICIES)
def test_the_amount_is_exactly_the_sum_of_its_parts(lines: list[LineInput], discount: int, code: str, policy: Policy) -> None:
    made = total(lines, discount, code, policy)
    assert made.subtotal == sum(made.line_minors)
    assert made.amount == made.subtotal + made.discount_total + sum(tax.minor for tax in made.taxes)
    assert len(made.line_minors) == len(lines)


@given(LINES, RATES, CODES, st.data())
def test_the_order_of_lines_changes_nothing(lines: list[LineInput], discount: int, code: str, draw: st.DataObject) -> None:
    shuffled = draw.draw(st.permutations(lines))
    one, other = total(lines, discount, code, DEFAULT), total(shuffled, discount, code, DEFAULT)
    assert one.amount == other.amount
    assert sorted(one.taxes) == sorted(other.taxes)


@given(st.integers(0, 10**9), st.integers(0, 10**9), MILLIONTHS)
def test_dividing_a_line_in_two_moves_the_subtotal_by_a_cent_at_most(first: int, second: int, unit_cost: int) -> None:
    whole = total((LineInput(first + second, unit_cost),), 0, "CAD", DEFAULT)
    halves = total((LineInput(first, unit_cost), LineInput(second, unit_cost)), 0, "CAD", DEFAULT)
    assert abs(whole.amount - halves.amount) <= 1


@given(LINES, st.integers(0, 100 * MILLION), POLICIES)
def test_the_opposite_document_is_worth_the_opposite(lines: list[LineInput], discount: int, policy: Policy) -> None:
    made = total(lines, discount, "CAD", policy)
    turned = total([each._replace(qty=-each.qty) for each in lines], discount, "CAD", policy)
    assert turned.amount == -made.amount


@given(st.integers(-(10**6), 10**6), st.integers(0, 10**6), RATES)
def test_rounding_by_line_or_by_total_agrees_on_a_single_line(qty: int, unit_cost: int, rate: int) -> None:
    lines = (LineInput(qty, unit_cost, "T", rate),)
    assert total(lines, 0, "CAD", DEFAULT) == total(lines, 0, "CAD", BY_LINE)
