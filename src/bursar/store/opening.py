"""Opens a database from where it is: the driver that fits, and the schema brought forward when it is behind."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from bursar.store.driver import Unavailable
from bursar.store.migrations import known, upgrade_file, upgrade_url
from bursar.store.schema import WrongSchema, is_current, version

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bursar.store.driver import Driver

Mode = Literal["serve", "share", "read"]
_SILENT: Final[Callable[[str], None]] = lambda _text: None  # noqa: E731 - a default that says nothing


class Place(NamedTuple):
    """Where the books are: a PostgreSQL URL, or else a file of SQLite; ``grouped`` as the drivers take it."""

    file: Path
    url: str = ""
    grouped: bool = True


async def open_driver(place: Place, mode: Mode, *, migrate: bool = False, told: Callable[[str], None] = _SILENT) -> Driver:
    """Open the database at ``place``, with the newest schema.

    ``mode``: "serve" for the one server of a file, "share" for a command that writes beside it, "read" for one that
    only reads. ``migrate`` brings an empty or older database forward, and tells about it. Raises WrongSchema for one that
    is newer, or older when it may not be migrated, FileNotFoundError for a file that is not there (unless it may be
    made), and Unavailable.
    """
    if not place.url and not migrate and not place.file.exists():
        raise FileNotFoundError(place.file)
    driver = await _opened(place, mode)
    try:
        current, found = await is_current(driver), await version(driver)
    except BaseException:
        await driver.close()
        raise
    if current:
        return driver
    await driver.close()
    if not migrate:
        raise WrongSchema(f"The database has schema {found or 'none'}, this bursar needs {known()[-1]}: bursar migrate")
    told(f"Migrating the database from schema {found} to {known()[-1]} …" if found else "Making the tables …")
    await bring_forward(place)
    return await _opened(place, mode)


async def bring_forward(place: Place) -> None:
    """Migrate a database that nobody in this process has open: as a whole, or not at all and Unavailable is raised."""
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415 - no driver of ours raises it, alembic's connections do

    try:
        if place.url:
            await upgrade_url(place.url)
        else:
            await asyncio.to_thread(upgrade_file, place.file)
    except DBAPIError as error:
        raise Unavailable(f"the schema was left as it is: {error.orig}") from error


async def _opened(place: Place, mode: Mode) -> Driver:
    if place.url:
        from bursar.store.pg import open_pg  # noqa: PLC0415 - each database's library only where it is used

        return await open_pg(place.url, grouped=place.grouped, frozen=mode == "read")
    from bursar.store.lite import open_lite  # noqa: PLC0415 - the same

    return open_lite(place.file, grouped=place.grouped, mode=mode)
