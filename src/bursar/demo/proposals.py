"""What the studio offered: estimates in every state, some of which became invoices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from bursar.demo import cast
from bursar.demo.calendar import TODAY
from bursar.demo.sales import line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from bursar.demo.calendar import Calendar
    from bursar.demo.sales import Sale

INVOICED: Final = 6
STATES: Final = (*("draft",) * 3, *("sent",) * 4, *("viewed",) * 3, *("accepted",) * 4)
YOUNGEST, OLDEST = 2, 60


class Proposal(NamedTuple):
    """An estimate: its client by place, its body without ids, the state it is in; ``sale`` is the invoice it became."""

    day: int
    client: int
    body: dict[str, Any]
    state: str
    sale: int | None = None


def proposals(rng: Random, calendar: Calendar, sales: Sequence[Sale]) -> list[Proposal]:
    """Return every estimate, oldest first."""
    ordinary = [place for place, sale in enumerate(sales) if sale.outcome == "paid" and sale.day > OLDEST]
    made = []
    for place in rng.sample(ordinary, INVOICED):
        sale = sales[place]
        day = calendar.workday(sale.day - rng.randint(6, 30))
        kept = {name: sale.body[name] for name in ("lines", "discount_value", "notes", "terms") if name in sale.body}
        made.append(Proposal(day, sale.client, kept | {"create_date": calendar.iso(day)}, "invoiced", place))
    for state in STATES:
        client = rng.randrange(cast.ARCHIVED)
        day = calendar.workday(TODAY - rng.randint(YOUNGEST, OLDEST))
        offers = rng.sample(cast.OFFERS[:-1], rng.choice((1, 2, 3)))
        lines = [line(offer, client, rng) for offer in offers]
        made.append(Proposal(day, client, {"create_date": calendar.iso(day), "lines": lines, "notes": "Valid for 30 days."}, state))
    made.sort(key=lambda proposal: proposal.day)
    return made
