"""Conditions of the catalogue and searches of a query, written as SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, literal, literal_column, not_, or_, select

from bursar.catalogue.amounts import Money, Price
from bursar.catalogue.links import Alias, Derived, Ref
from bursar.domain.money import wide_codes
from bursar.domain.when import Both, Column, Compare, Condition, Constant, Either, Opposite, Term, Within
from bursar.store.statements import any_of, contains

if TYPE_CHECKING:
    from sqlalchemy import FromClause

    from bursar.catalogue.filters import Filter
    from bursar.catalogue.query import Search
    from bursar.store.plan import Plan


def condition_of(condition: Condition, table: FromClause) -> ColumnElement[bool]:
    """Return a condition as SQL on a table; the day is bound as ``today``."""
    match condition:
        case Compare(left=left, operator=operator, right=right):
            return _compared(_term(left, table), operator, _term(right, table), right)
        case Within(column=column, values=values):
            return table.c[column.name].in_(values)
        case Both(first=first, second=second):
            return and_(condition_of(first, table), condition_of(second, table))
        case Either(first=first, second=second):
            return or_(condition_of(first, table), condition_of(second, table))
        case Opposite(inner=Compare(operator="==") as inner):
            return condition_of(Compare(inner.left, "!=", inner.right), table)
        case Opposite(inner=inner):
            return not_(condition_of(inner, table))
    raise TypeError(condition)


def _term(term: Term, table: FromClause) -> ColumnElement[Any]:
    if isinstance(term, Column):
        return table.c[term.name]
    return literal(term.value) if isinstance(term, Constant) else bindparam("today")


def _compared(left: ColumnElement[Any], operator: str, right: ColumnElement[Any], term: Term) -> ColumnElement[bool]:
    if isinstance(term, Constant) and term.value is None:
        return left.is_(None) if operator == "==" else left.is_not(None)
    made = {"==": left.__eq__, "!=": left.__ne__, "<": left.__lt__, "<=": left.__le__, ">": left.__gt__, ">=": left.__ge__}
    found: ColumnElement[bool] = made[operator](right)
    return found


def bound(search: Search, number: int) -> dict[str, Any]:
    """Return the values a search binds; an amount brings one per scale of minor units."""
    value = search.value
    if isinstance(value, list) and search.filter.how != "any":
        return {f"s{number}_{scale}": minor for scale, minor in enumerate(value, start=2)}
    return {f"s{number}": value}


def search_of(search: Search, number: int, plan: Plan) -> ColumnElement[bool]:
    """Return one search as SQL; its values are bound as ``s<number>``."""
    filter_, name, table = search.filter, f"s{number}", plan.table
    if filter_.how == "holds":
        assert filter_.condition is not None, filter_
        condition = filter_.condition if search.value else ~filter_.condition
        return condition_of(condition, table)
    if filter_.how == "exists":
        found = _exists(filter_, plan)
        return found if search.value else not_(found)
    if filter_.how == "through":
        other = plan.tables.tables[plan.book.resources[filter_.noun].record.table]
        linked = and_(other.c.business_id == table.c.business_id, other.c.id == table.c[filter_.their])
        there = exists(select(other.c.id).where(linked, contains(_together(other, filter_.columns), name)))
        return or_(there, *(search_of(search._replace(filter=way), number, plan) for way in filter_.also))
    if filter_.how == "like":
        return contains(_together(table, filter_.columns), name)
    return _on_column(search, name, plan)


def _together(table: FromClause, columns: tuple[str, ...]) -> ColumnElement[Any]:
    """Return the texts of some columns as one, so that a first and a last name are found together."""
    first, *others = (table.c[name] for name in columns)
    if not others:
        return first
    words: ColumnElement[Any] = func.coalesce(first, literal_column("''"))
    for other in others:
        words = words.op("||")(literal_column("' '")).op("||")(func.coalesce(other, literal_column("''")))
    return words


def _exists(filter_: Filter, plan: Plan) -> ColumnElement[bool]:
    other = plan.tables.tables[plan.book.resources[filter_.noun].record.table]
    assert filter_.condition is not None, filter_
    mine = and_(other.c.business_id == plan.table.c.business_id, other.c[filter_.their] == plan.table.c.id)
    return exists(select(other.c.id).where(mine, condition_of(filter_.condition, other)))


def _on_column(search: Search, name: str, plan: Plan) -> ColumnElement[bool]:
    field = plan.record.fields.get(search.filter.columns[0])
    if isinstance(field, Derived):
        return _derived(field, search.value, plan)
    column = plan.table.c[field.of if isinstance(field, Alias) else search.filter.columns[0]]
    if isinstance(field, Money) and not isinstance(field, Price):
        return _amount(column, plan.table.c[field.currency], search.filter.how, name)
    if isinstance(field, Ref):
        return _on_ref(column, search, name)
    if search.filter.how == "any":
        return any_of(column, name)
    return _ranged(column, search.filter.how, bindparam(name))


def seeks_none(search: Search) -> bool:
    """Whether a search for ids names 0, which stands for "no row" and is stored as null."""
    return 0 in search.value if isinstance(search.value, list) else search.value == 0


def _on_ref(column: ColumnElement[Any], search: Search, name: str) -> ColumnElement[bool]:
    none, how = seeks_none(search), search.filter.how
    if how == "any":
        return or_(any_of(column, name), column.is_(None)) if none else any_of(column, name)
    if how == "not":
        return column.is_not(None) if none else or_(column != bindparam(name), column.is_(None))
    return column.is_(None) if none else _ranged(column, how, bindparam(name))


def _amount(column: ColumnElement[Any], code: ColumnElement[str], how: str, name: str) -> ColumnElement[bool]:
    """Compare an amount with the sought one in the row's own minor units: their scale depends on its currency."""
    widths = wide_codes()
    narrow = and_(code.not_in(tuple(widths)), _ranged(column, how, bindparam(f"{name}_2")))
    scales = sorted(set(widths.values()))
    broad = [and_(code.in_([c for c in widths if widths[c] == s]), _ranged(column, how, bindparam(f"{name}_{s}"))) for s in scales]
    return or_(narrow, *broad)


def _ranged(column: ColumnElement[Any], how: str, value: ColumnElement[Any]) -> ColumnElement[bool]:
    made = {"eq": column.__eq__, "not": column.__ne__, "min": column.__ge__, "max": column.__le__, "below": column.__lt__}
    found: ColumnElement[bool] = made[{"until": "max", "own": "eq"}.get(how, how)](value)
    return found


def _derived(field: Derived, value: str, plan: Plan) -> ColumnElement[bool]:
    """Search the kept answer: what the day's rule overtakes is told apart by the day (architecture 5.2)."""
    kept, rule = plan.table.c[field.kept], field.moving()
    if rule is None:
        return kept == value
    later = field.later()
    if value == rule.value:
        return and_(kept.in_(later), condition_of(rule.condition, plan.table))
    if value in later:
        return and_(kept == value, not_(condition_of(rule.condition, plan.table)))
    return kept == value
