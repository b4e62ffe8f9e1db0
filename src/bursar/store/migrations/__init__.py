"""The schema's history, run by alembic: numbered steps in ``versions/``, from an empty database to the newest tables.

Importing this package costs nothing; alembic is imported by :func:`upgrade`, which only runs when something is to be done.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sqlalchemy import Connection

HERE: Final = Path(__file__).parent
VERSIONS: Final = HERE / "versions"
_LOCK: Final = 0x627572736173  # ours alone, next to the driver's


def known() -> tuple[str, ...]:
    """List the versions this program knows, oldest first, by their numbers."""
    return tuple(sorted(path.name.partition("_")[0] for path in VERSIONS.glob("[0-9]*.py")))


def upgrade_file(path: Path, target: str = "head") -> None:
    """Bring the SQLite file at ``path`` to a version, in one transaction; nobody else in this process may have it open."""
    import sqlite3  # noqa: PLC0415 - two SQLite libraries in one process share no locks, so this one comes and goes

    from sqlalchemy import create_engine, event  # noqa: PLC0415 - as late as alembic

    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(path, isolation_level=None, timeout=30))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        with engine.begin() as connection:
            upgrade(connection, target)
    finally:
        engine.dispose()


async def upgrade_url(url: str, target: str = "head") -> None:
    """Bring the PostgreSQL database at ``url`` to a version, in one transaction; of several at once the first one works."""
    from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415 - as late as alembic
    from sqlalchemy.pool import NullPool  # noqa: PLC0415 - the same

    from bursar.store.pg import connect  # noqa: PLC0415 - SQLite needs none of it

    engine = create_async_engine("postgresql+asyncpg://", async_creator=lambda: connect(url), poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.exec_driver_sql("SET LOCAL lock_timeout = '15min'")
            await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
            await connection.run_sync(upgrade, target)
    finally:
        await engine.dispose()


def upgrade(connection: Connection, target: str = "head", versions: Path = VERSIONS) -> None:
    """Run what is missing on a connection whose transaction the caller commits."""
    from alembic import command  # noqa: PLC0415 - 0.8 s that only a change of the schema is worth
    from alembic.config import Config  # noqa: PLC0415 - the same

    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.set_main_option("version_locations", str(versions).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    command.upgrade(config, target)
