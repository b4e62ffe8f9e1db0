"""How documents are booked: P1 to P10, P17 and the part of the month LED-01 whose documents exist (semantics 8.3, 8.6)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.domain import ledger
from bursar.domain.journal import Balance, balances, client_balances, credits_left, fault, first_difference, receivables
from bursar.domain.ledger import Entry, Exchange, Posting, balanced, entry, net, rebook, reverse, sums
from bursar.domain.postings import (
    PaidTax,
    Spent,
    credit_applied_entry,
    expense_entry,
    goodwill_entry,
    invoice_entry,
    payment_entry,
    prepayment_entry,
)
from tests.pure.wording import GST, HST, QST, document, line, minor

HST_RATE = 13_000_000
ANNA, BEN, CHRIS, DORA = 1, 2, 3, 4
AT_INVOICE, AT_PAYMENT = Exchange("USD", 1_100_000_000), Exchange("USD", 1_150_000_000)

OWNER = entry("2026-03-02", "USD", (Posting(ledger.CASH, 1000_00), Posting(ledger.OWNERS_STOCK, -1000_00)))
INVOICE_A = invoice_entry("2026-03-03", "USD", ANNA, document(line("5", "30.00", HST), line("2", "25.00"), discount="10", code="USD"))
PAID_A1 = payment_entry("2026-03-05", "USD", ANNA, 100_00)
PAID_A2 = payment_entry("2026-03-10", "USD", ANNA, 97_55, 22_45)
INVOICE_B = invoice_entry("2026-03-11", "USD", ANNA, document(line("1", "80.00", HST), code="USD"))
CREDIT_B = credit_applied_entry("2026-03-12", "USD", ANNA, 22_45)
SUPPLIES = expense_entry(
    Spent("2026-03-15", "USD", 56_50, (PaidTax("HST", HST_RATE, "", 6_50, 50_00),), client=CHRIS, category=31),
)
INVOICE_C = invoice_entry("2026-03-16", "USD", CHRIS, document(line("1", "67.80"), code="USD"), kinds=(1,))
PAID_A1_LESS = payment_entry("2026-03-05", "USD", ANNA, 77_40)
REFUND_A1 = rebook((PAID_A1,), (PAID_A1_LESS,))
GOODWILL = goodwill_entry("2026-03-24", "USD", BEN, document(line("1", "30.00"), code="USD"))
INVOICE_D = invoice_entry("2026-03-26", "EUR", DORA, document(line("1", "100.00"), code="EUR"), exchange=AT_INVOICE)
PAID_D = payment_entry("2026-03-30", "EUR", DORA, 100_00, exchange=AT_PAYMENT, invoice_exchange=AT_INVOICE)

MARCH = (
    *(OWNER, INVOICE_A, PAID_A1, PAID_A2, INVOICE_B, CREDIT_B, SUPPLIES, INVOICE_C),
    *(*REFUND_A1, GOODWILL, INVOICE_D, PAID_D),
)


def rows(booked: Entry) -> dict[str, int]:
    """Debits and credits by account, in the business's own currency."""
    return {row.account: row.base_minor for row in booked.postings}


@pytest.mark.parametrize(
    ("booked", "expected"),
    [
        pytest.param(
            INVOICE_A,
            {ledger.RECEIVABLE: 197_55, ledger.DISCOUNTS: 20_00, ledger.SALES: -200_00, "2005/HST": -17_55},
            id="LED-01 03-03 invoice A (P1)",
        ),
        pytest.param(PAID_A1, {ledger.CASH: 100_00, ledger.RECEIVABLE: -100_00}, id="LED-01 03-05 payment A (P3)"),
        pytest.param(
            PAID_A2,
            {ledger.CASH: 120_00, ledger.RECEIVABLE: -97_55, ledger.CUSTOMER_CREDIT: -22_45},
            id="LED-01 03-10 payment A with excess (P3)",
        ),
        pytest.param(INVOICE_B, {ledger.RECEIVABLE: 90_40, ledger.SALES: -80_00, "2005/HST": -10_40}, id="LED-01 03-11 invoice B"),
        pytest.param(CREDIT_B, {ledger.CUSTOMER_CREDIT: 22_45, ledger.RECEIVABLE: -22_45}, id="LED-01 03-12 credit to B (P4)"),
        pytest.param(SUPPLIES, {ledger.EXPENSES: 50_00, "2005/HST": 6_50, ledger.CASH: -56_50}, id="LED-01 03-15 expense (P10)"),
        pytest.param(INVOICE_C, {ledger.RECEIVABLE: 67_80, ledger.BILLED_EXPENSES: -67_80}, id="LED-01 03-16 rebilled expense"),
        pytest.param(GOODWILL, {ledger.DISCOUNTS: 30_00, ledger.CUSTOMER_CREDIT: -30_00}, id="LED-01 03-24 goodwill (P6)"),
        pytest.param(INVOICE_D, {ledger.RECEIVABLE: 110_00, ledger.SALES: -110_00}, id="LED-01 03-26 invoice D in euro"),
        pytest.param(
            PAID_D,
            {ledger.CASH: 115_00, ledger.RECEIVABLE: -110_00, ledger.EXCHANGE_RESULT: -5_00},
            id="LED-01 03-30 D paid at a better rate (P17)",
        ),
    ],
)
def test_a_document_is_booked(booked: Entry, expected: dict[str, int]) -> None:
    assert rows(booked) == expected
    assert fault(booked, sums(booked)) == ""


