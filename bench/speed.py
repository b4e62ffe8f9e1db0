"""Single reads and writes: against hello world, raw commits, ungrouped commits and the baseline."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from bench import bodies, raw
from bench.rounds import interleave
from bench.servers import ask
from bench.subject import invoices_of
from bench.table import Bar, Row, latency, rate

if TYPE_CHECKING:
    from bench.rounds import Series
    from bench.stage import Baseline, Stage
    from bench.subject import Subject

VOID_BELOW = 0.005


class Unequal(Exception):
    """Two sides do not do the same work, so comparing them would mean nothing."""


def against(measure: str, series: Series, other: str, bar: Bar, *, side: str = "ours", void: bool = False, note: str = "") -> Row:
    """Make the row that compares the rate of our side with another's."""
    ours = f"{rate(series.median(side))}, p50 {latency(series.median(side, 'p50_ms'))}"
    theirs = f"{rate(series.median(other))}, p50 {latency(series.median(other, 'p50_ms'))}"
    return Row(measure, ours, theirs, series.ratio(side, other), bar, note=note, void=void, noisy=series.noisy)


def get_rows(stage: Stage) -> list[Row]:
    """GET of random invoices."""
    subject, baseline = stage.subject(), stage.baseline
    check_same_work(subject, baseline)
    stage.tell("reading: hello, ours, baseline at 32 connections")
    busy = interleave({"hello": stage.hello, "ours": subject.gets(), "baseline": baseline.gets()}, stage.plan)
    stage.tell("reading: ours, baseline at one connection")
    alone = interleave({"ours": subject.gets(1), "baseline": baseline.gets(1)}, stage.plan.shorter(3))
    share = busy.ratio("baseline", "hello")
    note = f"the baseline reaches {share:.4f} of hello at 32 connections; below {VOID_BELOW} the comparison would be void"
    cpu = f"processor per request: ours {busy.median('ours', 'cpu_us'):.0f} µs, hello {busy.median('hello', 'cpu_us'):.0f} µs"
    return [
        against("GET invoice / hello", busy, "hello", Bar(0.28, stretch=0.5), note=cpu),
        against("GET invoice / baseline, 32 connections", busy, "baseline", Bar(30), void=share < VOID_BELOW, note=note),
        against("GET invoice / baseline, 1 connection", alone, "baseline", Bar(8)),
    ]


def create_rows(stage: Stage) -> list[Row]:
    """Durable creates: three lines with two taxes each, postings, event and count."""
    subject, baseline, alone_each = stage.subject(), stage.baseline, stage.subject(grouped=False)
    check_same_work(subject, baseline)
    before = subject.total()
    file = str(stage.folder / "raw.db")
    stage.tell("creating: raw commits, ours, ungrouped, baseline at 32 connections")
    sides = {
        "raw": lambda seconds: raw.measure("commits", file, str(seconds)),
        "ours": subject.creates(),
        "ungrouped": alone_each.creates(),
        "baseline": baseline.creates(),
    }
    busy = interleave(sides, stage.plan)
    check_kept(subject, before, sum(shots["ours"].answers for shots in busy.rounds))
    stage.tell("creating: ours, baseline at one connection")
    alone = interleave({"ours": subject.creates(1), "baseline": baseline.creates(1)}, stage.plan.shorter(3))
    cpu = f"processor per create: grouped {busy.median('ours', 'cpu_us'):.0f} µs, ungrouped {busy.median('ungrouped', 'cpu_us'):.0f} µs"
    return [
        against("create / raw one-row FULL commits", busy, "raw", Bar(0.4, stretch=0.6), note=cpu),
        against("create, grouped / ungrouped commits", busy, "ungrouped", Bar(1.8)),
        against("create / baseline, 32 connections", busy, "baseline", Bar(15)),
        against("create / baseline, 1 connection", alone, "baseline", Bar(5)),
    ]


def check_same_work(subject: Subject, baseline: Baseline) -> None:
    """Make the same invoice on both sides and compare keys and totals; Unequal when they differ."""
    today = bodies.today()
    ours = subject.call(subject.invoices, "POST", bodies.invoice(random.Random(3), subject.clients()[0], today))["invoice"]
    body = bodies.invoice(random.Random(3), baseline.clients[0], today)
    answer = ask(baseline.server.url + invoices_of(baseline.account), "POST", token=baseline.token(), body=body)
    theirs = answer.json()["response"]["result"]["invoice"]
    missing = sorted(set(ours) ^ set(theirs))
    if missing:
        raise Unequal(f"keys that only one side shows: {', '.join(missing)}")
    for key in ("amount", "outstanding", "v3_status", "due_date"):
        if ours[key] != theirs[key]:
            raise Unequal(f"{key}: ours {ours[key]}, baseline {theirs[key]}")


def check_kept(subject: Subject, before: int, answered: int) -> None:
    """Make sure that every answered create is there."""
    kept = subject.total() - before
    if kept < answered:
        raise Unequal(f"{answered} creates were answered, {kept} are there")
