"""Books for tests about mail, apart from all others: a worker sends whatever waits in its database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete

from bursar.store.statements import compile_statement
from tests.conftest import DATABASES, Places
from tests.delivery.office import Post, Working
from tests.support.clock import START

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bursar.delivery.outlets import Outlet
    from bursar.store.driver import Session
    from tests.support.place import Place
    from tests.support.tenant import Tenant

    Hire = Callable[..., Working]


class Postal(Places):
    """Places that tell where their PostgreSQL is, for processes beside the server."""

    postgresql_url = ""

    def _postgresql_url(self) -> str:
        self.postgresql_url = super()._postgresql_url()
        return self.postgresql_url


@pytest.fixture(scope="session")
def postal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postal]:
    opened = Postal(tmp_path_factory)
    yield opened
    opened.close()


@pytest.fixture(params=DATABASES)
def books(request: pytest.FixtureRequest, postal: Postal) -> Tenant:
    place = postal.on(request.param)
    place.run(_forget(place))
    place.clock.set(START)
    return place.tenant(name="Lund & Daughters", currency_code="CAD", email="maya@lund.example")


async def _forget(place: Place) -> None:
    """Forget what an earlier test left to be sent."""
    tables = [place.application.store.table(name) for name in ("mails", "deliveries")]
    statements = [compile_statement(delete(table), place.dialect) for table in tables]

    async def work(session: Session) -> None:
        for statement in statements:
            await session.run(statement, {})

    await place.driver.write(0, work)


@pytest.fixture
def post() -> Iterator[Post]:
    running = Post()
    yield running
    running.close()


@pytest.fixture
def hire(books: Tenant) -> Iterator[Hire]:
    """Start workers; they are stopped after the test."""
    hired: list[Working] = []

    def start(tenant: Tenant, outlet: Outlet | None = None) -> Working:
        hired.append(Working(tenant, outlet))
        return hired[-1]

    yield start
    for working in hired:
        working.stop()


@pytest.fixture
def sending(books: Tenant, post: Post, hire: Hire) -> Tenant:
    """Books whose mails go to ``post``, with a worker."""
    tenant = books.under(smtp=post.smtp)
    hire(tenant)
    return tenant
