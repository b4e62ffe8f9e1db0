"""The routes below ``/_/`` that people and programs watch a server by (JSON, never cached)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from bursar.domain.instants import SECOND, iso_z
from bursar.errors import Refusal
from bursar.log import Log
from bursar.store.driver import Unavailable
from bursar.store.schema import WrongSchema
from bursar.store.snapshots import NoSnapshot
from bursar.surfaces.operation import clock, faults, gauges, health, snapshots
from bursar.surfaces.operation.callers import may_look
from bursar.surfaces.operation.gauges import Number

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from starlette.requests import Request

    from bursar.clock import Clock
    from bursar.store.delivery_log import DeliveryLog
    from bursar.store.mails import Mails
    from bursar.surfaces.operation.faults import Faults
    from bursar.surfaces.operation.gauges import Collector

_METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_MOST_BODY: Final = 1_000
log = Log("bursar.operation")


class Worker(Protocol):
    """What readiness asks of a worker."""

    trouble: str

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        ...


class Counting(Protocol):
    """What readiness asks of who counts calls."""

    trouble: str


class Delivering(Worker, Protocol):
    """What is asked of the worker that delivers webhooks."""

    delivered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What these addresses tell of: the store, the clock, the worker. ``advance`` moves the clock and does what falls due.

    ``webhooks`` is None where other processes deliver them; ``alone`` tells that no other process serves these books;
    ``token`` opens the metrics; ``caught`` lists caught mails;
    ``counting`` counts calls, when limits are on; ``faults`` are what sample books have.
    """

    driver: Any
    clock: Clock
    advance: Callable[[int], Awaitable[None]]
    snapshots: snapshots.Shelf
    worker: Worker
    webhooks: Delivering | None
    deliveries: DeliveryLog
    mails: Mails
    version: str
    demo: bool
    alone: bool
    token: str
    caught: Callable[[], list[dict[str, Any]]]
    collectors: Iterable[Collector]
    counting: Counting | None
    faults: Faults | None


def operation_routes(operation: Operation) -> list[Route]:
    """Build the routes; those that only sample books have are missing elsewhere."""
    pages = _Pages(operation)
    routes = [
        Route("/_/live", pages.live, methods=["GET"]),
        Route("/_/ready", pages.ready, methods=["GET"]),
        Route("/_/version", pages.version, methods=["GET"]),
        Route("/_/metrics", pages.metrics, methods=["GET"]),
    ]
    if operation.demo:
        routes.append(Route("/_/mail", pages.mail, methods=["GET"]))
    if operation.demo and operation.alone:  # a clock is moved in the one process that is asked to
        routes += [
            Route("/_/test/clock", pages.clock, methods=["GET", "POST"]),
            Route("/_/test/snapshot", pages.snapshot, methods=["GET", "POST"]),
            Route("/_/test/reset", pages.reset, methods=["POST"]),
        ]
    if operation.faults and operation.alone:
        routes.append(Route("/_/test/fault", partial(pages.fault, operation.faults), methods=["GET", "POST", "DELETE"]))
    return routes