def test_led_01_a_refund_reverses_the_payment_on_its_own_date_and_books_the_smaller_one() -> None:
    assert (reverse(PAID_A1), PAID_A1_LESS) == REFUND_A1
    assert [booked.effective_date for booked in REFUND_A1] == ["2026-03-05", "2026-03-05"]


def test_led_01_the_month_adds_up() -> None:
    found: dict[str, int] = {}
    for (account, _), balance in balances(MARCH).items():
        found[account] = found.get(account, 0) + balance.base_minor
    # The table of the month less its bill, bill payment and other income, whose documents are not part of this yet.
    assert found == {
        ledger.CASH: 1154_90 - 25_00 + 126_00,
        ledger.RECEIVABLE: 158_35,
        "2005/HST": 4_55 - 26_00,
        ledger.CUSTOMER_CREDIT: -30_00,
        ledger.OWNERS_STOCK: -1000_00,
        ledger.SALES: -390_00,
        ledger.BILLED_EXPENSES: -67_80,
        ledger.DISCOUNTS: 50_00,
        ledger.EXPENSES: 50_00,
        ledger.EXCHANGE_RESULT: -5_00,
    }
    assert sum(found.values()) == 0


def test_led_01_what_clients_owe_and_have_left() -> None:
    assert receivables(MARCH) == {(ANNA, "USD"): 22_60 + 67_95, (CHRIS, "USD"): 67_80}
    assert credits_left(MARCH) == {(BEN, "USD"): 30_00}


def test_led_01_tax_collected_and_paid_with_what_it_was_taken_of() -> None:
    taxed = [row for booked in (INVOICE_A, INVOICE_B) for row in booked.postings if row.tax_name]
    assert (sum(row.minor for row in taxed), sum(row.taxable_minor for row in taxed)) == (-27_95, -215_00)
    assert [(row.minor, row.taxable_minor, row.tax_rate) for row in SUPPLIES.postings if row.tax_name] == [(6_50, 50_00, HST_RATE)]


def test_every_row_of_an_invoice_names_its_client() -> None:
    assert {row.client for row in INVOICE_A.postings} == {ANNA}


def test_lines_that_bill_expenses_stand_apart_from_sales() -> None:
    made = document(line("1", "10.00"), line("1", "20.00"), line("1", "5.00"))
    booked = rows(invoice_entry("2026-03-01", "CAD", ANNA, made, kinds=(0, 1, 0)))
    assert booked == {ledger.RECEIVABLE: 35_00, ledger.SALES: -15_00, ledger.BILLED_EXPENSES: -20_00}


def test_a_tax_is_booked_by_name_rate_and_number() -> None:
    made = document(line("1", "140.00", GST, QST))
    taxed = [row for row in invoice_entry("2026-03-01", "CAD", ANNA, made).postings if row.tax_name]
    assert [(row.account, row.tax_rate, row.minor, row.taxable_minor) for row in taxed] == [
        ("2005/GST", 5_000_000, -7_00, -140_00),
        ("2005/QST", 9_975_000, -13_97, -140_00),
    ]


