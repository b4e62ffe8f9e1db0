"""Exchange rates: what one unit of a currency was worth in a business's own from a day on, in billionths."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, select

from bursar.store.statements import compile_statement, insert

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import MetaData

    from bursar.store.driver import Driver, Session


class Rate(NamedTuple):
    """One rate: ISO 4217 code, ISO date, billionths of the business's currency for one unit."""

    currency_code: str
    date: str
    billionths: int


class Rates:
    """The rates of all businesses."""

    def __init__(self, driver: Driver, tables: MetaData) -> None:
        self._driver = driver
        table = tables.tables["rates"]
        written = insert(table).values({column.name: bindparam(column.name) for column in table.columns})
        replaced = written.on_conflict_do_update(
            index_elements=["business_id", "currency_code", "date"], set_={"billionths": written.excluded.billionths}
        )
        self._write = compile_statement(replaced, driver.dialect)
        mine = table.c.business_id == bindparam("business_id")
        chosen = select(*(table.c[name] for name in Rate._fields)).where(mine).order_by(table.c.currency_code, table.c.date)
        self._read = compile_statement(chosen, driver.dialect)

    async def load(self, business_id: int, rates: Iterable[Rate]) -> None:
        """Write rates, in the place of those already known for their days; all of them or none."""
        rows = [{"business_id": business_id, **rate._asdict()} for rate in rates]

        async def write(session: Session) -> None:
            await session.run_many(self._write, rows)

        await self._driver.write(business_id, write)

    async def of(self, business_id: int) -> list[Rate]:
        """List the rates of a business by code and day."""
        return [Rate(*row) for row in await self._driver.fetch(self._read, {"business_id": business_id})]
