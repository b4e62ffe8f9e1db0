"""Remarks about the database itself, kept in its ``settings`` table: what it is for, which key it was opened with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from bursar.store.statements import compile_statement, insert

if TYPE_CHECKING:
    from sqlalchemy import MetaData

    from bursar.store.driver import Driver, Session


class Kept:
    """Reads and writes remarks by name."""

    def __init__(self, driver: Driver, tables: MetaData) -> None:
        self._driver = driver
        table = tables.tables["settings"]
        self._read = compile_statement(select(table.c.value).where(table.c.name == bindparam("name")), driver.dialect)
        written = insert(table).values(name=bindparam("name"), value=bindparam("value"))
        replaced = written.on_conflict_do_update(index_elements=["name"], set_={"value": written.excluded.value})
        self._write = compile_statement(replaced, driver.dialect)

    async def get(self, name: str) -> str:
        """Return a remark, "" when there is none."""
        rows = await self._driver.fetch(self._read, {"name": name})
        return str(rows[0][0]) if rows else ""

    async def keep(self, name: str, value: str) -> None:
        """Write a remark, in the place of an older one."""

        async def write(session: Session) -> None:
            await session.run(self._write, {"name": name, "value": value})

        await self._driver.write(0, write)
