"""How commands speak: results on stdout, talk on stderr, columns for people and JSON lines for programs."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, Final

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SOON_S: Final = 1.0


def tell(text: str) -> None:
    """Say something that is not the result."""
    typer.echo(text, err=True)


def show(rows: Iterable[dict[str, Any]], *, as_json: bool) -> None:
    """Print rows: a JSON object a line, or aligned columns under their names."""
    rows = list(rows)
    if as_json:
        import json

        for row in rows:
            typer.echo(json.dumps(row, ensure_ascii=False))
    elif rows:
        typer.echo(columns([list(rows[0]), *([_cell(value) for value in row.values()] for row in rows)]))


def columns(lines: Sequence[Sequence[str]]) -> str:
    """Align texts in columns."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)


def _cell(value: Any) -> str:
    return "-" if value in (None, "") else str(value)


class Progress:
    """Shows how far long work has come: on a terminal only, and only when it takes more than a second."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._seen = sys.stderr.isatty()

    def __call__(self, what: str, done: int, of: int) -> None:
        """Show that ``done`` of so many steps are done, the last of them ``what``."""
        if not self._seen or time.monotonic() - self._began < _SOON_S:
            return
        bar = "█" * (20 * done // of)
        sys.stderr.write(f"\r\033[K  {bar:<20} {what}" + "\n" * (done >= of))
        sys.stderr.flush()


def instant(us: int | None) -> str:
    """Write an instant for people; "" for none."""
    from datetime import UTC, datetime

    return "" if us is None else datetime.fromtimestamp(us // 1_000_000, UTC).strftime("%Y-%m-%d %H:%M")
