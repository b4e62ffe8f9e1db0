"""Who counts together: two processes on PostgreSQL, two servers on one Redis; and what happens when Redis is away."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.cli.commands import bursar, serving
from tests.store.databases import fresh_database, postgresql_server
from tests.throttling.conftest import WAIT_S, redis_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.conftest import Places
    from tests.support.tenant import Tenant
    from tests.throttling.conftest import Redis

ME = "/auth/api/v1/users/me"
INIT = ("--email", "ann@example.com", "--owner", "Ann", "--business", "Studio", "--currency", "CAD", "--timezone", "UTC", "--country", "CA")
LIMIT = 40


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def database_url() -> AsyncIterator[str]:
    with postgresql_server() as server_url:
        async with fresh_database(server_url) as url:
            yield url


@pytest.mark.anyio
async def test_two_processes_share_one_count(database_url: str, tmp_path: Path) -> None:
    flags = ("--data", tmp_path / "data", "--database-url", database_url)
    assert bursar("init", *INIT, *flags, "--password-file", "-", cwd=tmp_path, stdin="correct horse battery").code == 0
    token = bursar("token", "add", *flags, cwd=tmp_path).out.strip()
    env = {"BURSAR_LIMITS__PER_MINUTE": str(LIMIT), "BURSAR_LIMITS__WINDOW_S": "3600", "BURSAR_LOG": "json"}
    with serving(*flags, "--workers", 2, cwd=tmp_path, env=env) as server:
        answers = []
        for _ in range(LIMIT + 5):
            server.http.close()  # so that either process may take the next
            answers.append(server.get(ME, token))
    assert [answer.status_code for answer in answers] == [200] * LIMIT + [429] * 5
    assert [int(answer.headers["x-ratelimit-remaining"]) for answer in answers] == [*range(LIMIT - 1, -1, -1), 0, 0, 0, 0, 0]
    prefixes = {answer.headers["x-request-id"].partition("-")[0] for answer in answers}
    assert len(prefixes) == 2, "both processes answered"


def under(server: Tenant, redis: Redis, calls: int, **more: object) -> Tenant:
    return server.under(limits={"per_minute": calls, "accounting_post_per_minute": 0, "redis_url": redis.url}, **more)


def test_two_servers_share_one_redis(places: Places, redis: Redis) -> None:
    server = places.on("sqlite").tenant()
    one, other = under(server, redis, 3), under(server, redis, 3, body_limit=2_000)
    assert [tenant.get("users/clients")[0] for tenant in (one, other, one, other, one)] == [200, 200, 200, 429, 429]


def test_without_redis_each_process_counts_for_itself_and_says_so(places: Places) -> None:
    with redis_server() as redis:
        server = under(places.on("sqlite").tenant(), redis, 2)
        assert server.get("users/clients")[0] == 200
        redis.stop()
        assert [server.get("users/clients")[0] for _ in range(3)] == [200, 200, 429]
        _, body, _ = server.get("/_/ready")
        assert body["limits"] == "Redis does not answer: each process counts for itself"
        redis.start()
        came_back(server)
        _, body, _ = server.get("/_/ready")
        assert "limits" not in body


def came_back(server: Tenant) -> None:
    """Call, each time as somebody new, until Redis is asked again."""
    assert server.application.throttle is not None
    ends = time.monotonic() + WAIT_S
    while server.application.throttle.tally.trouble:
        assert time.monotonic() < ends, "Redis was not asked again"
        server.get("users/clients", token=server.token_for("user:clients:read"))


def test_a_redis_that_was_never_there_keeps_nobody_from_the_books(places: Places, tmp_path: Path) -> None:
    limits = {"per_minute": 1, "accounting_post_per_minute": 0, "redis_url": f"redis+unix://{tmp_path}/nothing"}
    server = places.on("sqlite").tenant().under(limits=limits)
    assert [server.get("users/clients")[0] for _ in range(2)] == [200, 429]
