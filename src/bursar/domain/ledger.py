"""Double entry: balanced entries, their reversal, what is left of them, and the default chart (semantics 8.1, 8.2).

Debits are positive and credits negative, in minor units of the document's currency and of the business's own. The
journal is append-only: a document that changed is booked by reversing what stands of it and booking its new reading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from bursar.domain.money import LARGEST, rounding_step, to_step, wire_scale
from bursar.domain.policy import DEFAULT, Policy

if TYPE_CHECKING:
    from collections.abc import Iterable

PAR: Final = 1_000_000_000
"""Rates are integers of billionths; this one changes one into one."""


class Account(NamedTuple):
    """One account of the default chart: ``subs[0]`` is booked as ``number/1``; kind as reports group it."""

    number: str
    name: str
    kind: str
    subs: tuple[str, ...] = ("",)


ACCOUNTS: Final = (
    Account("1000", "Cash", "asset", ("Petty Cash",)),
    Account("1200", "Accounts Receivable", "asset"),
    Account("1201", "Customer Deposits", "asset"),
    Account("1202", "Deferred Discounts", "asset"),
    Account("1203", "Deposits", "asset"),
    Account("1204", "Prepaid Expenses", "asset"),
    Account(
        "1500",
        "Property, Plant, and Equipment",
        "asset",
        ("Furniture", "Office Equipment", "Accumulated Depreciation on Furniture", "Accumulated Depreciation on Office Equipment"),
    ),
    Account("2000", "Accounts Payable", "liability"),
    Account("2001", "Accruals", "liability"),
    Account("2003", "Credit Cards", "liability"),
    Account("2004", "Customer Credit", "liability"),
    Account("2005", "Taxes Payable", "liability", ()),
    Account("2006", "Unearned Revenue", "liability"),
    Account("3000", "Common Stock", "equity"),
    Account("3001", "Opening Balance", "equity"),
    Account("3002", "Retained Earnings", "equity"),
    Account("4000", "Revenue", "income", ("Sales", "Billed Expenses", "Ad Revenue", "Sale of Goods", "Rental Income", "Discounts")),
    Account("5000", "Cost of Goods Sold", "expense"),
    Account("6000", "Expenses", "expense"),
    Account("6900", "Taxes Paid", "expense", ()),
    Account("7000", "Exchange Gain or Loss", "income"),
)
"""The accounts every business starts with. 2005 and 6900 have one sub per tax name, booked as ``2005/HST``."""

CASH: Final = "1000/1"
RECEIVABLE: Final = "1200/1"
CUSTOMER_DEPOSITS: Final = "1201/1"
PAYABLE: Final = "2000/1"
CUSTOMER_CREDIT: Final = "2004/1"
OWNERS_STOCK: Final = "3000/1"
SALES: Final = "4000/1"
BILLED_EXPENSES: Final = "4000/2"
DISCOUNTS: Final = "4000/6"
COST_OF_GOODS: Final = "5000/1"
EXPENSES: Final = "6000/1"
EXCHANGE_RESULT: Final = "7000/1"

_BY_NUMBER: Final = {account.number: account for account in ACCOUNTS}
# What clients and vendors owe is compared with their documents, so a rounding remainder must not land there.
_CONTROL: Final = frozenset({RECEIVABLE, PAYABLE, CUSTOMER_CREDIT})


class Posting(NamedTuple):
    """One row of an entry: an account, a debit or (negative) credit, and what reports group by.

    ``taxable_minor`` is what the tax was taken of and has the posting's sign: negative for taxes collected. ``client``
    and ``category`` are ids, 0 for none.
    """

    account: str
    minor: int
    base_minor: int = 0
    client: int = 0
    tax_name: str = ""
    tax_rate: int = 0
    tax_number: str = ""
    taxable_minor: int = 0
    category: int = 0


class Entry(NamedTuple):
    """Postings that belong together: their effective date, the document's currency, rows that sum to zero.

    An entry without postings says that there is nothing to book.
    """

    effective_date: str
    code: str
    postings: tuple[Posting, ...]


class Exchange(NamedTuple):
    """How amounts of a document are booked in the business's own currency: a rate in billionths."""

    base_currency: str
    rate: int = PAR
    policy: Policy = DEFAULT


class Sums(NamedTuple):
    """The two sides of an entry, both positive, in the document's currency and in the business's own."""

    debit: int
    credit: int
    base_minor_debit: int
    base_minor_credit: int


def tax_account(name: str) -> str:
    """Name the sub-account of a tax that is owed or reclaimed."""
    return f"2005/{name or 1}"


def tax_paid_account(name: str) -> str:
    """Name the sub-account of a tax that cannot be reclaimed."""
    return f"6900/{name or 1}"


def chart_account(account: str) -> Account:
    """Find the chart's account of a booked one. Raises ``KeyError`` when the chart has none of that number."""
    return _BY_NUMBER[account.partition("/")[0]]


