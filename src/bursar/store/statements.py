"""SQLAlchemy Core statements turned into text and parameter order, once per dialect.

Core writes the SQL, the drivers run it: what Core would do at every execution (compiling, binding, converting)
is done here once, so that running a statement costs one ``bind`` and one call of the driver.
"""

from __future__ import annotations

from functools import cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec
from sqlalchemy import BindParameter, ColumnElement, Table, Text, bindparam
from sqlalchemy.dialects.sqlite import insert as insert  # noqa: PLC0414 - compiles on both, ON CONFLICT included
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler, SQLiteDialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import visitors
from sqlalchemy.sql.dml import Delete, Insert, Update
from sqlalchemy.sql.elements import TextClause
from sqlalchemy.sql.selectable import ReturnsRows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import ClauseElement, Dialect
    from sqlalchemy.sql.compiler import SQLCompiler

    Bind = Callable[[Mapping[str, Any]], tuple[Any, ...]]

SQLITE: Final = "sqlite"
POSTGRESQL: Final = "postgresql"
ESCAPE: Final = "/"


class Statement:
    """A compiled statement: text and names for the driver, tables for whoever orders writes. Never changed once made.

    ``text`` has "?" (SQLite) or "$1" (PostgreSQL) for the values that ``bind`` picks from a mapping by ``names``;
    ``columns`` names the result's columns (empty when it has none); ``table`` is the table it writes ("" for a read),
    ``reads`` the tables it reads, ``touches`` both; ``source`` is the one table a read is about, "" when it reads several.
    """

    __slots__ = ("bind", "columns", "names", "reads", "source", "table", "text", "touches")

    def __init__(self, text: str, names: tuple[str, ...], columns: tuple[str, ...], bind: Bind, table: str, reads: frozenset[str]) -> None:
        self.text = text
        self.names = names
        self.columns = columns
        self.bind = bind
        self.table = table
        self.reads = reads
        self.touches = reads | {table} if table else reads
        self.source = next(iter(reads)) if len(reads) == 1 and not table else ""

    def __repr__(self) -> str:
        return f"Statement({self.text!r})"


class _Core(Statement):
    """A statement that is compiled when it is first looked at: most of them never are."""

    __slots__ = ("_core", "_dialect")

    def __init__(self, core: ClauseElement, dialect: str) -> None:
        self._core, self._dialect = core, dialect

    def __getattr__(self, name: str) -> Any:
        """Fill in everything; asked once, for what is there is found without this."""
        core = self._core
        compiled = cast("SQLCompiler", core.compile(dialect=dialect_of(self._dialect), for_executemany=True))
        names = tuple(compiled.positiontup or ())
        table = cast("Table", core.table).name if isinstance(core, Insert | Update | Delete) else ""
        super().__init__(compiled.string, names, _columns(core), _binder(compiled, names), table, _tables(core) - {table})
        return object.__getattribute__(self, name)


def compile_statement(core: ClauseElement, dialect: str) -> Statement:
    """Compile a Core statement for "sqlite" or "postgresql", when it is first used.

    Each ``bindparam("x")`` without a value becomes a name that ``bind`` looks up; every other value is a constant of
    the statement and is written into its text, where the planner sees it (partial indexes, SQLite with stable plans).
    Raises TypeError for ``text()``, whose tables cannot be known.
    """
    if isinstance(core, TextClause):
        raise TypeError("text() hides the tables it touches; write the statement in Core")
    return _Core(core, dialect)


_COLUMN_AND_NAME: Final = [("column", visitors.InternalTraversal.dp_clauseelement), ("name", visitors.InternalTraversal.dp_string)]


