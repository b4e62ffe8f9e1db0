"""Resources (rows) and views (answers without rows of their own)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from bursar.catalogue.facts import Facts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bursar.catalogue.filters import Filters
    from bursar.catalogue.operation import Operation
    from bursar.catalogue.proof import Proof
    from bursar.catalogue.record import Record
    from bursar.catalogue.totals import Totals
    from bursar.domain.ledger import Entry
    from bursar.domain.when import Condition


class Posts(NamedTuple):
    """How a document stands in the ledger: a pure reading of it, and the columns whose change books it anew."""

    entry: Callable[[Any], Entry | None]
    watch: tuple[str, ...]


class Narrowed(NamedTuple):
    """Rows that a token reaches without the resource's own scope, when it holds those that the value of a column needs.

    ``values`` are all that the column may hold; ``scopes(value, access)`` says what one of them needs (platform section 3).
    """

    column: str
    values: tuple[str, ...]
    scopes: Callable[..., frozenset[str]]


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """Rows of one kind and everything a caller can do with them.

    ``path`` is the collection's below the family's prefix, ``item`` the single object's where it differs: with ``{id}`` inside
    it is the whole path of one object, also of making it. ``also`` are further collection paths for the same operations,
    ``elsewhere`` further families that serve all of them; ``single`` is the wrapper key of one object. A ``whole`` list holds
    every row, without paging and ``meta``; an ``uncut`` one is shown whole while it fits the largest page and nobody asks for
    another; ``sorts`` name a column, a balance or several columns, one after the other; a ``steady`` one keeps its order whatever is asked;
    ``totals`` say what lists tell about all they found. ``beside`` stands next to one object. Rows that are ``gone`` are kept
    for lists alone; ``switches`` are query flags without which lists leave some rows out; ``own`` is a column and a switch:
    without it, and without a search by that column, lists
    hold the caller's rows. ``narrowed`` lets tokens of other scopes reach some of them.
    """

    record: type[Record]
    plural: str
    group: str
    family: str
    path: str
    scope: str
    operations: tuple[Operation, ...]
    item: str = ""
    single: str = ""
    many: str = ""
    id_field: str = "id"
    also: tuple[str, ...] = ()
    filters: Filters = field(default_factory=dict)
    sorts: dict[str, str] = field(default_factory=dict)
    order: str = "-id"
    hidden: Condition | None = None
    posts: Posts | None = None
    proof: Proof | None = None
    soft: bool = True
    elsewhere: tuple[str, ...] = ()
    whole: bool = False
    beside: Mapping[str, Any] = field(default_factory=dict)
    uncut: bool = False
    steady: bool = False
    totals: Totals | None = None
    gone: Condition | None = None
    switches: Mapping[str, Condition | None] = field(default_factory=dict)
    own: tuple[str, str] | None = None
    narrowed: Narrowed | None = None

    @property
    def noun(self) -> str:
        """The single name of the thing."""
        return self.record.noun

    @property
    def built(self) -> bool:
        """Whether it exists: a resource all of whose operations are only declared ahead has no table yet."""
        return not self.operations or any(operation.built for operation in self.operations)

    @property
    def wrapper(self) -> str:
        """The key that wraps one object on the wire."""
        return self.single or self.record.noun

    @property
    def listed(self) -> str:
        """The key that holds the list on the wire."""
        return self.many or self.plural


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """An answer made of facts: a shape without a table (``users/me``, ``systems``, a share link).

    ``show(record, known)`` returns the filled record or a change; for a view with an ``{id}`` in its path ``of`` names
    the resource whose row it is about and ``id_field`` the id in refusals. ``loads`` names what ``runtime/views.py`` must
    have ready beyond the declared facts. ``takes`` says what a body is: ``object``, read by the fields of the record into
    ``known.sent``, or ``file``. ``covered_by`` are scopes that do as well; ``beside`` are hidden columns
    of the record that the answer carries beside the object. ``texts`` names a resource and a column whose different texts it
    lists in pages, by the filters of that resource: they are in ``known.found`` and ``known.total``, and nothing wraps them.
    """

    record: type[Record]
    name: str
    group: str
    family: str
    path: str
    scope: str
    phrase: str
    show: Callable[[Any, Any], Any]
    facts: type[Facts] = Facts
    of: str = ""
    loads: str = ""
    single: str = ""
    method: str = "GET"
    access: str = "read"
    built: bool = True
    id_field: str = ""
    takes: Literal["", "object", "file"] = ""
    covered_by: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    texts: tuple[str, str] | None = None

    @property
    def wrapper(self) -> str:
        """The key that wraps the object on the wire."""
        return "" if self.texts else self.single or self.record.noun