def test_an_invoice_of_nothing_books_nothing() -> None:
    assert invoice_entry("2026-03-01", "CAD", ANNA, document()).postings == ()


def test_an_invoice_given_away_books_what_it_would_have_cost() -> None:
    made = document(line("1", "80.00", HST), discount="100")
    assert rows(invoice_entry("2026-03-01", "CAD", ANNA, made)) == {ledger.DISCOUNTS: 80_00, ledger.SALES: -80_00}


@pytest.mark.parametrize(
    ("paid", "billed", "result"),
    [
        pytest.param(AT_PAYMENT, AT_INVOICE, -5_00, id="a gain is a credit"),
        pytest.param(AT_INVOICE, AT_PAYMENT, 5_00, id="a loss is a debit"),
    ],
)
def test_p17_the_difference_of_two_rates_is_gain_or_loss(paid: Exchange, billed: Exchange, result: int) -> None:
    booked = payment_entry("2026-03-30", "EUR", DORA, 100_00, exchange=paid, invoice_exchange=billed)
    assert booked.postings[-1] == Posting(ledger.EXCHANGE_RESULT, 0, result, client=DORA)


def test_p17_excess_in_another_currency_is_credit_at_the_rate_of_the_payment() -> None:
    booked = payment_entry("2026-03-30", "EUR", DORA, 100_00, 20_00, exchange=AT_PAYMENT, invoice_exchange=AT_INVOICE)
    assert rows(booked) == {
        ledger.CASH: 138_00,
        ledger.RECEIVABLE: -110_00,
        ledger.CUSTOMER_CREDIT: -23_00,
        ledger.EXCHANGE_RESULT: -5_00,
    }


def test_at_one_rate_there_is_neither_gain_nor_loss() -> None:
    booked = payment_entry("2026-03-30", "EUR", DORA, 1, 1, exchange=Exchange("USD", 1_500_000_000))
    assert rows(booked) == {ledger.CASH: 4, ledger.RECEIVABLE: -2, ledger.CUSTOMER_CREDIT: -2}


def test_money_that_clears_no_invoice_meets_only_its_own_rate() -> None:
    booked = payment_entry("2026-03-30", "EUR", DORA, 0, 20_00, exchange=AT_PAYMENT, invoice_exchange=AT_INVOICE)
    assert rows(booked) == {ledger.CASH: 23_00, ledger.CUSTOMER_CREDIT: -23_00}


def test_p4_a_credit_from_another_day_leaves_a_difference_too() -> None:
    booked = credit_applied_entry("2026-03-30", "EUR", DORA, 100_00, exchange=AT_PAYMENT, invoice_exchange=AT_INVOICE)
    assert rows(booked) == {ledger.CUSTOMER_CREDIT: 115_00, ledger.RECEIVABLE: -110_00, ledger.EXCHANGE_RESULT: -5_00}


def test_p5_a_prepayment_is_cash_and_credit() -> None:
    booked = prepayment_entry("2026-03-01", "CAD", ANNA, 50_00)
    assert rows(booked) == {ledger.CASH: 50_00, ledger.CUSTOMER_CREDIT: -50_00}
    assert credits_left((booked,)) == {(ANNA, "CAD"): 50_00}


def test_p6_goodwill_takes_its_tax_off_what_is_owed() -> None:
    booked = goodwill_entry("2026-03-01", "CAD", ANNA, document(line("1", "100.00", HST), discount="10"))
    assert rows(booked) == {ledger.DISCOUNTS: 90_00, "2005/HST": 11_70, ledger.CUSTOMER_CREDIT: -101_70}
    assert [row.taxable_minor for row in booked.postings if row.tax_name] == [90_00]


def test_p10_a_tax_that_cannot_be_reclaimed_is_an_expense_of_its_own() -> None:
    taxes = (
        PaidTax("GST", 5_000_000, "R1", minor("10.00"), minor("200.00")),
        PaidTax("QST", 9_975_000, "", minor("19.95"), minor("200.00"), recoverable=False),
    )
    booked = expense_entry(Spent("2026-03-01", "CAD", minor("229.95"), taxes, 0, 31, ledger.COST_OF_GOODS, "2003/1"))
    assert rows(booked) == {ledger.COST_OF_GOODS: 200_00, "2005/GST": 10_00, "6900/QST": 19_95, "2003/1": -229_95}
    assert [row.category for row in booked.postings] == [31, 31, 31, 0]