class _Pages:
    def __init__(self, operation: Operation) -> None:
        self._of = operation

    async def live(self, _request: Request) -> Response:
        """Answer while the process runs; touches nothing."""
        return _json({"live": True})

    async def ready(self, _request: Request) -> Response:
        """Answer 200 when requests can be served, else 503, with a reason each."""
        database, migrations = await health.of_database(self._of.driver)
        told = {"database": database, "migrations": migrations}
        for name, worker in (("worker", self._of.worker), ("webhooks", self._of.webhooks)):
            if worker is not None:
                told[name] = (worker.trouble or health.OK) if worker.running else "not running"
        ready = set(told.values()) == {health.OK}
        if self._of.counting and self._of.counting.trouble:
            told["limits"] = self._of.counting.trouble  # everybody is still served, so it is no reason to send nobody here
        return _json({"ready": ready, **told}, 200 if ready else 503)

    async def version(self, _request: Request) -> Response:
        """Name the program and its version."""
        return _json({"name": "bursar", "version": self._of.version})

    async def metrics(self, request: Request) -> Response:
        """Answer Prometheus's text to somebody on this machine, or with the token."""
        if not may_look(request, self._of.token):
            return _json(
                {"error": "forbidden", "error_description": "Metrics are for this machine, or for who has BURSAR_METRICS_TOKEN."}, 403
            )
        text = await gauges.page([*self._of.collectors, gauges.Numbers(await self._numbers())])
        return Response(text, headers={"Content-Type": _METRICS_TYPE, "Cache-Control": "no-store"})

    async def mail(self, _request: Request) -> Response:
        """List caught mails, the newest first."""
        return _json({"mails": await asyncio.get_running_loop().run_in_executor(None, self._of.caught)})

    async def clock(self, request: Request) -> Response:
        """Show the clock; POST moves it forward, and answers when all that fell due on the way is done."""
        now_us = self._of.clock.now_us()
        if request.method == "POST":
            if (unfit := _unfit(request)) is not None:
                return unfit
            try:
                to_us = now_us + clock.step_us(await request.body(), now_us)
            except clock.CannotMove as error:
                return _json({"error": str(error)}, 422)
            try:
                await self._of.advance(to_us)
            except (Unavailable, Refusal) as error:
                log.warning("clock not moved to the end", reason=str(error))
                return _json({"error": "the database does not answer; the clock stands where that happened"}, 503)
            now_us = self._of.clock.now_us()
        return _json({"now": iso_z(now_us), "ahead_s": self._of.clock.ahead_us // SECOND})

    async def fault(self, plan: Faults, request: Request) -> Response:
        """Show the faults on demand; POST puts others in their place, DELETE ends them."""
        if request.method == "DELETE":
            plan.plan((), plan.seed)
        elif request.method == "POST":
            if (unfit := _unfit(request)) is not None:
                return unfit
            try:
                faults.follow(plan, await request.body())
            except ValueError as error:
                return _json({"error": str(error)}, 422)
        return _json(plan.told())

    async def snapshot(self, request: Request) -> Response:
        """List the snapshots; POST takes one, loads one, or makes other books of one."""
        if request.method == "POST" and (unfit := _unfit(request)) is not None:
            return unfit
        shelf = self._of.snapshots
        raw = await request.body()
        return await self._brought(snapshots.follow(shelf, raw) if request.method == "POST" else snapshots.told(shelf))

    async def reset(self, request: Request) -> Response:
        """Bring the books back to what they were when they were made."""
        return _unfit(request) or await self._brought(self._of.snapshots.reset())

    async def _brought(self, work: Awaitable[dict[str, Any] | None]) -> Response:
        try:
            done = await work
        except (NoSnapshot, WrongSchema, ValueError) as error:
            status, told = snapshots.refused(error)
            return _json(told, status)
        except (Unavailable, Refusal, OSError) as error:
            log.warning("snapshot failed", reason=str(error))
            return _json({"error": "the books, or the place of the snapshots, cannot be reached"}, 503)
        return _json(done or {"now": iso_z(self._of.clock.now_us())})

    async def _numbers(self) -> list[Number]:
        driver = self._of.driver
        numbers = [
            Number("bursar_store_queue", "Writes that wait for their turn", driver.queue_depth),
            Number("bursar_store_works", "Writes run", driver.group.works, grows=True),
            Number("bursar_store_batches", "Transactions they were committed in", driver.group.batches, grows=True),
        ]
        try:
            counts = await self._of.mails.counts()
            left = await self._of.deliveries.counts()
        except Unavailable:
            return numbers
        numbers += [Number(f"bursar_mails_{name}", f"Mails {name}", value) for name, value in counts._asdict().items()]
        numbers += [Number(f"bursar_deliveries_{name}", f"Webhooks {name}", value) for name, value in left._asdict().items()]
        webhooks = self._of.webhooks
        return (
            numbers if webhooks is None else [*numbers, Number("bursar_deliveries", "Webhooks delivered", webhooks.delivered, grows=True)]
        )


def _unfit(request: Request) -> Response | None:
    """Refuse what another site's page could send, and what is too large."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        return _json({"error": "the body must be application/json"}, 415)
    if int(request.headers.get("content-length", "0")) > _MOST_BODY:
        return _json({"error": "the body is too large"}, 413)
    return None


def _json(body: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, {"Cache-Control": "no-store"}, "application/json")
