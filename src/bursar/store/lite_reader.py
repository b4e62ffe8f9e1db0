"""What is read on the loop: one transaction for each turn of it, since taking a snapshot costs more than most reads do in it.

A commit makes a reader forget its cache; the writer's stays true. So the first turn after a commit is read with the writer's cursor,
unless the writer begins before it: who asks next, mostly (decision 0002).
"""

from __future__ import annotations

import asyncio
import contextlib
from time import monotonic
from typing import TYPE_CHECKING, Any

import apsw

from bursar.store.lite_file import is_moved, is_to_reopen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bursar.store.lite_file import LiteFile
    from bursar.store.lite_session import Cursor
    from bursar.store.statements import Statement


class LiteReader:
    """The reading connection of the loop; a ``pinned`` one reads everything as of its first look."""

    def __init__(self, file: LiteFile, *, pinned: bool) -> None:
        self._file = file
        self._pinned = pinned
        self._connection: apsw.Connection | None = file.open_first()
        if pinned:
            self._connection.execute("BEGIN")
        self._cursor: Cursor | None = None
        self._lent: Cursor | None = None
        self._turn: Cursor | None = None
        self._look_again = 0.0

    def fetch(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Read what is committed, or was when this turn began to read. Raises apsw.Error, Unavailable."""
        assert not statement.table, "what writes is a work: it may be the writer's cursor"
        try:
            cursor = self._turn or self._begin()
            return cursor.execute(statement.text, statement.bind(values)).fetchall()
        except apsw.Error as error:
            if is_to_reopen(error):
                self._give_up(self._turn)
            raise

    def borrow(self, cursor: Cursor) -> None:
        """End a turn that began before, and read the next one with the cursor of the writer, which has just committed."""
        self.end_turn()
        self._lent = cursor

    def hand_back(self) -> None:
        """Leave the writer its cursor: it begins."""
        self._lent = None
        self.end_turn()

    def end_turn(self) -> None:
        """Let the next read see what was committed meanwhile, and the log begin anew."""
        cursor, self._turn = self._turn, None
        if cursor is None:
            return
        try:
            cursor.execute("COMMIT")
        except apsw.Error:
            self._give_up(cursor)

    def forget(self) -> None:
        """Close the connection, and leave the writer's: its file may be another one. The next read opens another."""
        if self._connection is not None:
            self._connection.close(True)  # noqa: FBT003 - positional in apsw
        self._connection = self._cursor = self._turn = self._lent = None

    def close(self) -> None:
        """End the last turn."""
        self.hand_back()
        self.forget()

    def _begin(self) -> Cursor:
        cursor = self._cursor
        if cursor is None or monotonic() > self._look_again:
            cursor = self._look()
        if not self._pinned:
            cursor, self._lent = self._lent or cursor, None
            asyncio.get_running_loop().call_soon(self.end_turn)
            cursor.execute("BEGIN")
            self._turn = cursor
        return cursor

    def _look(self) -> Cursor:
        """Open a connection, or make sure once a second that the file it has open is still there; what is pinned is read to the end."""
        if self._connection is not None and not self._pinned and is_moved(self._connection):
            self.forget()
        self._file.make_sure_it_is_open()
        if self._connection is None:
            self._connection = self._file.open(writing=False)
        self._look_again = monotonic() + 1
        self._cursor = self._cursor or self._connection.cursor()
        return self._cursor

    def _give_up(self, cursor: Cursor | None) -> None:
        """Leave a turn that went wrong; the writer looks after its connection itself."""
        if cursor is None or cursor is self._cursor:
            self.forget()
            return
        self._turn = None
        with contextlib.suppress(apsw.Error):
            cursor.execute("ROLLBACK")
