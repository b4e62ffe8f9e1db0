"""The statements of one resource: get, page, count, lines, balances, insert, update; compiled once, by their structure."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import and_, bindparam, delete, func, insert, literal_column, select, update

from bursar.catalogue.links import Balance, Derived, Embed, Ref
from bursar.store.conditions import bound, condition_of, search_of, seeks_none
from bursar.store.statements import Statement, any_of, compile_statement
from bursar.store.sums import asked, joined_names, joined_rows, part, summed, weighed

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement, MetaData, Select

    from bursar.catalogue.book import Book
    from bursar.catalogue.query import Query, Search
    from bursar.catalogue.record import Record
    from bursar.catalogue.resource import Resource
    from bursar.catalogue.sums import Asked
    from bursar.catalogue.totals import Tally


RANGES = frozenset({"min", "max", "until", "below", "any"})
NARROWING = RANGES | {"eq", "own"}

MOST_STATEMENTS: Final = 256
"""So many statements of a plan are kept: callers search by whatever they like, in any order."""


class Read(NamedTuple):
    """A statement with the values it is to be run with."""

    statement: Statement
    values: dict[str, Any]
    slow: bool = False


class Start(NamedTuple):
    """The id from which on a page's first row is counted in the order of its list, or ``backwards`` against it."""

    id: int
    backwards: bool


