"""Databases made by the migrations, what is in them, and what they look like; the same on both."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import MetaData, create_engine, event, insert, inspect, select, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from bursar.store.migrations import upgrade
from bursar.store.pg import connect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection, Table

T = TypeVar("T")
VALUES = {int: 7, str: "seven", bytes: b"seven"}


class Database:
    """An empty database; ``target`` is a file to be or the URL of PostgreSQL."""

    def __init__(self, target: Path | str) -> None:
        self._target = target

    def run(self, work: Callable[[Connection], T]) -> T:
        """Do something in a transaction."""
        if isinstance(self._target, str):
            return asyncio.run(self._run(self._target, work))
        engine = create_engine(f"sqlite:///{self._target}", poolclass=NullPool)
        event.listen(engine, "connect", lambda raw, _record: setattr(raw, "isolation_level", None))
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
        with engine.begin() as connection:
            return work(connection)

    def upgrade(self, target: str = "head", **more: Any) -> None:
        """Run the migrations."""
        self.run(lambda connection: upgrade(connection, target, **more))

    def fill(self, tables: MetaData) -> None:
        """Write a row into every table."""
        self.run(lambda connection: [connection.execute(insert(table).values(_row(table))) for table in tables.sorted_tables])

    def rows(self, tables: MetaData) -> dict[str, list[dict[str, Any]]]:
        """Return all rows, as far as these tables know their columns."""

        def read(connection: Connection) -> dict[str, list[dict[str, Any]]]:
            return {table.name: [dict(row) for row in connection.execute(select(table)).mappings()] for table in tables.sorted_tables}

        return self.run(read)

    def shape(self) -> dict[str, Any]:
        """Describe every table: columns, key, rules, indexes."""
        return self.run(_shape)

    def nouns(self) -> dict[str, int]:
        """Return the kinds of rows that ids can be taken for, with the next one."""

        def read(connection: Connection) -> dict[str, int]:
            if connection.dialect.name == "sqlite":
                return {row.noun: row.next for row in connection.execute(text("SELECT noun, next FROM sequences"))}
            starts = connection.execute(text("SELECT sequencename, start_value FROM pg_sequences WHERE schemaname = current_schema()"))
            return {name.removesuffix("_ids"): start for name, start in starts}

        return self.run(read)

    @staticmethod
    async def _run(url: str, work: Callable[[Connection], T]) -> T:
        engine = create_async_engine("postgresql+asyncpg://", async_creator=lambda: connect(url), poolclass=NullPool)
        async with engine.begin() as connection:
            return await connection.run_sync(work)


def _row(table: Table) -> dict[str, Any]:
    return {column.name: VALUES[column.type.python_type] for column in table.columns}


def _shape(connection: Connection) -> dict[str, Any]:
    seen = inspect(connection)
    clustered = _clustered(connection)
    return {
        name: {
            "columns": {column["name"]: (str(column["type"]), column["nullable"]) for column in seen.get_columns(name)},
            "key": seen.get_pk_constraint(name)["constrained_columns"],
            "unique": {rule["name"]: rule["column_names"] for rule in seen.get_unique_constraints(name)},
            "checks": {rule["name"]: rule["sqltext"] for rule in seen.get_check_constraints(name)},
            "indexes": {index["name"]: _index(index) for index in seen.get_indexes(name) if "duplicates_constraint" not in index},
            "clustered": name in clustered,
        }
        for name in seen.get_table_names()
        if name != "alembic_version"
    }


def _index(index: Any) -> tuple[Any, ...]:
    where = {str(value) for name, value in index.get("dialect_options", {}).items() if name.endswith("_where")}
    return (index["column_names"], index["unique"], where)


def _clustered(connection: Connection) -> set[str]:
    if connection.dialect.name != "sqlite":
        return set()
    return {row.name for row in connection.execute(text("PRAGMA table_list")) if row.wr}
