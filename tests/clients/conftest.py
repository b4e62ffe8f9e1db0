"""A demo server in a process of its own, once over each database, and the official SDK pointed at it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from freshbooks.api.resource import Resource

from tests.clients.methods import not_sent
from tests.clients.program import connected
from tests.clients.running import serving
from tests.conftest import DATABASES
from tests.store.databases import fresh_database, postgresql_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.clients.program import Program
    from tests.clients.running import Running


@pytest.fixture(scope="session", params=DATABASES)
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The credentials of a server that was started with one command."""
    folder = tmp_path_factory.mktemp(f"demo-{request.param}")
    with contextlib.ExitStack() as stack:
        options: tuple[str, ...] = ()
        if request.param == "postgresql":
            url = stack.enter_context(postgresql_server())
            runner = stack.enter_context(asyncio.Runner())
            database = fresh_database(url)
            options = ("--database-url", runner.run(database.__aenter__()))
            stack.callback(lambda: runner.run(database.__aexit__(None, None, None)))
        yield stack.enter_context(serving(folder, *options))


@pytest.fixture(scope="session", autouse=True)
def _no_proxy() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("NO_PROXY", "127.0.0.1")
        yield


@pytest.fixture(scope="module")
def settled(running: Running) -> Program:
    """A program for what the tests of a module only look at."""
    return connected(running)


@pytest.fixture
def program(running: Running, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Program]:
    """A program written with the official SDK; the requests it sends are held against the methods the test names."""
    sent: list[tuple[str, str]] = []
    send = Resource._send_request

    def watched(resource: Resource, uri: str, method: str, *rest: Any, **more: Any) -> Any:
        sent.append((method, uri))
        return send(resource, uri, method, *rest, **more)

    monkeypatch.setattr(Resource, "_send_request", watched)
    yield connected(running)
    watchable = [name for name in getattr(request.function, "calls", ()) if "." in name or name == "current_user"]
    assert not_sent(watchable, sent) == []
