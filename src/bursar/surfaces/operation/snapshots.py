"""Bringing sample books to a known state over HTTP: what is asked, and what is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from bursar.domain.instants import iso_z
from bursar.store.schema import WrongSchema
from bursar.store.snapshots import NoSnapshot

if TYPE_CHECKING:
    from pathlib import Path

    from bursar.store.snapshots import Snapshot

ASK: Final = 'send {"save": "name"}, {"load": "name"} or {"fork": "name", "as": "other"}'
Told = tuple[int, dict[str, Any]]


class Shelf(Protocol):
    """What the pages ask of snapshots; all of it raises NoSnapshot, WrongSchema and Unavailable."""

    async def listed(self) -> list[Snapshot]:
        """Return all snapshots."""
        ...

    async def save(self, name: str) -> None:
        """Take one."""
        ...

    async def load(self, name: str) -> None:
        """Bring the books back to one."""
        ...

    async def fork(self, name: str, target: str) -> Path:
        """Make other books of one."""
        ...

    async def reset(self) -> None:
        """Bring the books back to what they were when they were made."""
        ...


async def told(shelf: Shelf) -> dict[str, Any]:
    """List the snapshots. Raises as the shelf does."""
    return {"snapshots": [{"name": each.name, "now": iso_z(each.now_us), "bytes": each.size} for each in await shelf.listed()]}


async def follow(shelf: Shelf, raw: bytes) -> dict[str, Any]:
    """Do what a body asks for. Raises ValueError with words, and as the shelf does."""
    try:
        asked: Any = msgspec.json.decode(raw)
    except msgspec.DecodeError:
        asked = None
    match asked:
        case {"save": str(name), **more} if not more:
            await shelf.save(name)
        case {"load": str(name), **more} if not more:
            await shelf.load(name)
        case {"fork": str(name), "as": str(target), **more} if not more:
            return {"data": str(await shelf.fork(name, target))}
        case _:
            raise ValueError(ASK)
    return await told(shelf)


def refused(error: Exception) -> Told:
    """Say why not: 501 where snapshots are not offered at all, else 422."""
    assert isinstance(error, NoSnapshot | WrongSchema | ValueError), error
    return 501 if isinstance(error, NoSnapshot) and not error.offered else 422, {"error": str(error)}
