"""The schema of a database: is it there, is it ours, is it new enough; alembic is only imported to change it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy.schema import CreateIndex, CreateTable

from bursar.store.migrations import known
from bursar.store.statements import Statement, dialect_of

if TYPE_CHECKING:
    from sqlalchemy import MetaData

    from bursar.catalogue.book import Book
    from bursar.store.driver import Driver

BUSINESS: Final = 40_001
"""The first businessId: no other id begins there, so that one taken for another is noticed."""
TASK: Final = 20_001
"""The first id of a task: each is made together with a service, whose id is another one."""

_OTHERS: Final = ("app", "event", "identity", "mail")
_LISTED: Final = {
    "sqlite": "SELECT 1 FROM sqlite_schema WHERE name = ?",
    "postgresql": "SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = current_schema() AND tablename = $1",
}


class WrongSchema(Exception):
    """The database was made by a newer program, or not by this product; the text says which and what to do."""


def nouns(book: Book) -> dict[str, int]:
    """Name every kind of row that takes ids, with the first id of each."""
    return {**dict.fromkeys(sorted({*_OTHERS, *(record.noun for record in book.records())}), 1), "business": BUSINESS, "task": TASK}


async def version(driver: Driver) -> str:
    """Find a database's version, "" when it is empty. Raises WrongSchema for tables that are not ours."""
    if await _has(driver, "alembic_version"):
        read = Statement("SELECT version_num FROM alembic_version", (), ("version_num",), lambda _: (), "", frozenset({"alembic_version"}))
        rows = await driver.fetch(read, {})
        return str(rows[0][0]) if rows else ""
    if await _has(driver, "businesses"):
        raise WrongSchema("The database has tables of bursar but no version; it was not made by its migrations.")
    return ""


async def is_current(driver: Driver) -> bool:
    """Tell whether a database is as this program wants it, rather than older. Raises WrongSchema when it is newer."""
    found, versions = await version(driver), known()
    if found and found not in versions:
        raise WrongSchema(
            f"The database has schema {found}, made by a newer bursar; this one knows up to {versions[-1]}. Install the newer one, "
            "or restore a backup made before the upgrade."
        )
    return found == versions[-1]


async def _has(driver: Driver, table: str) -> bool:
    text = _LISTED[driver.dialect]
    return bool(
        await driver.fetch(Statement(text, ("name",), ("found",), lambda values: (values["name"],), "", frozenset()), {"name": table})
    )


def statements(tables: MetaData, dialect: str) -> list[str]:
    """Return the DDL of the declared tables, for tests that need no history."""
    chosen = dialect_of(dialect)
    made = []
    for table in tables.sorted_tables:
        made.append(str(CreateTable(table).compile(dialect=chosen)))
        made += [str(CreateIndex(index).compile(dialect=chosen)) for index in table.indexes]
    return made
