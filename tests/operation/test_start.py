"""What a start on existing books leaves alone: libraries that only some requests, commands or databases need."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NOT_AT_START = (
    "aiohttp",
    "alembic",
    "argon2",
    "asyncpg",
    "babel",
    "mcp",
    "puremagic",
    "redis",
    "rich",
    "sqlalchemy.dialects.postgresql",
    "sqlalchemy.orm",
)
START = """
import sys
from pathlib import Path
from bursar.serving import run as _
from bursar.serving.books import claim, open_application
from bursar.serving.loop import run
from bursar.settings import Settings

async def start():
    application = await open_application(Settings(data=Path(sys.argv[1])), "serve", make=True)
    await claim(application)
    application.asgi("http://127.0.0.1:8090")
    application.start()
    print(" ".join(sorted(sys.modules)))
    await application.stop()
    await application.driver.close()

run(start())
"""


def modules_after_start(folder: Path) -> set[str]:
    started = subprocess.run([sys.executable, "-c", START, str(folder)], capture_output=True, text=True, check=True, timeout=120)
    return set(started.stdout.splitlines()[-1].split())


def test_a_start_on_existing_books_imports_no_library_it_has_no_use_for(tmp_path: Path) -> None:
    assert "alembic" in modules_after_start(tmp_path), "the first start makes the tables"
    again = modules_after_start(tmp_path)
    assert "apsw" in again
    assert again.isdisjoint(NOT_AT_START), sorted(again & set(NOT_AT_START))
