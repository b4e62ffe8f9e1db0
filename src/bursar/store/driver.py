"""What the rest of the store knows of a database: one session inside a transaction, one driver around them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from bursar.store.seen import Seen
    from bursar.store.statements import Statement

T = TypeVar("T")
Values = "Mapping[str, Any]"
Row = "Sequence[Any]"
UNLOCKED: Final = -1
"""The lane of works that take no lock but those of the rows they ask for: several processes work at the same time."""


class Unavailable(Exception):
    """The database cannot serve now: disk full, lost, locked, shutting down. The edge answers 503; later calls recover."""


class Violation(Exception):
    """A row broke a rule that the database keeps: unique, check, append-only. Nothing of its work is stored."""


class Session(Protocol):
    """One transaction, as one work sees it.

    Writes may be run later than they were made (``writes.py``), so a work neither catches what they raise nor counts on it:
    it looks first and then writes. What a work wrote with ``run`` or ``add`` is seen by every later fetch of the batch.
    """

    dirty: bool
    """Whether the work now running has written something."""

    seen: Seen
    """What the works of the transaction have read."""

    async def fetch(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Run a statement that answers rows; also a writing one with RETURNING."""

    async def run(self, statement: Statement, values: Mapping[str, Any]) -> None:
        """Run a writing statement."""

    async def run_many(self, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a writing statement once for each of the rows."""

    async def run_rows(self, statement: Statement, rows: Sequence[tuple[Any, ...]]) -> None:
        """Run a writing statement once for each of the rows, whose values come in the order of ``statement.names``."""

    async def add(self, statement: Statement, key: tuple[Any, ...], values: Mapping[str, Any], step: int) -> None:
        """Add ``step`` to what (statement, key) names; the steps of a batch are summed and written once.

        The statement has the names of ``values`` and "step". The sum is written before anything else of the batch reads
        or writes that table, at the latest before the commit.
        """

    async def last(self, statement: Statement, key: tuple[Any, ...], values: Mapping[str, Any]) -> None:
        """Write ``values`` for (statement, key); of a batch only the last ones are written.

        They are written before anything else of the batch writes that table, at the latest before the commit; a fetch
        in between does not see them.
        """

    async def take_id(self, noun: str) -> int:
        """Take the next id of a kind of row. Ids grow in the order of commits; an undone work may leave a gap."""


class Driver(Protocol):
    """One database, with all that is waiting to be written to it."""

    dialect: str
    """The dialect of the statements it takes: "sqlite" or "postgresql"."""

    @property
    def queue_depth(self) -> int:
        """How many works wait for their turn."""

    async def fetch(self, statement: Statement, values: Mapping[str, Any], *, slow: bool = False) -> Sequence[Sequence[Any]]:
        """Read committed rows, outside any transaction; ``slow`` keeps a long read from holding up everybody else.

        Raises Unavailable.
        """

    async def once(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Run one writing statement that answers rows and waits for nobody but who writes the same rows, and commit it.

        Raises Unavailable; a connection that was lost meanwhile may have it run twice.
        """

    async def write(self, lane: int, work: Callable[[Session], Awaitable[T]], *, dry: bool = False) -> T:
        """Run a work in a transaction and answer its result once that is committed.

        ``lane`` is the business whose lock the work needs, 0 for rows of no business, UNLOCKED for neither. The work awaits nothing but its
        session and touches nothing else, as it may run twice. ``dry`` runs it alone and rolls it back.
        Raises what the work raised, Refusal of kind BUSY when too many wait, Violation, Unavailable; in each case
        nothing of the work is stored, but for a connection lost during the commit, when nobody can know.
        """

    async def close(self) -> None:
        """Finish the waiting works and let go of the database."""
