"""What a decision may ask to know; ``runtime/gather.py`` loads it, one query each.

A facts class declares its needs as class attributes; a loaded instance carries the values under the same names. ``by`` and
the values of ``many`` name a column of the record (``"customerid"``) or of an earlier fact (``"invoice.customerid"``).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from bursar.domain.ledger import PAR

if TYPE_CHECKING:
    from collections.abc import Callable

    from bursar.domain.policy import Policy


class Business(NamedTuple):
    """The books a call is about: the tenant and what its rules rest on."""

    id: int
    accountid: str | None
    uuid: str
    name: str
    currency_code: str
    timezone: str
    country: str = ""
    address: str = ""


class Member(NamedTuple):
    """One of the people of the business."""

    identity_id: int
    role: str
    staff_id: int
    first_name: str
    last_name: str
    email: str
    timezone: str | None


def _always(_record: Any, _known: Any) -> bool:
    return True


class Fact:
    """Something to load; ``late`` facts need the body to have been read whole.

    ``sought(record, known)`` returns what to look for. Where that is false the fact is ``nothing``, as most facts are for most bodies.
    """

    late = False
    nothing: Any = None
    sought: Callable[[Any, Any], Any] = staticmethod(_always)


class One(Fact):
    """The row an id points at, None when the id says "none"; unknown ids are refused before."""

    def __init__(self, noun: str, by: str, *, lines: bool = False) -> None:
        self.noun, self.by, self.lines = noun, by, lines

    def sought(self, record: Any, known: Any) -> Any:
        return _meant(self.by, record, known)


class Many(Fact):
    """Every row whose columns have these values, oldest first; none unless ``when(record, known)`` says so, or for a null.

    A value may be a rule ``(record, known)`` of its own, for what the body decides.
    """

    nothing = ()

    def __init__(self, noun: str, where: dict[str, Any], when: Callable[[Any, Any], bool] | None = None, *, lines: bool = False) -> None:
        self.noun, self.where, self.when, self.lines = noun, where, when, lines
        self.late = when is not None or any(callable(value) for value in where.values())

    def sought(self, record: Any, known: Any) -> dict[str, Any] | None:
        if self.when is not None and not self.when(record, known):
            return None
        same = {column: _meant(path, record, known) for column, path in self.where.items()}
        return None if None in same.values() else same


class Named(Fact):
    """Rows by one column, for the values ``through(record, known)`` finds: a dictionary value -> row, or value -> ``every`` row."""

    late = True
    nothing = MappingProxyType({})

    def __init__(
        self, noun: str, column: str, through: Callable[[Any, Any], set[Any]], *, lines: bool = False, every: bool = False
    ) -> None:
        self.noun, self.column, self.lines, self.every = noun, column, lines, every
        self.sought = through


class Latest(Fact):
    """Some columns of the row of this noun that was made last, by name; None when there is none."""

    def __init__(self, noun: str, columns: tuple[str, ...]) -> None:
        self.noun, self.columns = noun, columns


class Free(Fact):
    """The first free number after the last used one, or None when the body brings its own; a brought one is checked.

    Values are unique over all rows, deleted ones included (semantics 2.5): a taken one is DUPLICATE. ``after`` names the
    :class:`Latest` fact that knows the last used one.
    """

    late = True

    def __init__(self, noun: str, column: str, following: Callable[[str | None], str], after: str) -> None:
        self.noun, self.column, self.following, self.after = noun, column, following, after


class Following(Fact):
    """The next number in the counter of another noun, for a row of it that comes along; none unless ``when`` says so."""

    late = True

    def __init__(self, noun: str, column: str, following: Callable[[str | None], str], when: Callable[[Any, Any], bool]) -> None:
        self.noun, self.column, self.following = noun, column, following
        self.sought = when


class Taken(Fact):
    """Whether another row has one of these values in a column; ``through(record, known)`` makes the values."""

    late = True
    nothing = frozenset[Any]()

    def __init__(self, noun: str, column: str, through: Callable[[Any, Any], set[Any]]) -> None:
        self.noun, self.column = noun, column
        self.sought = through


class New(Fact):
    """A blank row of another kind with its id already given; None unless ``when(record, known)`` says so."""

    def __init__(self, noun: str, when: Callable[[Any, Any], bool] | None = None) -> None:
        self.noun, self.late = noun, when is not None
        if when is not None:
            self.sought = when


class Rate(Fact):
    """What one unit of the record's currency was worth in the business's on a day, in billionths."""

    late = True
    nothing = PAR

    def __init__(self, on: str, code: str = "currency_code") -> None:
        self.on, self.code = on, code

    def sought(self, record: Any, known: Any) -> bool:
        return bool(record.row[self.code] != known.business.currency_code)


class Upload(Fact):
    """The stored files whose tokens ``through(record, known)`` finds: a dictionary token -> media type."""

    late = True
    nothing = MappingProxyType({})

    def __init__(self, through: Callable[[Any, Any], set[str]]) -> None:
        self.sought = through


class Opened(Fact):
    """The secret of the stored row, in clear, by its column."""

    def __init__(self, column: str) -> None:
        self.column = column


class Members(Fact):
    """The people of the business: a dictionary identity -> :class:`Member`."""


class Facts:
    """What a decision knows: always the business, its day, the policy and the caller's identity; a subclass adds more."""

    needs: ClassVar[dict[str, Fact]] = {}
    early: ClassVar[tuple[tuple[str, Fact], ...]] = ()
    later: ClassVar[tuple[tuple[str, Fact], ...]] = ()

    business: Business
    policy: Policy
    today: str
    now_us: int
    identity: int

    def __init__(self) -> None:
        self.joined: dict[str, Any] = {}

    def follow(self, before: Facts) -> None:
        """Know what every decision knows as another one of the same call knew it."""
        self.business, self.policy, self.today = before.business, before.policy, before.today
        self.now_us, self.identity, self.joined = before.now_us, before.identity, before.joined

    def __init_subclass__(cls) -> None:
        inherited = {name: fact for parent in cls.__mro__[1:] for name, fact in vars(parent).get("needs", {}).items()}
        cls.needs = {**inherited, **{name: fact for name, fact in vars(cls).items() if isinstance(fact, Fact)}}
        cls.early = tuple((name, fact) for name, fact in cls.needs.items() if not fact.late)
        cls.later = tuple((name, fact) for name, fact in cls.needs.items() if fact.late)


