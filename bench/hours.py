"""Projects and time: single objects against hello world, the totals of a hundred thousand entries against bare statements."""

from __future__ import annotations

import datetime as dt
import json
import random
import threading
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import apsw

from bench import bodies
from bench.fill import BLOCK
from bench.lists import bare_side
from bench.rounds import interleave
from bench.servers import ask, running
from bench.speed import Unequal, against
from bench.subject import Subject, read
from bench.table import Bar, Row, latency
from bursar import resources
from bursar.catalogue.book import collect
from bursar.store.plan import Plan
from bursar.store.tables import build
from bursar.wire.families import families

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.load import Shot
    from bench.stage import Stage

ENTRIES, PROJECTS, PEOPLE, A_DAY, PLACES = 100_000, 300, 5, 8, 3
DAY_US = 86_400_000_000
BEGAN = dt.date(2016, 1, 4)
EVERYBODY = "team=true&billable=true&per_page=1"


def time_rows(stage: Stage) -> list[Row]:
    """Single projects and entries, then the totals of books of a hundred thousand entries."""
    subject = with_time(stage)
    stage.tell("reading: hello, projects, time entries at 32 connections")
    sides = {"hello": stage.hello, "project": projects(subject), "entry": entries(subject)}
    series = interleave(sides, stage.plan)
    singles = [
        against(f"GET {words} / hello", series, "hello", Bar(0.28), side=side)
        for side, words in (("project", "project"), ("entry", "time entry"))
    ]
    return [*singles, *totals_rows(stage, subject)]


def with_time(stage: Stage) -> Subject:
    """Start a server on books of a hundred thousand time entries: five people, eight entries a day, three projects of the day each."""
    folder = stage.folder / "ours-time"
    stage.tell(f"making {PROJECTS} projects through the API and filling books of {ENTRIES:,} time entries")
    with running((first := Subject("ours-time-first", folder, stage.folder)).server):
        first.ready()
        clients = first.clients()
        for number in range(PROJECTS):
            client = clients[number % len(clients)]
            send(first, f"/projects/business/{first.business_id}/project", {"project": {"title": f"Project {number}", "client_id": client}})
        send(first, listed(first), {"time_entry": {"started_at": "2016-01-04T14:00:00Z", "duration": 3600, "note": "Layout, second round"}})
    fill(first)
    subject = Subject("ours-time", folder, stage.folder)
    stage.started(subject.server)
    return subject.ready()


def send(subject: Subject, path: str, body: Any) -> Any:
    """Create one object of a business family; Unequal when it is refused."""
    answer = ask(subject.server.url + path, "POST", token=subject.token, body=body)
    if answer.status != 200:
        raise Unequal(f"POST {path}: {answer.status} {answer.body[:300]!r}")
    return answer.json()


def listed(subject: Subject, query: str = "") -> str:
    """Write the path of the list of time entries."""
    return f"/timetracking/business/{subject.business_id}/time_entries{query}"


def fill(subject: Subject) -> None:
    """Copy the newest entry a hundred thousand times, by SQL, as other people, days and projects have it."""
    line = apsw.Connection(str(subject.database))
    names = [name for _, name, *_ in line.execute("PRAGMA table_info(time_entries)")]
    newest = line.execute("SELECT * FROM time_entries ORDER BY id DESC LIMIT 1").fetchall()[0]
    model = dict(zip(names, newest, strict=True))
    places = line.execute("SELECT id, client_id FROM projects ORDER BY id DESC LIMIT ?", (PROJECTS,)).fetchall()
    with line:
        text = f"INSERT INTO time_entries VALUES ({', '.join('?' * len(names))})"  # noqa: S608 - question marks
        line.executemany(text, ([row[name] for name in names] for row in copies(model, places)))
        line.execute("DELETE FROM counts WHERE noun = 'time_entry'")
        line.execute(
            "INSERT INTO counts (business_id, noun, block, visible) "  # noqa: S608 - a number of ours
            f"SELECT business_id, 'time_entry', id / {BLOCK}, count(*) FROM time_entries GROUP BY business_id, id / {BLOCK}"
        )
        line.execute("UPDATE sequences SET next = next + ? WHERE noun = 'time_entry'", (ENTRIES,))
    line.close()


