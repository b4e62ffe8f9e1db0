"""PostgreSQL through asyncpg: a lane and a connection per busy business, each batch one transaction.

Each batch locks its business's row once, so the works of one business do not overlap, whatever process they run in;
works of no business (lane 0) take an advisory lock instead. Reads have connections of their own: lanes that wait for
a lock never hold them up.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

import asyncpg

from bursar.store.connections import Connections
from bursar.store.driver import UNLOCKED, Unavailable, Violation
from bursar.store.group import Again, Group
from bursar.store.pg_session import PgSession

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from bursar.store.driver import Session
    from bursar.store.statements import Statement

T = TypeVar("T")

_READERS: Final = 8
_WRITERS: Final = 8
_SLOW_READERS: Final = 2
_READ_S: Final = 60
_SLOW_READ_S: Final = 900
_GLOBAL_LOCK: Final = f"SELECT pg_advisory_xact_lock({0x627572736172})"  # the number is ours alone: it spells the product

_LOST: Final = (
    ConnectionError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InternalClientError,
)
_REFUSED: Final = (
    TimeoutError,
    asyncpg.InsufficientResourcesError,  # disk full, out of memory, too many connections
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.ReadOnlySQLTransactionError,  # the server has become a standby
    asyncpg.PostgresIOError,
)
_UNDONE: Final = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.InvalidCachedStatementError,
    asyncpg.OutdatedSchemaCacheError,
)
_BROKEN: Final = (asyncpg.IntegrityConstraintViolationError, asyncpg.RaiseError)


async def open_pg(url: str, *, grouped: bool = True, frozen: bool = False) -> Pg:
    """Open the books at a ``postgres://`` or ``postgresql://`` URL.

    ``grouped=False`` commits each work alone; ``frozen`` shows everything as of the first look, whatever others write
    meanwhile. Raises Unavailable when the server does not let us in.
    """
    opened = Pg(url, grouped=grouped, frozen=frozen)
    await opened.check()
    return opened


async def connect(url: str) -> Any:
    """Open one connection of asyncpg as we want them all; raises what asyncpg raises."""
    return await asyncpg.connect(
        url,
        timeout=10,
        command_timeout=_READ_S,
        statement_cache_size=1024,
        max_cached_statement_lifetime=0,
        max_cacheable_statement_size=0,
        server_settings={
            "application_name": "bursar",
            "lock_timeout": "5s",
            "idle_in_transaction_session_timeout": "60s",
            "jit": "off",
        },
    )


async def _connect_frozen(url: str) -> Any:
    connection = await connect(url)
    await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    return connection


class Pg:
    """The driver of one PostgreSQL database; see ``driver.Driver``."""

    dialect = "postgresql"

    def __init__(self, url: str, *, grouped: bool, frozen: bool) -> None:
        self._readers: Connections[Any] = (
            Connections(partial(_connect_frozen, url), 1) if frozen else Connections(partial(connect, url), _READERS)
        )
        self._writers: Connections[Any] = Connections(partial(connect, url), _WRITERS)
        self._slow = asyncio.Semaphore(_SLOW_READERS)
        self._rates: dict[str, float] = {}
        self._group = Group(lambda lane: _Transaction(self._writers, lane, self._rates), grouped=grouped)

    @property
    def queue_depth(self) -> int:
        """How many works wait for their turn."""
        return self._group.queue_depth

    @property
    def group(self) -> Group:
        """The counts of works and batches, for the metrics."""
        return self._group

    async def check(self) -> None:
        """Make sure that the server lets us in; raises Unavailable."""
        self._readers.give(await _taken(self._readers))

    async def fetch(self, statement: Statement, values: Mapping[str, Any], *, slow: bool = False) -> Sequence[Sequence[Any]]:
        """Read committed rows; a ``slow`` read leaves connections for the others. Raises Unavailable."""
        if not slow:
            return await self._fetch(statement.text, statement.bind(values), _READ_S)
        async with self._slow:
            return await self._fetch(statement.text, statement.bind(values), _SLOW_READ_S)

    async def once(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Run one writing statement that answers rows, outside the lanes; PostgreSQL commits it by itself."""
        return await self._fetch(statement.text, statement.bind(values), _READ_S)

    async def write(self, lane: int, work: Callable[[Session], Awaitable[T]], *, dry: bool = False) -> T:
        """Run a work as ``Driver.write`` says."""
        return await self._group.write(lane, work, dry=dry)

    async def close(self) -> None:
        """Finish the waiting works and close the connections."""
        await self._group.close()
        await self._writers.close()
        await self._readers.close()

    async def _fetch(self, text: str, values: tuple[Any, ...], timeout_s: float) -> Sequence[Sequence[Any]]:
        """Read, once more when the connection turns out to be dead: the server may have been restarted."""
        try:
            return await self._fetch_once(text, values, timeout_s)
        except Again:
            return await self._fetch_once(text, values, timeout_s)

    async def _fetch_once(self, text: str, values: tuple[Any, ...], timeout_s: float) -> Sequence[Sequence[Any]]:
        connection = await _taken(self._readers)
        try:
            rows: Sequence[Sequence[Any]] = await connection.fetch(text, *values, timeout=timeout_s)
            return rows
        except Exception as error:
            raise _explained(error, connection) from error
        except asyncio.CancelledError:
            connection.terminate()
            raise
        finally:
            self._readers.give(connection)


