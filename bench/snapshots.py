"""Snapshots: saved, loaded and made other books of, for the sample books and for books of a million invoices beside a plain copy."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from typing import TYPE_CHECKING, Any

from bench.load import Shot
from bench.rounds import interleave
from bench.servers import ask
from bench.speed import Unequal
from bench.subject import Subject
from bench.table import Bar, Row

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.rounds import Series
    from bench.stage import Stage

LARGE = 1_000_000
DEEDS = ("save", "fork", "load")
NAME = "measured"
SETTLE_S, PIECE = 4.0, 1 << 24


def snapshot_rows(stage: Stage) -> list[Row]:
    """The sample books against the clock, the million against ``cp`` and ``sync``."""
    sample = Subject("ours-sample", stage.folder / "ours-sample", stage.folder)
    stage.started(sample.server)
    sample.ready()
    stage.tell("snapshots of the sample books")
    quick = interleave(deeds(sample), stage.plan)
    large = stage.subject(LARGE)
    stage.tell(f"snapshots of {LARGE:,} invoices, and copies of their file")
    slow = interleave({"copy": copying(large.database), **deeds(large)}, stage.plan)
    check_loaded(large)
    size = f"the file has {large.database.stat().st_size / 1e6:,.0f} MB; both sides end when it is on the disk for good"
    return [
        *(Row(f"snapshot {deed}, sample books", said(quick, deed), "–", taken(quick, deed), Bar(at_most=0.3), "s") for deed in DEEDS),
        *(
            Row(
                f"snapshot {deed}, {LARGE:,} invoices / copying the file, time",
                said(slow, deed),
                said(slow, "copy"),
                slow.ratio(deed, "copy", "p50_ms"),
                Bar(at_most=1.5),
                note=size,
                noisy=slow.noisy,
            )
            for deed in DEEDS
        ),
    ]


def deeds(subject: Subject) -> dict[str, Callable[[float], Shot]]:
    """Return the sides that save, make other books and load, each once a shot."""
    order(subject, {"save": NAME})
    forks, kept = subject.folder / "forks", subject.folder / "snapshots" / f"{NAME}.db"
    return {
        "save": timed(subject.database, lambda: order(subject, {"save": NAME})),
        "fork": timed(kept, lambda: order(subject, {"fork": NAME, "as": NAME}), lambda: shutil.rmtree(forks)),
        "load": timed(kept, lambda: order(subject, {"load": NAME})),
    }


def order(subject: Subject, what: dict[str, Any]) -> None:
    """Have the server do something with snapshots; Unequal when it does not."""
    answer = ask(f"{subject.server.url}/_/test/snapshot", "POST", body=what, limit_s=300)
    if answer.status != 200:
        raise Unequal(f"{what}: {answer.status} {answer.body[:300]!r}")


def copying(file: Path) -> Callable[[float], Shot]:
    """Return the side that copies a file, by reference where the disk can."""
    copy = file.with_name("copy")

    def act() -> None:
        for command in (["cp", "--reflink=auto", str(file), str(copy)], ["sync", str(copy)]):
            subprocess.run(command, check=True)

    return timed(file, act, copy.unlink)


def timed(source: Path, act: Callable[[], object], tidy: Callable[[], object] = lambda: None) -> Callable[[float], Shot]:
    """Return the side that copies `source` once a shot, however many seconds it is given, and tidies up when the clock has stopped.

    The source is in memory, and what others have left for the disk to do is done, before the clock starts.
    """

    def shot(_seconds: float) -> Shot:
        os.sync()
        time.sleep(SETTLE_S)
        with source.open("rb") as file:
            while file.read(PIECE):
                pass
        began = time.perf_counter()
        act()
        took = time.perf_counter() - began
        tidy()
        return Shot(rate=1 / took, p50_ms=took * 1e3, p99_ms=took * 1e3, answers=1)

    return shot


def check_loaded(subject: Subject) -> None:
    """Create, load, and see that the created is gone; Unequal otherwise."""
    before = subject.total()
    subject.creates(1)(1)
    order(subject, {"load": NAME})
    if subject.total() != before:
        raise Unequal(f"{before} invoices before, {subject.total()} after the load")


def taken(series: Series, side: str) -> float:
    """Return the median seconds of a side."""
    return series.median(side, "p50_ms") / 1e3


def said(series: Series, side: str) -> str:
    """Print the median seconds of a side and their range."""
    values = [shots[side].p50_ms / 1e3 for shots in series.rounds]
    return f"{taken(series, side):.2f} s ({min(values):.2f}–{max(values):.2f})"
