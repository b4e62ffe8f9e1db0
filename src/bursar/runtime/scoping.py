"""What a token may reach: the scope of the operation, the role of its person, and rows that other scopes open (platform 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bursar.catalogue.filters import Filter
from bursar.catalogue.query import Search
from bursar.catalogue.resource import Resource, View
from bursar.errors import Kind, Refusal, refuse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bursar.catalogue.query import Query
    from bursar.catalogue.resource import Narrowed
    from bursar.runtime.call import Call

SEED, PER_EVENT = "seed", "per_event"


class Reach:
    """The rows that a call reaches where its token lacks the resource's own scope: those with certain values in a column."""

    __slots__ = ("_call", "_narrowed", "_needed", "values")

    def __init__(self, call: Call, narrowed: Narrowed, needed: str) -> None:
        self._call, self._narrowed, self._needed = call, narrowed, needed
        self.values = [value for value in narrowed.values if self._reaches(value)]
        if not self.values:
            raise lacking(call, {needed} if needed else {scope for value in narrowed.values for scope in narrowed.scopes(value, "read")})

    def _reaches(self, value: str) -> bool:
        asked, held = self._narrowed.scopes, self._call.caller.scopes
        gone = self._call.operation is not None and self._call.operation.verb == "delete"
        return asked(value, "read") <= held or (gone and asked(value, "write") <= held)

    def check(self, row: dict[str, object]) -> None:
        """Refuse a row, or an object as shown, that is out of reach."""
        value = row[self._narrowed.column]
        if value not in self.values:
            raise lacking(self._call, {self._needed} if self._needed else self._narrowed.scopes(str(value), "read"))

    def narrow(self, query: Query) -> Query:
        """Return the query of a list that holds what is in reach."""
        return query._replace(searches=(*query.searches, Search(Filter("any", (self._narrowed.column,)), self.values)))


def permitted(call: Call, events: str) -> Reach | None:
    """Refuse a call its token has no scope for, naming both sides, or its role forbids (platform 3.1).

    Answers the rows it reaches when not all of them; ``events`` is the setting ``scopes.events``.
    """
    access = call.operation.access if call.operation else call.resource.access  # type: ignore[union-attr]  # a view has its own
    scope = f"{call.resource.scope}:{access}" if call.resource.scope else ""
    narrowed = call.resource.narrowed if isinstance(call.resource, Resource) and events != SEED else None
    reach = None
    if narrowed is not None and (events == PER_EVENT or scope not in call.caller.scopes):
        reach = Reach(call, narrowed, "" if events == PER_EVENT else scope)
    elif scope and scope not in call.caller.scopes and not _covered(call, access):
        raise lacking(call, {scope})
    if access == "write" and call.caller.role == "client":
        raise refuse(Kind.FORBIDDEN, text="Permission Denied")
    return reach


def lacking(call: Call, needed: Iterable[str]) -> Refusal:
    """Build the refusal that names the scopes a token has, and those it would need."""
    required = " ".join(sorted(needed))
    return refuse(Kind.FORBIDDEN, text=f"Insufficient scope. Provided scopes: {call.caller.granted}. Required scopes: {required}.")


def _covered(call: Call, access: str) -> bool:
    """Whether the token has another scope that does as well: a file belongs to what it is attached to."""
    others = call.resource.covered_by if isinstance(call.resource, View) else ()
    return any(f"{other}:{access}" in call.caller.scopes for other in others)
