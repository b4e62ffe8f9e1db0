"""Payments and deposits: settling, DEP-01 to DEP-05 as far as they are arithmetic, and what a payment leaves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.domain.money import Money, parse_millionths
from bursar.domain.policy import DEFAULT, Policy
from bursar.domain.settlement import deposit_minor, deposit_status, settle
from tests.pure.wording import HALF_EVEN, IN_CENTS


def cad(minor: int) -> Money:
    return Money(minor, "CAD")


@pytest.mark.parametrize(
    ("received", "applied", "outstanding", "credit"),
    [
        pytest.param(30_00, 30_00, 50_00, 0, id="part of it"),
        pytest.param(80_00, 80_00, 0, 0, id="all of it"),
        pytest.param(95_00, 80_00, 0, 15_00, id="too much becomes credit"),
        pytest.param(0, 0, 80_00, 0, id="nothing"),
    ],
)
def test_settle_a_debt_of_eighty(received: int, applied: int, outstanding: int, credit: int) -> None:
    assert settle(cad(80_00), cad(received)) == (cad(applied), cad(outstanding), cad(credit))


def test_pay_01_and_02_the_excess_of_the_second_payment_is_credit() -> None:
    first = settle(cad(197_55), cad(100_00))
    assert first.outstanding == cad(97_55)
    assert settle(first.outstanding, cad(120_00)) == (cad(97_55), cad(0), cad(22_45))


def test_money_for_an_invoice_that_owes_nothing_is_all_credit() -> None:
    assert settle(cad(0), cad(5_00)) == (cad(0), cad(0), cad(5_00))


@pytest.mark.parametrize(
    ("owed", "received"),
    [
        pytest.param(cad(1), Money(1, "USD"), id="another currency"),
        pytest.param(cad(-1), cad(1), id="a debt below zero"),
        pytest.param(cad(1), cad(-1), id="a payment below zero"),
    ],
)
def test_only_money_that_can_be_owed_and_paid_is_settled(owed: Money, received: Money) -> None:
    with pytest.raises(AssertionError):
        settle(owed, received)


@given(st.integers(0, 10**14), st.integers(0, 10**14))
def test_paid_and_outstanding_are_always_the_amount(owed: int, received: int) -> None:
    after = settle(cad(owed), cad(received))
    assert after.applied + after.outstanding == cad(owed)
    assert after.applied + after.credit == cad(received)
    assert after.outstanding.minor == 0 or after.credit.minor == 0


@pytest.mark.parametrize(
    ("amount", "percent", "policy", "deposit"),
    [
        pytest.param(cad(847_50), "25", DEFAULT, 211_88, id="DEP-01 a quarter"),
        pytest.param(cad(847_50), "100", DEFAULT, 847_50, id="everything"),
        pytest.param(cad(50), "25", HALF_EVEN, 12, id="a tie to the even cent"),
        pytest.param(Money(1001_00, "JPY"), "50", DEFAULT, 501_00, id="whole yen"),
        pytest.param(Money(1001_00, "JPY"), "50", IN_CENTS, 500_50, id="hundredths of a yen"),
    ],
)
def test_a_deposit_is_a_percentage_of_the_total(amount: Money, percent: str, policy: Policy, deposit: int) -> None:
    assert deposit_minor(amount, parse_millionths(percent), policy) == deposit


@pytest.mark.parametrize(
    ("deposit", "paid", "status"),
    [
        pytest.param(None, 10_00, "none", id="no deposit"),
        pytest.param(0, 10_00, "none", id="a deposit of nothing"),
        pytest.param(211_88, 0, "unpaid", id="DEP-01 nothing paid"),
        pytest.param(211_88, 1, "partial", id="a cent of it"),
        pytest.param(211_88, 211_87, "partial", id="all but a cent"),
        pytest.param(211_88, 100_00, "partial", id="DEP-02 part of it"),
        pytest.param(211_88, 211_88, "paid", id="DEP-03 just the deposit"),
        pytest.param(211_88, 847_50, "paid", id="DEP-04 everything"),
    ],
)
def test_payments_fill_the_deposit_first(deposit: int | None, paid: int, status: str) -> None:
    assert deposit_status(None, deposit, paid) == status


@pytest.mark.parametrize(
    ("said", "paid", "status"),
    [
        pytest.param("paid", 0, "paid", id="as long as nothing came in"),
        pytest.param("none", 0, "none", id="also that there is none"),
        pytest.param("paid", 1, "partial", id="payments know better"),
        pytest.param("converted", 10_00, "converted", id="what was cancelled after money came in stays so"),
    ],
)
def test_a_deposit_is_what_was_said_of_it(said: str, paid: int, status: str) -> None:
    assert deposit_status(said, 5_00, paid) == status


def test_dep_02_to_05_the_balance_falls_and_comes_back() -> None:
    first = settle(cad(847_50), cad(100_00)).outstanding
    second = settle(first, cad(111_88)).outstanding
    assert (first, second, settle(second, cad(635_62)).outstanding) == (cad(747_50), cad(635_62), cad(0))
