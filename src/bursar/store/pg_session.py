"""The session of PostgreSQL: writes are held back and sent together, since there every call is a round trip."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any, Final, Protocol

from bursar.store.writes import Writes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bursar.store.statements import Statement

_RARE: Final = 0.02


class Connection(Protocol):
    """What the session needs of the driver's connection."""

    async def fetch(self, query: str, *args: Any) -> Sequence[Sequence[Any]]:
        """Run a statement that answers rows."""

    async def execute(self, query: str, *args: Any) -> str:
        """Run a statement."""

    async def executemany(self, command: str, args: Iterable[Sequence[Any]]) -> None:
        """Run a statement for each tuple, in one round trip."""


class PgSession(Writes):
    """What a work sees of a transaction; a fetch sends first what it could read."""

    __slots__ = ("_connection", "_free", "_rates", "_taken", "_works", "works_left")

    def __init__(self, rates: dict[str, float], *, locked: bool) -> None:
        super().__init__(keeps=locked)
        self.works_left = 0
        self._works = 0
        self._rates = rates
        self._free: dict[str, list[int]] = {}
        self._taken: dict[str, int] = {}

    def use(self, connection: Connection, works: int) -> None:
        """Serve a batch of works on this connection."""
        self._connection = connection
        self._works = self.works_left = self.seen.numbers.works = works

    async def fetch(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Run a statement that answers rows."""
        self._prepare(statement)
        bound = statement.bind(values)
        key = tuple([tuple(value) if type(value) is list else value for value in bound])
        found = self.seen.find(statement, key)
        if found is not None:
            return found
        if self._hides(statement):
            await self.flush()
        rows = await self._connection.fetch(statement.text, *bound)
        self.seen.keep(statement, key, rows)
        return rows

    async def take_id(self, noun: str) -> int:
        """Take the next id; the batch takes from the sequences as many as it will probably need."""
        free = self._free.get(noun)
        if not free:
            await self._take_ids(noun)
            free = self._free[noun]
        self._taken[noun] = self._taken.get(noun, 0) + 1
        return free.pop()

    async def finish(self) -> None:
        """Send all that is held back."""
        self._buffer_held()
        await self.flush()

    async def flush(self) -> None:
        """Send what is buffered, in order."""
        for statement, rows in self._drain():
            if len(rows) == 1:
                await self._connection.execute(statement.text, *rows[0])
            else:
                await self._connection.executemany(statement.text, rows)

    def learn(self) -> None:
        """The transaction stands: remember how many ids a work takes of each noun."""
        for noun in self._rates.keys() | self._taken.keys():
            rate = self._rates.get(noun, 0.0)
            rate += (self._taken.get(noun, 0) / self._works - rate) / 4
            if rate < _RARE:
                self._rates.pop(noun, None)
            else:
                self._rates[noun] = rate

    def drop(self) -> None:
        """The transaction is over: forget what was held back, and the ids that were left, so that ids keep their order."""
        super().drop()
        self._free.clear()
        self._taken.clear()

    async def _take_ids(self, noun: str) -> None:
        """Take ids of this noun, and of all others that the works left will want, in one round trip."""
        wanted = {other: 0 if self._free.get(other) else ceil(rate * self.works_left - 0.1) for other, rate in self._rates.items()}
        wanted[noun] = max(1, wanted.get(noun, 0))
        nouns = sorted(wanted)
        rows = await self._connection.fetch(_take_text(tuple(nouns)), *(wanted[other] for other in nouns))
        for place, taken in sorted(map(tuple, rows), reverse=True):
            self._free.setdefault(nouns[place], []).append(taken)


def _take_text(nouns: tuple[str, ...]) -> str:
    assert all(noun.isidentifier() for noun in nouns), "nouns are names of ours"
    return " UNION ALL ".join(
        f"SELECT {place}, nextval('{noun}_ids') FROM generate_series(1, ${place + 1}::bigint)"  # noqa: S608 - checked above
        for place, noun in enumerate(nouns)
    )