def _meant(path: Any, record: Any, known: Any) -> Any:
    """Return what a fact's argument stands for: a column of the record, of an earlier fact, ``("=", value)`` itself, a rule's."""
    if isinstance(path, tuple):
        return path[1]
    if not isinstance(path, str):
        return path(record, known)
    first, _, column = path.partition(".")
    if not column:
        return record.row.get(first)
    origin = getattr(known, first)
    return None if origin is None else origin.row.get(column)


def one(noun: str, by: str, *, lines: bool = False) -> Any:
    """Ask for the row an id points at."""
    return One(noun, by, lines=lines)


def many(noun: str, *, when: Callable[[Any, Any], bool] | None = None, lines: bool = False, **where: Any) -> Any:
    """Ask for the rows whose columns have these values; a text names a column, ``("=", value)`` is a value itself."""
    return Many(noun, where, when, lines=lines)


def named(noun: str, column: str, through: Callable[[Any, Any], set[Any]], *, lines: bool = False, every: bool = False) -> Any:
    """Ask for rows by the values the record mentions."""
    return Named(noun, column, through, lines=lines, every=every)


def latest(noun: str, *columns: str) -> Any:
    """Ask for some columns of the row made last."""
    return Latest(noun, columns)


def free(noun: str, column: str, following: Callable[[str | None], str], *, after: str = "") -> Any:
    """Ask for the next free number; without ``after`` a brought one is checked only."""
    return Free(noun, column, following, after)


def following(noun: str, column: str, after: Callable[[str | None], str], *, when: Callable[[Any, Any], bool]) -> Any:
    """Ask for the next number of rows of another noun."""
    return Following(noun, column, after, when)


def taken(noun: str, column: str, through: Callable[[Any, Any], set[Any]]) -> Any:
    """Ask which of some values other rows have already: a set."""
    return Taken(noun, column, through)


def new(noun: str, *, when: Callable[[Any, Any], bool] | None = None) -> Any:
    """Ask for a blank row with an id."""
    return New(noun, when)


def rate(on: str, code: str = "currency_code") -> Any:
    """Ask for the exchange rate into the business's currency, in billionths; unknown pairs are 1:1 (semantics 2.6)."""
    return Rate(on, code)


def uploads(through: Callable[[Any, Any], set[str]]) -> Any:
    """Ask for stored files by their tokens."""
    return Upload(through)


def opened(column: str) -> Any:
    """Ask for a secret of the stored row, in clear."""
    return Opened(column)


def members() -> Any:
    """Ask for the people of the business."""
    return Members()
