"""SQLAlchemy Core tables made of the declared fields; the fixed tables stand beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Column, Index, LargeBinary, MetaData, PrimaryKeyConstraint, Table, Text, UniqueConstraint, literal_column

from bursar.catalogue.amounts import Currency
from bursar.catalogue.links import Derived, Ref
from bursar.domain.when import columns_of
from bursar.store.fixed import WHERE, add_fixed_tables

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from bursar.catalogue.book import Book
    from bursar.catalogue.record import Record

Tables = MetaData
TYPES = {"int": BigInteger, "text": Text, "blob": LargeBinary}


def build(book: Book, *, sparse: bool = True) -> MetaData:
    """Make every table of the product; the same call feeds the statements and the migrations.

    ``sparse`` False leaves it to whoever makes no tables to do without the conditions of indexes: each database's need its dialect.
    """
    tables = MetaData()
    add_fixed_tables(tables)
    for resource in book.stored():
        _table(tables, resource.record)
        for lines in resource.record.lines.values():
            if lines.record.table not in tables.tables:
                _line_table(tables, lines.record)
    if sparse:
        _condition_indexes(tables)
    return tables


def columns(record: type[Record]) -> list[Column[object]]:
    """Make the stored columns of a record, without its key."""
    return [Column(name, TYPES[kind]) for name, kind in record.columns.items() if name != "id"]


def _table(tables: MetaData, record: type[Record]) -> None:
    Table(
        record.table,
        tables,
        Column("business_id", BigInteger, nullable=False),
        Column("id", BigInteger, nullable=False),
        *columns(record),
        PrimaryKeyConstraint("business_id", "id"),
        *(UniqueConstraint("business_id", *names, name=f"{record.table}_{'_'.join(names)}_unique") for names in record.unique),
        *_indexes(record),
        sqlite_with_rowid=False,
    )


def _indexes(record: type[Record]) -> list[Index]:
    """Index what lists search by: references and indexed columns with id and visibility, kept answers with their day."""
    visible = ["vis_state"] if "vis_state" in record.columns else []
    found = [Index(f"{record.table}_by_{'_'.join(names[:3])}", "business_id", *names) for names in record.indexes]
    found += [_sparse(Index(f"{record.table}_by_{field.name}", "business_id", field.name, "id"), field.name) for field in record.scheduled]
    for field in record.fields.values():
        if isinstance(field, Derived) and field.kept:
            rule = field.moving()
            dates = sorted(columns_of(rule.condition) & set(record.columns)) if rule else []
            found.append(Index(f"{record.table}_by_{field.kept}", "business_id", field.kept, *dates, *visible))
        elif field.options.indexed and field.name in record.columns and not isinstance(field, Currency):
            ordered = ["id"] if field.columns()[field.name] == "int" and not field.options.auto else []
            index = Index(f"{record.table}_by_{field.name}", "business_id", field.name, *ordered, *visible)
            found.append(_sparse(index, field.name) if isinstance(field, Ref) and not field.options.required else index)
    return found


def _sparse(index: Index, name: str) -> Index:
    """Index only the rows that point somewhere: equality with an id implies it."""
    index.info[WHERE] = f'"{name}" IS NOT NULL'
    return index


def _condition_indexes(tables: MetaData) -> None:
    """Tell each database's dialect which rows an index has."""
    for table in tables.tables.values():
        for index in table.indexes:
            if WHERE in index.info:
                there: ColumnElement[Any] = literal_column(index.info[WHERE])
                index.dialect_options["sqlite"]["where"] = index.dialect_options["postgresql"]["where"] = there


def _indexed(record: type[Record]) -> list[str]:
    return [name for name, field in record.fields.items() if field.options.indexed and name in record.columns]


def _line_table(tables: MetaData, record: type[Record]) -> None:
    """Make the table of lines: clustered below the document they belong to."""
    Table(
        record.table,
        tables,
        Column("business_id", BigInteger, nullable=False),
        Column("parent_id", BigInteger, nullable=False),
        Column("position", BigInteger, nullable=False),
        *columns(record),
        PrimaryKeyConstraint("business_id", "parent_id", "position"),
        *(_sparse(Index(f"{record.table}_by_{name}", "business_id", name), name) for name in _indexed(record)),
        sqlite_with_rowid=False,
    )
