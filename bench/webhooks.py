"""Callbacks: what an active one costs a create, how fast deliveries go out, and how soon."""

from __future__ import annotations

import random
import statistics
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from bench import bodies
from bench.backlog import Backlog, in_postgres, in_sqlite
from bench.books import copy_of
from bench.load import Shot
from bench.postgres import QUIET, Cluster
from bench.receiver import LATER, Receiver
from bench.rounds import interleave
from bench.servers import SCRATCH, VENV, NotStarted, Server, running
from bench.speed import Unequal, against
from bench.stage import MAIN
from bench.subject import Subject
from bench.table import Bar, Row, latency, rate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.stage import Stage

TO_OURSELVES = {"BURSAR_ALLOW_PRIVATE_TARGETS": "true"}
A_SECOND, A_SECOND_LATER = 4_000, 640
"""Deliveries put up for each second of a shot: of a quick receiver, and of one that takes its time, for each worker."""
IN_FLIGHT = 32
PATIENCE_S = 120
APART_S = (0.005, 0.045)


def callback_rows(stage: Stage) -> list[Row]:
    """Creates with an active callback, then deliveries by one worker and by two."""
    receiver = Receiver(stage)
    rows, delivering = heard_rows(stage, receiver)
    return [*rows, soon_row(stage, receiver, delivering), *worker_rows(stage, receiver, delivering)]


def heard_rows(stage: Stage, receiver: Receiver) -> tuple[list[Row], Heard]:
    """Compare creates without a callback, with one while nothing is delivered, and with one that is delivered to meanwhile."""
    source = stage.books(MAIN, "ours-callback")
    nobody = served(stage, "ours-unheard", copy_of(source, stage.folder / "ours-unheard"), {})
    with running((first := Subject("ours-callback", source, stage.folder)).server):
        callback_id = registered(first.ready(), receiver)
    paused = served(stage, "ours-paused", copy_of(source, stage.folder / "ours-paused"), QUIET)
    heard = Heard(served(stage, "ours-delivering", source, {}), receiver, callback_id)
    stage.tell("creating: without a callback, with one while delivery is paused, with one inside serve")
    sides = {"nobody": nobody.creates(), "paused": paused.creates(), "delivering": heard.creates()}
    series = interleave(sides, stage.plan)
    note = f"{statistics.median(heard.meanwhile):,.0f} a second were delivered meanwhile; the next shot begins when all are"
    return [
        against("create with a callback, delivery paused / no callback", series, "nobody", Bar(0.85), side="paused"),
        against("create with a callback, delivering in serve / no callback", series, "nobody", Bar(0.35), side="delivering", note=note),
    ], heard


class Heard:
    """A server with a callback that is delivered to while it serves."""

    def __init__(self, subject: Subject, receiver: Receiver, callback_id: int) -> None:
        self.subject, self.receiver = subject, receiver
        self.backlog = Backlog(in_sqlite(subject.database), subject.business_id, callback_id)
        self.meanwhile: list[float] = []

    def creates(self) -> Callable[[float], Shot]:
        """Return the side that makes invoices, and delivers what is left before the next one's turn."""
        side = self.subject.creates()

        def shot(seconds: float) -> Shot:
            self.receiver.forget()
            made = side(seconds)
            self.meanwhile.append(self.receiver.count() / seconds)
            emptied(self.backlog)
            if self.receiver.count() < made.answers:
                raise Unequal(f"{made.answers} invoices were made, {self.receiver.count()} events came")
            return made

        return shot


def served(stage: Stage, name: str, folder: Path, env: dict[str, str]) -> Subject:
    """Start a server on books until the run is over."""
    subject = Subject(name, folder, stage.folder, env=env)
    stage.started(subject.server)
    return subject.ready()


