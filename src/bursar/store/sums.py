"""Sums over rows that point at a row, and joins of linked rows, as SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, case, exists, func, literal_column, select, union_all

from bursar.catalogue.amounts import Money
from bursar.catalogue.sums import AskedMoment, AskedSum, Present, Summed
from bursar.domain.money import wide_codes
from bursar.store.conditions import condition_of
from bursar.store.statements import any_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement, FromClause, MetaData, Select

    from bursar.catalogue.book import Book
    from bursar.catalogue.links import Balance
    from bursar.catalogue.record import Record
    from bursar.catalogue.sums import Asked
    from bursar.catalogue.totals import Sum

TEN_THOUSANDTHS = 4


def joined_names(record: type[Record]) -> tuple[str, ...]:
    """Name the columns of linked rows that a record shows, as ``by.column``."""
    return tuple(dict.fromkeys(f"{join.by}.{name}" for join in record.joins for name in join.of))


def joined_rows(record: type[Record], table: FromClause, names: Iterable[str], tables: MetaData, book: Book) -> Select[Any]:
    """Select stored columns together with those of linked rows; each link is joined once."""
    columns: list[ColumnElement[Any]] = [table.c[name] for name in names]
    origin: Any = table
    linked: dict[str, Any] = {}
    for join in record.joins:
        if join.by not in linked:
            other = linked[join.by] = tables.tables[book.resources[join.noun].record.table].alias(f"{join.by}_row")
            origin = origin.outerjoin(other, and_(other.c.business_id == table.c.business_id, other.c.id == table.c[join.by]))
    for label in joined_names(record):
        by, _, name = label.partition(".")
        columns.append(linked[by].c[name].label(label))
    return select(*columns).select_from(origin)


def summed(field: Summed | Present, table: FromClause, tables: MetaData, book: Book) -> ColumnElement[Any]:
    """Return the subquery of a sum, or of whether there is something, for the row of ``table``."""
    record = book.resources[field.noun].record
    other = tables.tables[record.table]
    if isinstance(field, Present):
        there = select(other.c.id).where(_theirs(other, field.their, table), condition_of(field.where, other))
        return case((exists(there.correlate(table)), 1), else_=0).label(field.name)
    if not field.lines:
        found = select(func.sum(other.c[field.of])).where(_theirs(other, field.their, table), condition_of(field.where, other))
        return found.correlate(table).scalar_subquery().label(field.name)
    lines = record.lines[field.lines].record
    line = tables.tables[lines.table]
    amount = lines.fields[field.of]
    assert isinstance(amount, Money), field.name
    scaled = line.c[field.of] * _widened(line.c[amount.currency])
    document = and_(other.c.business_id == line.c.business_id, other.c.id == line.c.parent_id)
    mine = select(func.sum(scaled)).where(_theirs(line, field.their, table), document, condition_of(field.where, other))
    return mine.correlate(table).scalar_subquery().label(field.name)


def _theirs(other: FromClause, their: str, table: FromClause) -> ColumnElement[bool]:
    return and_(other.c.business_id == table.c.business_id, other.c[their] == table.c.id)


def _widened(code: ColumnElement[str]) -> ColumnElement[int]:
    """Return by how much minor units of a currency become ten-thousandths."""
    widths = wide_codes()
    wide = [(code.in_([c for c in widths if widths[c] == w]), 10 ** (TEN_THOUSANDTHS - w)) for w in sorted(set(widths.values()))]
    return case(*wide, else_=100)


def weighed(balance: Balance, table: FromClause, tables: MetaData, book: Book) -> ColumnElement[Any]:
    """Return a balance of the row of ``table`` as one number to sort by: all currencies added up as plain numbers, 0 without any.

    It is added up inexactly where exact sums are: SQLite refuses those that leave 64 bits.
    """
    other = tables.tables[book.resources[balance.noun].record.table]
    amount = other.c[balance.amount] - other.c[balance.less] if balance.less else other.c[balance.amount]
    scaled = amount * _widened(other.c[balance.code]) * literal_column("1.0")
    mine = select(func.coalesce(func.sum(scaled), 0)).where(_theirs(other, balance.their, table), condition_of(balance.where, other))
    return mine.correlate(table).scalar_subquery()


def asked(field: Asked, tables: MetaData, book: Book) -> Select[Any]:
    """Select what a page was asked for: linked id and value, for the ids bound as ``among``."""
    if isinstance(field, AskedMoment):
        return _moments(field, tables, book)
    assert isinstance(field, AskedSum), field.name
    return _sums(field, tables, book)


def _sums(field: AskedSum, tables: MetaData, book: Book) -> Select[Any]:
    other = tables.tables[book.resources[field.noun].record.table]
    their = other.c[field.their]
    mine = and_(other.c.business_id == bindparam("business_id"), any_of(their, "among"), condition_of(field.where, other))
    return select(their, func.sum(other.c[field.of])).where(mine).group_by(their)


def _moments(field: AskedMoment, tables: MetaData, book: Book) -> Select[Any]:
    found = []
    for noun, their in field.among.items():
        other = tables.tables[book.resources[noun].record.table]
        linked = other.c[their]
        mine = and_(other.c.business_id == bindparam("business_id"), any_of(linked, "among"))
        found.append(select(linked.label("their"), func.max(other.c[field.of]).label("moment")).where(mine).group_by(linked))
    each = union_all(*found).subquery()
    return select(each.c.their, func.max(each.c.moment)).group_by(each.c.their)


def part(each: Sum, table: FromClause) -> ColumnElement[Any]:
    """Return what a row adds to a sum."""
    column = table.c[each.column]
    return column if each.where is None else case((condition_of(each.where, table), column), else_=0)
