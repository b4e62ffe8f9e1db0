"""SQLite through apsw: one writer with group commit, reads on the loop, long reads in a thread.

**Who may open the file.** WAL lets many processes read beside one writer, so ``bursar backup`` and ``verify`` open it
with ``mode="read"`` whenever they like, and short commands that write (``mode="share"``) take turns with the server.
Two *servers* must not have it: each would believe that its queue is the only one. A server (``mode="serve"``) therefore
holds SQLite's own write lock on an empty file beside it, ``<name>-serving``, for as long as it lives; the operating
system lets go of it when the process dies, however it dies. SQLite's ``locking_mode=EXCLUSIVE`` would have shut out the
readers too, and a lock taken on the database file itself would be lost whenever anybody in the process closes that file.
"""

from __future__ import annotations

import asyncio
from functools import partial
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

import apsw

from bursar.store.aside import Aside
from bursar.store.driver import Unavailable, Violation
from bursar.store.group import Group
from bursar.store.lite_file import LiteFile, hold, is_moved, is_to_reopen
from bursar.store.lite_log import LiteLog
from bursar.store.lite_reader import LiteReader
from bursar.store.lite_session import LiteSession

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

    from bursar.store.driver import Session
    from bursar.store.statements import Statement

    Rows = Sequence[Sequence[Any]]

T = TypeVar("T")
Mode = Literal["serve", "share", "read"]

_LOST: Final = (apsw.FullError, apsw.IOError, apsw.BusyError, apsw.LockedError, apsw.CantOpenError, apsw.ReadOnlyError, apsw.NotADBError)
_BEGIN: Final = "BEGIN IMMEDIATE; PRAGMA data_version"
_LOCKED_S: Final = 2.0
_SLOW_COMMIT_S: Final = 0.001
_SHARED: Final = 2
"""From so many works on, a commit is made in a thread: others who wait with them are read meanwhile."""


def open_lite(path: Path, *, grouped: bool = True, mode: Mode = "serve", vfs: str | None = None) -> Lite:
    """Open the books in a file; "serve" and "share" create it when missing (the migrations fill it).

    ``grouped=False`` commits each work alone. ``vfs`` names an apsw VFS other than the system's.
    Raises Unavailable when the file cannot be opened, is locked, or another server is serving it.
    """
    return Lite(path, grouped=grouped, mode=mode, vfs=vfs)


