"""Brings demo books to a known state: takes snapshots of them while they are served, loads them, makes others of them."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Final

from bursar.store.kept import Kept
from bursar.store.snapshots import FRESH, NoSnapshot, Shelf

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from bursar.clock import Clock
    from bursar.runtime.agenda import Agenda
    from bursar.store.snapshots import Snapshot

AHEAD: Final = "clock.ahead_us"
_BESIDE: Final = ("secret_key", "demo.json")


class Snapshots:
    """Snapshots of the books in a data directory. ``quiet`` is entered while books are exchanged: it keeps requests out.

    Every method raises NoSnapshot with the reason in words, WrongSchema and Unavailable.
    """

    def __init__(self, folder: Path, driver: Any, tables: Any, agenda: Agenda, clock: Clock) -> None:
        self._folder, self._driver, self._agenda, self._clock = folder, driver, agenda, clock
        self._shelf, self._kept = Shelf(folder / "snapshots", tables), Kept(driver, tables)
        self._turn = asyncio.Lock()
        self.quiet: Callable[[], AbstractAsyncContextManager[None]] = contextlib.nullcontext

    async def listed(self) -> list[Snapshot]:
        """Return all snapshots by name."""
        self._possible()
        return await asyncio.to_thread(self._shelf.listed)

    async def save(self, name: str) -> None:
        """Keep the books as they are now under a name, in the place of an older snapshot; nothing that is due is left undone."""
        self._possible()
        self._shelf.path(name)
        if name == FRESH:
            raise NoSnapshot(f"{FRESH} is the name of the books as they were made; choose another")
        async with self._turn:
            await self._agenda.advance(self._clock.now_us())
            async with self._agenda.paused():
                await self._save(name)

    async def keep_fresh(self) -> None:
        """Keep the books that were just made, for :meth:`reset`."""
        await self._save(FRESH)

    async def load(self, name: str) -> None:
        """Bring the books, and their clock, back to a snapshot; whoever could sign in still can."""
        self._possible()
        self._shelf.found(name)
        async with self.quiet(), self._turn, self._agenda.paused():
            draft = self._folder / ".loading.db"
            draft.unlink(missing_ok=True)
            try:
                now_us = await asyncio.to_thread(self._shelf.copied, name, draft)
                await self._driver.replace(draft, lambda session: self._shelf.take_over(session, self._driver.dialect, draft))
            finally:
                draft.unlink(missing_ok=True)
            self._clock.go(now_us)
            await self.keep_clock()
            self._driver.let_go()

    async def keep_clock(self) -> None:
        """Keep how far the clock is ahead, for the next start."""
        await self._kept.keep(AHEAD, str(self._clock.ahead_us))

    async def find_clock(self) -> None:
        """Set the clock ahead as it was when the books were served last."""
        self._clock.ahead_us = int(await self._kept.get(AHEAD) or 0)

    async def reset(self) -> None:
        """Bring the books back to what they were when they were made."""
        self._possible()
        if not self._shelf.path(FRESH).is_file():
            raise NoSnapshot("the books were made by a version that kept no snapshot of them; start with another --data")
        await self.load(FRESH)

    async def fork(self, name: str, target: str) -> Path:
        """Make other books of a snapshot, in a data directory of their own that another server can serve; answers where."""
        self._possible()
        self._shelf.path(target)
        return await asyncio.to_thread(self._fork, name, target)

    def _fork(self, name: str, target: str) -> Path:
        self._shelf.found(name)
        place = self._folder / "forks" / target
        if place.exists():
            raise NoSnapshot(f"{place} is there already")
        place.parent.mkdir(mode=0o700, exist_ok=True)
        place.mkdir(mode=0o700)
        now_us = self._shelf.copied(name, place / "books.db")
        self._shelf.set_ahead(place / "books.db", AHEAD, now_us - self._clock.now_us() + self._clock.ahead_us)
        for beside in _BESIDE:
            if (self._folder / beside).is_file():
                (place / beside).write_bytes((self._folder / beside).read_bytes())
                (place / beside).chmod(0o600)
        return place

    async def _save(self, name: str) -> None:
        draft = self._shelf.draft(name)
        now_us = self._clock.now_us()
        await self._driver.copy(draft)
        await asyncio.to_thread(self._shelf.keep, name, draft, now_us)

    def _possible(self) -> None:
        if self._driver.dialect != "sqlite":
            refused = NoSnapshot("Snapshots are not offered on PostgreSQL; they are there for sample books in SQLite.")
            refused.offered = False
            raise refused
