"""What SQLite's planner is told about the sizes of tables and indexes.

A fresh database has no statistics, and those of ``ANALYZE`` describe whatever was there on the day it ran: with either, the
planner walks all rows of a business instead of seeking by an index. So fixed ones are written once, which say what is always
true: a business may be everything there is, every further column narrows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ROWS = 1_000_000
FIRST_CUT, CUT = 1_000, 10
TENANT = "business_id"


def fix_statistics(execute: Callable[..., Iterable[Any]]) -> None:
    """Write the statistics of every table where they are not as they should be; ``execute(sql, values)`` returns rows."""
    listed = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    tables = [row[0] for row in execute(listed, ())]
    if not tables:
        return
    if not list(execute("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'", ())):
        list(execute(f'ANALYZE "{tables[0]}"', ()))  # makes the tables of statistics
    wanted = sorted((table, index, estimate) for table in tables for index, estimate in _estimates(execute, table))
    if sorted(tuple(row) for row in execute("SELECT tbl, idx, stat FROM sqlite_stat1", ())) == wanted:
        return
    list(execute("DELETE FROM sqlite_stat1", ()))
    for row in wanted:
        list(execute("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", row))
    if list(execute("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat4'", ())):
        list(execute("DELETE FROM sqlite_stat4", ()))


def _estimates(execute: Callable[..., Iterable[Any]], table: str) -> Iterator[tuple[str, str]]:
    clustered = any(row[0] for row in execute("SELECT wr FROM pragma_table_list(?)", (table,)))
    for _, index, unique, origin, _ in list(execute("SELECT * FROM pragma_index_list(?)", (table,))):
        columns = [row[2] for row in execute("SELECT * FROM pragma_index_info(?)", (index,))]
        name = table if origin == "pk" and clustered else index
        yield name, " ".join(map(str, [ROWS, *_narrowing(columns, unique=bool(unique))]))


def _narrowing(columns: list[str], *, unique: bool) -> Iterator[int]:
    left = ROWS
    for place, column in enumerate(columns):
        if unique and place == len(columns) - 1:
            left = 1
        elif column != TENANT:
            left = max(left // (FIRST_CUT if left == ROWS else CUT), 1)
        yield left