class Plan:
    """Everything SQL about one resource on one dialect; rows to be shown come in the order of ``columns``."""

    def __init__(self, resource: Resource, tables: MetaData, book: Book, dialect: str) -> None:
        self.resource, self.tables, self.book, self.dialect = resource, tables, book, dialect
        self.record: type[Record] = resource.record
        self.table = tables.tables[self.record.table]
        self.stored = tuple(self.record.columns)
        self._compiled: dict[Any, Statement] = {}
        self.there = () if resource.gone is None else (condition_of(~resource.gone, self.table),)
        self.visible: Callable[[dict[str, Any]], bool] = lambda _row: True
        self.lines = {name: LinePlan(lines.record, self) for name, lines in self.record.lines.items()}

    @cached_property
    def _shown(self) -> tuple[str, ...]:
        """Return the stored columns that an answer may rest on; what only decisions read is left in the table."""
        read = {"id"}

        def note(name: str) -> str:
            read.add(name)
            return name

        for field in self.record.fields.values():
            if field.options.shown:
                field.shows(note)
        others = (field for resource in self.book.resources.values() for field in resource.record.beside if isinstance(field, Embed))
        for field in others:
            if field.noun == self.record.noun and field.their:
                read.add(self.record.stored_as(field.their))
        read.update(*(field.by for field in self.record.beside if isinstance(field, Embed)))
        return tuple(name for name in self.stored if name in read)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Return the names of what a row to be shown consists of, in its order."""
        return (*self._shown, *joined_names(self.record), *(field.name for field in self.record.summed))

    @cached_property
    def place(self) -> dict[str, int]:
        """Return where each of ``columns`` stands."""
        return {name: at for at, name in enumerate(self.columns)}

    def _one(self) -> ColumnElement[bool]:
        """Return the condition that finds the row bound as ``business_id`` and ``id``."""
        return and_(self.table.c.business_id == bindparam("business_id"), self.table.c.id == bindparam("id"), *self.there)

    @cached_property
    def get(self) -> Statement:
        """Return one row with joined columns; like all statements it is compiled when it is first run, not at start."""
        return self.compile(self._rows(joined=True).where(self._one()))

    @cached_property
    def plain(self) -> Statement:
        """Return one row as stored."""
        return self.compile(self._rows(joined=False).where(self._one()))

    @cached_property
    def exists(self) -> Statement:
        """Return the id of one row."""
        return self.compile(select(self.table.c.id).where(self._one()))

    @cached_property
    def insert(self) -> Statement:
        """Write a new row."""
        columns: dict[str, Any] = {"business_id": bindparam("business_id")} | {c: bindparam(c) for c in self.stored}
        return self.compile(insert(self.table).values(columns))

    @cached_property
    def delete(self) -> Statement:
        """Remove one row."""
        return self.compile(delete(self.table).where(self._one()))

    def compile(self, core: Any) -> Statement:
        """Compile for this plan's dialect."""
        return compile_statement(core, self.dialect)

    def once(self, key: Any, build: Any) -> Statement:
        """Compile what ``build`` returns the first time this structure is asked for, and again when very many others were since."""
        found = self._compiled.get(key)
        if found is None:
            if len(self._compiled) >= MOST_STATEMENTS:
                self._compiled.clear()
            found = self._compiled[key] = self.compile(build())
        return found

    def _rows(self, *, joined: bool) -> Select[Any]:
        if not joined:
            return select(*(self.table.c[name] for name in self.stored))
        sums = (summed(field, self.table, self.tables, self.book) for field in self.record.summed)
        return joined_rows(self.record, self.table, self._shown, self.tables, self.book).add_columns(*sums)

    def change(self, columns: tuple[str, ...]) -> Statement:
        """Return the update of these columns of one row."""

        def build() -> Any:
            mine = and_(self.table.c.business_id == bindparam("of_business"), self.table.c.id == bindparam("of_id"))
            return update(self.table).where(mine).values({c: bindparam(c) for c in columns})

        return self.once(("change", columns), build)

    @cached_property
    def touch(self) -> Statement:
        """Return the update of one row that something of it moved: ``updated`` alone."""
        return self.change(("updated",))

    def where(self, columns: tuple[str, ...], *, joined: bool = False) -> Statement:
        """Return the rows whose columns have given values, oldest first."""

        def build() -> Any:
            same = [self.table.c[name] == bindparam(f"is_{name}") for name in columns]
            return self._mine(joined=joined).where(*same, *self.there).order_by(self.table.c.id)

        return self.once(("where", columns, joined), build)

    def among(self, column: str, *, joined: bool = False) -> Statement:
        """Return the rows whose column is one of the values bound as ``among``."""

        def build() -> Any:
            return self._mine(joined=joined).where(any_of(self.table.c[column], "among"), *self.there).order_by(self.table.c.id)

        return self.once(("among", column, joined), build)

    def latest(self, columns: tuple[str, ...]) -> Statement:
        """Return some columns of the row made last."""

        def build() -> Any:
            mine = self.table.c.business_id == bindparam("business_id")
            return select(*(self.table.c[name] for name in columns)).where(mine).order_by(self.table.c.id.desc()).limit(1)

        return self.once(("latest", columns), build)

    def holder(self, column: str) -> Statement:
        """Return the id of a row with the value bound as ``value``."""

        def build() -> Any:
            mine = and_(self.table.c.business_id == bindparam("business_id"), self.table.c[column] == bindparam("value"))
            return select(self.table.c.id).where(mine).limit(1)

        return self.once(("holder", column), build)

    def _mine(self, *, joined: bool) -> Select[Any]:
        return self._rows(joined=joined).where(self.table.c.business_id == bindparam("business_id"))

    def page(self, query: Query, *, business_id: int, today: str, offset: int, start: Start | None = None) -> Read:
        """Return the rows of a page after so many others: all of the list's, or with ``start`` those between that id and the page."""
        order = self._order(query)
        key = ("page", self._shape(query), order, None if start is None else start.backwards, query.rows)

        def build() -> Any:
            if start is not None:
                return self._from_start(query, descending=order[1], backwards=start.backwards)
            column, descending = order
            ordered = self._ordered(column, descending=descending, ranged=self._is_ranged(query))
            chosen = select(self.table.c.id).where(*self._conditions(query)).order_by(*ordered)
            chosen = chosen.limit(bindparam("limit")).offset(bindparam("offset")).correlate(None)
            return self._mine(joined=True).where(self.table.c.id.in_(chosen)).order_by(*self._ordered(column, descending=descending))

        values = {
            "business_id": business_id,
            "today": today,
            "limit": query.per_page,
            "offset": offset,
            "start": None if start is None else start.id,
            **self._values(query),
        }
        return Read(self.once(key, build), values, self.is_slow(query) or isinstance(self.record.fields.get(order[0]), Balance))

    def _from_start(self, query: Query, *, descending: bool, backwards: bool) -> Select[Any]:
        """Select a page in the order of ids: count off to its first row, then read on from there without looking for each row."""
        mine, number = self._conditions(query), self.table.c.id
        down = descending != backwards
        counted = select(number).where(*mine, number <= bindparam("start") if down else number >= bindparam("start"))
        counted = counted.order_by(number.desc() if down else number.asc()).limit(1).offset(bindparam("offset")).correlate(None)
        first = counted.scalar_subquery()
        page = self._rows(joined=True).where(*mine, number <= first if descending else number >= first)
        return page.order_by(number.desc() if descending else number.asc()).limit(bindparam("limit"))

    def count(self, query: Query, *, business_id: int, today: str) -> Read:
        """Return the number of rows of a filtered list."""
        statement = self.once(
            ("count", self._shape(query), query.rows), lambda: select(func.count()).select_from(self.table).where(*self._conditions(query))
        )
        return Read(statement, {"business_id": business_id, "today": today, **self._values(query)}, self.is_slow(query))

    def texts(self, column: str, query: Query, *, business_id: int, today: str) -> tuple[Read, Read]:
        """Return a page of the different texts of a column in a filtered list, and how many there are."""
        text, key = self.table.c[column], (column, self._shape(query), query.rows)
        wanted = (*self._conditions(query), text != literal_column("''"))
        values = {"business_id": business_id, "today": today, **self._values(query)}
        paged = values | {"limit": query.per_page, "offset": (query.page - 1) * query.per_page}

        def page() -> Any:
            return select(text).distinct().where(*wanted).order_by(text).limit(bindparam("limit")).offset(bindparam("offset"))

        count = self.once(("texts counted", *key), lambda: select(func.count(text.distinct())).where(*wanted))
        return Read(self.once(("texts", *key), page), paged, slow=True), Read(count, values, slow=True)

    def tally(self, query: Query, tally: Tally, *, business_id: int, today: str) -> Read:
        """Return the groups of everything a filtered list finds, sorted by their keys; empty keys come first."""

        def build() -> Any:
            keys = [self.table.c[name] for name in tally.keys]
            sums = [func.sum(part(each, self.table)) for each in tally.sums]
            ordered = (key.asc().nulls_first() for key in keys)
            return select(*keys, func.count(), *sums).where(*self._conditions(query)).group_by(*keys).order_by(*ordered)

        values = {"business_id": business_id, "today": today, **self._values(query)}
        return Read(self.once(("tally", tally, self._shape(query), query.rows), build), values)

    def _ordered(self, columns: str, *, descending: bool, ranged: bool = False) -> list[ColumnElement[Any]]:
        """Return the order of a page; after a range search the ids are sorted, so that the range's own index is used."""
        number = self.table.c.id.op("+")(literal_column("0")) if ranged else self.table.c.id
        ordered: list[ColumnElement[Any]] = [number.desc() if descending else number.asc()]
        for column in reversed(columns.split() if columns != "id" else ()):
            field = self.record.fields.get(column)
            value = weighed(field, self.table, self.tables, self.book) if isinstance(field, Balance) else self.table.c[column]
            part = value.desc() if descending else value.asc()
            if field is not None and field.options.nullable:
                part = part.nulls_last() if descending else part.nulls_first()  # SQLite's own way
            ordered.insert(0, part)
        return ordered

    def _is_ranged(self, query: Query) -> bool:
        derived = {field.name for field in self.record.kept}
        return any(s.filter.how in RANGES or (s.filter.columns[:1] and s.filter.columns[0] in derived) for s in query.searches)

    def _order(self, query: Query) -> tuple[str, bool]:
        if query.sort:
            return query.sort, query.descending
        return self.resource.order.removeprefix("-"), self.resource.order.startswith("-")

    def _shape(self, query: Query) -> tuple[Any, ...]:
        return (query.shows_hidden, query.switches, *(self._structure(search) for search in query.searches))

    def _structure(self, search: Search) -> tuple[Any, ...]:
        """Return what the text of a search depends on: yes or no, the value sought in a derived field, "no row" in a reference."""
        field = self.record.fields.get(search.filter.columns[0]) if search.filter.columns else None
        derived = isinstance(field, Derived)
        return (
            id(search.filter.condition),
            search.filter.how,
            search.filter.columns,
            search.filter.noun,
            search.filter.also,
            search.value if derived or isinstance(search.value, bool) else None,
            isinstance(field, Ref) and seeks_none(search),
        )

    def _conditions(self, query: Query) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = [self.table.c.business_id == bindparam("business_id")]
        if self.resource.hidden is not None and not query.shows_hidden:
            found.append(condition_of(~self.resource.hidden, self.table))
        off = (condition for name, condition in self.resource.switches.items() if condition is not None and name not in query.switches)
        found += [condition_of(~condition, self.table) for condition in off]
        if query.rows is not None:
            found.append(condition_of(query.rows, self.table))
        found += [search_of(search, number, self) for number, search in enumerate(query.searches)]
        return found

    @staticmethod
    def _values(query: Query) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for number, search in enumerate(query.searches):
            values |= bound(search, number)
        return values

    def is_slow(self, query: Query) -> bool:
        """Whether a search has no index to stand on, so that it may read every row of the books."""
        if not query.searches:
            return False
        indexed = {name for name, field in self.record.fields.items() if field.options.indexed} | {"id"}
        derived = {field.name for field in self.record.kept}
        return not any(s.filter.how in NARROWING and s.filter.columns[0] in indexed | derived for s in query.searches)

    def balance(self, balance: Balance) -> Statement:
        """Return the sums per linked row and currency, for the ids bound as ``among``."""
        table = self.tables.tables[self.book.resources[balance.noun].record.table]

        def build() -> Any:
            their, code = table.c[balance.their], table.c[balance.code]
            amount = table.c[balance.amount] - table.c[balance.less] if balance.less else table.c[balance.amount]
            mine = and_(table.c.business_id == bindparam("business_id"), any_of(their, "among"), condition_of(balance.where, table))
            chosen = select(their.label("their"), code.label("code"), func.sum(amount).label("minor"))
            return chosen.where(mine).group_by(their, code).order_by(their, code)

        return self.once(("balance", balance), build)

    def asked(self, field: Asked) -> Statement:
        """Return the values of a field that was asked for, for the ids bound as ``among``."""
        return self.once(("asked", field), lambda: asked(field, self.tables, self.book))

    def forget(self, column: str) -> Statement:
        """Return the update that clears a column wherever it holds the value bound as ``gone``."""

        def build() -> Any:
            kept = [name for name, field in self.record.fields.items() if field.options.auto == "save"]
            mine = and_(self.table.c.business_id == bindparam("of_business"), self.table.c[column] == bindparam("gone"))
            return update(self.table).where(mine).values({column: None} | {name: bindparam(name) for name in kept})

        return self.once(("forget", column), build)