def test_p10_money_given_back_is_booked_the_other_way() -> None:
    assert rows(expense_entry(Spent("2026-03-01", "CAD", -20_00))) == {ledger.EXPENSES: -20_00, ledger.CASH: 20_00}


def test_p15_deleting_a_paid_invoice_and_restoring_it() -> None:
    standing = (INVOICE_B, CREDIT_B)
    gone = tuple(each for booked in standing for each in rebook((booked,), ()))
    assert balances((*standing, *gone)) == {}
    back = tuple(each for booked in standing for each in rebook((booked, reverse(booked)), (booked,)))
    assert balances((*standing, *gone, *back)) == balances(standing)


def test_balances_are_kept_by_currency() -> None:
    found = balances((INVOICE_B, INVOICE_D))
    assert found[ledger.RECEIVABLE, "USD"] == Balance(90_40, 90_40)
    assert found[ledger.RECEIVABLE, "EUR"] == Balance(100_00, 110_00)
    assert client_balances((INVOICE_D, PAID_D), ledger.RECEIVABLE) == {}


@pytest.mark.parametrize(
    ("stored", "totals", "words"),
    [
        pytest.param(PAID_A1, ledger.Sums(100_00, 100_00, 100_00, 100_00), "", id="nothing"),
        pytest.param(Entry("2026-03-05", "USD", (Posting("1000/1", 5, 5),)), ledger.Sums(5, 5, 5, 5), "by 5 in USD", id="one side only"),
        pytest.param(
            Entry("2026-03-05", "USD", (Posting("1000/1", 0, -5),)), ledger.Sums(0, 0, 5, 5), "by -5 in the business's", id="own currency"
        ),
        pytest.param(PAID_A1, ledger.Sums(90_00, 90_00, 100_00, 100_00), "9000 and 10000, the rows sum to 10000", id="stored totals"),
    ],
)
def test_what_is_wrong_with_a_stored_entry(stored: Entry, totals: ledger.Sums, words: str) -> None:
    found = fault(stored, totals)
    assert words in found
    assert bool(found) == bool(words)


@pytest.mark.parametrize(
    ("expected", "found", "difference"),
    [
        pytest.param({"a": 1}, {"a": 1}, None, id="none"),
        pytest.param({"a": 0}, {}, None, id="absent is zero"),
        pytest.param({"a": 1, "b": 2}, {"a": 1, "b": 3}, ("b", 2, 3), id="another amount"),
        pytest.param({"a": 1}, {}, ("a", 1, 0), id="missing"),
        pytest.param({}, {"c": 4}, ("c", 0, 4), id="too much"),
    ],
)
def test_the_first_difference(expected: dict[str, int], found: dict[str, int], difference: tuple[str, int, int] | None) -> None:
    assert first_difference(expected, found) == difference


MINORS = st.integers(0, 10**9)
EXCHANGES = st.one_of(st.none(), st.builds(Exchange, st.sampled_from(["USD", "JPY", "BHD"]), st.integers(1, 10**11)))


@given(MINORS, MINORS, st.integers(1, 10**11), st.integers(1, 10**11))
def test_a_payment_balances_at_any_two_rates(applied: int, excess: int, paid: int, billed: int) -> None:
    booked = payment_entry("2026-03-30", "EUR", 1, applied, excess, Exchange("USD", paid), Exchange("USD", billed))
    assert balanced(booked.effective_date, booked.code, booked.postings) == booked
    assert receivables((booked,)).get((1, "EUR"), 0) == -applied
    assert credits_left((booked,)).get((1, "EUR"), 0) == excess


@given(st.lists(st.tuples(MINORS, st.sampled_from([0, 1])), max_size=5), st.integers(0, 100), EXCHANGES)
def test_an_invoice_balances_at_any_rate(sold: list[tuple[int, int]], discount: int, exchange: Exchange | None) -> None:
    made = document(*(line(str(qty), "1.25", GST, QST) for qty, _ in sold), discount=str(discount), code="EUR")
    booked = invoice_entry("2026-03-26", "EUR", 1, made, [kind for _, kind in sold], exchange)
    assert fault(booked, sums(booked)) == ""
    assert receivables((booked,)).get((1, "EUR"), 0) == made.amount
    assert net((booked,)) == ((booked,) if booked.postings else ())
