"""A disk that forgets: what was written but not synced is kept in memory, and lost when the power fails.

``kill -9`` leaves the operating system's cache alone, so it proves little about a database's durability; this does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import apsw

if TYPE_CHECKING:
    import random
    from collections.abc import Callable


class _Content:
    """One file: what programs see of it, and the writes that have not reached the disk."""

    def __init__(self, on_disk: bytes) -> None:
        self.seen = bytearray(on_disk)
        self.unsynced: list[tuple[int, bytes]] = []

    def write(self, written: bytes, offset: int) -> None:
        if len(self.seen) < offset:
            self.seen.extend(bytes(offset - len(self.seen)))
        self.seen[offset : offset + len(written)] = written
        self.unsynced.append((offset, written))


class UnsyncedVfs(apsw.VFS):
    """The system's VFS, but that unsynced writes stay in memory; ``on_sync`` is called at each sync."""

    def __init__(self, name: str, on_sync: Callable[[], object] = lambda: None) -> None:
        super().__init__(name, "")
        self.name = name
        self.on_sync = on_sync
        self.syncs = 0
        self.contents: dict[str, _Content] = {}
        self.dark = False

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 # SQLite's name
        return _File(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802 # SQLite's name
        if not self.dark:
            self.contents.pop(filename, None)
            super().xDelete(filename, syncdir)

    def lose_power(self, chance: random.Random) -> None:
        """Stop: of the unsynced writes some reach the disk and some do not, in no order; nothing written later does."""
        if self.dark:
            return
        self.dark = True
        for path in list(self.contents):
            self.leave(path, path, chance)

    def leave(self, path: str, where: str, chance: random.Random) -> None:
        """Write into ``where``, which holds what was synced of ``path``, what a loss of power at this moment would leave beside that."""
        kept = [write for write in self.contents[path].unsynced if chance.random() < 0.5]
        chance.shuffle(kept)
        with open(where, "r+b") as file:  # noqa: PTH123 # a file like any other
            for offset, written in kept:
                file.seek(offset)
                file.write(written)

    def forget(self, path: str) -> None:
        """Take notice that another file stands at a path now, or none, which somebody else than SQLite did."""
        self.contents.pop(path, None)


class _File(apsw.VFSFile):
    def __init__(self, vfs: UnsyncedVfs, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self._vfs = vfs
        path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        if path not in vfs.contents:
            size = super().xFileSize()
            vfs.contents[path] = _Content(super().xRead(size, 0) if size else b"")
        self._content = vfs.contents[path]

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802 # SQLite's name
        return bytes(self._content.seen[offset : offset + amount])

    def xWrite(self, written: Any, offset: int) -> None:  # noqa: N802 # SQLite's name
        self._content.write(bytes(written), offset)

    def xFileSize(self) -> int:  # noqa: N802 # SQLite's name
        return len(self._content.seen)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802 # SQLite's name
        del self._content.seen[newsize:]
        if not self._vfs.dark:
            self._flush()
            super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802 # SQLite's name
        self._vfs.on_sync()
        self._vfs.syncs += 1
        if not self._vfs.dark:
            self._flush()
            super().xSync(flags)

    def _flush(self) -> None:
        unsynced, self._content.unsynced = self._content.unsynced, []
        for offset, written in unsynced:
            super().xWrite(written, offset)
