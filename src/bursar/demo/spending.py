"""What the studio spent, and what of it clients were billed for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from bursar.demo import cast
from bursar.demo.calendar import TODAY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from bursar.demo.calendar import Calendar
    from bursar.demo.sales import Sale

SINGLE: Final = 34
BILLED, UNBILLED = 6, 3
MARKUPS: Final = ("0", "10", "15")


class Cost(NamedTuple):
    """An expense: its body without ids, the category by name; ``client`` by place; ``sale`` is the invoice that bills it."""

    day: int
    category: str
    body: dict[str, Any]
    client: int | None = None
    sale: int | None = None


def spending(rng: Random, calendar: Calendar, sales: Sequence[Sale]) -> list[Cost]:
    """Return every expense, oldest first."""
    costs = [*_habits(calendar), *(_single(rng, calendar, rng.randint(1, TODAY - 1)) for _ in range(SINGLE))]
    local = [place for place, sale in enumerate(sales) if sale.outcome == "paid" and _is_local(sale)]
    waiting = [place for place, sale in enumerate(sales) if sale.outcome in ("sent", "viewed") and _is_local(sale)]
    for place in (*rng.sample(local, BILLED - 1), rng.choice(waiting)):
        day = max(0, calendar.workday(sales[place].day - rng.randint(2, 9)))
        cost = _single(rng, calendar, day)
        body = {**cost.body, "markup_percent": rng.choice(MARKUPS)}
        costs.append(cost._replace(body=body, client=sales[place].client, sale=place))
    for place in rng.sample(local, UNBILLED):
        cost = _single(rng, calendar, TODAY - rng.randint(3, 20))
        costs.append(cost._replace(body={**cost.body, "billable": True}, client=sales[place].client))
    costs.sort(key=lambda cost: cost.day)
    return costs


def _is_local(sale: Sale) -> bool:
    """Whether an invoice can bill what was spent in CAD: such an expense must be in its currency (semantics 2.6)."""
    return sale.client not in (cast.ARCHIVED, cast.DELETED) and cast.CUSTOMERS[sale.client].currency_code == "CAD"


def _habits(calendar: Calendar) -> list[Cost]:
    costs = []
    for habit in cast.HABITS:
        for place, first in enumerate(calendar.months()):
            day = first + habit.day - 1
            if place % habit.months == 0 and 0 <= day < TODAY:
                costs.append(Cost(day, habit.category, _body(calendar, day, habit.vendor, habit.minor, habit.notes, taxed=habit.taxed)))
    return costs


def _single(rng: Random, calendar: Calendar, day: int) -> Cost:
    kind = rng.choice(cast.PURCHASES)
    day = max(0, calendar.workday(day))
    minor = rng.randint(kind.least, kind.most)
    return Cost(day, kind.category, _body(calendar, day, kind.vendor, minor, kind.notes, taxed=kind.taxed))


def _body(calendar: Calendar, day: int, vendor: str, minor: int, notes: str, *, taxed: bool) -> dict[str, Any]:
    body: dict[str, Any] = {
        "amount": {"amount": f"{minor // 100}.{minor % 100:02d}", "code": "CAD"},
        "date": calendar.iso(day),
        "staffid": 1,
        "vendor": vendor,
        "notes": notes,
    }
    return body | ({"taxName1": "HST", "taxPercent1": cast.PERCENTS["HST"]} if taxed else {})
