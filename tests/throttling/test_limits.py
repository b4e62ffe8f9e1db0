"""Calls at, under and over each limit: what the headers tell, who is turned away and when the next window opens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.laws.walking import addresses

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.support.tenant import Tenant

    Limited = Callable[..., Tenant]

MINUTE_ENDS = 1773154860  # the end of the minute in which every test begins
TOLD = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after")
CLIENTS = "users/clients"


def told(headers: Mapping[str, str]) -> tuple[int, ...]:
    return tuple(int(headers[name]) for name in TOLD)


def answers(server: Tenant, count: int, method: str = "GET", path: str = CLIENTS, **more: Any) -> list[tuple[int, tuple[int, ...]]]:
    """Ask a number of times and answer status and headers of each."""
    found = [server.call(method, path, **more) for _ in range(count)]
    return [(status, told(headers)) for status, _, headers in found]


def statuses(server: Tenant, count: int, method: str = "GET", path: str = CLIENTS, **more: Any) -> list[int]:
    return [status for status, _ in answers(server, count, method, path, **more)]


def make(server: Tenant, count: int) -> list[int]:
    return statuses(server, count, "POST", json={"client": {"organization": "Acme"}})


def test_everything_counts_until_nothing_is_left(limited: Limited) -> None:
    server = limited(calls=3, posts=0)
    assert answers(server, 5) == [
        (200, (3, 2, MINUTE_ENDS, 60)),
        (200, (3, 1, MINUTE_ENDS, 60)),
        (200, (3, 0, MINUTE_ENDS, 60)),
        (429, (3, 0, MINUTE_ENDS, 60)),
        (429, (3, 0, MINUTE_ENDS, 60)),
    ]


def test_posts_below_accounting_have_a_bucket_of_their_own_and_count_in_the_other_too(limited: Limited) -> None:
    server = limited(calls=5, posts=2)
    assert make(server, 3) == [200, 200, 429]
    assert statuses(server, 3) == [200, 200, 429]


def test_what_was_refused_was_not_stored(limited: Limited) -> None:
    server = limited(calls=0, posts=2)
    assert make(server, 3) == [200, 200, 429]
    assert len(server.found("client")) == 2


def test_posts_elsewhere_count_with_everything(limited: Limited) -> None:
    server = limited(calls=4, posts=1)
    path = f"/timetracking/business/{server.business_id}/time_entries"
    assert answers(server, 1, "POST", path, json={"time_entry": {}}) == [(422, (4, 3, MINUTE_ENDS, 60))]
    assert answers(server, 1, "POST", CLIENTS, json={"client": {}})[0][1] == (1, 0, MINUTE_ENDS, 60)


def test_the_bucket_with_less_left_is_told(limited: Limited) -> None:
    server = limited(calls=4, posts=3)
    assert answers(server, 1, "POST", json={"client": {"organization": "Acme"}}) == [(200, (3, 2, MINUTE_ENDS, 60))]
    statuses(server, 2)
    assert answers(server, 1, "POST", json={"client": {"organization": "Acme"}}) == [(200, (4, 0, MINUTE_ENDS, 60))]


@pytest.mark.unverified
def test_a_new_window_begins_with_the_clock(limited: Limited) -> None:
    server = limited(calls=1, posts=0, window_s=10)
    assert answers(server, 2) == [(200, (1, 0, MINUTE_ENDS - 50, 10)), (429, (1, 0, MINUTE_ENDS - 50, 10))]
    server.clock.pass_time(seconds=9)
    assert answers(server, 1) == [(429, (1, 0, MINUTE_ENDS - 50, 1))]
    server.clock.pass_time(seconds=1)
    assert answers(server, 2) == [(200, (1, 0, MINUTE_ENDS - 40, 10)), (429, (1, 0, MINUTE_ENDS - 40, 10))]


def test_who_waits_as_long_as_it_is_told_is_let_in(limited: Limited) -> None:
    server = limited(calls=1, posts=0)
    server.clock.pass_time(seconds=23)
    ((_, (*_, wait_s)),) = answers(server, 1)
    assert statuses(server, 1) == [429]
    server.clock.pass_time(seconds=wait_s)
    assert statuses(server, 1) == [200]


def test_two_tokens_do_not_share(limited: Limited) -> None:
    server = limited(calls=1, posts=0)
    other = server.token_for("user:clients:read")
    assert statuses(server, 2) == [200, 429]
    assert statuses(server, 2, token=other) == [200, 429]


def test_a_token_spelled_another_way_is_the_same(limited: Limited) -> None:
    server = limited(calls=1, posts=0)
    assert statuses(server, 1) == [200]
    assert statuses(server, 1, headers={"Authorization": f"BEARER  {server.token}"}) == [429]


@pytest.mark.parametrize("post", [pytest.param(False, id="reading"), pytest.param(True, id="writing")])
def test_a_limit_of_nothing_is_none(limited: Limited, post: bool) -> None:
    server = limited(calls=0 if post else 1, posts=0 if not post else 1)
    if post:
        _, _, headers = server.get(CLIENTS)
        assert not [name for name in TOLD if name in headers]
        assert make(server, 2) == [200, 429]
    else:
        assert answers(server, 1, "POST", json={"client": {}})[0][1] == (1, 0, MINUTE_ENDS, 60)


def test_strangers_are_told_and_not_counted(limited: Limited) -> None:
    server = limited(calls=2, posts=1)
    assert answers(server, 3, token="no-such-token") == [(401, (2, 2, MINUTE_ENDS, 60))] * 3
    assert statuses(server, 3) == [200, 200, 429]


BODIES = {
    CLIENTS: {"response": {"errors": [{"errno": 429, "field": "", "message": "HTTP_RATE_LIMITED", "object": "", "value": ""}]}},
    "/auth/api/v1/users/me": {"error": "rate_limited", "error_description": "HTTP_RATE_LIMITED"},
    "/projects/business/{0.business_id}/projects": {"errno": 429, "message": "HTTP_RATE_LIMITED"},
    "/timetracking/business/{0.business_id}/time_entries": {"errno": 429, "message": "HTTP_RATE_LIMITED"},
    "/comments/business/{0.business_id}/services": {"errno": 429, "message": "HTTP_RATE_LIMITED"},
    "/events/account/{0.account_id}/events/callbacks": {"errno": 429, "message": "HTTP_RATE_LIMITED", "details": []},
    "/payments/account/{0.account_id}/payment_options": {"error_type": "rate_limited", "message": "HTTP_RATE_LIMITED"},
}


@pytest.mark.unverified
@pytest.mark.parametrize("path", BODIES)
def test_each_family_says_it_in_its_own_shape(server: Tenant, path: str) -> None:
    tenant = server.under(limits={"per_minute": 1, "accounting_post_per_minute": 1})
    tenant.get("/auth/api/v1/users/me")
    status, body, headers = tenant.get(path.format(server))
    assert (status, body) == (429, BODIES[path])
    assert told(headers) == (1, 0, MINUTE_ENDS, 60)


def test_every_answer_of_every_operation_tells_it(server: Tenant) -> None:
    tenant = server.under(limits={"per_minute": 10_000, "accounting_post_per_minute": 250})
    for address in addresses():
        _, _, headers = address.ask(tenant, 99_999)
        limit = 250 if address.method == "POST" and address.family.prefix[0] == "accounting" else 10_000
        found = told(headers)
        assert (found[0], found[2:]) == (limit, (MINUTE_ENDS, 60)), address.title
        _, _, headers = address.ask(tenant, 99_999, token="no-such-token")
        assert told(headers) == (10_000, 10_000, MINUTE_ENDS, 60), address.title


def test_an_answer_without_a_body_tells_it_too(server: Tenant) -> None:
    tenant = server.under(limits={"per_minute": 600, "accounting_post_per_minute": 250})
    path = f"/timetracking/business/{tenant.business_id}/time_entries"
    entry = {"started_at": "2026-03-10T12:00:00Z", "duration": 60, "is_logged": True}
    _, made, _ = tenant.post(path, {"time_entry": entry})
    status, _, headers = tenant.delete(f"{path}/{made['time_entry']['id']}")
    assert (status, told(headers)) == (204, (600, 598, MINUTE_ENDS, 60))


@pytest.mark.parametrize("path", ["/_/live", "/auth/oauth/token", "/oauth/authorize", "/nothing"])
def test_pages_and_the_way_to_a_token_are_not_counted(server: Tenant, path: str) -> None:
    tenant = server.under(limits={"per_minute": 1, "accounting_post_per_minute": 1})
    for _ in range(3):
        answer = tenant.place.http.get(tenant.url + path, timeout=20, allow_redirects=False)
        assert answer.status_code != 429
        assert "x-ratelimit-limit" not in answer.headers


def test_switched_off_nothing_is_told(server: Tenant) -> None:
    _, _, headers = server.get(CLIENTS)
    assert not [name for name in TOLD if name in headers]
