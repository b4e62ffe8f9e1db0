"""Walks the catalogue: every operation at each of its addresses, and how to ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from bursar.catalogue.book import paths
from bursar.catalogue.resource import Resource, View
from bursar.oauth.registration import make_token
from bursar.oauth.scopes import GRANTABLE
from tests.contract.objects import PNG, SORTS
from tests.contract.wire import BOOK, FAMILIES, whole_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bursar.catalogue.operation import Operation
    from bursar.wire.family import Family
    from tests.support.tenant import Answer, Tenant


class Address(NamedTuple):
    """One operation, or view, at one of its paths; ``rest`` is what follows the key of the books."""

    resource: Resource | View
    operation: Operation | None
    method: str
    rest: str
    family: Family

    @property
    def scope(self) -> str:
        """The scope it needs."""
        access = self.operation.access if self.operation else self.resource.access  # type: ignore[union-attr]  # a view has its own
        return f"{self.resource.scope}:{access}"

    @property
    def built(self) -> bool:
        """Whether it answers."""
        return self.operation.built if self.operation else self.resource.built

    @property
    def title(self) -> str:
        """How tests name it."""
        return f"{self.method} {'/'.join((self.family.prefix[0], self.rest))}"

    def path(self, server: Tenant, object_id: object = 1, *, key: str | None = None) -> str:
        """Return the whole path in these books; ``key`` names other books than the server's."""
        return whole_path(server, self.family, self.rest, object_id, key)

    def ask(self, server: Tenant, object_id: object = 1, *, key: str | None = None, **more: Any) -> Answer:
        """Ask with a body that says nothing, but for what is made inside another thing; keywords may bring one."""
        if isinstance(self.resource, View) and self.resource.takes == "file":
            more = {"files": {"content": ("dot.png", PNG, "image/png")}} | more
        elif self.method in ("POST", "PUT"):
            sort = SORTS.get(self.resource.record.noun)
            inside = self.operation is not None and self.operation.verb == "create" and "{id}" in self.rest
            more = {"json": {self.resource.wrapper: sort.plain(server) if inside and sort and sort.plain else {}}} | more
        return server.call(self.method, self.path(server, object_id, key=key), **more)


def addresses() -> Iterator[Address]:
    """Yield every operation at each of its paths, built or not, then every view."""
    for resource, operation in BOOK.operations():
        for name in (resource.family, *resource.elsewhere):
            for rest in paths(resource, operation):
                yield Address(resource, operation, operation.method, rest, FAMILIES[name])
    for view in BOOK.views.values():
        yield Address(view, None, view.method, view.path, FAMILIES[view.family])


def titled(found: Iterable[Address]) -> list[Any]:
    """Make a table of addresses for a test."""
    return [pytest.param(address, id=address.title) for address in found]


def those(kept: Callable[[Address], bool]) -> list[Any]:
    """Make a table of the addresses that are kept."""
    return titled(filter(kept, addresses()))


EVERY = titled(addresses())
SINGLE = those(lambda address: address.built and "{id}" in address.rest)
WITH_JSON = those(lambda address: address.built and address.method in ("POST", "PUT") and getattr(address.resource, "takes", "") != "file")
KEYED = those(lambda address: address.built and bool(address.family.key))


def token(server: Tenant, scopes: Iterable[str], *, lives_s: int | None = None) -> str:
    """Make a token of the owner with these scopes, beside that of the profile."""
    now = server.clock.now_us()
    expires = None if lives_s is None else now + lives_s * 1_000_000
    return server.place.run(make_token(server.application.people, server.identity_id, " ".join(scopes), "law", now, expires))


def all_scopes_but(scope: str) -> list[str]:
    """Return every scope there is but one; the profile cannot be left out of a token."""
    return [each for each in GRANTABLE if each != scope]
