"""Calls without HTTP: straight into the product, over a driver that watches, repeats or rolls back what it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec.structs import replace

from bursar.app import Application
from bursar.runtime.call import Call
from bursar.surfaces.http.edge import decoded
from bursar.surfaces.http.identify import Identifier, business_of
from tests.contract.wire import BOOK, wrapped

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from bursar.runtime.call import Reply
    from bursar.store.driver import Driver, Session
    from bursar.store.statements import Statement
    from tests.support.tenant import Tenant

T = TypeVar("T")


def over(server: Tenant, driver: Any) -> Application:
    """Answer the product over another driver on the same books."""
    running = server.application
    return Application(running.settings, driver, running.key, running.clock)


def send(server: Tenant, application: Application, noun: str, verb: str, body: Any = None, object_id: int = 0, **more: Any) -> Reply:
    """Send a call of the business's owner; keywords are members of ``Call``. Raises what the product raises."""
    return server.place.run(_sent(server, application, noun, verb, body, object_id, more))


async def _sent(server: Tenant, application: Application, noun: str, verb: str, body: Any, object_id: int, more: dict[str, Any]) -> Reply:
    caller, books = await Identifier(application.people, application.clock).identify(f"Bearer {server.token}".encode())
    mine, role = next((business_of(row), row[7]) for row in books if row[6] == server.business_id)
    resource = BOOK.resources[noun]
    operation = next(each for each in resource.operations if each.verb == verb)
    raw = msgspec.json.encode(None if body is None else wrapped(noun, body))
    call = Call(resource, operation, replace(caller, role=role), mine, object_id, body=decoded(raw), raw_body=raw)
    return await application.upstream.send(replace(call, **more))


class Watched:
    """A driver that counts what runs through it."""

    def __init__(self, driver: Driver) -> None:
        self.driver, self.dialect = driver, driver.dialect
        self.statements: list[str] = []

    async def fetch(self, statement: Statement, values: Mapping[str, Any], *, slow: bool = False) -> Sequence[Sequence[Any]]:
        """Count and read."""
        self.statements.append(statement.text)
        return await self.driver.fetch(statement, values, slow=slow)

    async def write(self, lane: int, work: Callable[[Session], Awaitable[T]], *, dry: bool = False) -> T:
        """Count what a work runs."""

        async def watched(session: Any) -> T:
            return await work(WatchedSession(session, self.statements))

        return await self.driver.write(lane, watched, dry=dry)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.driver, name)


class WatchedSession:
    """A session whose statements are counted; a statement for many rows counts once, as it travels once."""

    def __init__(self, session: Session, statements: list[str]) -> None:
        self.session, self.statements = session, statements

    async def fetch(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Count and read."""
        self.statements.append(statement.text)
        return await self.session.fetch(statement, values)

    async def run(self, statement: Statement, values: Mapping[str, Any]) -> None:
        """Count and write."""
        self.statements.append(statement.text)
        await self.session.run(statement, values)

    async def run_many(self, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> None:
        """Count and write."""
        self.statements.append(statement.text)
        await self.session.run_many(statement, rows)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.session, name)


class Repeating:
    """A driver that runs every work twice: once to be rolled back, as after a batch that failed, then for good."""

    def __init__(self, driver: Driver) -> None:
        self.driver, self.dialect = driver, driver.dialect

    async def write(self, lane: int, work: Callable[[Session], Awaitable[T]], *, dry: bool = False) -> T:
        """Run twice."""
        await self.driver.write(lane, work, dry=True)
        return await self.driver.write(lane, work, dry=dry)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.driver, name)
