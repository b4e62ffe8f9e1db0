"""Keeps the memory of a running server in large pages, where Linux can (madvise(2), MADV_COLLAPSE, since 6.1).

A request touches some hundred small objects all over the heap. In pages of 4 KiB their addresses do not fit the processor's
table, and in a virtual machine each miss costs two walks: a sixth of the time of a create (docs/decisions/0016).
"""

from __future__ import annotations

import ctypes
import os
import re
import sys
import time
from itertools import chain, repeat
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_KERNEL: Final = Path("/sys/kernel/mm/transparent_hugepage")
_COLLAPSE: Final = 25
_SINCE: Final = (6, 1)
_FIRST_S: Final = (1, 4, 16, 64)
_LATER_S: Final = 256
_OWN: Final = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) rw-p \S+ 00:00 0 *(?:\[heap\])?\n(?:.*\n)*?Rss: +(\d+) kB", re.MULTILINE)


def keep_large() -> None:
    """Begin to gather pages, soon after the start and ever more rarely; whoever runs the machine forbids it with ``never``."""
    if can_gather():
        Thread(target=_keep, name="large pages", daemon=True).start()


def can_gather() -> bool:
    """Tell whether the kernel can gather pages, and may."""
    if sys.platform != "linux" or tuple(map(int, re.findall(r"\d+", os.uname().release)[:2])) < _SINCE:
        return False
    try:
        return "[never]" not in (_KERNEL / "enabled").read_text()
    except OSError:
        return False


def in_use(maps: str) -> Iterator[tuple[int, int]]:
    """Find the memory of our own of which at least half is there, as ``(start, end)``, in what /proc/self/smaps says."""
    for found in _OWN.finditer(maps):
        start, end = int(found[1], 16), int(found[2], 16)
        if int(found[3]) * 1024 * 2 >= end - start:
            yield start, end


def _keep() -> None:
    for wait_s in chain(_FIRST_S, repeat(_LATER_S)):
        time.sleep(wait_s)
        if not _gather():
            return


def _gather() -> bool:
    """Put the small pages of each large one together; answers whether the kernel did so anywhere."""
    size = int((_KERNEL / "hpage_pmd_size").read_text())
    madvise = ctypes.CDLL(None).madvise
    gathered = False
    for start, end in in_use(Path("/proc/self/smaps").read_text()):
        for at in range(-(-start // size) * size, end - size + 1, size):
            gathered |= madvise(ctypes.c_void_p(at), ctypes.c_size_t(size), _COLLAPSE) == 0
    return gathered
