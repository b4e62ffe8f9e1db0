"""Conditions on a stored row, written once and read twice: as Python for showing, as SQL for searching."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Value = int | str | None


class Condition:
    """Something that is true or false of a row on a day; joined with ``&``, ``|`` and ``~``."""

    def __and__(self, other: Condition) -> Condition:
        return Both(self, other)

    def __or__(self, other: Condition) -> Condition:
        return Either(self, other)

    def __invert__(self) -> Condition:
        return Opposite(self)


class Term:
    """One side of a comparison: a column of the row, or the business's day."""

    def __eq__(self, other: object) -> Condition:  # type: ignore[override]  # a comparison is a condition, not a truth
        return Compare(self, "==", _term(other))

    def __ne__(self, other: object) -> Condition:  # type: ignore[override]  # as above
        return Compare(self, "!=", _term(other))

    def __lt__(self, other: object) -> Condition:
        return Compare(self, "<", _term(other))

    def __le__(self, other: object) -> Condition:
        return Compare(self, "<=", _term(other))

    def __gt__(self, other: object) -> Condition:
        return Compare(self, ">", _term(other))

    def __ge__(self, other: object) -> Condition:
        return Compare(self, ">=", _term(other))

    __hash__ = object.__hash__


class Column(Term):
    """A stored column of the row, by its name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def within(self, *values: Value) -> Condition:
        """Whether the column holds one of these values."""
        return Within(self, values)


class Today(Term):
    """The day in the time zone of the business (semantics section 7)."""


class Constant(Term):
    """A value written in the rule itself."""

    def __init__(self, value: Value) -> None:
        self.value = value


class Compare(Condition):
    """Two terms and one of ``== != < <= > >=``."""

    def __init__(self, left: Term, operator: str, right: Term) -> None:
        self.left, self.operator, self.right = left, operator, right


class Within(Condition):
    """A column that holds one of some values."""

    def __init__(self, column: Column, values: tuple[Value, ...]) -> None:
        self.column, self.values = column, values


class Both(Condition):
    """Two conditions that hold together."""

    def __init__(self, first: Condition, second: Condition) -> None:
        self.first, self.second = first, second


class Either(Condition):
    """Two conditions of which one is enough."""

    def __init__(self, first: Condition, second: Condition) -> None:
        self.first, self.second = first, second


class Opposite(Condition):
    """A condition turned round."""

    def __init__(self, inner: Condition) -> None:
        self.inner = inner


class _Row:
    def __getattr__(self, name: str) -> Column:
        return Column(name)


row = _Row()
today = Today()


class Rule(NamedTuple):
    """One line of a table of rules: the value shown when the condition holds."""

    condition: Condition
    value: str


def _term(value: object) -> Term:
    if isinstance(value, Term):
        return value
    if value is None or isinstance(value, int | str):
        return Constant(value)
    raise TypeError(value)


def python_of(condition: Condition, column: Callable[[str], str], day: str = "today") -> str:
    """Return the condition as Python text; ``column`` names a stored column there, ``day`` the day."""
    match condition:
        case Compare(left=left, operator=operator, right=right):
            return f"({_python_term(left, column, day)} {operator} {_python_term(right, column, day)})"
        case Within(column=term, values=values):
            return f"({column(term.name)} in {values!r})"
        case Both(first=first, second=second):
            return f"({python_of(first, column, day)} and {python_of(second, column, day)})"
        case Either(first=first, second=second):
            return f"({python_of(first, column, day)} or {python_of(second, column, day)})"
        case Opposite(inner=inner):
            return f"(not {python_of(inner, column, day)})"
    raise TypeError(condition)


def _python_term(term: Term, column: Callable[[str], str], day: str) -> str:
    if isinstance(term, Column):
        return column(term.name)
    return repr(term.value) if isinstance(term, Constant) else day


def terms_of(condition: Condition) -> Iterator[Term]:
    """Yield every term the condition names."""
    match condition:
        case Compare(left=left, right=right):
            yield from (left, right)
        case Within(column=column):
            yield column
        case Both(first=first, second=second) | Either(first=first, second=second):
            yield from terms_of(first)
            yield from terms_of(second)
        case Opposite(inner=inner):
            yield from terms_of(inner)


def rests_on_today(condition: Condition) -> bool:
    """Whether the answer can change without the row changing."""
    return any(isinstance(term, Today) for term in terms_of(condition))


def columns_of(condition: Condition) -> set[str]:
    """Return the names of the columns the condition reads."""
    return {term.name for term in terms_of(condition) if isinstance(term, Column)}