def sub_name(account: str) -> str:
    """Name a booked account as reports print it: its sub where that has a name, else the account itself."""
    found = chart_account(account)
    sub = account.partition("/")[2]
    if not found.subs:
        return sub
    at = int(sub) - 1 if sub.isdecimal() else len(found.subs)
    return (found.subs[at] if at < len(found.subs) else sub) or found.name


def converted(minor: int, code: str, exchange: Exchange | None) -> int:
    """Convert an amount into the business's own currency. Raises ``ValueError`` when it no longer fits the books."""
    if exchange is None or (exchange.base_currency == code and exchange.rate == PAR):
        return minor
    target = exchange.base_currency
    result = to_step(
        minor * exchange.rate * int(10 ** wire_scale(target)),
        PAR * int(10 ** wire_scale(code)),
        rounding_step(target, exchange.policy),
        exchange.policy.rounding,
    )
    if not -LARGEST < result < LARGEST:
        raise ValueError(minor)
    return result


def entry(date: str, code: str, postings: Iterable[Posting], exchange: Exchange | None = None) -> Entry:
    """Book rows at one rate: every ``base_minor`` is computed here, whatever the rows brought.

    What rounding leaves in the business's own currency goes to the largest row, the accounts of clients and vendors
    excepted. Without ``exchange`` the document is in that currency. Raises as ``converted``.
    """
    if exchange is None or (exchange.base_currency == code and exchange.rate == PAR):
        # Every invoice and payment comes through here: making a row anew is half the time of _replace(), keeping it costs nothing.
        rows = [row for row in postings if row.minor or row.taxable_minor]
        return balanced(date, code, [row if row.base_minor == row.minor else Posting(row[0], row[1], row[1], *row[3:]) for row in rows])
    rows = [row._replace(base_minor=converted(row.minor, code, exchange)) for row in postings]
    left = sum(row.base_minor for row in rows)
    if left:
        places = [at for at, row in enumerate(rows) if row.account not in _CONTROL] or range(len(rows))
        largest = max(places, key=lambda at: abs(rows[at].base_minor))
        rows[largest] = rows[largest]._replace(base_minor=rows[largest].base_minor - left)
    return balanced(date, code, rows)


def balanced(date: str, code: str, postings: Iterable[Posting]) -> Entry:
    """Make an entry of rows whose ``base_minor`` is settled: equal rows are merged, empty ones dropped.

    It is a programming error when the rows do not sum to zero in either currency.
    """
    rows = _merged(postings)
    assert not sum([row[1] for row in rows]), "debits equal credits in the document's currency"
    assert not sum([row[2] for row in rows]), "debits equal credits in the business's currency"
    return Entry(date, code, rows)


def reverse(booked: Entry) -> Entry:
    """Turn every row of an entry round, on the same date."""
    return booked._replace(
        postings=tuple(
            row._replace(minor=-row.minor, base_minor=-row.base_minor, taxable_minor=-row.taxable_minor) for row in booked.postings
        ),
    )


def net(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Add up what stands of a document's entries, by date and currency; what was reversed is gone."""
    rows: dict[tuple[str, str], list[Posting]] = {}
    for booked in entries:
        rows.setdefault((booked.effective_date, booked.code), []).extend(booked.postings)
    left = (balanced(date, code, postings) for (date, code), postings in rows.items())
    return tuple(booked for booked in left if booked.postings)


def rebook(booked: Iterable[Entry], wanted: Iterable[Entry]) -> tuple[Entry, ...]:
    """Give the entries that turn what is booked of a document into its new reading: reversals first, nothing if equal.

    A change is never booked as a difference (semantics 8.1): the old reading goes as a whole and the new one comes.
    """
    standing = net(booked)
    if not standing:
        return tuple(new for new in wanted if new.postings)
    reading = net(wanted)
    if _in_order(standing) == _in_order(reading):
        return ()
    return (*(reverse(old) for old in standing), *reading)


def sums(booked: Entry) -> Sums:
    """Add up both sides of an entry, for the totals that are stored and checked beside it."""
    debit = credit = base_minor_debit = base_minor_credit = 0
    for row in booked.postings:
        minor, base_minor = row.minor, row.base_minor
        if minor > 0:
            debit += minor
        else:
            credit -= minor
        if base_minor > 0:
            base_minor_debit += base_minor
        else:
            base_minor_credit -= base_minor
    return Sums(debit, credit, base_minor_debit, base_minor_credit)


def _merged(postings: Iterable[Posting]) -> tuple[Posting, ...]:
    rows: dict[tuple[str, int, str, int, str, int], Posting] = {}
    for row in postings:
        account, _, _, client, tax_name, tax_rate, tax_number, _, category = row
        identity = (account, client, tax_name, tax_rate, tax_number, category)
        first = rows.get(identity)
        if first is not None:
            row = row._replace(  # noqa: PLW2901 - the row goes on as the sum of both
                minor=first.minor + row.minor,
                base_minor=first.base_minor + row.base_minor,
                taxable_minor=first.taxable_minor + row.taxable_minor,
            )
        rows[identity] = row
    return tuple([row for row in rows.values() if row[1] or row[2] or row[7]])


def _in_order(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(booked._replace(postings=tuple(sorted(booked.postings))) for booked in entries)
