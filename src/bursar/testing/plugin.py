"""The pytest plugin: fixtures whose names begin with ``bursar``. It costs a run nothing that asks for none of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bursar.testing.books import Books, ServerClock, ServerFaults, ServerSnapshots
    from bursar.testing.server import LocalServer
    from bursar.testing.webhooks import Webhooks

_DEMO = "bursar_demo"
_HELP = "let every test begin with the sample books of bursar instead of empty ones"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a project choose the books its tests begin with."""
    parser.addini(_DEMO, _HELP, "bool", default=False)
    parser.getgroup("bursar").addoption("--bursar-demo", action="store_true", default=None, dest=_DEMO, help=_HELP)


@pytest.fixture(scope="session")
def bursar_settings() -> dict[str, Any]:
    """Settings of the server, for a project to override: ``{"policy": {"rounding": "half_even"}}``."""
    return {}


@pytest.fixture(scope="session")
def bursar_server(bursar_settings: dict[str, Any]) -> Iterator[LocalServer]:
    """The server of the test run (of each worker of it), in this process and in memory."""
    from bursar.testing.server import LocalServer  # noqa: PLC0415 - most runs have no use for it

    with LocalServer(**bursar_settings) as server:
        yield server


@pytest.fixture(scope="session")
def bursar_sample(bursar_settings: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sample books, made once and copied for each test."""
    from bursar.testing.server import LocalServer  # noqa: PLC0415 - the same

    folder = tmp_path_factory.mktemp("bursar")
    LocalServer(sample=True, **bursar_settings).keep(folder)
    return folder


@pytest.fixture
def bursar_business() -> dict[str, Any]:
    """What the empty books are, for a project to override: ``{"currency_code": "EUR", "timezone": "Europe/Berlin", "country": "DE"}``."""
    return {}


@pytest.fixture
def bursar(request: pytest.FixtureRequest) -> Iterator[Books]:
    """Books of the test's own, with the environment that programs find them by while the test runs."""
    with pytest.MonkeyPatch.context() as environment:
        for books in _books(request):
            for name, value in books.environment.items():
                environment.setenv(name, value)
            yield books


@pytest.fixture
def bursar_client(bursar: Books) -> Callable[..., Any]:
    """A call that answers a client of the official SDK: ``bursar_client("user:invoices:read")``, all scopes without any."""
    return bursar.client


@pytest.fixture
def bursar_clock(bursar: Books) -> ServerClock:
    """The server's clock, which shows the real time when a test begins."""
    from bursar.testing.books import ServerClock  # noqa: PLC0415 - the same

    return ServerClock(bursar.url)


@pytest.fixture
def bursar_faults(bursar: Books) -> Iterator[ServerFaults]:
    """Faults on demand: ``bursar_faults.next("invoices.list", "429")``; none are left when the test ends."""
    from bursar.testing.books import ServerFaults  # noqa: PLC0415 - the same

    faults = ServerFaults(bursar.url)
    yield faults
    faults.clear()


@pytest.fixture
def bursar_snapshots(bursar: Books) -> ServerSnapshots:
    """Known states within a test: ``bursar_snapshots.save("before")``, ``bursar_snapshots.load("before")``."""
    from bursar.testing.books import ServerSnapshots  # noqa: PLC0415 - the same

    return ServerSnapshots(bursar.url)


@pytest.fixture
def bursar_webhooks(bursar: Books) -> Iterator[Webhooks]:
    """A receiver of webhooks: ``bursar_webhooks.register("invoice")``, then ``bursar_webhooks.wait("invoice.create")``."""
    from bursar.testing.webhooks import Webhooks  # noqa: PLC0415 - the same

    with Webhooks(bursar) as webhooks:
        yield webhooks


def _books(request: pytest.FixtureRequest) -> Iterator[Books]:
    chosen = request.config.getoption(_DEMO)
    if request.config.getini(_DEMO) if chosen is None else chosen:
        from bursar.testing.server import LocalServer  # noqa: PLC0415 - the same

        settings = request.getfixturevalue("bursar_settings")
        with LocalServer(copied=request.getfixturevalue("bursar_sample"), **settings) as server:
            yield server.books()
    else:
        yield request.getfixturevalue("bursar_server").books(**request.getfixturevalue("bursar_business"))
