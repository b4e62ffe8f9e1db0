"""Copies a file as fast as the file system can: by reference where it shares blocks, else inside the kernel."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_PIECE: Final = 64 << 20
_CLONE: Final = 0x40049409  # FICLONE of linux/fs.h


def copy_file(source: int, target: Path) -> None:
    """Copy an open file into a new one for its owner alone; raises OSError, FileExistsError among it."""
    written = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        if not _cloned(source, written):
            _copied(source, written)
    finally:
        os.close(written)


def _cloned(source: int, written: int) -> bool:
    if sys.platform != "linux":
        return False
    import fcntl  # noqa: PLC0415 - not on Windows

    try:
        fcntl.ioctl(written, _CLONE, source)
    except OSError:
        return False
    return True


def _copied(source: int, written: int) -> None:
    size, done = os.fstat(source).st_size, 0
    while done < size:
        moved = _moved(source, written, done, min(_PIECE, size - done))
        if not moved:
            return
        done += moved


def _moved(source: int, written: int, at: int, length: int) -> int:
    """Copy one piece; answers how much of it."""
    if hasattr(os, "copy_file_range"):
        try:
            return os.copy_file_range(source, written, length, at, at)
        except OSError:
            pass  # not between these two file systems
    return os.pwrite(written, os.pread(source, min(length, 1 << 20), at), at)
