"""Whether the server can do its work: a reason each for database, migrations and worker."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from bursar.log import Log
from bursar.store.driver import Unavailable
from bursar.store.schema import WrongSchema, is_current, version

if TYPE_CHECKING:
    from bursar.store.driver import Driver

_PATIENCE_S: Final = 3.0
OK: Final = "ok"
log = Log("bursar.operation")


async def of_database(driver: Driver) -> tuple[str, str]:
    """Return how database and schema are: ``ok``, or what is wrong without a word about where they are."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            found = await version(driver)
            current = await is_current(driver)
    except WrongSchema as error:
        return OK, str(error)
    except TimeoutError:
        return "the database does not answer in time", "unknown"
    except Unavailable as error:
        log.warning("not ready", reason=str(error))
        return "the database does not answer", "unknown"
    return OK, OK if current else "migrations are to be run" if found else "the database is empty"
