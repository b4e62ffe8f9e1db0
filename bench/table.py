"""The result: rows with their bars, a table for the terminal and one for the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
HEADINGS = ("measure", "ours", "other side", "ratio", "bar", "verdict")


class Bar(NamedTuple):
    """What a figure must reach, or must not pass; `stretch` is the further aim. Nothing given: shown without a verdict."""

    at_least: float | None = None
    at_most: float | None = None
    stretch: float | None = None

    def verdict(self, value: float) -> str:
        """Say whether a figure is good enough."""
        if self.at_most is not None:
            return "met" if value <= self.at_most else "missed"
        if self.at_least is None:
            return "–"
        if self.stretch is not None and value >= self.stretch:
            return "stretch met"
        return "met" if value >= self.at_least else "missed"

    def words(self, unit: str) -> str:
        """Print the bar in the unit of its figure."""
        if self.at_most is not None:
            return f"≤ {figure(self.at_most, unit)}"
        if self.at_least is None:
            return "–"
        more = f" (stretch {figure(self.stretch, unit)})" if self.stretch is not None else ""
        return f"≥ {figure(self.at_least, unit)}{more}"


class Row(NamedTuple):
    """One line of the table: `value` is what the bar is about, in `unit` ("x" is a ratio)."""

    measure: str
    ours: str
    other: str
    value: float
    bar: Bar
    unit: str = "x"
    note: str = ""
    void: bool = False
    noisy: bool = False

    @property
    def missed(self) -> bool:
        """Whether the bar was missed, or could not be judged."""
        return self.void or self.bar.verdict(self.value) == "missed"

    def cells(self) -> tuple[str, ...]:
        """Print the line's cells."""
        verdict = "void" if self.void else self.bar.verdict(self.value)
        marked = verdict + (" (noisy)" if self.noisy else "")
        return (self.measure, self.ours, self.other, figure(self.value, self.unit), self.bar.words(self.unit), marked)


def figure(value: float, unit: str) -> str:
    """Print a figure with three digits that matter, and its unit."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 0.1 else 3
    text = f"{value:,.{digits}f}"
    return f"{text}x" if unit == "x" else f"{text} {unit}"


def rate(value: float) -> str:
    """Print requests a second."""
    return f"{value:,.0f}/s" if value >= 10 else f"{value:.2f}/s"


def latency(value_ms: float) -> str:
    """Print milliseconds."""
    return f"{value_ms:.2f} ms" if value_ms < 100 else f"{value_ms:,.0f} ms"


def show(rows: Iterable[Row], notes: Iterable[str]) -> None:
    """Print the table on the terminal."""
    console = Console(width=170)
    table = Table(*HEADINGS, box=None, pad_edge=False)
    for row in rows:
        cells = row.cells()
        style = "red" if row.missed else "dim" if cells[-1] == "–" else "green"
        table.add_row(*map(escape, cells[:-1]), f"[{style}]{cells[-1]}[/]")
    console.print(table)
    for note in (*notes, *(f"{row.measure}: {row.note}" for row in rows if row.note)):
        console.print(f"- {note}", markup=False, highlight=False)


def markdown(rows: Iterable[Row], machine: Mapping[str, str], notes: Iterable[str]) -> str:
    """Write the table, the machine it was made on and the notes, for the page."""
    lines = [f"| {' | '.join(HEADINGS)} |", "|" + "---|" * len(HEADINGS)]
    lines += [f"| {' | '.join(row.cells())} |" for row in rows]
    lines += ["", "| machine | |", "|---|---|", *(f"| {name} | {value} |" for name, value in machine.items())]
    remarks = [*notes, *(f"{row.measure}: {row.note}" for row in rows if row.note)]
    return "\n".join([*lines, "", *(f"- {remark}" for remark in remarks)])


def write_page(page: Path, table: str) -> None:
    """Put a table between the page's marks; ValueError when they are not there."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        message = f"{page} has no place for the table: it stands between {BEGIN} and {END}"
        raise ValueError(message)
    page.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}", encoding="utf-8")
