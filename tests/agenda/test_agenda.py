"""Scheduled work is neither lost nor repeated, and keeps its order while the clock is moved."""

from __future__ import annotations

import asyncio
from time import monotonic, sleep
from typing import TYPE_CHECKING

from bursar.app import Application
from bursar.oauth.grant import ACCESS_S, SECOND_US
from bursar.oauth.minting import Pair, new_pair
from bursar.oauth.registration import register_app
from bursar.store.grants import ACCESS, REFRESH, Change, Token
from bursar.store.opening import open_driver
from tests.agenda.test_late_fees import FEE, events, fees, late, later
from tests.support.clock import START
from tests.support.ledger import rows
from tests.support.place import KEY, where

if TYPE_CHECKING:
    from tests.agenda.conftest import Apart
    from tests.support.tenant import Tenant

PATIENCE_S = 20


def test_what_fell_due_while_nobody_looked_is_done_at_the_start(books: Tenant) -> None:
    made = late(books)
    books.clock.pass_time(days=30)
    agenda = books.application.agenda

    async def started() -> None:
        agenda.start()

    books.place.run(started())
    give_up = monotonic() + PATIENCE_S
    while not fees(books, made["id"]) and monotonic() < give_up:
        sleep(0.01)
    books.place.run(agenda.stop())
    assert len(fees(books, made["id"])) == 1


def test_many_who_look_at_once_charge_once(books: Tenant) -> None:
    made = [late(books)["id"] for _ in range(20)]
    books.clock.pass_time(days=8)
    others = [books.under(log="off", body_limit=size).application for size in (2048, 4096)]

    async def look() -> None:
        await asyncio.gather(*(each.agenda._duties[0].drain() for each in (books.application, *others)))

    books.place.run(look())
    for number in made:
        assert (len(fees(books, number)), events(books, number)) == (1, ["invoice.create", "invoice.update"])


def test_two_servers_of_one_database_charge_once(apart: Apart) -> None:
    place = apart.on("postgresql")
    place.clock.set(START)
    tenant = place.tenant(currency_code="CAD")
    made = [late(tenant)["id"] for _ in range(20)]
    place.clock.pass_time(days=8)

    async def look() -> None:
        drivers = [await open_driver(where(apart.postgresql_url), "serve") for _ in range(2)]
        servers = [Application(tenant.application.settings, driver, KEY, place.clock) for driver in drivers]
        await asyncio.gather(*(server.agenda._duties[0].drain() for server in servers))
        for driver in drivers:
            await driver.close()

    place.run(look())
    assert [len(fees(tenant, number)) for number in made] == [1] * 20


def test_the_clock_stands_at_each_due_moment_and_ends_at_the_target(books: Tenant) -> None:
    numbers = {days: late(books, late_fee=FEE | {"days": days})["id"] for days in (20, 3, 9)}
    status, answer, _ = books.post("/_/test/clock", {"to": "2026-04-05T12:34:56Z"})  # within the thirty days that events are kept
    assert (status, answer["now"]) == (200, "2026-04-05T12:34:56Z")
    updated = [books.read("invoice", numbers[days])["updated"] for days in (3, 9, 20)]
    assert updated == ["2026-03-14 00:00:00", "2026-03-20 00:00:00", "2026-03-31 00:00:00"]
    told = [about for _, event, about in sorted(rows(books, "outbox", "id", "event", "object_id")) if event == "invoice.update"]
    assert told == [numbers[days] for days in (3, 9, 20)]


def test_the_same_day_begins_at_other_moments_elsewhere(books: Tenant) -> None:
    there = books.another(timezone="Asia/Tokyo", currency_code="JPY")
    here, far = late(books, late_fee=FEE | {"days": 0}), late(there, late_fee=FEE | {"days": 0})
    later(books, 1)
    assert books.read("invoice", here["id"])["updated"] == "2026-03-11 00:00:00"
    assert there.read("invoice", far["id"])["updated"] == "2026-03-10 11:00:00"


def test_tokens_expire_by_the_clock_and_are_refreshed_by_it(books: Tenant) -> None:
    people = books.application.people
    registered = register_app(
        people, "A program", ["https://a.example/back"], "user:profile:read", books.clock.now_us(), allow_http_localhost=False
    )
    app, secret = books.place.run(registered)
    pair = books.place.run(_granted(books, app.id))
    assert books.get("/auth/api/v1/users/me", token=pair.access)[0] == 200
    later(books, 0, 13 * 3600)
    assert books.get("/auth/api/v1/users/me", token=pair.access)[0] == 401
    asked = {"grant_type": "refresh_token", "refresh_token": pair.refresh, "client_id": app.client_id, "client_secret": secret}
    status, answer, _ = books.post("/auth/oauth/token", asked)
    assert status == 200
    assert books.get("/auth/api/v1/users/me", token=answer["access_token"])[0] == 200


async def _granted(books: Tenant, app_id: int) -> Pair:
    """Give the owner a pair of tokens, as if it had consented."""
    people, now_us = books.application.people, books.clock.now_us()
    pair = new_pair()
    hashes, holder = pair.minted(people), (app_id, books.identity_id, "user:profile:read", "")
    access = Token(hashes.access, ACCESS, *holder, hashes.last_four, b"", hashes.refresh, now_us, now_us + ACCESS_S * SECOND_US)
    refresh = Token(hashes.refresh, REFRESH, *holder, "", b"", b"", now_us)
    await people.change_token("", lambda _none: Change(None, issues=(access, refresh)), now_us)
    return pair
