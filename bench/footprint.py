"""Start, memory and the command line."""

from __future__ import annotations

import statistics
import subprocess
import time
from typing import TYPE_CHECKING

from bench.servers import VENV, running
from bench.stage import MAIN
from bench.subject import Subject
from bench.table import Bar, Row

if TYPE_CHECKING:
    from pathlib import Path

    from bench.stage import Stage

REST_S = 2.0
STARTS = 5
LOAD_S = 5.0


def footprint_rows(stage: Stage) -> list[Row]:
    """Start on existing books to the first answer, RssAnon at rest and after load, ``--help``."""
    subject = stage.subject()
    stage.tell("memory after load")
    for side in (subject.gets(), subject.creates(), subject.pages(range(1, 11), kind="first-ten"), subject.gets()):
        side(LOAD_S)
    loaded = subject.server.anonymous_mb()
    stage.tell("starting, several times")
    folder = stage.books(MAIN, "start")
    with running((first := Subject("start", folder, stage.folder)).server):
        first.ready()
        path, token = f"{first.invoices}/{first.invoice_ids()[0]}", first.token
    starts, resting = zip(*(one_start(stage, folder, path, token) for _ in range(STARTS)), strict=True)
    helps = [help_time() for _ in range(2 * STARTS - 1)]
    return [
        Row("start to first answer, existing books", seconds(starts), "–", statistics.median(starts), Bar(at_most=0.8), "s"),
        Row("RssAnon at rest", f"{statistics.median(resting):.0f} MB", "–", statistics.median(resting), Bar(at_most=90), "MB"),
        Row("RssAnon after load", f"{loaded:.0f} MB", "–", loaded, Bar(at_most=130), "MB"),
        Row("bursar --help", seconds(helps), "–", statistics.median(helps), Bar(at_most=0.3), "s"),
    ]


def one_start(stage: Stage, folder: Path, path: str, token: str) -> tuple[float, float]:
    """Start the server on existing books; return the seconds to its first invoice and the memory some seconds later."""
    subject = Subject("start", folder, stage.folder)
    with running(subject.server):
        took = subject.server.wait(path, token)
        time.sleep(REST_S)
        return took, subject.server.anonymous_mb()


def help_time() -> float:
    """Return the seconds of ``bursar --help``."""
    began = time.perf_counter()
    subprocess.run([str(VENV / "bursar"), "--help"], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def seconds(values: tuple[float, ...] | list[float]) -> str:
    """Print a median and its range."""
    return f"{statistics.median(values):.2f} s ({min(values):.2f}–{max(values):.2f})"
