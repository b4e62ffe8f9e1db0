"""What PostgreSQL writes differently."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, Text, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql.asyncpg import PGCompiler_asyncpg, PGDialect_asyncpg
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import FunctionFilter, Over
from sqlalchemy.sql.functions import sum as SqlSum  # noqa: N812 - a class whose name is taken by the builtin

from bursar.store.statements import ESCAPE, POSTGRESQL, AnyOf, Constants, Contains, Fragment

if TYPE_CHECKING:
    from sqlalchemy import Dialect
    from sqlalchemy.sql.compiler import SQLCompiler
    from sqlalchemy.sql.functions import FunctionElement

# The compiler and the dialect of SQLAlchemy are typed in part; here they are ours to extend.
_Asyncpg: Any = PGCompiler_asyncpg
_AsyncpgDialect: Any = PGDialect_asyncpg


@compiles(AnyOf, POSTGRESQL)
def _any_of_array(element: AnyOf, compiler: SQLCompiler, **kw: Any) -> str:
    kind = BigInteger() if element.column.type.python_type is int else Text()
    return f"{compiler.process(element.column, **kw)} = ANY ({compiler.process(bindparam(element.name, type_=ARRAY(kind)), **kw)})"


@compiles(Contains, POSTGRESQL)
def _contains_ilike(element: Contains, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.column.ilike(bindparam(element.name, type_=Fragment()), escape=ESCAPE), **kw)


class _PostgresqlCompiler(Constants, _Asyncpg):  # type: ignore[misc] # the same
    """PostgreSQL's sum of bigints is numeric; every sum of ours is an integer, so it is cast back."""

    def _on_conflict_target(self, clause: Any, **kw: Any) -> str:
        clause.constraint_target = None  # our inserts are SQLite's, which name columns and know no names of constraints
        return super()._on_conflict_target(clause, **kw)  # type: ignore[no-any-return] # the compiler is untyped

    def visit_sum_func(self, func: FunctionElement[Any], *, bare: bool = False, **kw: Any) -> str:
        text = f"sum{self.function_argspec(func, **kw)}"
        return text if bare else f"CAST({text} AS BIGINT)"

    def visit_funcfilter(self, funcfilter: FunctionFilter[Any], *, bare: bool = False, **kw: Any) -> str:
        text = super().visit_funcfilter(funcfilter, bare=True, **kw)
        return text if bare or not _is_sum(funcfilter) else f"CAST({text} AS BIGINT)"

    def visit_over(self, over: Over[Any], **kw: Any) -> str:
        text = super().visit_over(over, bare=True, **kw)
        return f"CAST({text} AS BIGINT)" if _is_sum(over) else text


def _is_sum(element: object) -> bool:
    inner = element.element if isinstance(element, Over) else element
    return isinstance(inner.func if isinstance(inner, FunctionFilter) else inner, SqlSum)


def _dialect() -> Dialect:
    dialect: Dialect = _AsyncpgDialect(paramstyle="numeric_dollar")
    dialect.statement_compiler = _PostgresqlCompiler
    return dialect


POSTGRES: Final = _dialect()