def registered(subject: Subject, receiver: Receiver, path: str = "/") -> int:
    """Register a callback for invoices and verify it with the code that comes."""
    callbacks = f"/events/account/{subject.account}/events/callbacks"
    made = subject.call(callbacks, "POST", {"callback": {"event": "invoice", "uri": receiver.url + path}})["callback"]["callbackid"]
    until(lambda: str(made) in receiver.got().codes, "the code of a callback")
    subject.call(f"{callbacks}/{made}", "PUT", {"callback": {"verifier": receiver.got().codes[str(made)]}})
    return int(made)


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait for something; NotStarted when it does not come."""
    deadline = time.perf_counter() + PATIENCE_S
    while not holds():
        if time.perf_counter() > deadline:
            raise NotStarted(f"{what} did not come within {PATIENCE_S} s")
        time.sleep(0.05)


def emptied(backlog: Backlog) -> None:
    """Wait until nothing waits to be delivered."""
    until(lambda: not backlog.waiting(), "the end of the deliveries")


def soon_row(stage: Stage, receiver: Receiver, heard: Heard) -> Row:
    """Time single events from their commit to the first byte at the receiver."""
    stage.tell("creating one at a time: from the commit to the receiver")
    rng, clients, today = random.Random(5), heard.subject.clients(), bodies.today()

    def shot(seconds: float) -> Shot:
        receiver.forget()
        over = time.perf_counter() + seconds
        while time.perf_counter() < over:
            heard.subject.call(heard.subject.invoices, "POST", bodies.invoice(rng, rng.choice(clients), today))
            time.sleep(rng.uniform(*APART_S))
        emptied(heard.backlog)
        made, got = heard.backlog.created_us(), receiver.got()
        waits_ms = [(at - made[event]) / 1e3 for event, at in zip(got.ids, got.at_us, strict=True)]
        cuts = statistics.quantiles(waits_ms, n=100)
        return Shot(rate=len(waits_ms) / seconds, p50_ms=cuts[49], p99_ms=cuts[98], answers=len(waits_ms))

    series = interleave({"ours": shot}, stage.plan.shorter(3))
    value = series.median("ours", "p50_ms")
    note = "from the moment the change was made, so that the commit itself is counted in; creates 5 to 45 ms apart, at one connection"
    said = f"{latency(value)}, p99 {latency(series.median('ours', 'p99_ms'))}"
    return Row("commit to first byte at the receiver, median", said, "–", value, Bar(at_most=20), "ms", note, noisy=series.noisy)


def worker_rows(stage: Stage, receiver: Receiver, heard: Heard) -> list[Row]:
    """Empty backlogs by one worker on both databases, and by two on PostgreSQL when the receiver takes its time."""
    stage.tell("starting PostgreSQL")
    cluster = Cluster(stage.folder / "postgres-callbacks")
    stage.callback(cluster.stop)
    cluster.tell("CREATE DATABASE ours")
    folder, url = stage.folder / "postgres-callbacks-data", cluster.url("ours")
    with running((subject := Subject("postgres-callbacks", folder, stage.folder, database_url=url)).server):
        subject.ready()
        quick, later = (registered(subject, receiver, path) for path in ("/", LATER))
        business_id = subject.business_id
    crew = Crew(stage, receiver, folder, url)
    of_quick, of_later = (Backlog(in_postgres(url), business_id, callback_id) for callback_id in (quick, later))
    stage.tell("delivering a backlog: one worker on SQLite and on PostgreSQL")
    both = interleave({"sqlite": draining(receiver, heard.backlog), "postgres": crew.side(of_quick, 1, A_SECOND)}, stage.plan)
    stage.tell("delivering to a receiver that takes 50 ms: one worker and two")
    sides = {"one": crew.side(of_later, 1, A_SECOND_LATER), "two": crew.side(of_later, 2, A_SECOND_LATER)}
    slow = interleave(sides, stage.plan.shorter(3))
    one, two = slow.median("one"), slow.median("two")
    where = {"sqlite": "SQLite, inside serve", "postgres": "PostgreSQL, bursar work"}
    return [
        *(
            Row(f"one worker, deliveries: {words}", rate(value), "–", value, Bar(1_500), "/s", noisy=both.noisy)
            for side, words in where.items()
            for value in (both.median(side),)
        ),
        Row(
            "two workers / one on PostgreSQL, receiver answering after 50 ms",
            rate(two),
            rate(one),
            slow.ratio("two", "one"),
            Bar(1.6),
            note=f"{IN_FLIGHT} in flight for each; every event came once, and every delivery was claimed once",
            noisy=slow.noisy,
        ),
    ]


def draining(receiver: Receiver, backlog: Backlog, number: int = A_SECOND) -> Callable[[float], Shot]:
    """Return the side that puts deliveries into the books and waits until they are sent, each once."""

    def shot(seconds: float) -> Shot:
        receiver.forget()
        wanted = round(number * seconds)
        backlog.fill(wanted)
        until(lambda: receiver.count() >= wanted, "the last delivery")
        emptied(backlog)
        got = receiver.got()
        if len(got.ids) != wanted or len(set(got.ids)) != wanted or backlog.attempts() != 1:
            raise Unequal(f"{len(got.ids)} came of {wanted}, {len(set(got.ids))} different ones; attempts {backlog.attempts()}")
        return Shot(rate=got.rate, p50_ms=1e3 / got.rate, p99_ms=1e3 / got.rate, answers=wanted)

    return shot


class Crew:
    """Processes that deliver and nothing else, started anew for every shot."""

    def __init__(self, stage: Stage, receiver: Receiver, folder: Path, url: str) -> None:
        self._stage, self._receiver = stage, receiver
        self._command = [str(VENV / "bursar"), "work", "--data", str(folder), "--database-url", url]

    def side(self, backlog: Backlog, workers: int, number: int) -> Callable[[float], Shot]:
        """Return the side on which so many workers empty a backlog of so many each."""

        def shot(seconds: float) -> Shot:
            with ExitStack() as running_ones:
                crew = [running_ones.enter_context(running(self._worker(place))) for place in range(workers)]
                until(lambda: all(begun(server) for server in crew), "a worker")
                return draining(self._receiver, backlog, number * workers)(seconds)

        return shot

    def _worker(self, place: int) -> Server:
        name = f"worker-{place}"
        (SCRATCH / "logs" / f"{name}.log").unlink(missing_ok=True)
        return Server(name, self._command, "", {"BURSAR_DELIVERIES__AT_ONCE": str(IN_FLIGHT), **TO_OURSELVES})


def begun(worker: Server) -> bool:
    """Whether a process has said that it delivers."""
    return '"delivering"' in worker.log.read_text(encoding="utf-8")
