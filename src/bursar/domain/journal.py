"""What the journal adds up to: balances by account, client and currency, and whether they are in order (semantics 8.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from bursar.domain.ledger import CUSTOMER_CREDIT, RECEIVABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bursar.domain.ledger import Entry, Sums

K = TypeVar("K")


class Balance(NamedTuple):
    """What stands on an account in a document currency, and what that is in the business's own."""

    minor: int
    base_minor: int


def balances(entries: Iterable[Entry]) -> dict[tuple[str, str], Balance]:
    """Add up every account by (account, currency), debits positive; what is zero on both sides is left out."""
    found: dict[tuple[str, str], Balance] = {}
    for booked in entries:
        for row in booked.postings:
            minor, base_minor = found.get((row.account, booked.code), (0, 0))
            found[row.account, booked.code] = Balance(minor + row.minor, base_minor + row.base_minor)
    return {place: balance for place, balance in found.items() if any(balance)}


def client_balances(entries: Iterable[Entry], account: str) -> dict[tuple[int, str], int]:
    """Add up one account by (client, currency) in minor units; zeros are left out."""
    found: dict[tuple[int, str], int] = {}
    for booked in entries:
        for row in booked.postings:
            if row.account == account:
                found[row.client, booked.code] = found.get((row.client, booked.code), 0) + row.minor
    return {place: minor for place, minor in found.items() if minor}


def receivables(entries: Iterable[Entry]) -> dict[tuple[int, str], int]:
    """What each client owes by the journal: the sum of ``outstanding`` of its issued invoices, or the books are wrong."""
    return client_balances(entries, RECEIVABLE)


def credits_left(entries: Iterable[Entry]) -> dict[tuple[int, str], int]:
    """What each client has left as credit by the journal, positive; a negative one is a fault."""
    return {place: -minor for place, minor in client_balances(entries, CUSTOMER_CREDIT).items()}


def fault(booked: Entry, totals: Sums) -> str:
    """Say what is wrong with a stored entry and the totals stored beside it; ``""`` when nothing is."""
    rows = booked.postings
    if sum(row.minor for row in rows):
        return f"debits and credits differ by {sum(row.minor for row in rows)} in {booked.code}"
    if sum(row.base_minor for row in rows):
        return f"debits and credits differ by {sum(row.base_minor for row in rows)} in the business's currency"
    debit = sum(row.minor for row in rows if row.minor > 0)
    base_minor_debit = sum(row.base_minor for row in rows if row.base_minor > 0)
    if totals != (debit, debit, base_minor_debit, base_minor_debit):
        return f"the stored totals are {totals.debit} and {totals.base_minor_debit}, the rows sum to {debit} and {base_minor_debit}"
    return ""


def first_difference(expected: Mapping[K, int], found: Mapping[K, int]) -> tuple[K, int, int] | None:
    """Find the first key on which two tables of amounts disagree (key, expected, found); absent is zero, None is agreement."""
    for place in (*expected, *found):
        if expected.get(place, 0) != found.get(place, 0):
            return place, expected.get(place, 0), found.get(place, 0)
    return None
