"""What the studio worked on: projects for clients and itself, the hours logged on them, and which invoice bills which."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from bursar.demo import cast
from bursar.demo.calendar import TODAY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

    from bursar.demo.calendar import Calendar
    from bursar.demo.sales import Sale

SINCE: Final = TODAY - 300
QUARTER_S, HOUR_S, NINE_S = 900, 3_600, 9 * 3_600
LEAD: Final = 24
LEFT: Final = 14
NOT_BILLED: Final = frozenset({"draft", "void"})


class Job(NamedTuple):
    """A project: the day it was opened, its client by place or None for the studio's own, its body without ids."""

    day: int
    client: int | None
    body: dict[str, Any]
    done: bool = False


class Stint(NamedTuple):
    """Work at one stretch: day, second of the day it began, project and service by place; ``sale`` and ``line`` bill it."""

    day: int
    second: int
    seconds: int
    job: int
    service: int
    note: str
    sale: int | None = None
    line: int = 0
    billable: bool = True


class Work(NamedTuple):
    """Everything, projects and stints oldest first."""

    jobs: list[Job]
    stints: list[Stint]


def work(rng: Random, calendar: Calendar, sales: Sequence[Sale]) -> Work:
    """Return the projects and the hours behind the hourly lines of the younger invoices, and what is not billed yet."""
    lines = list(_hourly(sales))
    places = list(dict.fromkeys(sales[place].client for place, _, _ in lines))
    jobs = [
        _job(calendar, number, client, min(sales[at].day for at, _, _ in lines if sales[at].client == client))
        for number, client in enumerate(places)
    ]
    jobs.append(Job(SINCE, None, {"title": "Studio website", "internal": True, "billing_method": None, "budget": 40 * HOUR_S}))
    stints = [stint for place, at, name in lines for stint in _billed(rng, calendar, sales[place], place, at, name, places)]
    open_jobs = [number for number, job in enumerate(jobs) if not job.done]
    for _ in range(LEFT):
        job = rng.choice(open_jobs)
        stints.append(
            _stint(
                rng, calendar, TODAY - rng.randint(1, 12), rng.randrange(2, 13) * QUARTER_S, job, rng.randrange(len(cast.SERVICES))
            )._replace(billable=jobs[job].client is not None)
        )
    return Work(jobs, sorted(stints, key=lambda stint: (stint.day, stint.second)))


def _hourly(sales: Sequence[Sale]) -> Iterator[tuple[int, int, str]]:
    """Name the lines that are billed by the hour: sale, line, and what was done."""
    names = {service.name for service in cast.SERVICES}
    for place, sale in enumerate(sales):
        if sale.day < SINCE or sale.outcome in NOT_BILLED or sale.client in (cast.ARCHIVED, cast.DELETED):
            continue
        yield from ((place, at, line["name"]) for at, line in enumerate(sale.body["lines"]) if line["name"] in names)


def _job(calendar: Calendar, number: int, client: int, first: int) -> Job:
    day = calendar.workday(max(1, first - LEAD - 7))
    body: dict[str, Any] = {
        "title": cast.TITLES[number % len(cast.TITLES)],
        "description": cast.CUSTOMERS[client].organization,
        "billing_method": "service_rate",
        "due_date": calendar.iso(min(TODAY, day + 200) + 60),
    }
    if number % 5 == 1:
        body |= {"billing_method": "project_rate", "rate": "120.00"}
    if number % 5 == 2:
        body |= {"budget": 120 * HOUR_S}
    return Job(day, client, body, done=number % 6 == 5)


def _billed(rng: Random, calendar: Calendar, sale: Sale, place: int, at: int, name: str, places: list[int]) -> Iterator[Stint]:
    """Divide the hours of a line into stretches of the weeks before its invoice."""
    service = next(number for number, each in enumerate(cast.SERVICES) if each.name == name)
    left = int(Decimal(sale.body["lines"][at]["qty"]) * HOUR_S)
    while left:
        seconds = min(left, rng.randrange(6, 21) * QUARTER_S)
        left -= seconds
        made = _stint(rng, calendar, sale.day - rng.randint(1, LEAD), seconds, places.index(sale.client), service)
        yield made._replace(sale=place, line=at)


def _stint(rng: Random, calendar: Calendar, day: int, seconds: int, job: int, service: int) -> Stint:
    latest = (NINE_S + 9 * HOUR_S - seconds) // 300
    start = rng.randrange(NINE_S // 300, latest) * 300
    return Stint(calendar.workday(min(day, TODAY - 1)), start, seconds, job, service, rng.choice(cast.SERVICES[service].notes))
