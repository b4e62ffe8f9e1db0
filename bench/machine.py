"""The machine a run was made on: without it no figure means anything."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from pathlib import Path

LIBRARIES = ("starlette", "uvicorn", "uvloop", "httptools", "msgspec", "apsw", "asyncpg", "sqlalchemy")


def describe() -> dict[str, str]:
    """Name cores, processor, memory, kernel, Python and the libraries that decide the speed."""
    return {
        "cores": str(len(os.sched_getaffinity(0))),
        "processor": first_value("/proc/cpuinfo", "model name"),
        "memory": f"{int(first_value('/proc/meminfo', 'MemTotal').split()[0]) / 1024**2:.1f} GiB",
        "kernel": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "libraries": ", ".join(f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES),
    }


def first_value(path: str, key: str) -> str:
    """Return what follows the first `key:` of a file of /proc; "unknown" when it is not there."""
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        if line.startswith(key):
            return line.partition(":")[2].strip()
    return "unknown"
