"""SQLite's write-ahead log: when it is copied back into the database, and by whom.

Never inside a commit, where the loop would wait for it. When the log has grown, a thread copies it back while writing
goes on; if what was written meanwhile is long, it is copied before the next transaction, so that the log begins anew.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Final

import apsw

from bursar.store.aside import Aside
from bursar.store.lite_file import is_moved

if TYPE_CHECKING:
    import asyncio

    from bursar.store.lite_file import LiteFile

_COPIED_AT: Final = 2_000
_WAITED_AT: Final = 2_400
"""Pages of log. With half as many a lone create took 1 % longer; with the wait at 10,000, which no processor's cache holds, those of many
connections took 2 to 4 %."""


class LiteLog:
    """The log of one file that is written here: ``watch`` its writer, ``make_room`` before and ``copy_when_long`` after a transaction."""

    def __init__(self, file: LiteFile) -> None:
        self._file = file
        self._thread = Aside("checkpoint")
        self._connection: apsw.Connection | None = None
        self._turn = Lock()
        self._copied: asyncio.Future[bool] | None = None
        self._pages = 0
        self._copy_at = _COPIED_AT
        self._wait_at = _WAITED_AT

    def watch(self, writer: apsw.Connection) -> None:
        """Have the writer tell how long the log has become."""
        writer.set_wal_hook(self._grew)

    async def make_room(self) -> None:
        """Copy back all of a log that outgrew the thread, while nothing is written; a long read may still hold some of it."""
        if self._pages < self._wait_at:
            return
        await self._thread.run(self._copy)  # after what it is doing
        self._wait_at = self._pages + _WAITED_AT

    def copy_when_long(self) -> None:
        """Begin to copy back a log that has grown, if that is not being done already."""
        if self._pages >= self._copy_at and (self._copied is None or self._copied.done()):
            self._copy_at = self._pages + _COPIED_AT
            self._copied = self._thread.run(self._copy)

    def copy_back(self) -> bool:
        """Copy the log back here and now, with a connection of its own; answers whether all of it is there."""
        try:
            connection = self._file.open(writing=True)
        except apsw.Error:
            return False
        try:
            return self._checkpoint(connection)
        except apsw.Error:
            return False
        finally:
            connection.close(True)  # noqa: FBT003 - positional in apsw

    async def let_go(self) -> None:
        """Close what is open to the file, once it is not being copied."""
        await self._thread.run(self._forget)

    async def close(self) -> None:
        """Finish what was begun."""
        await self.let_go()
        self._thread.close()

    def _copy(self) -> bool:
        """Copy the log back in the thread, whose connection stays open: opening one takes as long as copying some hundred pages."""
        try:
            if self._connection is not None and is_moved(self._connection):
                self._forget()
            if self._connection is None:
                self._connection = self._file.open(writing=True)
            return self._checkpoint(self._connection)
        except apsw.Error:
            self._forget()  # it may be the connection that something is wrong with
            return False

    def _checkpoint(self, connection: apsw.Connection) -> bool:
        """Copy what no reader holds back; an apsw.Error is told to nobody: the next commit meets what is wrong with the disk."""
        with self._turn:  # SQLite turns a second one away, however little the first one has done yet
            pages, copied = connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        return pages == copied

    def _forget(self) -> None:
        if self._connection is not None:
            self._connection.close(True)  # noqa: FBT003 - positional in apsw
        self._connection = None

    def _grew(self, _writer: apsw.Connection, _name: str, pages: int) -> int:
        if pages < self._pages:  # all of it was copied back, and it begins anew
            self._copy_at, self._wait_at = _COPIED_AT, _WAITED_AT
        self._pages = pages
        return apsw.SQLITE_OK
