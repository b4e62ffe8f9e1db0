"""Makes big books out of a few real documents, by SQL: each copy gets its own ids, numbers and uuids.

The documents came through the API, so their rows are exactly what the server writes; here they are only multiplied, in
every table they touch. Counts per block of ids are computed anew and the id sequences moved past the copies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import apsw

from bench.subject import read

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

BLOCK = 4096
STEP_US = 3_600_000_000


class Kinds(NamedTuple):
    """A column whose ids are of the kind that another column names: "payment" or "payment.create"."""

    column: str


class Copied(NamedTuple):
    """A table to multiply: which of its columns hold ids, of which kind; the first one says which rows are new."""

    table: str
    ids: Mapping[str, str | Kinds]
    instants: tuple[str, ...] = ()


TABLE_OF = {"invoice": "invoices", "payment": "payments", "event": "outbox"}
COPIED = (
    Copied("invoices", {"id": "invoice"}, ("updated",)),
    Copied("invoice_lines", {"parent_id": "invoice"}),
    Copied("payments", {"id": "payment", "invoiceid": "invoice"}),
    Copied("entries", {"source_id": Kinds("source_type")}),
    Copied("postings", {"source_id": Kinds("source_type")}),
    Copied("outbox", {"id": "event", "object_id": Kinds("event")}),
)
COUNTED = {"invoice": "vis_state <> 1", "payment": "vis_state <> 1"}


class Span(NamedTuple):
    """The ids of one kind that were made to be copied: those after `mark`, up to and with `end`."""

    mark: int
    end: int

    @property
    def width(self) -> int:
        """How far one copy's ids lie from the next one's."""
        return self.end - self.mark


def newest_ids(path: Path) -> dict[str, int]:
    """Return the greatest id of every kind: taken before and after the documents are made."""
    newest = "SELECT coalesce(max(id), 0) FROM {}".format
    return {kind: read(path, newest(table))[0][0] for kind, table in TABLE_OF.items()}


def fill(path: Path, business_id: int, marks: Mapping[str, int], total: int) -> None:
    """Copy the documents made after `marks` until the business has at least `total` invoices."""
    spans = {kind: Span(marks[kind], end) for kind, end in newest_ids(path).items()}
    since = "SELECT count(*) FROM invoices WHERE business_id = ? AND id > ?"
    present, made = (read(path, since, business_id, mark)[0][0] for mark in (0, spans["invoice"].mark))
    copies = max(0, -(-(total - present) // made))
    line = apsw.Connection(str(path))
    line.execute("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE; PRAGMA cache_size=-1000000")
    line.execute("PRAGMA temp_store=MEMORY")
    indexes = line.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND sql NOT LIKE 'CREATE UNIQUE%'"
    ).fetchall()
    with line:
        for name, _ in indexes:
            line.execute(f'DROP INDEX "{name}"')
        for copied in COPIED:
            line.execute(copy_statement(line, copied, spans, business_id), {"copies": copies})
        recount(line, business_id)
        for kind, span in spans.items():
            next_id = span.end + copies * span.width + 1
            line.execute("UPDATE sequences SET next = max(next, ?) WHERE noun = ?", (next_id, kind))
        for _, text in indexes:
            line.execute(str(text))
    line.execute("ANALYZE; PRAGMA journal_mode=WAL")
    line.close()


def copy_statement(line: apsw.Connection, copied: Copied, spans: Mapping[str, Span], business_id: int) -> str:
    """Build the INSERT … SELECT of one table: every new row once for each copy, shifted by the copy's number."""
    types = {name: kind for _, name, kind, *_ in line.execute(f"PRAGMA table_info({copied.table})")}
    unique = unique_columns(line, copied.table)
    shown = []
    own = copied.ids.get("id")
    for name, kept_as in types.items():
        if name in copied.ids:
            shown.append(shifted(name, copied.ids[name], spans))
        elif name in copied.instants:
            shown.append(f"{name} - (:copies - k) * {STEP_US}")
        elif name in unique and kept_as == "TEXT":
            shown.append(renamed(name, spans[own] if isinstance(own, str) else None))
        else:
            shown.append(f'"{name}"')
    first, kind = next(iter(copied.ids.items()))
    names = ", ".join(f'"{name}"' for name in types)
    return (
        f"INSERT INTO {copied.table} ({names}) "  # noqa: S608 - names of our own tables
        "WITH RECURSIVE copy (k) AS (SELECT 1 WHERE :copies > 0 UNION ALL SELECT k + 1 FROM copy WHERE k < :copies) "
        f"SELECT {', '.join(shown)} FROM copy CROSS JOIN "
        f"(SELECT * FROM {copied.table} WHERE business_id = {business_id} AND {is_new(first, kind, spans)})"
    )


def unique_columns(line: apsw.Connection, table: str) -> set[str]:
    """Return the columns of the table's unique indexes and keys, and uuids, which the world takes to be unique."""
    found = {"uuid"}
    for _, index, is_unique, *_ in line.execute(f"PRAGMA index_list({table})").fetchall():
        if is_unique:
            found |= {name for _, _, name in line.execute(f"PRAGMA index_info({index})")}
    return found - {"business_id", "source_type"}


def kinds_in(column: str, kind: str | Kinds, spans: Mapping[str, Span]) -> list[tuple[str, Span]]:
    """Pair each kind of id a column may hold with the condition that it holds one made to be copied."""
    if isinstance(kind, str):
        return [(f"{column} > {spans[kind].mark}", spans[kind])]
    named = f"substr({kind.column}, 1, instr({kind.column} || '.', '.') - 1)"
    return [(f"{named} = '{name}' AND {column} > {spans[name].mark}", spans[name]) for name in COUNTED]


def is_new(column: str, kind: str | Kinds, spans: Mapping[str, Span]) -> str:
    """Build the condition that a row was made to be copied."""
    return "(" + " OR ".join(f"({condition})" for condition, _ in kinds_in(column, kind, spans)) + ")"


def shifted(column: str, kind: str | Kinds, spans: Mapping[str, Span]) -> str:
    """Build the id of a copy: moved by the copy's number of widths; ids of older rows stay."""
    whens = " ".join(f"WHEN {condition} THEN {column} + k * {span.width}" for condition, span in kinds_in(column, kind, spans))
    return f"CASE {whens} ELSE {column} END"


def renamed(column: str, span: Span | None) -> str:
    """Build a unique text of a copy: a number counts on, a uuid ends with the copy's id."""
    if span is None:
        message = f"{column} is unique and has no id beside it to tell its copies apart"
        raise ValueError(message)
    is_number = f"{column} GLOB '[0-9]*' AND {column} NOT GLOB '*[^0-9]*'"
    number = f"printf('%0*d', length({column}), CAST({column} AS INTEGER) + k * {span.width})"
    uuid = f"substr({column}, 1, 24) || printf('%012x', id + k * {span.width})"
    return f"CASE WHEN {is_number} THEN {number} WHEN length({column}) = 36 THEN {uuid} ELSE {column} END"


def recount(line: apsw.Connection, business_id: int) -> None:
    """Write the visible rows of every block of ids, as the server counts them."""
    for noun, visible in COUNTED.items():
        line.execute("DELETE FROM counts WHERE business_id = ? AND noun = ?", (business_id, noun))
        line.execute(
            "INSERT INTO counts (business_id, noun, block, visible) "  # noqa: S608 - names of our own tables
            f"SELECT business_id, ?, id / {BLOCK}, count(*) FROM {TABLE_OF[noun]} "
            f"WHERE business_id = ? AND {visible} GROUP BY id / {BLOCK}",
            (noun, business_id),
        )
