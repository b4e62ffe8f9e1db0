"""What a loss of power would leave of a folder, photographed at every moment that something of it changes on the disk for good."""

from __future__ import annotations

import contextlib
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from tests.store.unsynced_vfs import UnsyncedVfs

MOVES = ("os.remove", "os.rename")


class Photographs:
    """Copies of the files in ``folder`` in ``album``, as they would be found; SQLite's are seen through ``vfs``."""

    def __init__(self, folder: Path, album: Path, vfs: UnsyncedVfs, chance: random.Random) -> None:
        self._folder, self._album, self._vfs, self._chance = folder, album, vfs, chance
        self._taking = False
        self.taken: list[Path] = []
        vfs.on_sync = self._take
        sys.addaudithook(self._hear)  # for good, since Python lets nobody take one away

    @contextlib.contextmanager
    def taking(self) -> Iterator[None]:
        """Take photographs until the end of the block."""
        self._taking = True
        yield
        self._taking = False

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._taking and event in MOVES and Path(arguments[0]).parent == self._folder:
            self._take()
            self._vfs.forget(str(arguments[1 if event == "os.rename" else 0]))

    def _take(self) -> None:
        if not self._taking:
            return
        there = self._album / str(len(self.taken))
        there.mkdir(parents=True)
        for file in self._folder.iterdir():
            if file.is_file():
                shutil.copy2(file, there)
                if str(file) in self._vfs.contents:
                    self._vfs.leave(str(file), str(there / file.name), self._chance)
        self.taken.append(there)
