"""Group commit: what waits to be written shares transactions, and an answer is given only for what is committed.

Both drivers bring a ``Transaction`` and share everything else. A lane works off its queue in order, up to 256 works in
one transaction. A ``Refusal`` of a work that wrote nothing is that caller's answer. Any other error undoes the batch and
runs its works again, each in a transaction of its own, so that only the guilty one fails; hence a work may run twice.
"""

from __future__ import annotations

import asyncio
from collections import deque
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TypeVar

from bursar.errors import Kind, Refusal, refuse
from bursar.store.aside import settle
from bursar.store.driver import Session, Unavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")

QUEUE: Final = 4096
BATCH: Final = 256
_SLICE_S: Final = 0.005
_TURNS: Final = 2
_ATTEMPTS: Final = 5


class Again(Unavailable):
    """A transaction was undone through no fault of its works, and before its commit: it is run again at once."""


class Transaction(Protocol):
    """One connection's transaction, as a driver hands it to a lane. ``session`` is what the works get."""

    @property
    def session(self) -> Session:
        """The session of the transaction now open."""

    async def begin(self, works: int) -> None:
        """Open the transaction and take the lane's lock; ``works`` tells how many are about to use it."""

    async def drive(self, work: Callable[[Any], Awaitable[T]]) -> T:
        """Run one work to its end."""

    async def finish(self) -> None:
        """Write what was held back: the sums, the last ones, buffered rows."""

    async def commit(self) -> None:
        """Make it durable."""

    async def rollback(self) -> None:
        """Undo it, whatever state it is in. Never raises."""

    def explain(self, error: Exception) -> Exception:
        """Say a database's own error in our words, before the rollback: Unavailable, Again, Violation; any other as it is."""


class _Waiting(NamedTuple):
    work: Callable[[Any], Awaitable[Any]]
    answer: asyncio.Future[Any]
    dry: bool


class Group:
    """All waiting works of one driver, in lanes that are there only while they have work."""

    def __init__(self, transaction: Callable[[int], Transaction], *, grouped: bool) -> None:
        self.queue_depth = 0
        self.batches = 0
        self.works = 0
        self.limit = BATCH if grouped else 1
        self._transaction = transaction
        self._lanes: dict[int, _Lane] = {}
        self._closed = False

    async def write(self, lane_id: int, work: Callable[[Any], Awaitable[T]], *, dry: bool) -> T:
        """Queue a work in its lane and wait until its transaction is committed; raises as ``Driver.write`` says."""
        if self._closed:
            raise Unavailable("the database is being closed")
        if self.queue_depth >= QUEUE:
            raise refuse(Kind.BUSY)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        lane = self._lanes.get(lane_id)
        if lane is None:
            lane = self._lanes[lane_id] = _Lane(self, lane_id, self._transaction(lane_id))
            lane.task = loop.create_task(lane.work_off())
        lane.waiting.append(_Waiting(work, answer, dry))
        self.queue_depth += 1
        return await answer

    def leave(self, lane_id: int) -> None:
        """Forget a lane that has nothing left to do."""
        del self._lanes[lane_id]

    async def close(self) -> None:
        """Refuse new works and finish those that wait."""
        self._closed = True
        await asyncio.gather(*(lane.task for lane in self._lanes.values() if lane.task))


class _Lane:
    """Works that must not overtake each other, run on one connection."""

    def __init__(self, group: Group, lane_id: int, transaction: Transaction) -> None:
        self.waiting: deque[_Waiting] = deque()
        self.task: asyncio.Task[None] | None = None
        self._group = group
        self._lane_id = lane_id
        self._transaction = transaction

    async def work_off(self) -> None:
        """Run batch after batch until nothing waits."""
        size = 1
        try:
            while self.waiting:
                await self._gather(size)
                batch = self._take()
                size = len(batch)
                if batch:
                    await self._settle(batch)
        finally:
            self._group.leave(self._lane_id)
            for left in self.waiting:
                self._group.queue_depth -= 1
                _fail(left, Unavailable("the server is stopping"))

    async def _gather(self, expected: int) -> None:
        """Give those who were just answered the turns of the loop they need to come back: one commit for all is cheaper."""
        for _ in range(_TURNS):
            if len(self.waiting) >= expected:
                return
            await asyncio.sleep(0)

    def _take(self) -> list[_Waiting]:
        """Take the next batch from the queue; a dry work is a batch of its own."""
        batch: list[_Waiting] = []
        waiting = self.waiting
        while waiting and len(batch) < self._group.limit:
            if batch and waiting[0].dry:
                break
            one = waiting.popleft()
            self._group.queue_depth -= 1
            if one.answer.done():
                continue
            batch.append(one)
            if one.dry:
                break
        return batch

    async def _settle(self, batch: list[_Waiting]) -> None:
        """Run a batch until each of its works has its answer."""
        error = await self._attempt(batch)
        for _ in range(_ATTEMPTS - 1):
            if not isinstance(error, Again):
                break
            error = await self._attempt(batch)
        if error is None:
            return
        if len(batch) == 1 or isinstance(error, Unavailable):
            for one in batch:
                _fail(one, error)
            return
        for one in batch:
            await self._settle([one])

    async def _attempt(self, batch: list[_Waiting]) -> Exception | None:
        """Run the works in one transaction and answer them; or undo it, answer nobody, and say what went wrong."""
        transaction = self._transaction
        try:
            await transaction.begin(len(batch))
            answers = await self._run(batch)
            await transaction.finish()
            if batch[0].dry:
                await transaction.rollback()
            else:
                await transaction.commit()
        except Exception as error:  # noqa: BLE001 - whatever a work raises is its caller's to see
            explained = transaction.explain(error)
            await transaction.rollback()
            return explained
        except BaseException:
            await transaction.rollback()
            for one in batch:
                _fail(one, Unavailable("the server is stopping"))
            raise
        self._group.batches += 1
        self._group.works += len(batch)
        for answer, result, refusal in answers:
            settle(answer, result, refusal)
        return None

    async def _run(self, batch: list[_Waiting]) -> list[tuple[asyncio.Future[Any], Any, Refusal | None]]:
        """Run each work to its end, giving the loop a turn now and then."""
        answers: list[tuple[asyncio.Future[Any], Any, Refusal | None]] = []
        transaction = self._transaction
        session = transaction.session
        until = perf_counter() + _SLICE_S
        for work, answer, _ in batch:
            if answer.done():
                continue
            session.dirty = False
            try:
                answers.append((answer, await transaction.drive(work), None))
            except Refusal as refusal:
                if session.dirty:
                    raise
                answers.append((answer, None, refusal))
            if perf_counter() > until:
                await asyncio.sleep(0)
                until = perf_counter() + _SLICE_S
        return answers


def _fail(one: _Waiting, error: Exception) -> None:
    """Give a caller the error; Unavailable as an exception of its own, since many may get it."""
    if one.answer.done():
        return
    if not isinstance(error, Unavailable):
        one.answer.set_exception(error)
        return
    own = Unavailable(*error.args)
    own.__cause__ = error
    one.answer.set_exception(own)
