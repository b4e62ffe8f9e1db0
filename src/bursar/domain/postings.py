"""How documents stand in the ledger: pure readings of plain values (semantics 8.3).

Every reading may be an entry without postings: then there is nothing to book. A document that stands in no book (a
draft, a deleted invoice) is not read at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bursar.domain import ledger
from bursar.domain.ledger import Entry, Exchange, Posting, balanced, converted, entry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bursar.domain.document import Totals

BILLED_EXPENSE_LINE = 1
"""The type of an invoice line that bills an expense."""


class PaidTax(NamedTuple):
    """A tax contained in something bought: identity, tax and what it was taken of, and whether it is reclaimed."""

    name: str
    rate: int
    number: str
    minor: int
    taxable_minor: int
    recoverable: bool = True


class Spent(NamedTuple):
    """Something bought and paid: the tax-inclusive amount in minor units, its taxes, its category and accounts."""

    date: str
    code: str
    amount: int
    taxes: tuple[PaidTax, ...] = ()
    client: int = 0
    category: int = 0
    account: str = ledger.EXPENSES
    paid_from: str = ledger.CASH


def invoice_entry(
    date: str,
    code: str,
    client: int,
    totals: Totals,
    kinds: Sequence[int] = (),
    exchange: Exchange | None = None,
) -> Entry:
    """Book an issued invoice on its create date (P1): receivable and discount against sales and taxes.

    ``kinds`` are the types of the lines, one each, or empty when all are ordinary.
    """
    billed = 0
    if BILLED_EXPENSE_LINE in kinds:
        billed = sum(minor for minor, kind in zip(totals.line_minors, kinds, strict=True) if kind == BILLED_EXPENSE_LINE)
    # At par, as nearly every invoice is booked: then nothing of this is made anew.
    booked = (
        (ledger.RECEIVABLE, totals.amount),
        (ledger.DISCOUNTS, -totals.discount_total),
        (ledger.SALES, billed - totals.subtotal),
        (ledger.BILLED_EXPENSES, -billed),
    )
    rows = [Posting(account, minor, minor, client) for account, minor in booked if minor] + _owed_taxes(totals, client, sign=-1)
    return entry(date, code, rows, exchange)


def payment_entry(
    date: str,
    code: str,
    client: int,
    applied: int,
    excess: int = 0,
    exchange: Exchange | None = None,
    invoice_exchange: Exchange | None = None,
) -> Entry:
    """Book received money on its own date (P3): what it clears of the invoice, and the excess as the client's credit.

    Cash comes in at the payment's rate and the receivable goes out at the invoice's (P17); without
    ``invoice_exchange`` both are the same. The difference is an exchange gain or loss.
    """
    return _cleared(
        date,
        code,
        (
            (Posting(ledger.CASH, applied + excess, client=client), exchange),
            (Posting(ledger.RECEIVABLE, -applied, client=client), invoice_exchange or exchange),
            (Posting(ledger.CUSTOMER_CREDIT, -excess, client=client), exchange),
        ),
    )


def credit_applied_entry(
    date: str,
    code: str,
    client: int,
    applied: int,
    exchange: Exchange | None = None,
    invoice_exchange: Exchange | None = None,
) -> Entry:
    """Book a credit that pays an invoice (P4), each side at the rate it was booked with (``exchange``: the credit's)."""
    return _cleared(
        date,
        code,
        (
            (Posting(ledger.CUSTOMER_CREDIT, applied, client=client), exchange),
            (Posting(ledger.RECEIVABLE, -applied, client=client), invoice_exchange or exchange),
        ),
    )


def prepayment_entry(date: str, code: str, client: int, amount: int, exchange: Exchange | None = None) -> Entry:
    """Book money received ahead of any invoice (P5): cash against the client's credit."""
    rows = (Posting(ledger.CASH, amount, client=client), Posting(ledger.CUSTOMER_CREDIT, -amount, client=client))
    return entry(date, code, rows, exchange)


def goodwill_entry(date: str, code: str, client: int, totals: Totals, exchange: Exchange | None = None) -> Entry:
    """Book a credit given without money (P6): net as a discount, its taxes off what is owed, against the credit."""
    rows = (
        Posting(ledger.DISCOUNTS, totals.subtotal + totals.discount_total, client=client),
        *_owed_taxes(totals, client, sign=1),
        Posting(ledger.CUSTOMER_CREDIT, -totals.amount, client=client),
    )
    return entry(date, code, rows, exchange)


def expense_entry(spent: Spent, exchange: Exchange | None = None) -> Entry:
    """Book an expense on its date (P10): net to its account, taxes reclaimed or paid, out of where it was paid from."""
    client, category = spent.client, spent.category
    net = spent.amount - sum(tax.minor for tax in spent.taxes)
    rows = [Posting(spent.account, net, client=client, category=category)]
    for tax in spent.taxes:
        account = ledger.tax_account(tax.name) if tax.recoverable else ledger.tax_paid_account(tax.name)
        rows.append(
            Posting(
                account,
                tax.minor,
                client=client,
                tax_name=tax.name,
                tax_rate=tax.rate,
                tax_number=tax.number,
                taxable_minor=tax.taxable_minor,
                category=category,
            ),
        )
    rows.append(Posting(spent.paid_from, -spent.amount, client=client))
    return entry(spent.date, spent.code, rows, exchange)


def _owed_taxes(totals: Totals, client: int, sign: int) -> list[Posting]:
    return [
        Posting(ledger.tax_account(name), sign * minor, sign * minor, client, name, rate, number, sign * taxable)
        for name, rate, number, minor, taxable in totals.taxes
    ]


def _cleared(date: str, code: str, rows: Sequence[tuple[Posting, Exchange | None]]) -> Entry:
    """Book rows at the rate of each; what the rates leave is the result of the exchange, on the first row's client."""
    if len({exchange for row, exchange in rows if row.minor}) <= 1:
        return entry(date, code, [row for row, _ in rows], rows[0][1])
    booked = [row._replace(base_minor=converted(row.minor, code, exchange)) for row, exchange in rows]
    left = sum(row.base_minor for row in booked)
    booked.append(Posting(ledger.EXCHANGE_RESULT, 0, -left, client=booked[0].client))
    return balanced(date, code, booked)