def any_of(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Build the condition that the column is one of a list, bound as ``name``; one plan for every length of the list."""
    return AnyOf(column, name)


def contains(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Build the condition that the column contains the text bound as ``name``, letter case aside; % and _ are only signs."""
    return Contains(column, name)


class AnyOf(ColumnElement[bool]):
    """``column`` is one of the list bound as ``name``; written differently by each dialect."""

    inherit_cache = False
    _traverse_internals = _COLUMN_AND_NAME

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column = column
        self.name = name


class Contains(ColumnElement[bool]):
    """``column`` contains the text bound as ``name``; written differently by each dialect."""

    inherit_cache = False
    _traverse_internals = _COLUMN_AND_NAME

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column = column
        self.name = name


class _ListText(Text):
    """A list bound as JSON text."""


class Fragment(Text):
    """A text bound as the pattern of whatever contains it."""


class _FragmentAndFolded(Text):
    """A text bound as JSON: the pattern of whatever contains it, and the text in small letters where it goes beyond ASCII."""


@compiles(AnyOf, SQLITE)
def _any_of_json(element: AnyOf, compiler: SQLCompiler, **kw: Any) -> str:
    bound = compiler.process(bindparam(element.name, type_=_ListText()), **kw)
    return f"{compiler.process(element.column, **kw)} IN (SELECT value FROM json_each({bound}))"  # noqa: S608 - compiled parts


@compiles(Contains, SQLITE)
def _contains_lite(element: Contains, compiler: SQLCompiler, **kw: Any) -> str:
    """SQLite's own LIKE knows the small letters of ASCII alone; ``lowered`` is ours (``lite.py``) and dearer."""

    def part(number: int) -> str:
        return f"json_extract({compiler.process(bindparam(element.name, type_=_FragmentAndFolded()), **kw)}, '$[{number}]')"

    def column() -> str:
        return compiler.process(element.column, **kw)

    plain = f"{column()} LIKE {part(0)} ESCAPE '{ESCAPE}'"
    return f"CASE WHEN {part(1)} IS NULL THEN {plain} ELSE instr(lowered({column()}), {part(1)}) > 0 END"


# Compilers and dialects of SQLAlchemy are typed in part; here they are ours to extend.
_Lite: Any = SQLiteCompiler


class Constants:
    """Writes integer, text and null constants into the statement; what has no value yet stays a parameter."""

    def visit_bindparam(self, bindparam: BindParameter[Any], **kw: Any) -> str:
        """Write a parameter, or its value where it is known."""
        known = not bindparam.required and bindparam.callable is None and _is_plain(bindparam.value)
        return super().visit_bindparam(bindparam, **(kw | {"literal_binds": True} if known else kw))  # type: ignore[misc, no-any-return] # the compiler stands behind in the order of bases


def _is_plain(value: object) -> bool:
    if isinstance(value, (list, tuple)):
        return all(_is_plain(item) for item in value)
    return value is None or isinstance(value, int) or (isinstance(value, str) and "\0" not in value)


class _SqliteCompiler(Constants, _Lite):  # type: ignore[misc] # a class of SQLAlchemy, see above
    pass


@cache
def dialect_of(name: str) -> Dialect:
    """Return what writes the SQL of "sqlite" or "postgresql"."""
    if name == POSTGRESQL:
        from bursar.store.pg_dialect import POSTGRES  # noqa: PLC0415 - each database's dialect only where it is used

        return POSTGRES
    dialect: Dialect = SQLiteDialect(paramstyle="qmark")
    dialect.statement_compiler = _SqliteCompiler
    return dialect


def _columns(core: ClauseElement) -> tuple[str, ...]:
    return tuple(core.exported_columns.keys()) if isinstance(core, ReturnsRows) else ()


def _tables(core: ClauseElement) -> frozenset[str]:
    return frozenset(part.name for part in visitors.iterate(core) if isinstance(part, Table))


def _binder(compiled: SQLCompiler, names: tuple[str, ...]) -> Bind:
    """Build what turns a mapping into the driver's tuple: an itemgetter, unless some value is constant or converted."""
    getters = [_getter(compiled.binds[name], name) for name in names]
    if any(getter is not None for getter in getters):
        ready = [getter or itemgetter(name) for getter, name in zip(getters, names, strict=True)]
        return lambda values: tuple([get(values) for get in ready])
    if not names:
        return lambda _values: ()
    if len(names) == 1:
        only = names[0]
        return lambda values: (values[only],)
    return itemgetter(*names)


def _getter(bound: BindParameter[Any], name: str) -> Callable[[Mapping[str, Any]], Any] | None:
    if isinstance(bound.type, _ListText):
        return lambda values: msgspec.json.encode(values[name]).decode()
    if isinstance(bound.type, Fragment):
        return lambda values: _pattern(values[name])
    if isinstance(bound.type, _FragmentAndFolded):
        return lambda values: _pattern_and_folded(values[name])
    if not bound.required:
        constant = bound.value
        return lambda _values: constant
    return None


def _pattern(fragment: str) -> str:
    for sign in (ESCAPE, "%", "_"):
        fragment = fragment.replace(sign, ESCAPE + sign)
    return f"%{fragment}%"


def _pattern_and_folded(fragment: str) -> str:
    return msgspec.json.encode((_pattern(fragment), None if fragment.isascii() else fragment.lower())).decode()