class Lite:
    """The driver of one SQLite file; see ``driver.Driver``."""

    dialect = "sqlite"

    def __init__(self, path: Path, *, grouped: bool, mode: Mode, vfs: str | None) -> None:
        self._file = LiteFile(path, vfs, writable=mode != "read")
        self._serving: apsw.Connection | None = None
        try:
            if mode == "serve":
                self._serving = hold(path)
            self._reader = LiteReader(self._file, pinned=mode == "read")  # whatever a server writes meanwhile
        except apsw.Error as error:
            if self._serving is not None:
                self._serving.close()
            raise _explained(error, path) from error
        self._writer = _Writer(self._file, self._reader)
        self._group = Group(lambda _lane: self._writer, grouped=grouped)
        self._slow: apsw.Connection | None = None
        self._slow_thread = Aside("slow-read")
        self._letting_go: asyncio.Task[None] | None = None

    @property
    def queue_depth(self) -> int:
        """How many works wait for their turn."""
        return self._group.queue_depth

    @property
    def group(self) -> Group:
        """The counts of works and batches, for the metrics."""
        return self._group

    async def fetch(self, statement: Statement, values: Mapping[str, Any], *, slow: bool = False) -> Rows:
        """Read committed rows, on the loop, or in a thread with its own connection when ``slow``. Raises Unavailable."""
        if slow:
            self._file.make_sure_it_is_open()
            return await self._slow_thread.run(partial(self._fetch_slow, statement, values))
        try:
            return self._reader.fetch(statement, values)
        except apsw.Error as error:
            raise _explained(error, self._file.path) from error

    async def once(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Run one writing statement that answers rows, in a batch with whatever else is written."""
        return await self.write(0, lambda session: session.fetch(statement, values))

    async def write(self, lane: int, work: Callable[[Session], Awaitable[T]], *, dry: bool = False) -> T:  # noqa: ARG002 - one lane for all
        """Run a work as ``Driver.write`` says; all lanes are one, as SQLite has one writer."""
        if not self._file.writable:
            raise Unavailable(f"{self._file.path} is open for reading only")
        return await self._group.write(0, work, dry=dry)

    async def copy(self, target: Path) -> None:
        """Copy the books as they are at one moment into a new file, while they are read and written. Raises Unavailable."""
        await asyncio.get_running_loop().run_in_executor(None, self._writer.log.copy_back)
        try:
            await asyncio.get_running_loop().run_in_executor(None, self._file.copy, target, await self.write(0, self._frozen, dry=True))
        except apsw.Error as error:
            raise _explained(error, self._file.path) from error

    async def _frozen(self, _session: Session) -> tuple[apsw.Connection, bool]:
        """Return a reader that sees the books as they are now, and whether all it sees is in the file itself, and stays so.

        Nobody writes meanwhile. A reader that needs nothing of the log keeps everybody from copying into the file.
        """
        whole, frozen = self._writer.log.copy_back(), self._file.open(writing=False)
        frozen.execute("BEGIN")
        frozen.execute("SELECT 1 FROM sqlite_schema").fetchall()
        return frozen, whole

    async def replace(self, draft: Path, prepare: Callable[[Session], Awaitable[None]]) -> None:
        """Put another file, with no log of its own, in the place of the books, in turn with all that is written.

        ``prepare`` may still write into it. What is being read goes on in the old books. Raises what it raises, Unavailable.
        """

        async def work(session: Session) -> None:
            await prepare(session)
            self._writer.log.copy_back()  # so the old books are whole without their log, whenever the power goes
            self._file.put(draft)
            self._reader.forget()
            self._writer.session.forget_ids()

        await self.write(0, work, dry=True)

    def let_go(self) -> None:
        """Begin to give the disk back what replaced books took up. Call it when something was written into the new ones."""
        self._letting_go = asyncio.get_running_loop().create_task(self._let_go())

    async def _let_go(self) -> None:
        await self._slow_thread.run(self._forget_slow)
        await self._writer.log.let_go()
        await asyncio.get_running_loop().run_in_executor(None, self._file.let_go)

    async def close(self) -> None:
        """Finish the waiting works and close the file."""
        if self._file.closed:
            return
        self._file.closed = True
        await self._group.close()
        if self._letting_go is not None:
            await self._letting_go
        await self._slow_thread.run(self._forget_slow)
        self._slow_thread.close()
        self._reader.close()
        await self._writer.close()
        if self._serving is not None:
            self._serving.close()

    def _fetch_slow(self, statement: Statement, values: Mapping[str, Any]) -> Rows:
        try:
            if self._slow is None or is_moved(self._slow):
                self._forget_slow()
                self._slow = self._file.open(writing=False)
            return self._slow.execute(statement.text, statement.bind(values)).fetchall()
        except apsw.Error as error:
            if is_to_reopen(error):
                self._forget_slow()
            raise _explained(error, self._file.path) from error

    def _forget_slow(self) -> None:
        if self._slow is not None:
            self._slow.close(True)  # noqa: FBT003 - positional in apsw
        self._slow = None


class _Writer:
    """The one writing connection: ``group.Transaction`` for all works."""

    def __init__(self, file: LiteFile, reader: LiteReader) -> None:
        self.session = LiteSession()
        self.log = LiteLog(file)
        self._file = file
        self._reader = reader
        self._connection: apsw.Connection | None = None
        self._thread = Aside("commit")
        self._commit_s = 0.0
        self._works = 0
        self._version: Any = None

    async def begin(self, works: int) -> None:
        """Take the write lock, waiting for a command that has it without holding up the loop."""
        self._works = self.session.seen.numbers.works = works
        await self.log.make_room()
        self._reader.hand_back()
        connection = self._connection
        if connection is not None and is_moved(connection):
            self._forget()
        if self._connection is None:
            self._open()
        version = await self._lock()
        if version != self._version:  # another connection has written since
            self.session.seen.clear()
            self._version = version

    async def _lock(self) -> int:
        """Open the transaction; answers what another connection's commit changes. Raises BusyError."""
        give_up = monotonic() + _LOCKED_S
        while True:
            try:
                version: int = self.session.cursor.execute(_BEGIN).fetchall()[0][0]
            except apsw.BusyError:
                if monotonic() > give_up:
                    raise
                await asyncio.sleep(0.005)
            else:
                return version

    async def drive(self, work: Callable[[Any], Awaitable[T]]) -> T:
        """Run a work by hand, so that nothing else can run in between; awaiting anything foreign is an AssertionError."""
        running = work(self.session).__await__()
        try:
            next(running)
        except StopIteration as finished:
            result: T = finished.value
            return result
        running.close()
        raise AssertionError("a work awaits nothing but its session")

    async def finish(self) -> None:
        """Write what was held back."""
        self.session.finish()

    async def commit(self) -> None:
        """Commit on the loop what is alone and quick; else in a thread, so that the loop goes on with the requests of others."""
        if self._works < _SHARED and self._commit_s < _SLOW_COMMIT_S:
            self._commit()
        else:
            await _ended(self._thread.run(self._commit))
        self._reader.borrow(self.session.cursor)
        self.log.copy_when_long()

    async def rollback(self) -> None:
        """Undo the transaction; a connection that cannot even do that is given up."""
        self.session.drop()
        connection = self._connection
        if connection is None:
            return
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except apsw.Error:
            self._forget()

    def explain(self, error: Exception) -> Exception:
        """Say apsw's error in our words."""
        if is_to_reopen(error):
            self._forget()
        return _explained(error, self._file.path)

    async def close(self) -> None:
        """Leave the file tidy: log copied back."""
        await self.log.close()
        if self._connection is not None:
            await self._thread.run(self._forget)
        self._thread.close()

    def _open(self) -> apsw.Connection:
        connection = self._connection = self._file.open(writing=True)
        self.log.watch(connection)
        self._version = None
        self.session.use(connection.cursor())
        return connection

    def _forget(self) -> None:
        if self._connection is not None:
            self._connection.close(True)  # noqa: FBT003 - positional in apsw
        self._connection = None

    def _commit(self) -> None:
        assert self._connection is not None, "begin opened it"
        started = perf_counter()
        self._connection.execute("COMMIT")
        self.session.stand()  # here, since who is told to stop meanwhile asks for a rollback of what stands already
        self._commit_s += (perf_counter() - started - self._commit_s) / 4


async def _ended(thread: asyncio.Future[None]) -> None:
    """Wait for what a thread does with the connection, also when told to stop: nobody else may use it meanwhile."""
    try:
        await asyncio.shield(thread)
    except asyncio.CancelledError:
        await asyncio.wait([thread])
        raise


def _explained(error: Exception, path: Path) -> Exception:
    if isinstance(error, _LOST):
        return Unavailable(f"{path}: {error}")
    if isinstance(error, apsw.ConstraintError):
        return Violation(str(error))
    return error
