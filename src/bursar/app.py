"""The composition root: settings become a store, an upstream and an ASGI app."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette

import bursar.resources
from bursar.catalogue.book import Book, collect
from bursar.clock import Clock
from bursar.delivery.outbound import Outbound
from bursar.delivery.outlets import Caught, SmtpOutlet
from bursar.delivery.pruning import Pruner
from bursar.delivery.webhooks import WebhookWorker
from bursar.delivery.worker import MailWorker
from bursar.log import Sink, configure
from bursar.oauth.authority import Authority
from bursar.oauth.routes import routes as oauth_routes
from bursar.resources import dunning, share_links
from bursar.runtime.agenda import Agenda
from bursar.runtime.dunning import Dunner
from bursar.runtime.perform import Embedded, Ways
from bursar.runtime.snapshots import Snapshots
from bursar.store.deliveries import Deliveries
from bursar.store.delivery_log import DeliveryLog
from bursar.store.mails import Mails
from bursar.store.people import People
from bursar.store.store import Store
from bursar.store.tables import build
from bursar.store.tally import InSql
from bursar.store.uploads import Uploads
from bursar.store.vault import Vault
from bursar.surfaces.console import Sharing, share_routes
from bursar.surfaces.http.edge import Edge, Limits
from bursar.surfaces.http.elsewhere import REFUSALS
from bursar.surfaces.http.faults import FaultPlan
from bursar.surfaces.http.files import file_routes
from bursar.surfaces.http.gate import Gate
from bursar.surfaces.http.identify import Identifier
from bursar.surfaces.http.meter import Meter
from bursar.surfaces.http.request_log import RequestLog
from bursar.surfaces.http.router import Router, operation_names
from bursar.surfaces.http.watch import Watch
from bursar.surfaces.openapi import openapi_route
from bursar.surfaces.operation import Operation, operation_routes
from bursar.throttling.redis import InRedis
from bursar.throttling.throttle import InMemory, Rates, Throttle
from bursar.wire.families import families
from bursar.wire.family import VERSION
from bursar.wire.links import Links

if TYPE_CHECKING:
    from starlette.routing import Route

    from bursar.settings import Settings
    from bursar.store.driver import Driver
    from bursar.store.tables import Tables


def declarations(*, sparse: bool = True) -> tuple[Book, Tables]:
    """Return the book of every resource and the tables made of it; ``sparse`` as ``tables.build`` takes it."""
    book = collect(bursar.resources)
    return book, build(book, sparse=sparse)


class Application:
    """One running product: its store, its people and what answers requests."""

    def __init__(self, settings: Settings, driver: Driver, key: bytes, clock: Clock | None = None) -> None:
        self.settings, self.driver, self.key = settings, driver, key
        self.clock = clock or Clock()
        self.book, self.tables = declarations(sparse=False)
        self.store = Store(driver, self.tables, self.book, self.clock, Vault(key))
        self.people = People(driver, self.tables, key)
        wire = settings.wire
        self.families = families(
            live_401=wire.accounting_401 == "live",
            grpc_errors=wire.accounting_errors == "grpc",
            date_max_exclusive=wire.date_max == "exclusive",
        )
        self.sink, self.meter = Sink(), Meter()
        self.watch = Watch(self.meter, None if settings.log == "off" else RequestLog(settings.log, self.sink))
        self.mails = Mails(driver, self.tables)
        self.caught = Caught(settings.data / "mail")
        self.links = Links(key, settings.public_url)
        self.upstream = Embedded(
            self.store,
            self.people,
            self.families,
            settings.chosen_policy(),
            self.clock,
            self.links,
            Ways(wire.put_phases == "documents", wire.time_entry_put == "replace", settings.events.derived == "on", settings.scopes.events),
        )
        outlet = SmtpOutlet(settings.smtp) if settings.smtp.host else self.caught
        self.mail_worker = MailWorker(self.store, self.people, self.mails, self.links, outlet, settings.smtp.sender)
        self.store.on_outgoing = self.mail_worker.wake
        self.delivery_log = DeliveryLog(driver, self.tables)
        outbound = Outbound(allow_private=settings.allow_private_targets, timeout_s=settings.deliveries.timeout_s)
        self.upstream.against = outbound.against
        self.webhook_worker = WebhookWorker(self.store, Deliveries(driver, self.tables), outbound, settings.deliveries)
        self.store.on_told = self.webhook_worker.wake
        self.throttle = self._throttle()
        self.faults = FaultPlan(operation_names(self.book), settings.fault, settings.fault_seed) if settings.demo else None
        self.pruner = Pruner(self.store, self.people, self.delivery_log, tokens=not settings.demo)
        dunner = Dunner(self.store, settings.chosen_policy(), dunning.Dunning, dunning.press, dunning.passed_over)
        self.workers = (self.mail_worker, self.webhook_worker) if settings.deliveries.in_serve else (self.mail_worker,)
        self.agenda = Agenda(self.clock, (dunner, self.pruner), self.workers)
        self.snapshots = Snapshots(settings.data, driver, self.tables, self.agenda, self.clock)

    def start(self, *, logging: bool = True) -> None:
        """Begin what goes on beside the requests, in the running loop: mails and webhooks go out, the log is written as set.

        ``logging=False`` leaves the log of the process to whom the process belongs.
        """
        if logging:
            self.begin_log()
        for worker in self.workers:
            worker.start()
        self.agenda.start()

    def begin_log(self) -> None:
        """Write the log of this process as the settings say."""
        configure(self.settings.log, self.sink)

    async def advance(self, to_us: int) -> None:
        """Move the clock of sample books, doing what falls due on the way; it stays ahead when they are served again."""
        try:
            await self.agenda.advance(to_us)
        finally:
            await self.snapshots.keep_clock()

    async def stop(self) -> None:
        """End that, after what is under way; the database is closed after this."""
        await self.agenda.stop()
        await asyncio.gather(self.mail_worker.stop(), self.webhook_worker.stop())
        if self.throttle is not None:
            await self.throttle.tally.close()
        self.sink.flush()

    def asgi(self, public_url: str) -> Any:
        """Return the ASGI app; ``public_url`` is what every emitted link begins with."""
        self.links.public_url = public_url
        authority = Authority(
            people=self.people,
            public_url=public_url,
            key=self.key,
            now_us=self.clock.now_us,
            secure_cookies=public_url.startswith("https:"),
            allow_http_localhost=self.settings.demo or self.settings.oauth.allow_http_localhost,
            limited=self.settings.login_limits,
        )
        described = openapi_route(self.book, self.families, public_url, VERSION.decode())
        routes = [
            *oauth_routes(authority),
            described,
            *self._operation(),
            *self._sharing(),
            *file_routes(Uploads(self.driver, self.tables)),
        ]
        pages = Starlette(routes=routes, exception_handlers=REFUSALS)
        pages.router.redirect_slashes = False
        router = Router(self.book, self.families)
        limits = Limits(self.settings.body_limit, self.settings.upload_limit, self.throttle)
        edge = Edge(router, Identifier(self.people, self.clock), self.upstream, pages, limits, self.watch)
        edge.faults = self.faults
        edge.prompt = self.driver.dialect == "sqlite" and (self.throttle is None or isinstance(self.throttle.tally, InMemory))
        if not self.settings.demo:
            return edge
        gate = Gate(edge)
        self.snapshots.quiet = gate.shut
        return gate

    def _throttle(self) -> Throttle | None:
        """Choose who counts the calls: Redis when it is configured, the database for several processes, else this process."""
        limits = self.settings.limits
        rates = Rates(limits.per_minute, limits.accounting_post_per_minute, limits.window_s)
        if not rates.calls and not rates.posts:
            return None
        if limits.redis_url:
            return Throttle(rates, InRedis(limits.redis_url, rates.window_s), self.clock)
        if self.settings.workers > 1:
            return Throttle(rates, InSql(self.driver, self.tables, rates.window_s), self.clock)
        return Throttle(rates, InMemory(), self.clock)

    def _operation(self) -> list[Route]:
        return operation_routes(
            Operation(
                driver=self.driver,
                clock=self.clock,
                advance=self.advance,
                snapshots=self.snapshots,
                worker=self.mail_worker,
                webhooks=self.webhook_worker if self.settings.deliveries.in_serve else None,
                deliveries=self.delivery_log,
                mails=self.mails,
                version=VERSION.decode(),
                demo=self.settings.demo,
                alone=self.settings.workers == 1,
                token=self.settings.metrics_token,
                caught=self.caught.listed,
                collectors=(self.meter, self.faults) if self.faults else (self.meter,),
                faults=self.faults,
                counting=self.throttle.tally if self.throttle else None,
            )
        )

    def _sharing(self) -> list[Route]:
        return share_routes(
            Sharing(
                store=self.store,
                people=self.people,
                links=self.links,
                clock=self.clock,
                is_open=share_links.is_open,
                viewed=share_links.viewed,
                sheet=share_links.sheet,
            )
        )
