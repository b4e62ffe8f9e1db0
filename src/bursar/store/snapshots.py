"""Snapshots of books in SQLite: whole copies of their file under a name, beside them.

Who may sign in is no part of what is brought back: apps, codes, tokens and passwords as they are now stand in the loaded
books too, so nobody has to sign in anew. A snapshot knows the moment its clock stood at.
"""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import select

from bursar.store.copying import copy_file
from bursar.store.migrations import known, upgrade_file
from bursar.store.schema import WrongSchema
from bursar.store.statements import compile_statement

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import MetaData

    from bursar.store.driver import Session

FRESH: Final = "fresh"
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?")
_MOMENT: Final = "snapshot.now_us"
_KEPT: Final = ("apps", "codes", "tokens")


class NoSnapshot(Exception):
    """There is no such snapshot, or it cannot be taken or used; the text says why. ``offered`` False: there are none here."""

    offered = True


class Snapshot(NamedTuple):
    """One snapshot: its name, the moment it was taken at by the clock of the books, its size."""

    name: str
    now_us: int
    size: int


class Shelf:
    """The snapshots beside some books; ``tables`` are those of the product."""

    def __init__(self, folder: Path, tables: MetaData) -> None:
        self._folder = folder
        self._signing = [tables.tables[name] for name in _KEPT]
        self._people = tables.tables["identities"]

    def path(self, name: str) -> Path:
        """Return the file of a name; raises NoSnapshot for what is no name."""
        if not _NAME.fullmatch(name):
            raise NoSnapshot("a snapshot has a name of at most 64 small letters, digits, - and _, with a letter or digit at both ends")
        return self._folder / f"{name}.db"

    def found(self, name: str) -> Path:
        """Return the file of a snapshot that is there; raises NoSnapshot."""
        path = self.path(name)
        if not path.is_file():
            raise NoSnapshot(f"there is no snapshot {name}")
        return path

    def listed(self) -> list[Snapshot]:
        """Return all snapshots by name."""
        files = sorted(self._folder.glob("*.db"))
        return [Snapshot(file.stem, _moment(file), file.stat().st_size) for file in files if _NAME.fullmatch(file.stem)]

    def draft(self, name: str) -> Path:
        """Name the file a snapshot is written into before it takes its place."""
        path = self.path(name)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.draft")
        _clear(draft)
        return draft

    def keep(self, name: str, draft: Path, now_us: int) -> None:
        """Make a finished draft the snapshot of a name, in the place of an older one."""
        with opened(draft) as copy:
            copy.execute("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", (_MOMENT, str(now_us)))
        draft.replace(self.path(name))

    def copied(self, name: str, target: Path) -> int:
        """Copy a snapshot into a new file with the newest tables, on the disk for good; answers the moment of its clock.

        Raises NoSnapshot, and WrongSchema for one that a newer program made.
        """
        source = os.open(self.found(name), os.O_RDONLY)
        try:
            copy_file(source, target)
        finally:
            os.close(source)
        with opened(target) as copy:
            version = copy.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        if version not in known():
            raise WrongSchema(f"The snapshot {name} has schema {version}, and this bursar knows up to {known()[-1]}.")
        if version != known()[-1]:
            upgrade_file(target)
        written = os.open(target, os.O_RDWR)
        os.fsync(written)
        os.close(written)
        return _moment(target)

    @staticmethod
    def set_ahead(file: Path, name: str, ahead_us: int) -> None:
        """Note in other books how far their clock is ahead."""
        with opened(file) as copy:
            copy.execute("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", (name, str(ahead_us)))

    async def take_over(self, session: Session, dialect: str, draft: Path) -> None:
        """Write into other books who may sign in to these: apps, codes, tokens, passwords of people who are in both."""
        people = select(self._people.c.password_hash, self._people.c.revoked_us, self._people.c.id)
        passwords = await session.fetch(compile_statement(people, dialect), {})
        rows = {table.name: await session.fetch(compile_statement(select(table), dialect), {}) for table in self._signing}
        with opened(draft) as copy:
            copy.executemany("UPDATE identities SET password_hash = ?, revoked_us = ? WHERE id = ?", map(tuple, passwords))
            there = {number for (number,) in copy.execute("SELECT id FROM identities")}
            for table in self._signing:
                names = [column.name for column in table.columns]
                values = [tuple(row) for row in rows[table.name] if "identity_id" not in names or row[names.index("identity_id")] in there]
                listed, marks = ", ".join(names), ", ".join("?" * len(names))
                text = f"INSERT OR REPLACE INTO {table.name} ({listed}) VALUES ({marks})"  # noqa: S608 - names of ours
                copy.executemany(text, values)


@contextlib.contextmanager
def opened(file: Path) -> Iterator[sqlite3.Connection]:
    """Open a file that no connection of the server has open, for one transaction; no log is left beside it."""
    with contextlib.closing(sqlite3.connect(file, timeout=30)) as connection, connection:
        yield connection


def _moment(file: Path) -> int:
    with opened(file) as copy:
        row: Any = copy.execute("SELECT value FROM settings WHERE name = ?", (_MOMENT,)).fetchone()
    return int(row[0]) if row else 0


def _clear(draft: Path) -> None:
    for left in draft.parent.glob(f"{draft.name}*"):
        left.unlink()
