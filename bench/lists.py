"""Lists: pages of 100, deep pages, books of different sizes, and searches against the same statements run bare."""

from __future__ import annotations

import datetime as dt
import json
import time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bench import raw
from bench.raw.statements import of_search
from bench.rounds import interleave
from bench.speed import Unequal, against
from bench.subject import read
from bench.table import Bar, Row, latency, rate

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.load import Shot
    from bench.stage import Stage
    from bench.subject import Subject

DEEP = 1_000_000
PER_PAGE = 100
SIZES = (1_000, 100_000, 1_000_000)
FLAT = 1.3
RECENT_SHARE = 50
WARM_S = 2
"""Before sizes are compared, so that pages which were just copied are mapped into memory on all sides alike."""


def page_rows(stage: Stage) -> list[Row]:
    """Random pages of 100 invoices against single invoices."""
    subject = stage.subject()
    stage.tell("listing: pages of 100, single invoices")
    last = subject.total() // PER_PAGE
    series = interleave({"ours": subject.pages(range(1, last + 1)), "get": subject.gets()}, stage.plan)
    p50, p99 = series.median("ours", "p50_ms"), series.median("ours", "p99_ms")
    return [
        against("page of 100 / GET invoice", series, "get", Bar(0.05)),
        Row("page of 100: p99 / p50", latency(p99), latency(p50), series.tail("ours"), Bar(at_most=6), noisy=series.noisy),
    ]


def depth_rows(stage: Stage) -> list[Row]:
    """The page that holds the millionth invoice against page 1."""
    subject = stage.subject(DEEP)
    deepest = DEEP // PER_PAGE
    check_page(subject, deepest)
    stage.tell("listing: page 1, pages around the millionth invoice")
    deep = subject.pages(range(deepest - PER_PAGE, deepest + 1), kind="deep")
    series = interleave({"ours": deep, "page 1": subject.pages([1], kind="first")}, stage.plan.shorter(3))
    ours, other = series.median("ours"), series.median("page 1")
    ratio = series.ratio("page 1", "ours")
    return [Row("page at depth 1,000,000 / page 1, time a page", rate(ours), rate(other), ratio, Bar(at_most=2), noisy=series.noisy)]


def check_page(subject: Subject, page: int) -> None:
    """Compare a page's ids, total and pages with what SQL says; Unequal when they differ."""
    shown = subject.call(f"{subject.invoices}?page={page}&per_page={PER_PAGE}")
    visible = "FROM invoices WHERE business_id = ? AND vis_state <> 1"
    total = subject.rows(f"SELECT count(*) {visible}")[0][0]
    offset = (page - 1) * PER_PAGE
    rows = subject.rows(f"SELECT id {visible} ORDER BY id DESC LIMIT {PER_PAGE} OFFSET {offset}")
    right = {"total": total, "pages": -(-total // PER_PAGE), "page": page, "ids": [row[0] for row in rows]}
    said = {name: shown[name] for name in ("total", "pages", "page")} | {"ids": [one["id"] for one in shown["invoices"]]}
    if said != right:
        raise Unequal(f"page {page}: total {said['total']}, pages {said['pages']}; by SQL {right['total']}, {right['pages']}")


def flat_rows(stage: Stage) -> list[Row]:
    """GET, list and create on books of a thousand to a million invoices; creates last, since they grow the books."""
    subjects = {f"{size:,}": stage.subject(size) for size in SIZES}
    kinds: dict[str, Callable[[Subject], Callable[[float], Shot]]] = {
        "GET invoice": lambda subject: subject.gets(),
        "page of 100": lambda subject: subject.pages(range(1, 11), kind="first-ten"),
        "create": lambda subject: subject.creates(),
    }
    rows = []
    for kind, side in kinds.items():
        stage.tell(f"{kind} at {', '.join(subjects)} invoices")
        sides = {name: side(subject) for name, subject in subjects.items()}
        for warmed in sides.values():
            warmed(WARM_S)
        series = interleave(sides, stage.plan.shorter(3))
        rates = {name: series.median(name) for name in subjects}
        slowest, fastest = min(rates, key=rates.__getitem__), max(rates, key=rates.__getitem__)
        said = ", ".join(f"{name}: {rate(value)}" for name, value in rates.items())
        ours, other = f"{rate(rates[slowest])} at {slowest}", f"{rate(rates[fastest])} at {fastest}"
        ratio = series.ratio(fastest, slowest)
        rows.append(Row(f"{kind}: fastest / slowest size", ours, other, ratio, Bar(at_most=FLAT), note=said, noisy=series.noisy))
    return rows


def search_rows(stage: Stage) -> list[Row]:
    """Three searches at a million invoices, one connection: the server's median answer against the bare statements' median."""
    subject = stage.subject(DEEP)
    searches = {
        "search[customerid]": f"search[customerid]={subject.clients()[0]}",
        "search[v3_status]=overdue": "search[v3_status]=overdue",
        "search[updated_min]": f"search[updated_min]={recently(subject)}",
    }
    rows = []
    for number, (name, query) in enumerate(searches.items()):
        stage.tell(f"searching: {name} and its bare statements")
        statements = of_search(f"{query}&per_page={PER_PAGE}", subject.business_id, today_of(subject))
        total = check_search(subject, query, statements)
        file = stage.folder / f"search-{number}.json"
        file.write_text(json.dumps(statements), encoding="utf-8")
        sides = {
            "ours": subject.pages([1], f"&{query}", connections=1, kind=f"search-{number}"),
            "bare": bare_side(str(subject.database), str(file)),
        }
        series = interleave(sides, stage.plan.shorter(3))
        ours, bare = latency(series.median("ours", "p50_ms")), latency(series.median("bare", "p50_ms"))
        ratio = series.ratio("ours", "bare", "p50_ms")
        note = f"{total:,} of {DEEP:,} found, page of {PER_PAGE}"
        rows.append(Row(f"{name} at 1,000,000 / bare SQL, time", ours, bare, ratio, Bar(at_most=3), note=note, noisy=series.noisy))
    return rows


def bare_side(database: str, statements: str) -> Callable[[float], Shot]:
    """Return the side that runs statements bare."""
    return lambda seconds: raw.measure("searches", database, statements, str(seconds))


def check_search(subject: Subject, query: str, statements: list[tuple[str, list[object]]]) -> int:
    """Compare a search's total with the bare count and return it; Unequal when they differ."""
    shown = subject.call(f"{subject.invoices}?per_page={PER_PAGE}&{query}")
    text, values = statements[0]
    total: int = read(subject.database, text, *values)[0][0]
    if shown["total"] != total or not total:
        raise Unequal(f"{query}: the server finds {shown['total']}, the bare count {total}")
    return total


def today_of(subject: Subject) -> str:
    """Return the day it is where the business is."""
    zone: str = subject.rows("SELECT timezone FROM businesses WHERE id = ?")[0][0]
    return dt.datetime.now(ZoneInfo(zone)).date().isoformat()


def recently(subject: Subject) -> str:
    """Return the day since which some two in a hundred invoices were changed."""
    text = "SELECT updated FROM invoices WHERE business_id = ? ORDER BY updated DESC LIMIT 1 OFFSET ?"
    instant: int = subject.rows(text, DEEP // RECENT_SHARE)[0][0]
    return time.strftime("%Y-%m-%d", time.gmtime(instant // 1_000_000))
