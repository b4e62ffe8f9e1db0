"""The book: every declaration of the product, collected once and refused when it contradicts itself."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from bursar.catalogue.facts import Following, Many, Named, New, One
from bursar.catalogue.links import Balance, Embed, Joined, Ref
from bursar.catalogue.resource import Resource, View
from bursar.catalogue.sums import AskedMoment, AskedSum, Present, Summed
from bursar.domain.events import EVENTS, scopes_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import ModuleType

    from bursar.catalogue.operation import Operation
    from bursar.catalogue.record import Record


class Contradiction(Exception):
    """Two declarations that cannot both be true, or one that names what does not exist."""


class Book:
    """All resources and views; ``resources`` by noun, ``views`` by name."""

    def __init__(self, resources: tuple[Resource, ...], views: tuple[View, ...] = ()) -> None:
        self.resources = {resource.noun: resource for resource in resources}
        self.views = {view.name: view for view in views}
        if len(self.resources) != len(resources) or len(self.views) != len(views):
            raise Contradiction("two declarations share a noun or a name")
        for resource in resources:
            self._check(resource)
        self._check_routes()

    def operations(self) -> Iterator[tuple[Resource, Operation]]:
        """Yield every operation with its resource, in the order of declaration."""
        for resource in self.resources.values():
            for operation in resource.operations:
                yield resource, operation

    def stored(self) -> Iterator[Resource]:
        """Yield every resource that has a table: those that are built."""
        return (resource for resource in self.resources.values() if resource.built)

    def records(self) -> Iterator[type[Record]]:
        """Yield every stored record: those of resources and their lines."""
        for resource in self.stored():
            yield resource.record
            for lines in resource.record.lines.values():
                yield lines.record

    def _check(self, resource: Resource) -> None:
        record = resource.record
        for operation in resource.operations:
            where = f"{resource.plural}.{operation.verb}"
            if not resource.scope and operation.access == "write":
                raise Contradiction(f"{where} writes without a scope")
            if operation.event and operation.event.partition(".")[0] not in (resource.noun, ""):
                raise Contradiction(f"{where} raises {operation.event}, which is not about {resource.noun}")
            if operation.event and (operation.event not in EVENTS or f"{resource.scope}:read" not in scopes_of(operation.event)):
                raise Contradiction(f"{where} raises {operation.event}, which nobody with {resource.scope} can subscribe to")
            for name in _names_in(operation.phrase):
                if name not in record.fields:
                    raise Contradiction(f"{where}: the phrase names {name}, which is no field")
            for fact in operation.facts.needs.values():
                if isinstance(fact, One | Many | Named | New | Following):
                    self._check_noun(fact.noun, f"{where} asks for", built=operation.built)
        for key, found in resource.filters.items():
            for way in (found, *found.also):
                target = self.resources[way.noun].record if way.how in ("exists", "through") else record
                for column in way.columns:
                    if column not in target.columns and column not in record.fields:
                        raise Contradiction(f"{resource.plural}: search key {key} names {column}, which is no column")
        for key, columns in resource.sorts.items():
            for column in columns.split():
                if column not in record.columns and not isinstance(record.fields.get(column), Balance):
                    raise Contradiction(f"{resource.plural}: sort key {key} names {column}, which is no column")
        for field in record.fields.values():
            nouns: Iterable[str] = field.among if isinstance(field, AskedMoment) else ()
            if isinstance(field, Embed | Balance | Ref | Joined | Summed | Present | AskedSum):
                nouns = (field.noun,)
            for noun in nouns:
                self._check_noun(noun, f"{resource.plural}.{field.name} names", built=resource.built)

    def _check_noun(self, noun: str, said: str, *, built: bool) -> None:
        """Refuse a name that means nothing, and something built that rests on what is only declared."""
        if noun not in self.resources:
            raise Contradiction(f"{said} {noun}, which is no noun")
        if built and not self.resources[noun].built:
            raise Contradiction(f"{said} {noun}, which is not built yet")

    def _check_routes(self) -> None:
        seen: set[tuple[str, str, str]] = set()
        routes = [
            (family, path, operation.method)
            for resource, operation in self.operations()
            for path in paths(resource, operation)
            for family in (resource.family, *resource.elsewhere)
        ] + [(view.family, view.path, view.method) for view in self.views.values()]
        for route in routes:
            if route in seen:
                raise Contradiction(f"two operations answer {route[2]} {route[0]} {route[1]}")
            seen.add(route)


def paths(resource: Resource, operation: Operation) -> tuple[str, ...]:
    """Return the paths of an operation below its family's prefix, with ``{id}`` where the object's id stands."""
    if "{id}" in resource.item:
        return (resource.path if operation.verb == "list" else resource.item,)
    collections = (resource.path, *resource.also)
    items = (resource.item or resource.path, *(() if resource.item == resource.path else resource.also))
    if operation.verb == "list":
        return (resource.path,)
    if operation.verb == "create":
        return tuple(dict.fromkeys((resource.item or resource.path, *(collections if resource.also else ()))))
    return tuple(f"{item}/{{id}}" for item in dict.fromkeys(items))


def _names_in(phrase: str) -> list[str]:
    return [part.split("}", 1)[0] for part in phrase.split("{")[1:]]


def collect(package: ModuleType) -> Book:
    """Import every module of a package and make the book of the resources and views they declare."""
    resources: list[Resource] = []
    views: list[View] = []
    for found in iter_modules(package.__path__):
        module = import_module(f"{package.__name__}.{found.name}")
        for value in vars(module).values():
            if isinstance(value, Resource) and value not in resources:
                resources.append(value)
            elif isinstance(value, View) and value not in views:
                views.append(value)
    return Book(tuple(resources), tuple(views))
