"""The statements of a search, bare: ``python -m bench.raw.searches FILE STATEMENTS SECONDS``.

STATEMENTS is a JSON file: a list of ``[text, values]``, all run once per turn on one read-only connection.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import apsw

from bench.raw import summary

CACHE_KIB = 65536


def run_statements(path: str, statements: list[tuple[str, list[object]]], seconds: float) -> dict[str, float]:
    """Run all statements in turn for so many seconds, reading every row."""
    line = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY)
    line.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    line.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
    durations: list[float] = []
    started = last = time.perf_counter()
    while last - started < seconds or not durations:
        for text, values in statements:
            line.execute(text, values).fetchall()
        now = time.perf_counter()
        durations.append(now - last)
        last = now
    line.close()
    return summary(durations, last - started)


if __name__ == "__main__":
    json.dump(run_statements(sys.argv[1], json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")), float(sys.argv[3])), sys.stdout)
