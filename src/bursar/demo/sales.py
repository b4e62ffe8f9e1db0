"""What the studio sold: the invoices of two years with what became of each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from bursar.demo import cast
from bursar.demo.calendar import TODAY
from bursar.demo.cast import ARCHIVED, CUSTOMERS, DELETED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from bursar.demo.calendar import Calendar
    from bursar.demo.cast import Offer

SALES: Final = 200
VOID: Final = 2
LONG_TERM: Final = {15: 45}
"""Clients with more than thirty days to pay."""
SHARE: Final = 1_000
EXTRA_MINOR, USED_MINOR = 150_00, 115_00
"""What one client paid too much, and what of it was used later."""


class Outcome(NamedTuple):
    """What becomes of some invoices: how many, between how many days old; ``term`` days to pay."""

    name: str
    invoices: int
    least_age: int
    most_age: int
    term: int = 30


OUTCOMES: Final = (
    Outcome("draft", 10, 0, 14),
    Outcome("sent", 9, 1, 25),
    Outcome("viewed", 8, 3, 26),
    Outcome("partial", 5, 8, 26),
    Outcome("deposit-partial", 3, 6, 24),
    Outcome("deposit-paid", 4, 6, 26),
    Outcome("pending", 2, 3, 20),
    Outcome("declined", 2, 5, 22),
    Outcome("retry", 2, 2, 14),
    Outcome("failed", 2, 12, 60),
    Outcome("overdue", 12, 36, 120),
    Outcome("overdue-partial", 3, 40, 150),
    Outcome("disputed", 2, 50, 140),
    Outcome("void", VOID, 60, 500),
)
UNSENT: Final = frozenset({"draft"})
CARD: Final = {"retry": "retry", "failed": "failed", "autopaid": "success"}
ORDERED: Final = {"pending": "pending", "declined": "declined"}
DEPOSITS: Final = ("25", "30", "40", "50")


class Receipt(NamedTuple):
    """A payment: ``share`` thousandths of the ``total``, of the ``deposit``, or the ``rest``; ``extra`` more than owed.

    ``credit`` takes ``extra`` minor units from the client's credit instead.
    """

    day: int
    of: str
    type: str
    share: int = SHARE
    extra: int = 0


class Sale(NamedTuple):
    """An invoice: its client by place in the cast, its body without ids, and what happens afterwards, by day."""

    day: int
    client: int
    outcome: str
    body: dict[str, Any]
    receipts: tuple[Receipt, ...] = ()
    changes: tuple[tuple[int, dict[str, Any]], ...] = ()


def sales(rng: Random, calendar: Calendar) -> list[Sale]:
    """Return every invoice, oldest first."""
    ages = [(outcome, rng.randint(outcome.least_age, outcome.most_age)) for outcome in OUTCOMES for _ in range(outcome.invoices)]
    ages[0] = (OUTCOMES[0], 0)
    subscriptions = [(Outcome("autopaid", 1, 0, 0, 7), 31 * month - 8) for month in range(1, 9) for _ in cast.SUBSCRIBED]
    paid = SALES + VOID - len(ages) - len(subscriptions)
    ages += [(Outcome("paid", 1, 0, 0, rng.choice((14, 30))), rng.randint(31, TODAY - 5)) for _ in range(paid)]
    made = [_sale(rng, calendar, outcome, age) for outcome, age in ages]
    for place, (outcome, age) in enumerate(subscriptions):
        made.append(_sale(rng, calendar, outcome, age, client=cast.SUBSCRIBED[place % len(cast.SUBSCRIBED)]))
    made.sort(key=lambda sale: sale.day)
    return _overpaid(_filed(made))


def _sale(rng: Random, calendar: Calendar, outcome: Outcome, age: int, client: int | None = None) -> Sale:
    day = TODAY - age if age == 0 else calendar.workday(TODAY - age)
    name = outcome.name
    client = _client(rng, name, age) if client is None else client
    offers = [cast.CARE] if name == "autopaid" else _offers(rng)
    term = LONG_TERM.get(client, outcome.term) if name not in ("overdue", "overdue-partial") else outcome.term
    body: dict[str, Any] = {
        "create_date": calendar.iso(day),
        "due_offset_days": term,
        "lines": [line(offer, client, rng) for offer in offers],
        "notes": rng.choice(cast.NOTES),
        "terms": rng.choice(cast.TERMS),
    }
    discount = cast.DISCOUNTED.get(client, "5" if rng.randrange(12) == 0 else "")
    if discount:
        body |= {"discount_value": discount, "discount_description": "Standing discount" if client in cast.DISCOUNTED else "Thank you"}
    if CUSTOMERS[client].note.startswith("Purchase order"):
        body["po_number"] = f"PS-{rng.randrange(1_000, 10_000)}"
    if name.startswith("deposit") or (name == "paid" and rng.randrange(10) == 0):
        body["deposit_percentage"] = rng.choice(DEPOSITS)
    if name in CARD:
        body |= {"auto_bill": True, "autobill_status": CARD[name]}
    if name in ORDERED:
        body["last_order_status"] = ORDERED[name]
    if name not in UNSENT:
        body["status"] = 2
    receipts = _receipts(rng, calendar, day, body, name)
    return Sale(day, client, name, body, receipts, _changes(rng, day, name, receipts))


def _client(rng: Random, outcome: str, age: int) -> int:
    """Choose a client by how often it buys; one was archived, one deleted, both long ago."""
    weights = [customer.often for customer in CUSTOMERS]
    weights[ARCHIVED] = weights[ARCHIVED] if age > 300 and outcome == "paid" else 0
    weights[DELETED] = weights[DELETED] if age > 420 and outcome == "paid" else 0
    return rng.choices(range(len(CUSTOMERS)), weights)[0]


def _offers(rng: Random) -> list[Offer]:
    chosen = rng.sample(cast.OFFERS[:-1], rng.choice((1, 1, 2, 2, 3)))
    return chosen + (rng.sample(cast.GOODS, 1) if rng.randrange(4) == 0 else [])


def line(offer: Offer, client: int, rng: Random) -> dict[str, Any]:
    """Return a line that sells something to a client, in its currency and with its taxes; abroad prices are a fifth lower."""
    customer = CUSTOMERS[client]
    price = offer.price if customer.currency_code == "CAD" else offer.price * 4 // 5
    sold: dict[str, Any] = {
        "name": offer.name,
        "description": offer.description,
        "qty": rng.choice(offer.quantities),
        "unit_cost": {"amount": f"{price}.00", "code": customer.currency_code},
    }
    for which, tax in enumerate(customer.taxes, start=1):
        sold |= {f"taxName{which}": tax, f"taxAmount{which}": cast.PERCENTS[tax]}
    return sold


def _receipts(rng: Random, calendar: Calendar, day: int, body: dict[str, Any], outcome: str) -> tuple[Receipt, ...]:
    """Return the payments of an invoice: some in one piece, some in two, a deposit first where there is one."""

    def on(least: int, most: int) -> int:
        return max(day + 1, calendar.workday(min(TODAY, day + rng.randint(least, most))))

    how = "Credit Card" if outcome == "autopaid" else rng.choice(cast.PAYMENT_TYPES)
    match outcome:
        case "autopaid":
            return (Receipt(on(1, 2), "rest", how),)
        case "paid" if "deposit_percentage" in body:
            return (Receipt(on(1, 8), "deposit", how), Receipt(on(15, 29), "rest", how))
        case "paid" if rng.randrange(5) == 0:
            return (Receipt(on(2, 10), "total", how, rng.randrange(300, 700, 50)), Receipt(on(14, 29), "rest", how))
        case "paid":
            return (Receipt(on(3, 29), "rest", how),)
        case "partial" | "overdue-partial":
            return (Receipt(on(1, 5), "total", how, rng.randrange(250, 650, 50)),)
        case "deposit-partial":
            return (Receipt(on(1, 4), "deposit", how, rng.randrange(300, 700, 100)),)
        case "deposit-paid":
            return (Receipt(on(1, 4), "deposit", how),)
    return ()


def _changes(rng: Random, day: int, outcome: str, receipts: Sequence[Receipt]) -> tuple[tuple[int, dict[str, Any]], ...]:
    """Return what is written onto an invoice later: seen by the client, disputed, deleted."""
    seen = day + rng.randint(1, 2)
    if outcome in ("viewed", "disputed", "declined", "overdue-partial") or (receipts and seen < receipts[0].day and rng.randrange(5) < 3):
        changes = [(seen, {"status": 3})]
    else:
        changes = []
    if outcome == "disputed":
        changes.append((day + rng.randint(6, 20), {"status": 0}))
    if outcome == "void":
        changes.append((day + rng.randint(1, 5), {"vis_state": 1}))
    return tuple(changes)


def _filed(made: list[Sale]) -> list[Sale]:
    """Archive the first three invoices that were paid."""
    filed = [place for place, sale in enumerate(made) if sale.outcome == "paid"][:3]
    for place in filed:
        made[place] = made[place]._replace(changes=(*made[place].changes, (TODAY - 365, {"vis_state": 2})))
    return made


def _overpaid(made: list[Sale]) -> list[Sale]:
    """Let the best client pay too much once, and use most of that credit on a later invoice."""
    single = [place for place, sale in enumerate(made) if sale.outcome == "paid" and len(sale.receipts) == 1 and _in_cad(sale)]
    buyers = [made[place].client for place in single]
    best = max(range(len(CUSTOMERS)), key=buyers.count)
    pairs = [
        (first, then)
        for first in single
        for then in single
        if made[first].client == made[then].client == best and made[first].receipts[0].day < made[then].day
    ]
    first, then = pairs[len(pairs) // 2]
    made[first] = made[first]._replace(receipts=(made[first].receipts[0]._replace(extra=EXTRA_MINOR),))
    credit = Receipt(made[then].day + 1, "credit", "Credit", extra=USED_MINOR)
    made[then] = made[then]._replace(receipts=(credit, *made[then].receipts))
    return made


def _in_cad(sale: Sale) -> bool:
    return CUSTOMERS[sale.client].currency_code == "CAD"
