"""One-row durable commits: ``python -m bench.raw.commits FILE SECONDS`` (WAL, synchronous=FULL, one secondary index)."""

from __future__ import annotations

import json
import sys
import time

import apsw

from bench.raw import summary


def commit_rows(path: str, seconds: float) -> dict[str, float]:
    """Insert one row a transaction for so many seconds."""
    line = apsw.Connection(path)
    line.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")
    line.execute("CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, owner INTEGER, words TEXT)")
    line.execute("CREATE INDEX IF NOT EXISTS rows_owner ON rows (owner)")
    words = "a small row of some sixty characters, as an event would have it"
    durations: list[float] = []
    started = last = time.perf_counter()
    while last - started < seconds:
        line.execute("INSERT INTO rows (owner, words) VALUES (?, ?)", (len(durations) % 1000, words))
        now = time.perf_counter()
        durations.append(now - last)
        last = now
    line.close()
    return summary(durations, last - started)


if __name__ == "__main__":
    json.dump(commit_rows(sys.argv[1], float(sys.argv[2])), sys.stdout)
