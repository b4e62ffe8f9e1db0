"""Alive, ready, which version: what watches a server asks."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import apsw
import pytest

from tests.support.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.tenant import Tenant


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Place]:
    """A server that a test may take the database away from."""
    place = Place(tmp_path / "books.db")
    yield place
    place.close()


async def begin(place: Place) -> None:
    for worker in place.application.workers:
        worker.start()


def of(place: Place, path: str) -> tuple[int, object]:
    answer = place.http.get(place.url + path, timeout=20)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code, answer.json()


def test_a_server_without_its_worker_is_not_ready(alone: Place) -> None:
    assert of(alone, "/_/ready") == (
        503,
        {"ready": False, "database": "ok", "migrations": "ok", "worker": "not running", "webhooks": "not running"},
    )


def test_with_its_worker_it_is_ready(alone: Place) -> None:
    alone.run(begin(alone))
    assert of(alone, "/_/ready") == (200, {"ready": True, "database": "ok", "migrations": "ok", "worker": "ok", "webhooks": "ok"})
    for worker in alone.application.workers:
        alone.run(worker.stop())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param("UPDATE alembic_version SET version_num = '0001'", "migrations are to be run", id="an older one"),
        pytest.param("UPDATE alembic_version SET version_num = '9999'", "made by a newer bursar", id="a newer one"),
        pytest.param("DELETE FROM alembic_version", "the database is empty", id="none"),
    ],
)
def test_another_schema_is_not_ready(alone: Place, tmp_path: Path, change: str, reason: str) -> None:
    with contextlib.closing(apsw.Connection(str(tmp_path / "books.db"))) as connection:
        connection.execute(change)
    status, body = of(alone, "/_/ready")
    assert status == 503
    assert isinstance(body, dict)
    assert (body["ready"], body["database"]) == (False, "ok")
    assert reason in body["migrations"]


def test_a_server_that_lost_its_database_lives_and_says_what_is_wrong(alone: Place, tmp_path: Path) -> None:
    alone.run(alone.driver.close())
    assert of(alone, "/_/live") == (200, {"live": True})
    status, body = of(alone, "/_/ready")
    assert status == 503
    assert isinstance(body, dict)
    assert body["database"] == "the database does not answer"
    assert str(tmp_path) not in str(body), "where it is, is nobody's business"


@pytest.mark.parametrize("path", ["/_/live", "/_/version", "/_/ready"])
def test_nobody_needs_a_token(server: Tenant, path: str) -> None:
    status, _, headers = server.get(path, token="")
    assert status in (200, 503)
    assert headers["X-Request-Id"]


def test_the_version(server: Tenant) -> None:
    _, body, _ = server.get("/_/version", token="")
    assert body == {"name": "bursar", "version": server.get("users/clients")[2]["X-Bursar-Version"]}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "/_/nothing", 404, id="an unknown address"),
        pytest.param("GET", "/_/live/", 404, id="a slash too many"),
        pytest.param("DELETE", "/_/live", 405, id="another method"),
        pytest.param("GET", "/", 404, id="the root"),
        pytest.param("GET", "/auth/api/v1/nothing", 404, id="an unknown address of a family"),
    ],
)
def test_what_is_not_there_is_said_in_json(server: Tenant, method: str, path: str, status: int) -> None:
    answered, body, _ = server.call(method, path)
    assert (answered, set(body)) == (status, {"error", "error_description"})