def copies(model: dict[str, Any], places: list[tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    """Make the rows of the copies."""
    rng = random.Random(7)
    for number in range(ENTRIES):
        day, who = number // (PEOPLE * A_DAY), number % PEOPLE
        project, client = places[(day * 7 + who * 11 + number // PEOPLE % PLACES * 29) % len(places)]
        yield model | {
            "id": model["id"] + 1 + number,
            "identity_id": model["identity_id"] + who,
            "project_id": project,
            "client_id": client,
            "local_day": (BEGAN + dt.timedelta(days=day)).isoformat(),
            "started_at": model["started_at"] + day * DAY_US,
            "duration": rng.randrange(300, 14_400, 60),
            "billable": 1,
            "billed": int(rng.random() < 0.6),
        }


def projects(subject: Subject) -> Callable[[float], Shot]:
    """Return the side that reads random projects."""
    ids = subject.rows("SELECT id FROM projects WHERE business_id = ?")
    return subject.load("projects", list(bodies.gets([f"/projects/business/{subject.business_id}/project/{one}" for (one,) in ids])))


def entries(subject: Subject, connections: int = 32) -> Callable[[float], Shot]:
    """Return the side that reads random time entries."""
    ids = subject.rows("SELECT id FROM time_entries WHERE business_id = ? ORDER BY random() LIMIT 10000")
    return subject.load(f"entries-{connections}", list(bodies.gets([listed(subject, f"/{one}") for (one,) in ids])), connections)


def statements(subject: Subject) -> dict[str, list[tuple[str, list[Any]]]]:
    """Return what stands behind the totals, as the server plans it: the GROUP BY that the three sums come from, and both."""
    book = collect(resources)
    resource = book.resources["time_entry"]
    assert resource.totals is not None, "time entries have totals"
    plan = Plan(resource, build(book), book, "sqlite")
    query = families()[resource.family].query(parse_qsl(EVERYBODY), resource)
    tallies = [plan.tally(query, tally, business_id=subject.business_id, today="2026-01-01") for tally in resource.totals.tallies]
    texts = [(each.statement.text, list(each.statement.bind(each.values))) for each in tallies]
    return {"first": texts[:1], "both": texts}


def totals_rows(stage: Stage, subject: Subject) -> list[Row]:
    """Time the totals of everything and of one client, and what others feel meanwhile."""
    found = statements(subject)
    check_totals(subject, found)
    files = {name: stage.folder / f"time-{name}.json" for name in found}
    for name, texts in found.items():
        files[name].write_text(json.dumps(texts), encoding="utf-8")
    client = subject.rows("SELECT client_id FROM time_entries WHERE business_id = ? AND client_id IS NOT NULL LIMIT 1")[0][0]
    stage.tell("adding up: all entries, those of a client, and the bare statements")
    plan = stage.plan.shorter(3)
    whole = subject.load("totals", list(bodies.gets([listed(subject, f"?{EVERYBODY}")])), 1)
    some = subject.load("totals-some", list(bodies.gets([listed(subject, f"?{EVERYBODY}&client_id={client}")])), 1)
    bare = {name: bare_side(str(subject.database), str(file)) for name, file in files.items()}
    series = interleave({"ours": whole, "some": some, **bare}, plan)
    stage.tell("reading entries while somebody adds up all of them")
    besides = beside(subject, entries(subject, 1))(plan.seconds)
    sums, narrow = series.median("first", "p50_ms"), series.median("some", "p50_ms")
    whole_ms = series.median("ours", "p50_ms")
    few = f"the answer to a list of one client, of {len(subject.clients())}, with all its totals"
    what = f"total, total_logged, total_unbilled of {ENTRIES:,} time entries"
    return [
        Row(
            f"{what}: the sums",
            latency(sums),
            "–",
            sums,
            Bar(at_most=20),
            "ms",
            "the GROUP BY by person, client and project that the server takes them from, over all entries",
            noisy=series.noisy,
        ),
        Row(f"{what}: one client's list", latency(narrow), "–", narrow, Bar(at_most=20), "ms", few, noisy=series.noisy),
        Row(
            f"nested totals of {ENTRIES:,} time entries / bare GROUP BYs, time",
            latency(whole_ms),
            latency(series.median("both", "p50_ms")),
            series.ratio("ours", "both", "p50_ms"),
            Bar(at_most=1.5),
            noisy=series.noisy,
        ),
        Row(
            "GET time entry while nested totals are added up, p99 / their time",
            latency(besides.p99_ms),
            latency(whole_ms),
            besides.p99_ms / whole_ms,
            Bar(at_most=0.5),
            note=f"p50 {latency(besides.p50_ms)}",
        ),
    ]


def check_totals(subject: Subject, found: dict[str, list[tuple[str, list[Any]]]]) -> None:
    """Compare the sums of a list with the bare ones; Unequal when they differ."""
    meta = subject.call_plain(listed(subject, f"?{EVERYBODY}"))["meta"]
    (text, values), *_ = found["first"]
    said = [meta[name] for name in ("total", "total_logged", "total_unbilled")]
    right = [sum(column) for column in list(zip(*read(subject.database, text, *values), strict=True))[-3:]]
    if said != right or said[0] < ENTRIES:
        raise Unequal(f"the server adds up {said}, the bare GROUP BY {right}")


def beside(subject: Subject, side: Callable[[float], Shot]) -> Callable[[float], Shot]:
    """Run a side while one caller asks for the totals of everything, again and again."""

    def shot(seconds: float) -> Shot:
        over = threading.Event()

        def add_up() -> None:
            while not over.is_set():
                subject.call_plain(listed(subject, f"?{EVERYBODY}"))
                time.sleep(0)

        other = threading.Thread(target=add_up)
        other.start()
        try:
            return side(seconds)
        finally:
            over.set()
            other.join()

    return shot