class LinePlan:
    """The statements of the lines of a document; rows begin with ``parent_id`` and ``position``."""

    def __init__(self, record: type[Record], plan: Plan) -> None:
        self.record, self._plan = record, plan
        self._table = plan.tables.tables[record.table]
        self._stored = ("parent_id", "position", *(name for name in record.columns if name != "id"))
        self.columns = (*self._stored, *joined_names(record))
        self._mine = self._table.c.business_id == bindparam("business_id")

    def _chosen(self, *found: ColumnElement[bool]) -> Statement:
        plan, place = self._plan, (self._table.c.parent_id, self._table.c.position)
        rows = joined_rows(self.record, self._table, self._stored, plan.tables, plan.book)
        return plan.compile(rows.where(self._mine, *found).order_by(*place))

    @cached_property
    def of_one(self) -> Statement:
        """Return the lines of one document."""
        return self._chosen(self._table.c.parent_id == bindparam("id"))

    @cached_property
    def of_many(self) -> Statement:
        """Return the lines of the documents bound as ``among``."""
        return self._chosen(any_of(self._table.c.parent_id, "among"))

    @cached_property
    def insert(self) -> Statement:
        """Write a line."""
        columns: dict[str, Any] = {"business_id": bindparam("business_id")} | {c: bindparam(c) for c in self._stored}
        return self._plan.compile(insert(self._table).values(columns))

    @cached_property
    def delete(self) -> Statement:
        """Remove the lines of one document."""
        return self._plan.compile(delete(self._table).where(self._mine, self._table.c.parent_id == bindparam("id")))