class _Transaction:
    """One lane's transactions, each on whatever connection is free: ``group.Transaction``."""

    def __init__(self, connections: Connections[Any], lane: int, rates: dict[str, float]) -> None:
        self.session = PgSession(rates, locked=lane != UNLOCKED)
        self._connections = connections
        self._connection: Any = None
        self._committing = False
        self._begin = "BEGIN" if lane == UNLOCKED else f"BEGIN; {_business_lock(lane) if lane else _GLOBAL_LOCK}"

    async def begin(self, works: int) -> None:
        """Open a transaction and lock the business."""
        self._committing = False
        connection = self._connection = await _taken(self._connections)
        self.session.use(connection, works)
        await connection.execute(self._begin)

    async def drive(self, work: Callable[[Any], Awaitable[T]]) -> T:
        """Run a work."""
        result = await work(self.session)
        self.session.works_left -= 1
        return result

    async def finish(self) -> None:
        """Send what is held back."""
        await self.session.finish()

    async def commit(self) -> None:
        """Commit; what goes wrong from here on may have been committed all the same."""
        self._committing = True
        status = await self._connection.execute("COMMIT")
        assert status == "COMMIT", "a work went on after a statement of its own had failed"
        self.session.learn()
        self._rest()

    async def rollback(self) -> None:
        """Undo the transaction; a connection that cannot do that is closed."""
        connection = self._connection
        if connection is None:
            return
        try:
            if not connection.is_closed():
                await connection.execute("ROLLBACK", timeout=5)
        except (Exception, asyncio.CancelledError):  # noqa: BLE001 - it is lost, whatever the reason
            connection.terminate()
        self._rest()

    def explain(self, error: Exception) -> Exception:
        """Say asyncpg's error in our words; a connection lost while committing leaves it open what was stored."""
        explained = _explained(error, self._connection)
        if self._committing and isinstance(explained, Again):
            return Unavailable(f"lost the database while committing: {error}")
        return explained

    def _rest(self) -> None:
        self.session.drop()
        self._connections.give(self._connection)
        self._connection = None


def _business_lock(business_id: int) -> str:
    return f"SELECT 1 FROM businesses WHERE id = {business_id:d} FOR UPDATE"  # noqa: S608 - an integer


async def _taken(connections: Connections[Any]) -> Any:
    try:
        return await connections.take()
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Unavailable(f"cannot reach PostgreSQL: {error}") from error


def _explained(error: Exception, connection: Any) -> Exception:
    if isinstance(error, Unavailable):
        return error
    if isinstance(error, _LOST + _UNDONE) or (connection is not None and connection.is_closed()):
        return Again(str(error))
    if isinstance(error, _REFUSED):
        return Unavailable(str(error))
    if isinstance(error, _BROKEN):
        return Violation(str(error))
    return error
