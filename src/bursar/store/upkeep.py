"""Backup and restore. A backup is always one SQLite file with the newest tables, from whichever database it was made.

So a backup of PostgreSQL can be restored into SQLite and the other way round; rows are the same on both. Python's own
``sqlite3`` reads and writes the files: nothing else in the process has them open.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from typing import TYPE_CHECKING, Any, Final

from bursar.store.migrations import known, upgrade_file, upgrade_url
from bursar.store.schema import WrongSchema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bursar.store.opening import Place

    Progress = Callable[[str, int, int], None]

_PAGES: Final = 4_096
_ROWS: Final = 5_000
_KEY: Final = "backup.secret_key"


class NoBackup(Exception):
    """The file is no backup of ours, or there is no place to restore it to; the text says which."""


async def backup(place: Place, file: Path, secret: str, progress: Progress) -> None:
    """Write the books at ``place``, as they are at one moment, into a new file that only its owner can read.

    Works while they are served and written. ``secret`` is kept with them, unless it is empty. Raises NoBackup for a file
    that is there already.
    """
    with _draft_beside(file) as draft:
        if place.url:
            upgrade_file(draft)
            await _fill_from_url(place.url, draft, progress)
        else:
            _copy(place.file, draft, progress)
        with _opened(draft) as copy:
            copy.execute("PRAGMA journal_mode = DELETE")
            if secret:
                copy.execute("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", (_KEY, secret))
        _place(draft, file)


async def restore(file: Path, place: Place, progress: Progress) -> str:
    """Make the books at ``place`` what a backup says; answers the secret that was kept with them, or "".

    An older backup is migrated. Raises NoBackup when the file is none of ours, or books are there already, and
    WrongSchema for a backup made by a newer program.
    """
    _check(file)
    await _check_room(place)
    with _draft_beside(place.file.with_name("restored") if place.url else place.file) as draft:
        _copy(file, draft, progress)
        upgrade_file(draft)
        with _opened(draft) as copy:
            rows = copy.execute("SELECT value FROM settings WHERE name = ?", (_KEY,)).fetchall()
            copy.execute("DELETE FROM settings WHERE name = ?", (_KEY,))
        if place.url:
            await upgrade_url(place.url)
            await _fill_url(draft, place.url, progress)
        else:
            _place(draft, place.file)
    return str(rows[0][0]) if rows else ""


def _check(file: Path) -> None:
    """Make sure that a file is a sound backup that this program can read."""
    if not file.is_file():
        raise NoBackup(f"There is no file {file}.")
    try:
        with _opened(file, "?mode=ro") as copy:
            found = copy.execute("SELECT version_num FROM alembic_version").fetchone()
            sound = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        raise NoBackup(f"{file} is no backup of bursar: {error}.") from error
    if sound != "ok":
        raise NoBackup(f"{file} is damaged: {sound}.")
    if not found or found[0] not in known():
        raise WrongSchema(f"{file} has schema {found and found[0]}, and this bursar knows up to {known()[-1]}: install the newer one.")


async def _check_room(place: Place) -> None:
    """Make sure that no books are where a backup is to be restored."""
    if not place.url:
        return  # the draft's place is looked at when it is made
    from bursar.store.pg import connect  # noqa: PLC0415 - each database's library only where it is used

    connection = await connect(place.url)
    try:
        there = "SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = current_schema() AND tablename = 'businesses'"
        if await connection.fetchval(there) and await connection.fetchval("SELECT count(*) FROM identities"):
            raise NoBackup("There are books in that database already: choose an empty one.")
    finally:
        await connection.close()


def _copy(source: Path, target: Path, progress: Progress) -> None:
    """Copy a database page by page, as of one moment."""
    with _opened(source, "?mode=ro") as read, _opened(target) as written:
        # One step is one read transaction: in several, every write in between would begin the copy anew.
        read.backup(written, pages=-1, progress=lambda _status, left, of: progress("pages", (of - left) // _PAGES, of // _PAGES or 1))


async def _fill_from_url(url: str, file: Path, progress: Progress) -> None:
    """Copy the rows of a PostgreSQL database into empty tables, as of one moment."""
    from bursar.store.pg import connect  # noqa: PLC0415 - each database's library only where it is used

    connection = await connect(url)
    try:
        with _opened(file) as copy:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                tables = _tables(copy)
                for number, (table, columns) in enumerate(tables.items(), start=1):
                    copy.execute(f"DELETE FROM {table}") if table == "sequences" else None  # noqa: S608 - a name of ours
                    rows: list[Any] = []
                    async for row in connection.cursor(f"SELECT {_names(columns)} FROM {table}", prefetch=_ROWS):  # noqa: S608 - the same
                        rows.append(tuple(row))
                        if len(rows) == _ROWS:
                            _insert(copy, table, columns, rows)
                            rows.clear()
                    _insert(copy, table, columns, rows)
                    progress(table, number, len(tables))
                copy.executemany("INSERT INTO sequences (noun, next) VALUES (?, ?)", await _sequences(connection))
    finally:
        await connection.close()


async def _fill_url(file: Path, url: str, progress: Progress) -> None:
    """Copy the rows of a file into the empty tables of a PostgreSQL database, all of them or none."""
    from bursar.store.pg import connect  # noqa: PLC0415 - each database's library only where it is used

    connection = await connect(url)
    try:
        with _opened(file, "?mode=ro") as copy:
            async with connection.transaction():
                tables = _tables(copy)
                for number, (table, columns) in enumerate(tables.items(), start=1):
                    read = copy.execute(f"SELECT {_names(columns)} FROM {table}")  # noqa: S608 - a name of ours
                    while table != "sequences" and (rows := read.fetchmany(_ROWS)):
                        await connection.copy_records_to_table(table, records=rows, columns=columns, timeout=None)
                    progress(table, number, len(tables))
                for noun, following in copy.execute("SELECT noun, next FROM sequences").fetchall():
                    await connection.execute("SELECT setval($1::text::regclass, $2, false)", f"{noun}_ids", following)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


async def _sequences(connection: Any) -> list[tuple[str, int]]:
    """Return the next id of every noun."""
    names = await connection.fetch("SELECT sequencename FROM pg_catalog.pg_sequences WHERE schemaname = current_schema()")
    found = []
    for (name,) in names:
        last, called = await connection.fetchrow(f'SELECT last_value, is_called FROM "{name}"')  # noqa: S608 - from the catalogue
        found.append((name.removesuffix("_ids"), last + bool(called)))
    return found


def _tables(copy: sqlite3.Connection) -> dict[str, list[str]]:
    """Return the tables that hold rows of ours, with their columns."""
    listed = copy.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    names = [name for (name,) in listed if name != "alembic_version"]
    return {name: [row[1] for row in copy.execute(f"PRAGMA table_info({name})")] for name in names}


def _names(columns: list[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _insert(copy: sqlite3.Connection, table: str, columns: list[str], rows: list[Any]) -> None:
    marks = ", ".join("?" * len(columns))
    copy.executemany(f"INSERT INTO {table} ({_names(columns)}) VALUES ({marks})", rows)  # noqa: S608 - names of ours


@contextlib.contextmanager
def _opened(file: Path, mode: str = "") -> Iterator[sqlite3.Connection]:
    """Open a file for one transaction."""
    with contextlib.closing(sqlite3.connect(f"{file.absolute().as_uri()}{mode}", uri=True, timeout=30)) as connection, connection:
        yield connection


@contextlib.contextmanager
def _draft_beside(file: Path) -> Iterator[Path]:
    """Name a new file for its owner alone, in the same folder; whatever is left of it is removed."""
    if file.exists():
        raise NoBackup(f"{file} is there already.")
    draft = file.with_name(f".{file.name}.draft")
    for left in file.parent.glob(f"{draft.name}*"):
        left.unlink()
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        yield draft
    finally:
        for left in file.parent.glob(f"{draft.name}*"):
            left.unlink()


def _place(draft: Path, file: Path) -> None:
    """Put a finished draft in its place, on the disk for good."""
    for path, flags in ((draft, os.O_RDWR), (file.parent, os.O_RDONLY)):
        descriptor = os.open(path, flags)
        os.fsync(descriptor)
        os.close(descriptor)
        if path == draft:
            draft.replace(file)
