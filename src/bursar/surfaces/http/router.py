"""From a path to an operation: one dictionary made of the catalogue, no regular expressions."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from bursar.catalogue.book import paths

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bursar.catalogue.book import Book
    from bursar.catalogue.operation import Operation
    from bursar.catalogue.resource import Resource, View
    from bursar.wire.family import Family


class Route(NamedTuple):
    """What a method on a path asks for; ``name`` is what logs and metrics call it (``invoices.create``)."""

    resource: Resource | View
    operation: Operation | None
    name: str


class Found(Struct, frozen=True, gc=False):
    """A path taken apart: family, key of the books, the routes by method, the object's id as sent ("" on collections)."""

    family: Family
    key: str
    methods: Mapping[str, Route] | None
    object_id: str


def operation_names(book: Book) -> list[str]:
    """List what routes are called."""
    found = [f"{resource.plural}.{operation.verb}" for resource, operation in book.operations()]
    return [*found, *(view.name for view in book.views.values())]


class Router:
    """Finds the family of a path by its first segments and the operations by the rest."""

    def __init__(self, book: Book, families: Mapping[str, Family]) -> None:
        self._by_prefix = {family.prefix: family for family in families.values()}
        self._first = {family.prefix[0]: family for family in families.values()}
        self._routes: dict[str, dict[str, dict[str, Route]]] = {family.name: {} for family in families.values()}
        for resource, operation in book.operations():
            for family, path in product((resource.family, *resource.elsewhere), paths(resource, operation)):
                self._add(family, path, operation.method, Route(resource, operation, f"{resource.plural}.{operation.verb}"))
        for view in book.views.values():
            self._add(view.family, view.path, view.method, Route(view, None, view.name))

    def _add(self, family: str, path: str, method: str, route: Route) -> None:
        self._routes[family].setdefault(path, {})[method] = route

    def family_of(self, first: str) -> Family | None:
        """Return the family that words refusals below a first segment."""
        return self._first.get(first)

    def find(self, path: str) -> Found | None:
        """Take a path apart; None when no family owns its prefix. ``methods`` is None when the rest is unknown."""
        parts = path.split("/", 4)
        family = self._by_prefix.get((parts[1], parts[2])) if len(parts) > 3 else None
        if family is not None:
            key = parts[3]
        else:
            family = self._by_prefix.get((parts[1], parts[2], parts[3])) if len(parts) > 4 else None
            if family is None:
                return None
            key = ""
        rest = parts[4] if len(parts) > 4 else ""
        routes = self._routes[family.name]
        methods = routes.get(rest)
        if methods is not None:
            return Found(family, key, methods, "")
        collection, _, last = rest.rpartition("/")
        if last and (methods := routes.get(collection + "/{id}")) is not None:
            return Found(family, key, methods, last)
        return _within(routes, family, key, rest.split("/"))


def _within(routes: Mapping[str, Mapping[str, Route]], family: Family, key: str, rest: list[str]) -> Found:
    """Look for an id that is not the last of several segments; a trailing slash is none."""
    for at in range(len(rest) - 1, -1, -1):
        methods = routes.get("/".join([*rest[:at], "{id}", *rest[at + 1 :]])) if rest[at] else None
        if methods is not None:
            return Found(family, key, methods, rest[at])
    return Found(family, key, None, "")
