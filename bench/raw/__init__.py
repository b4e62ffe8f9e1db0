"""The floors: what the disk, SQLite and PostgreSQL do bare, each in a program of its own that prints one JSON object."""

from __future__ import annotations

import json
import statistics
import sys
from typing import TYPE_CHECKING

from bench.load import Shot, run_text

if TYPE_CHECKING:
    from collections.abc import Sequence


def summary(durations_s: Sequence[float], elapsed_s: float) -> dict[str, float]:
    """Sum up what was timed, in the words of a Shot."""
    cuts = statistics.quantiles(durations_s, n=100) if len(durations_s) > 1 else [durations_s[0]] * 99
    return {"rate": len(durations_s) / elapsed_s, "p50_ms": 1e3 * cuts[49], "p99_ms": 1e3 * cuts[98], "answers": len(durations_s)}


def measure(module: str, *arguments: str, limit_s: float = 120) -> Shot:
    """Run one of these programs and read what it prints."""
    return Shot(**json.loads(run_text([sys.executable, "-m", f"bench.raw.{module}", *arguments], limit_s)))
