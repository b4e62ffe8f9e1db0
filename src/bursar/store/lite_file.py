"""The file of the books in SQLite: its connections, its copies, and another file put in its place."""

from __future__ import annotations

import contextlib
import ctypes
import os
from typing import TYPE_CHECKING, Final

import apsw

from bursar.store.copying import copy_file
from bursar.store.driver import Unavailable
from bursar.store.statistics import fix_statistics

if TYPE_CHECKING:
    from pathlib import Path

_REOPEN: Final = (apsw.IOError, apsw.CantOpenError, apsw.ReadOnlyError, apsw.NotADBError)
_OPENING_MS: Final = 5_000
_READING_MS: Final = 100
_LOG_BYTES: Final = 64 << 20
_MAPPED: Final = 4 << 30
_WRITER_KIB: Final = 4_096
"""The writer works in a cache of its own, which stays true from commit to commit. So small that the processor's holds it, too: a create
took a fifth less time than with the file mapped, and longer again with 16 or 32 MiB."""


class LiteFile:
    """Where the books are and how its connections are set up."""

    def __init__(self, path: Path, vfs: str | None, *, writable: bool) -> None:
        self.path = path
        self.writable = writable
        self.closed = False
        self._vfs = vfs
        self._descriptor: int | None = None
        self._replaced: list[int] = []

    def open_first(self) -> apsw.Connection:
        """Open the file for the first time: create it if it may be, switch it to WAL; answers a reader."""
        if self.writable:
            first = self._connect(apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE)
            try:
                first.set_busy_timeout(_OPENING_MS)
                if first.pragma("journal_mode", "wal") != "wal":
                    raise Unavailable(f"{self.path} lies where SQLite cannot keep a write-ahead log")
                with first:
                    fix_statistics(first.execute)
            finally:
                first.close()
        reader = self.open(writing=False)
        reader.execute("SELECT 1 FROM sqlite_schema").fetchall()
        return reader

    def open(self, *, writing: bool) -> apsw.Connection:
        """Open one more connection to the existing file; apsw.Error says why not."""
        mode = apsw.SQLITE_OPEN_READWRITE if self.writable else apsw.SQLITE_OPEN_READONLY
        connection = self._connect(mode if writing else mode | apsw.SQLITE_OPEN_NOMUTEX)  # a reader is one thread's at any time
        connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
        connection.create_scalar_function("lowered", _lowered, 1, deterministic=True)
        connection.set_busy_timeout(0 if writing else _READING_MS)
        connection.pragma("synchronous", "full")
        connection.pragma("mmap_size", 0 if writing else _MAPPED)
        connection.pragma("journal_size_limit", _LOG_BYTES)
        connection.pragma("cache_size", -_WRITER_KIB if writing else -8_192)
        if not writing:
            connection.pragma("query_only", 1)
        return connection

    def make_sure_it_is_open(self) -> None:
        """Raise Unavailable when whoever serves the file has closed it."""
        if self.closed:
            raise Unavailable(f"{self.path} is closed")

    def copy(self, target: Path, frozen: tuple[apsw.Connection, bool]) -> None:
        """Copy what a reader sees: the file as it is where that is the whole truth, else page by page."""
        reader, whole = frozen
        try:
            if whole:
                copy_file(self._plain(), target)
            else:
                with contextlib.closing(apsw.Connection(str(target))) as copy, copy.backup("main", reader, "main") as backup:
                    backup.step()
        finally:
            reader.close(True)  # noqa: FBT003 - positional in apsw

    def put(self, draft: Path) -> None:
        """Put another file in the place of this one; whoever has the old one open keeps it with its log.

        The old one is held until :meth:`let_go`, so that whoever closes it does not wait for the disk to free it.
        """
        self._replaced.append(self._plain())
        for kind in ("-wal", "-shm"):
            self.path.with_name(self.path.name + kind).unlink(missing_ok=True)
        draft.replace(self.path)
        self._descriptor = None

    def let_go(self) -> None:
        """Give the disk back what replaced files took up, once no connection of ours is open to them; takes its time."""
        replaced, self._replaced = self._replaced, []
        for descriptor in replaced:
            os.close(descriptor)

    def _plain(self) -> int:
        """Open the file beside SQLite and leave it open: closing it would drop the locks of all our connections."""
        if self._descriptor is None:
            self._descriptor = os.open(self.path, os.O_RDONLY)
        return self._descriptor

    def _connect(self, flags: int) -> apsw.Connection:
        return apsw.Connection(str(self.path), flags=flags, vfs=self._vfs, statementcachesize=512)


def hold(path: Path) -> apsw.Connection:
    """Hold the lock that tells a second server that there is a first; raises Unavailable."""
    held = apsw.Connection(f"{path}-serving")
    try:
        held.execute("BEGIN IMMEDIATE")
    except apsw.BusyError:
        held.close()
        raise Unavailable(f"another server is serving {path}") from None
    return held


def _lowered(*values: apsw.SQLiteValue) -> apsw.SQLiteValue:
    """Write a text in small letters, those beyond ASCII too, which SQLite's own ``lower`` leaves alone."""
    text = values[0]
    return text.lower() if isinstance(text, str) else text


def is_moved(connection: apsw.Connection) -> bool:
    """Whether the file this connection has open was deleted, or replaced by another of its name."""
    moved = ctypes.c_int(0)
    known = connection.file_control("main", apsw.SQLITE_FCNTL_HAS_MOVED, ctypes.addressof(moved))
    return known and moved.value != 0


def is_to_reopen(error: Exception) -> bool:
    """Whether a connection that raised this may have something wrong with it that another one would not."""
    return isinstance(error, _REOPEN)
