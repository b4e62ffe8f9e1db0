"""Fills empty books with the sample business: the plot is made first, then written by the product's own rules."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Final

from bursar.demo import cast
from bursar.demo.calendar import CLOSES, GONE, OPENS, TODAY, Calendar
from bursar.demo.past import Deed, Past
from bursar.demo.proposals import proposals
from bursar.demo.sales import sales
from bursar.demo.spending import spending
from bursar.demo.work import work
from bursar.domain.instants import iso_z
from bursar.domain.invoice_status import SENT, VIEWED
from bursar.domain.money import amount_text, parse_minor
from bursar.opening import begin_books
from bursar.store.people import Business

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bursar.app import Application
    from bursar.catalogue.shown import Shown
    from bursar.clock import Clock
    from bursar.demo.proposals import Proposal
    from bursar.demo.sales import Receipt, Sale
    from bursar.demo.spending import Cost
    from bursar.demo.work import Stint

    Progress = Callable[[str, int, int], None]

SEED: Final = 1
ZONE: Final = "America/Toronto"
ADDRESS: Final = '{"street":"388 Carlaw Ave","street2":"Unit 204","city":"Toronto","province":"Ontario","postal_code":"M4M 2T4"}'
STEPS: Final = 15


def studio(clock: Clock) -> Business:
    """Return the sample business as it was opened two years ago, to be added with ``People.add_business``."""
    calendar = Calendar(clock.today(ZONE), ZONE)
    opened_us = calendar.moment(-1, Random(SEED))  # noqa: S311 - sample books, no secret
    return Business(
        *(0, "kW3nLt", "6f1c2f0e-52a4-4f0b-9d57-8b0c4c1d7a10", "Northlight Studio", "CAD", ZONE, "CA", "yyyy-mm-dd", "active"),
        *(ADDRESS, "416-555-0143", "studio@northlight.example.com", opened_us),
    )


async def fill(
    application: Application, business_id: int, owner_identity: int, progress: Progress = lambda _what, _done, _all: None, seed: int = SEED
) -> None:
    """Fill the new books of :func:`studio` with two years that end today; ``progress`` is told what was done, of how many steps.

    The same seed on the same day makes the same rows. Raises what the store raises.
    """
    rng = Random(f"northlight {seed}")  # noqa: S311 - sample books, no secret
    tenant = next(books for _, books in await application.people.memberships(owner_identity) if books.id == business_id)
    owner = await application.people.identity(owner_identity)
    assert owner is not None, "a business has an owner"
    calendar = Calendar(application.clock.today(tenant.timezone), tenant.timezone)
    past = Past(application, tenant, owner_identity, rng)
    await past.run(lambda unit: begin_books(unit, tenant, owner))
    await Story(past, calendar, rng, progress, seed).tell()


class Story:
    """Writes the plot in order; ``clients``, ``costs``, ``offered`` and ``sold`` are ids by place in the plot."""

    def __init__(self, past: Past, calendar: Calendar, rng: Random, progress: Progress, seed: int) -> None:
        self.past, self.calendar, self.rng = past, calendar, rng
        self._progress, self._done = progress, 0
        self.sales = sales(rng, calendar)
        self.spending = spending(rng, calendar, self.sales)
        self.proposals = proposals(rng, calendar, self.sales)
        self.work = work(Random(f"hours {seed}"), calendar, self.sales)  # noqa: S311 - sample books, no secret
        self.clients: list[int] = []
        self.logged: dict[tuple[int | None, int], list[int]] = {}
        self.costs: list[int] = []
        self.offered: list[int] = []
        self.sold: list[Shown] = []

    async def tell(self) -> None:
        """Write everything."""
        self.clients = self._told("clients", await self.past.write([self._client(each) for each in cast.CUSTOMERS]))
        await self._goods()
        await self._rates()
        self.costs = self._told("expenses", await self.past.write(await self._costs()))
        self.offered = self._told("estimates", await self.past.write([self._proposal(each) for each in self.proposals]))
        await self._offers_taken_up()
        await self._hours()
        self.sold = await self.past.write([self._sale(place, sale) for place, sale in enumerate(self.sales)])
        self._told("invoices", self.sold)
        await self.past.write(self._changes(hiding=False))
        self._tell("invoices seen")
        await self.past.write(self._payments())
        self._tell("payments")
        await self.past.write(self._changes(hiding=True))
        self._tell("invoices filed")
        await self.past.write(self._departures())
        self._tell("clients who left")
        for day, event, uri in cast.CALLBACKS:
            await self.past.register(self.calendar.at(day, OPENS), event, uri)
        self._tell("callbacks")

    def _told(self, what: str, written: Sequence[Shown]) -> list[int]:
        self._tell(what)
        return [each["id"] for each in written]

    def _tell(self, what: str) -> None:
        self._done += 1
        self._progress(what, self._done, STEPS)

    def _moment(self, day: int) -> int:
        return self.calendar.moment(day, self.rng)

    def _client(self, customer: cast.Customer) -> Deed:
        names = {f"p_{name}": getattr(customer, name) for name in ("street", "city", "province", "code", "country")}
        names |= {name: getattr(customer, name) for name in ("organization", "fname", "lname", "email", "currency_code")}
        names["contacts"] = [{"fname": fname, "lname": lname, "email": email} for fname, lname, email in customer.contacts]
        names["language"] = "fr" if customer.province == "Québec" else "en"
        if customer.note:
            names["note"] = customer.note
        return Deed(self._moment(0), "client", names)

    async def _goods(self) -> None:
        """Write taxes and items."""
        taxes = [
            Deed(self._moment(0), "tax", {"name": name, "amount": amount, "number": cast.NUMBERS[name]})
            for name, amount in cast.PERCENTS.items()
        ]
        ids = {tax["name"]: tax["id"] for tax in await self.past.write(taxes)}
        items = await self.past.write(self._item(offer, ids["HST"]) for offer in (*cast.OFFERS, *cast.GOODS, cast.RETIRED))
        await self.past.write([Deed(self._moment(300), "item", {"vis_state": 2}, items[-1]["id"])])
        self._tell("items")

    def _item(self, offer: cast.Offer, tax: int) -> Deed:
        price = {"amount": f"{offer.price}.00", "code": "CAD"}
        fields = {"name": offer.name, "description": offer.description, "unit_cost": price, "tax1": tax, "qty": "1"}
        tracked = {"inventory": offer.inventory, "sku": offer.sku} if offer.inventory else {}
        return Deed(self._moment(0), "item", fields | tracked)

    async def _rates(self) -> None:
        """Write what foreign money was worth at the beginning of every month."""
        rows = []
        for code, worth in cast.RATES.items():
            billionths = worth
            for day in self.calendar.months():
                rows.append({"currency_code": code, "date": self.calendar.iso(day), "billionths": billionths})
                billionths += self.rng.randrange(-cast.SWING, cast.SWING, 100_000)
        await self.past.quote(rows)
        self._tell("exchange rates")

    async def _costs(self) -> list[Deed]:
        categories = await self.past.ids("category", "category")
        return [self._cost(cost, categories) for cost in self.spending]

    def _cost(self, cost: Cost, categories: dict[str, int]) -> Deed:
        client = {} if cost.client is None else {"clientid": self.clients[cost.client]}
        return Deed(self._moment(cost.day), "expense", {**cost.body, "categoryid": categories[cost.category], **client})

    def _proposal(self, proposal: Proposal) -> Deed:
        return Deed(self._moment(proposal.day), "estimate", {**proposal.body, "customerid": self.clients[proposal.client]})

    async def _offers_taken_up(self) -> None:
        """Let the client see and accept what was offered."""
        sent = [(place, each) for place, each in enumerate(self.proposals) if each.state != "draft"]
        await self.past.deliver(
            "estimate",
            [(self._moment(each.day + 1), self.offered[place], SENT if each.state == "sent" else VIEWED) for place, each in sent],
        )
        accepted = [(place, each) for place, each in sent if each.state in ("accepted", "invoiced")]
        await self.past.write(
            Deed(self._moment(each.day + 2), "estimate", {"action_accept": True}, self.offered[place]) for place, each in accepted
        )
        self._tell("estimates answered")

    async def _hours(self) -> None:
        """Write services with their rates, projects, the hours worked on them, and the timer somebody forgot to stop."""
        offered = [Deed(self.calendar.at(0, GONE), "service", {"name": each.name, "billable": True}) for each in cast.SERVICES]
        services = [each["id"] for each in await self.past.write(offered)]
        rates = zip(services, cast.SERVICES, strict=True)
        await self.past.write(
            [Deed(self.calendar.at(0, GONE), "service_rate", {"rate": each.rate}, number, "create") for number, each in rates]
        )
        self._tell("services")
        jobs = [
            Deed(
                self.calendar.at(job.day, OPENS),
                "project",
                job.body | ({} if job.client is None else {"client_id": self.clients[job.client]}),
            )
            for job in self.work.jobs
        ]
        projects = self._told("projects", await self.past.write(jobs))
        entries = await self.past.write([self._stint(stint, projects, services) for stint in self.work.stints])
        for stint, entry in zip(self.work.stints, entries, strict=True):
            self.logged.setdefault((stint.sale, stint.line), []).append(entry["id"])
        running = {
            "started_at": iso_z(self.calendar.at(TODAY, CLOSES)),
            "is_logged": False,
            "project_id": projects[-1],
            "note": "Portfolio texts",
        }
        await self.past.write([Deed(self.calendar.at(TODAY, CLOSES), "time_entry", running)])
        done = [(number, job) for number, job in zip(projects, self.work.jobs, strict=True) if job.done]
        await self.past.write(
            [Deed(self.calendar.at(TODAY, GONE), "project", {"title": job.body["title"], "complete": True}, number) for number, job in done]
        )
        self._tell("hours")

    def _stint(self, stint: Stint, projects: list[int], services: list[int]) -> Deed:
        client = self.work.jobs[stint.job].client
        fields = {
            "started_at": iso_z(self.calendar.at(stint.day, stint.second)),
            "duration": stint.seconds,
            "project_id": projects[stint.job],
            "client_id": None if client is None else self.clients[client],
            "service_id": services[stint.service],
            "note": stint.note,
            "billable": stint.billable,
        }
        return Deed(self.calendar.at(stint.day, stint.second + stint.seconds), "time_entry", fields)

    def _sale(self, place: int, sale: Sale) -> Deed:
        lines = [
            {**line, "modern_time_entries": [{"id": entry} for entry in self.logged.get((place, at), ())]}
            for at, line in enumerate(sale.body["lines"])
        ]
        body = {**sale.body, "customerid": self.clients[sale.client], "lines": lines}
        estimate = next((number for number, each in enumerate(self.proposals) if each.sale == place), None)
        if estimate is not None:
            body["estimateid"] = self.offered[estimate]
        billed = [
            {"type": 1, "expenseid": self.costs[number], "name": cost.category, "description": cost.body["notes"]}
            for number, cost in enumerate(self.spending)
            if cost.sale == place
        ]
        return Deed(self._moment(sale.day), "invoice", {**body, "lines": [*body["lines"], *billed]})

    def _changes(self, *, hiding: bool) -> list[Deed]:
        """Return the later changes of invoices: those that hide them, or the others."""
        deeds = [
            Deed(self._moment(min(day, TODAY)), "invoice", fields, self.sold[place]["id"])
            for place, sale in enumerate(self.sales)
            for day, fields in sale.changes
            if ("vis_state" in fields) == hiding
        ]
        return sorted(deeds, key=lambda deed: deed.moment_us)

    def _payments(self) -> list[Deed]:
        deeds = []
        for sale, invoice in zip(self.sales, self.sold, strict=True):
            code = invoice["currency_code"]
            owed = parse_minor(invoice["amount"]["amount"], code)
            for receipt in sale.receipts:
                minor = _minor(receipt, invoice, owed)
                owed -= minor
                received = {"amount": amount_text(minor if receipt.of == "credit" else minor + receipt.extra, code), "code": code}
                paid = {"invoiceid": invoice["id"], "amount": received, "date": self.calendar.iso(receipt.day), "type": receipt.type}
                credit = {"from_credit": True} if receipt.of == "credit" else {}
                deeds.append(Deed(self._moment(receipt.day), "payment", paid | credit))
        return sorted(deeds, key=lambda deed: deed.moment_us)

    def _departures(self) -> list[Deed]:
        gone = ((cast.ARCHIVED, 2, TODAY - 200), (cast.DELETED, 1, TODAY - 300))
        return [Deed(self._moment(day), "client", {"vis_state": state}, self.clients[place]) for place, state, day in gone]


def _minor(receipt: Receipt, invoice: Shown, owed: int) -> int:
    """Return what of an invoice a payment clears, in minor units."""
    match receipt.of:
        case "credit":
            return receipt.extra
        case "rest":
            return owed
    whole = invoice["deposit_amount" if receipt.of == "deposit" else "amount"]["amount"]
    return parse_minor(whole, invoice["currency_code"]) * receipt.share // 1_000
