"""Double entry: balance, merging, conversion, reversal and what is booked when a document changes (semantics 8.1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.domain import ledger
from bursar.domain.journal import balances
from bursar.domain.ledger import PAR, Entry, Exchange, Posting, balanced, converted, entry, net, rebook, reverse, sums
from bursar.domain.policy import Policy
from tests.pure.wording import HALF_EVEN, IN_CENTS

DAY = "2026-03-03"
SALE = (
    Posting(ledger.RECEIVABLE, 113_00, client=7),
    Posting(ledger.SALES, -100_00, client=7),
    Posting("2005/HST", -13_00, client=7, tax_name="HST", tax_rate=13_000_000, taxable_minor=-100_00),
)


def test_without_exchange_both_currencies_are_one() -> None:
    booked = entry(DAY, "CAD", SALE)
    assert [row.base_minor for row in booked.postings] == [113_00, -100_00, -13_00]
    assert entry(DAY, "CAD", SALE, Exchange("CAD")) == booked
    assert sums(booked) == (113_00, 113_00, 113_00, 113_00)


def test_an_unbalanced_entry_is_a_programming_error() -> None:
    with pytest.raises(AssertionError, match="document's currency"):
        entry(DAY, "CAD", SALE[:2])
    with pytest.raises(AssertionError, match="business's currency"):
        balanced(DAY, "CAD", (Posting("1000/1", 1, 1), Posting("1200/1", -1, -2)))


def test_rows_of_one_identity_are_merged_and_empty_ones_dropped() -> None:
    rows = (
        Posting(ledger.RECEIVABLE, 30, client=7),
        Posting(ledger.SALES, -10, client=7),
        Posting(ledger.DISCOUNTS, 0, client=7),
        Posting(ledger.SALES, -15, client=7),
        Posting(ledger.SALES, -5, client=8),
    )
    assert entry(DAY, "CAD", rows).postings == (
        Posting(ledger.RECEIVABLE, 30, 30, client=7),
        Posting(ledger.SALES, -25, -25, client=7),
        Posting(ledger.SALES, -5, -5, client=8),
    )


def test_a_tax_of_nothing_keeps_what_it_was_taken_of() -> None:
    zero_rated = Posting("2005/Zero", 0, tax_name="Zero", taxable_minor=-10_00)
    assert entry(DAY, "CAD", (Posting("1200/1", 5), Posting("4000/1", -5), zero_rated)).postings[2] == zero_rated


def test_nothing_to_book_is_an_entry_without_postings() -> None:
    assert entry(DAY, "CAD", (Posting("1200/1", 0), Posting("4000/1", 0))) == Entry(DAY, "CAD", ())


@pytest.mark.parametrize(
    ("minor", "code", "exchange", "expected"),
    [
        pytest.param(100_00, "EUR", Exchange("USD", 1_100_000_000), 110_00, id="LED-01 invoice D"),
        pytest.param(100_00, "EUR", None, 100_00, id="no exchange"),
        pytest.param(100_00, "EUR", Exchange("USD"), 100_00, id="no rate known is one to one"),
        pytest.param(100_00, "USD", Exchange("USD", PAR), 100_00, id="the same currency"),
        pytest.param(-1_50, "EUR", Exchange("USD", 1_010_000_000), -1_52, id="half up goes away from zero"),
        pytest.param(50, "EUR", Exchange("USD", 1_010_000_000, HALF_EVEN), 50, id="half even"),
        pytest.param(1172_00, "JPY", Exchange("CAD", 9_200_000), 10_78, id="yen into cents"),
        pytest.param(10_78, "CAD", Exchange("JPY", 108_500_000_000), 1170_00, id="cents into whole yen"),
        pytest.param(10_78, "CAD", Exchange("JPY", 108_500_000_000, IN_CENTS), 1169_63, id="cents into hundredths of a yen"),
        pytest.param(3_704, "BHD", Exchange("CAD"), 3_70, id="one to one from thousandths into cents"),
        pytest.param(3_704, "BHD", Exchange("CAD", 3_600_000_000), 13_33, id="thousandths into cents"),
        pytest.param(13_33, "CAD", Exchange("BHD", 277_000_000), 3_692, id="cents into thousandths"),
    ],
)
def test_an_amount_is_converted_at_its_rate(minor: int, code: str, exchange: Exchange | None, expected: int) -> None:
    assert converted(minor, code, exchange) == expected


@pytest.mark.parametrize("minor", [10**14, -(10**14)])
def test_an_amount_too_large_for_the_other_currency_is_refused(minor: int) -> None:
    with pytest.raises(ValueError, match=str(minor)):
        converted(minor, "CAD", Exchange("VND", 18_000_000_000_000))


def test_what_rounding_leaves_goes_to_the_largest_row_that_no_document_is_compared_with() -> None:
    rows = (Posting(ledger.RECEIVABLE, 4), Posting(ledger.SALES, -1), Posting(ledger.BILLED_EXPENSES, -3))
    booked = entry(DAY, "EUR", rows, Exchange("USD", 1_500_000_000))
    assert [row.base_minor for row in booked.postings] == [6, -2, -4]


def test_a_remainder_between_control_accounts_goes_to_the_larger() -> None:
    rows = (Posting(ledger.CUSTOMER_CREDIT, 2), Posting(ledger.RECEIVABLE, -1, client=1), Posting(ledger.RECEIVABLE, -1, client=2))
    booked = entry(DAY, "EUR", rows, Exchange("USD", 1_500_000_000))
    assert [row.base_minor for row in booked.postings] == [4, -2, -2]


def test_an_entry_at_par_still_changes_the_places() -> None:
    booked = entry(DAY, "BHD", (Posting(ledger.CASH, 3_704), Posting(ledger.SALES, -3_704)), Exchange("CAD"))
    assert [row.base_minor for row in booked.postings] == [3_70, -3_70]


def test_a_posting_that_names_no_tax_client_or_category_has_none() -> None:
    assert Posting(ledger.CASH, 1) == (ledger.CASH, 1, 0, 0, "", 0, "", 0, 0)


def test_a_reversal_takes_everything_back() -> None:
    booked = entry(DAY, "CAD", SALE)
    turned = reverse(booked)
    assert turned.effective_date == DAY
    assert [(row.minor, row.taxable_minor) for row in turned.postings] == [(-113_00, 0), (100_00, 0), (13_00, 100_00)]
    assert net((booked, turned)) == ()
    assert balances((booked, turned)) == {}


def test_a_first_booking_has_nothing_to_reverse() -> None:
    booked = entry(DAY, "CAD", SALE)
    assert rebook((), (booked,)) == (booked,)


def test_a_document_that_reads_the_same_is_not_booked_again() -> None:
    booked = entry(DAY, "CAD", SALE)
    assert rebook((booked,), (entry(DAY, "CAD", reversed(SALE)),)) == ()
    assert rebook((), (entry(DAY, "CAD", ()),)) == ()


def test_a_change_is_booked_as_reversal_and_new_reading() -> None:
    old = entry(DAY, "CAD", SALE)
    new = entry("2026-03-04", "CAD", (Posting(ledger.RECEIVABLE, 50_00, client=7), Posting(ledger.SALES, -50_00, client=7)))
    assert rebook((old,), (new,)) == (reverse(old), new)


def test_a_deleted_document_is_reversed_and_a_restored_one_booked_anew() -> None:
    old = entry(DAY, "CAD", SALE)
    gone = rebook((old,), ())
    assert gone == (reverse(old),)
    again = rebook((old, *gone), (old,))
    assert again == (old,)
    assert balances((old, *gone, *again)) == balances((old,))


@pytest.mark.parametrize(
    ("account", "name", "kind"),
    [
        (ledger.CASH, "Petty Cash", "asset"),
        (ledger.RECEIVABLE, "Accounts Receivable", "asset"),
        (ledger.CUSTOMER_CREDIT, "Customer Credit", "liability"),
        (ledger.OWNERS_STOCK, "Common Stock", "equity"),
        (ledger.SALES, "Sales", "income"),
        (ledger.BILLED_EXPENSES, "Billed Expenses", "income"),
        (ledger.DISCOUNTS, "Discounts", "income"),
        (ledger.EXPENSES, "Expenses", "expense"),
        (ledger.EXCHANGE_RESULT, "Exchange Gain or Loss", "income"),
        (ledger.tax_account("HST"), "HST", "liability"),
        (ledger.tax_account("GST/HST"), "GST/HST", "liability"),
        (ledger.tax_account(""), "1", "liability"),
        (ledger.tax_paid_account("PST"), "PST", "expense"),
        (ledger.tax_paid_account(""), "1", "expense"),
        ("1000/9", "9", "asset"),
        ("1000/Savings", "Savings", "asset"),
        ("4000/Online sales", "Online sales", "income"),
        ("4000", "Revenue", "income"),
    ],
)
def test_every_booked_account_has_a_name_and_a_kind(account: str, name: str, kind: str) -> None:
    assert ledger.sub_name(account) == name
    assert ledger.chart_account(account).kind == kind


def test_an_account_the_chart_does_not_have_is_unknown() -> None:
    with pytest.raises(KeyError):
        ledger.chart_account("9999/1")


def test_account_numbers_are_unique_and_in_order() -> None:
    numbers = [account.number for account in ledger.ACCOUNTS]
    assert numbers == sorted(set(numbers))


ACCOUNTS = st.sampled_from([ledger.CASH, ledger.SALES, ledger.EXPENSES, ledger.RECEIVABLE])
ROWS = st.lists(st.builds(Posting, ACCOUNTS, st.integers(-(10**9), 10**9), client=st.integers(0, 2)), max_size=5)
RATES = st.integers(1, 200 * PAR)


def closed(rows: list[Posting]) -> list[Posting]:
    return [*rows, Posting(ledger.CASH, -sum(row.minor for row in rows), client=3)]


@given(ROWS, RATES, st.sampled_from(["CAD", "JPY", "BHD"]), st.sampled_from(["half_up", "half_even"]))
def test_every_entry_balances_in_both_currencies(rows: list[Posting], rate: int, target: str, rounding: str) -> None:
    booked = entry(DAY, "EUR", closed(rows), Exchange(target, rate, Policy(rounding=rounding)))
    made = sums(booked)
    assert made.debit == made.credit
    assert made.base_minor_debit == made.base_minor_credit


@given(st.lists(ROWS, max_size=4), RATES)
def test_reversing_everything_returns_every_balance_to_zero(documents: list[list[Posting]], rate: int) -> None:
    booked = [entry(DAY, "EUR", closed(rows), Exchange("USD", rate)) for rows in documents]
    assert balances([*booked, *map(reverse, booked)]) == {}
    assert net([*booked, *map(reverse, booked)]) == ()


@given(st.lists(st.one_of(st.none(), ROWS), max_size=6))
def test_however_often_a_document_changes_what_stands_is_its_last_reading(readings: list[list[Posting] | None]) -> None:
    journal: list[Entry] = []
    for rows in readings:
        wanted = [] if rows is None else [entry(DAY, "CAD", closed(rows))]
        journal.extend(rebook(journal, wanted))
        assert balances(journal) == balances(wanted)
        assert rebook(journal, wanted) == ()
