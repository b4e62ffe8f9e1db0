"""What a server asks of PostgreSQL, read from the database's own log, and made into statements to run bare.

While the log is on, requests are sent one after another, so the log's order is theirs. Two creates recorded on the same
books differ only in what must be new each time (ids, numbers, uuids); from the pair follows what to vary.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ENTRY = re.compile(r"^\[bench (\d+)\] (LOG|DETAIL):\s+(.*)$")
PREFIX = "[bench %p] "
SPOKEN = re.compile(r"(execute [^:]+|statement): ")
VALUE = re.compile(r"\$\d+ = (NULL|'(?:[^']|'')*')", re.DOTALL)
UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
WHOLE = re.compile(r"-?\d{1,19}")
USUAL = 0.9


class Ran(NamedTuple):
    """One statement of the log with the texts of its values."""

    text: str
    values: tuple[str | None, ...] = ()


def read_log(text: str) -> list[Ran]:
    """Read the statements of a stretch of log, in order."""
    entries: list[list[str]] = []
    for row in text.splitlines():
        match = ENTRY.match(row)
        if match:
            entries.append([match[2], match[3]])
        elif entries and row.startswith("\t"):
            entries[-1][1] += "\n" + row[1:]
    found: list[Ran] = []
    for kind, words in entries:
        if kind == "DETAIL" and found and words.lower().startswith("parameters:"):
            found[-1] = Ran(found[-1].text, tuple(map(plain, VALUE.findall(words))))
        elif kind == "LOG" and SPOKEN.match(words):
            found.append(Ran(words.partition(": ")[2]))
    return found


def plain(quoted: str) -> str | None:
    """Take a value out of its quotes."""
    return None if quoted == "NULL" else quoted[1:-1].replace("''", "'")


def split(log: Sequence[Ran], requests: int, *, writes: bool) -> list[list[Ran]]:
    """Cut a log into the statements of each request, leaving out what ran beside them; ValueError when it does not come out even."""
    seen = Counter(ran.text for ran in log)
    usual = [ran for ran in log if seen[ran.text] >= USUAL * requests]
    if writes:
        cuts = [place + 1 for place, ran in enumerate(usual) if ran.text.upper().startswith("COMMIT")]
    else:
        each, rest = divmod(len(usual), requests)
        cuts = [] if rest else [each * (number + 1) for number in range(requests)]
    if len(cuts) != requests:
        raise ValueError(f"{requests} requests left {len(usual)} statements with {len(cuts)} ends in the log")
    return [usual[start:end] for start, end in zip([0, *cuts], cuts, strict=False)]


def vary(first: Iterable[Ran], second: Iterable[Ran]) -> list[tuple[str, list[list[str | None]]]]:
    """Mark what differs between two recorded creates; "=" keeps a value, "+" counts on from it, "u" is a new uuid each time."""
    marked = []
    for one, other in zip(first, second, strict=True):
        if one.text != other.text or len(one.values) != len(other.values):
            raise ValueError(f"the two creates ran different statements: {one.text} / {other.text}")
        marked.append((one.text, [[kind_of(a, b), b] for a, b in zip(one.values, other.values, strict=True)]))
    return marked


def kind_of(first: str | None, second: str | None) -> str:
    """Say how a value varies between two creates."""
    if first == second or first is None or second is None:
        return "="
    if UUID.fullmatch(first) and UUID.fullmatch(second):
        return "u"
    return "+" if WHOLE.fullmatch(first) and WHOLE.fullmatch(second) else "="
