"""What a list may be searched by: wire keys and their meanings. A key that is not declared is ignored, as the service does."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from bursar.domain.when import Condition


class Filter(NamedTuple):
    """One searchable key.

    ``how`` is ``eq``, ``any``, ``not``, ``like``, ``min``, ``max``, ``until`` (to the end of a day, or to a moment), ``own``
    (the caller's, never left out), ``holds`` (a condition, yes or no) or ``exists`` (a condition on rows of another noun that
    point here through ``their``). ``words`` stand for yes and no where these are not what is sent; ``also`` are further ways to
    be found by the same value.
    """

    how: str
    columns: tuple[str, ...] = ()
    condition: Condition | None = None
    noun: str = ""
    their: str = ""
    words: tuple[str, ...] = ()
    also: tuple[Filter, ...] = ()


Filters = dict[str, Filter]


def eq(*same: str, **named: str) -> Filters:
    """Search by equality; positional keys are columns of the same name."""
    return {key: Filter("eq", (column,)) for key, column in {**dict(zip(same, same, strict=True)), **named}.items()}


def any_of(**named: str) -> Filters:
    """Search by membership: the key is repeated or followed by ``[]``."""
    return {key: Filter("any", (column,)) for key, column in named.items()}


def unless(**named: str) -> Filters:
    """Search by difference."""
    return {key: Filter("not", (column,)) for key, column in named.items()}


def like(**named: str | tuple[str, ...]) -> Filters:
    """Search by "contains", ignoring case, in one column or in any of several."""
    return {key: Filter("like", (columns,) if isinstance(columns, str) else columns) for key, columns in named.items()}


def between(**named: str) -> Filters:
    """Search by a range: ``date`` makes ``date_min`` and ``date_max``."""
    return {f"{key}_{end}": Filter(end, (column,)) for key, column in named.items() for end in ("min", "max")}


def since(**named: str) -> Filters:
    """Search by a moment, from it on."""
    return {key: Filter("min", (column,)) for key, column in named.items()}


def until(**named: str) -> Filters:
    """Search by a moment, up to and with it; a bare day counts whole."""
    return {key: Filter("until", (column,)) for key, column in named.items()}


def holds(**named: Condition) -> Filters:
    """Search by a condition that holds, or with a false value does not."""
    return {key: Filter("holds", condition=condition) for key, condition in named.items()}


def chosen(yes: str, no: str, **named: Condition) -> Filters:
    """Search by one of two words: whether a condition holds."""
    return {key: Filter("holds", condition=condition, words=(yes, no)) for key, condition in named.items()}


def exists(noun: str, their: str, **named: Condition) -> Filters:
    """Search by whether rows of another noun that point here through ``their`` meet a condition."""
    return {key: Filter("exists", condition=condition, noun=noun, their=their) for key, condition in named.items()}


def through(noun: str, their: str, **named: tuple[str, ...]) -> Filters:
    """Search by "contains" in columns of the row that the column ``their`` here points at."""
    return {key: Filter("through", columns, noun=noun, their=their) for key, columns in named.items()}


def either(first: Filters, second: Filters) -> Filters:
    """Search in both ways at once: what one of them finds is found."""
    return {key: found._replace(also=(second[key],)) for key, found in first.items()}
