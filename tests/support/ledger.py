"""What stands in the books of one business, read straight from its tables."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, select

from bursar.domain.money import amount_text
from bursar.store.statements import compile_statement

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from bursar.store.statements import Statement
    from tests.support.tenant import Tenant

STATEMENTS: dict[tuple[str, str, tuple[str, ...]], Statement] = {}


class Booked(NamedTuple):
    """One posting with the entry it belongs to; amounts in minor units, debits positive."""

    source_type: str
    source_id: int
    revision: int
    reverses_revision: int | None
    effective_date: str
    booked_us: int
    code: str
    account: str
    minor: int
    base_minor: int
    clientid: int
    tax_name: str
    tax_rate: int
    category: int


def rows(tenant: Tenant, table: str, *columns: str) -> list[tuple[Any, ...]]:
    """Answer rows of a table of this business, all columns unless some are named."""
    return tenant.place.run(_rows(tenant, table, columns))


def everything(tenant: Tenant) -> dict[str, list[tuple[Any, ...]]]:
    """Answer every row of this business in every table."""

    async def read() -> dict[str, list[tuple[Any, ...]]]:
        tables = tenant.application.tables.tables
        return {name: sorted(await _rows(tenant, name, ()), key=repr) for name, table in tables.items() if "business_id" in table.c}

    return tenant.place.run(read())


async def _rows(tenant: Tenant, table: str, columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
    key = (tenant.place.dialect, table, columns)
    if key not in STATEMENTS:
        found = tenant.application.store.table(table)
        chosen = select(*([found.c[name] for name in columns] or found.columns)).where(found.c.business_id == bindparam("business_id"))
        STATEMENTS[key] = compile_statement(chosen, tenant.place.dialect)
    return [tuple(row) for row in await tenant.place.driver.fetch(STATEMENTS[key], {"business_id": tenant.business_id})]


def journal(tenant: Tenant) -> list[Booked]:
    """Answer all postings, by document and revision."""
    columns = ("source_type", "source_id", "revision", "reverses_revision", "effective_date", "booked_us", "currency_code")
    heads = {row[:3]: row for row in rows(tenant, "entries", *columns)}
    parts = ("source_type", "source_id", "revision", "account", "minor", "base_minor", "clientid", "tax_name", "tax_rate", "category")
    found = rows(tenant, "postings", *parts)
    return sorted(Booked(*heads[row[:3]], *row[3:]) for row in found)


def entries(tenant: Tenant, noun: str, object_id: int) -> int:
    """Count the entries of one document."""
    return len({row.revision for row in journal(tenant) if (row.source_type, row.source_id) == (noun, object_id)})


def summed(tenant: Tenant, key: Callable[[Booked], Hashable], *, native: bool = False) -> dict[Any, int]:
    """Answer what postings add up to by a key, without zeros; in the business's currency, or each in its document's."""
    sums: dict[Any, int] = defaultdict(int)
    for row in journal(tenant):
        sums[key(row)] += row.minor if native else row.base_minor
    return {found: minor for found, minor in sums.items() if minor}


def balances(tenant: Tenant) -> dict[str, str]:
    """Answer the trial balance in the business's currency: account to amount, credits with a minus."""
    code = tenant.business.currency_code
    return {account: amount_text(minor, code) for account, minor in summed(tenant, lambda row: row.account).items()}


def last_entry(tenant: Tenant, noun: str, object_id: int) -> dict[str, str]:
    """Answer what a document's newest entry books, by account, in the document's currency."""
    mine = [row for row in journal(tenant) if (row.source_type, row.source_id) == (noun, object_id)]
    newest = max((row.revision for row in mine), default=0)
    sums: dict[str, int] = defaultdict(int)
    for row in mine:
        if row.revision == newest:
            sums[row.account] += row.minor
    return {account: amount_text(minor, mine[0].code) for account, minor in sums.items() if minor}
