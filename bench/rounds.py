"""Interleaved rounds: every side in turn, several times, noisy rounds dropped, medians of what is left."""

from __future__ import annotations

import os
import statistics
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench.servers import TICKS, all_pids, cpu_ticks, descendants, stat_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bench.load import Shot

    Side = Callable[[float], Shot]

NOISE_LIMIT = 0.15
KERNEL_THREADS = 2
FEW_ROUNDS = 3
_further: set[int] = set()


@dataclass
class Series:
    """The rounds of one comparison: for each round, one shot of every side."""

    rounds: list[dict[str, Shot]] = field(default_factory=list)
    noise: list[float] = field(default_factory=list)
    dropped: int = 0
    noisy: bool = False

    def median(self, side: str, figure: str = "rate") -> float:
        """Return the median of one side's figure (`rate`, `p50_ms`, `p99_ms`, `cpu_us`)."""
        return statistics.median([float(getattr(shots[side], figure)) for shots in self.rounds])

    def ratio(self, side: str, other: str, figure: str = "rate") -> float:
        """Return the median of the ratios inside each round, which a drift of the machine does not touch."""
        return statistics.median([float(getattr(shots[side], figure) / getattr(shots[other], figure)) for shots in self.rounds])

    def tail(self, side: str) -> float:
        """Return the median over the rounds of p99 / p50."""
        return statistics.median(shots[side].p99_ms / shots[side].p50_ms for shots in self.rounds)


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to measure: rounds of a comparison, seconds of a shot."""

    rounds: int = 5
    seconds: float = 3

    def shorter(self, rounds: int, seconds: float = 2) -> Plan:
        """Return a plan of at most so many rounds and seconds."""
        return Plan(min(self.rounds, rounds), min(self.seconds, seconds))


def interleave(sides: Mapping[str, Side], plan: Plan) -> Series:
    """Run every side in turn, `plan.rounds` times; A B C, C B A, … so that no side always goes first.

    A round in which other programs took more than 15 % of a core is repeated, up to twice as many rounds in all; when
    fewer than half the rounds stayed quiet all are kept and the series says it is noisy.
    """
    names = list(sides)
    kept: list[tuple[float, dict[str, Shot]]] = []
    loud: list[tuple[float, dict[str, Shot]]] = []
    while len(kept) < plan.rounds and len(kept) + len(loud) < max(2 * plan.rounds, FEW_ROUNDS):
        before = other_load_s()
        shots = {name: sides[name](plan.seconds) for name in names}
        noise = other_load_share(before)
        (kept if noise <= NOISE_LIMIT else loud).append((noise, shots))
        names.reverse()
        if len(loud) >= plan.rounds and len(kept) * 2 < len(loud):
            break
    noisy = len(kept) * 2 < plan.rounds
    used = kept + loud if noisy else kept
    return Series([shots for _, shots in used], [noise for noise, _ in used], 0 if noisy else len(loud), noisy)


def ours_too(pid: int) -> None:
    """Count a program that left our tree, and what it starts, as ours."""
    _further.add(pid)


def other_load_s() -> tuple[float, float]:
    """Return the clock and the processor seconds used so far by programs that are not ours, a hypervisor's theft included."""
    own = {pid for root in (os.getpid(), *_further) for pid in descendants(root)}
    ticks = 0
    for pid in all_pids():
        fields = stat_of(pid)
        if fields and pid not in own and pid != KERNEL_THREADS and int(fields[1]) != KERNEL_THREADS:
            ticks += cpu_ticks(pid, with_reaped=True)
    return time.perf_counter(), ticks / TICKS + stolen_s()


def other_load_share(before: tuple[float, float]) -> float:
    """Return the share of one core that other programs took since `before`."""
    clock, used = other_load_s()
    return max(0.0, used - before[1]) / (clock - before[0])


def stolen_s() -> float:
    """Return the seconds the hypervisor gave to others instead of us."""
    with open("/proc/stat", encoding="utf-8") as stat:  # noqa: PTH123 - not a file on disk
        fields = stat.readline().split()
    return int(fields[8]) / TICKS
