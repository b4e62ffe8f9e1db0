"""Sample books in a known state: saved, loaded, forked and reset while they are served."""

from __future__ import annotations

import contextlib
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bursar.serving import books as serving_books
from bursar.settings import Settings
from tests.agenda.test_late_fees import FEE, late, later
from tests.support.clock import START, StandingClock
from tests.support.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.agenda.conftest import Apart
    from tests.support.tenant import Tenant


@pytest.fixture
def lone(tmp_path: Path) -> Iterator[Tenant]:
    """Books alone in a file of SQLite."""
    place = Place(tmp_path / "books.db")
    yield place.tenant(timezone="America/Toronto", currency_code="CAD")
    place.close()


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    """Books of which nothing that is asked is done, so that all refusals share them."""
    place = Place(tmp_path_factory.mktemp("untouched") / "books.db")
    yield place.tenant(timezone="America/Toronto", currency_code="CAD")
    place.close()


def snap(tenant: Tenant, **body: Any) -> Any:
    status, answer, _ = tenant.post("/_/test/snapshot", body)
    assert status == 200, answer
    return answer


def every_byte(tenant: Tenant) -> dict[str, list[str]]:
    """Every row of every table."""
    from sqlalchemy import select

    async def read() -> dict[str, list[str]]:
        store, found = tenant.application.store, {}
        for name, table in tenant.application.tables.tables.items():
            rows = await store.driver.fetch(store.compile(select(table)), {})
            found[name] = sorted(repr(tuple(row)) for row in rows)
        del found["settings"]  # how far the clock is ahead, which is told apart by the time that went by
        return found

    return tenant.place.run(read())


def test_a_load_brings_books_and_clock_back(lone: Tenant) -> None:
    kept = lone.create("client", organization="Kept")["id"]
    snap(lone, save="before")
    lone.create("client", organization="Gone")
    later(lone, 90)
    snap(lone, load="before")
    assert [each["id"] for each in lone.found("client")] == [kept]
    assert lone.get("/_/test/clock")[1]["now"] == "2026-03-10T15:00:00Z"
    assert lone.create("client", organization="After")["updated"].startswith("2026-03-10")


def test_a_year_twice_gives_the_same_bytes(lone: Tenant) -> None:
    reminders = [{"delay": 3, "body": "Please"}, {"delay": 40, "body": "Now"}]
    for days in range(0, 60, 3):
        late(lone, late_fee=FEE | {"days": days}, late_reminders=reminders, due_offset_days=days)
    snap(lone, save="start")
    found = []
    for _ in range(2):
        snap(lone, load="start")
        status, answer, _ = lone.post("/_/test/clock", {"to": "2027-03-10T15:00:00Z"})
        assert (status, answer["now"]) == (200, "2027-03-10T15:00:00Z")
        found.append(every_byte(lone))
    assert found[0] == found[1]
    assert sum("Late fee" in row for row in found[0]["invoice_lines"]) == 20
    assert len(found[0]["mails"]) == 40


def test_a_token_made_after_the_snapshot_still_opens(lone: Tenant) -> None:
    snap(lone, save="early")
    token = lone.token_for("user:profile:read")
    snap(lone, load="early")
    assert lone.get("/auth/api/v1/users/me", token=token)[0] == 200
    assert lone.get("/auth/api/v1/users/me")[0] == 200


def test_writers_go_on_while_books_are_loaded(lone: Tenant) -> None:
    snap(lone, save="empty")
    errors: list[Any] = []
    over = threading.Event()

    def write(mine: Tenant) -> None:
        while not over.is_set():
            status, answer, _ = mine.post("users/clients", {"client": {"organization": "Busy"}})
            if status != 200:
                errors.append((status, answer))
            status, answer, _ = mine.get("users/clients")
            if status != 200:
                errors.append((status, answer))

    threads = [threading.Thread(target=write, args=(lone.apart(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(10):
        snap(lone, load="empty")
    over.set()
    for thread in threads:
        thread.join(30)
    assert errors == []
    after = lone.create("client", organization="Last")["id"]
    assert lone.read("client", after)["organization"] == "Last"
    snap(lone, load="empty")
    assert lone.found("client") == []


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="what a process has open is looked up as Linux shows it")
def test_the_disk_gets_back_what_replaced_books_took(lone: Tenant, tmp_path: Path) -> None:
    for name in ("one", "two"):
        snap(lone, save=name)
        lone.found("client")
        snap(lone, load=name)
    deadline = time.monotonic() + 20
    while held := deleted_files(tmp_path):
        assert time.monotonic() < deadline, held
        lone.found("client")


def deleted_files(folder: Path) -> list[str]:
    """List what the server has open of a directory although it was deleted, so that the disk still holds it."""
    opened = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            opened.append(str(descriptor.readlink()))
    return [name for name in opened if name.startswith(str(folder)) and name.endswith(" (deleted)")]


def test_a_fork_is_books_of_its_own(lone: Tenant) -> None:
    made = lone.create("client", organization="Forked")["id"]
    later(lone, 5)
    snap(lone, save="base-1")
    place = snap(lone, fork="base-1", **{"as": "other"})["data"]
    lone.create("client", organization="Only here")
    status, answer, _ = lone.post("/_/test/snapshot", {"fork": "base-1", "as": "other"})
    assert (status, "is there already" in answer["error"]) == (422, True)

    async def clients() -> tuple[list[int], int]:
        settings = Settings(demo=True, data=place, log="off", secret_key="k" * 40)
        application = await serving_books.open_application(settings, "read")
        rows = await application.store.rows(lone.business_id).where("client", {})
        await application.driver.close()
        return [row.row["id"] for row in rows], application.clock.ahead_us

    found, ahead_us = lone.place.run(clients())
    assert found == [made]
    assert ahead_us >= 5 * 86_400_000_000


@pytest.mark.parametrize("name", ["", "a" * 65, "../books", "a/b", ".hidden", "a.", "A", "a b", "fresh", "-a", "ü", "a\n"])
def test_names_that_are_none(untouched: Tenant, name: str) -> None:
    status, answer, _ = untouched.post("/_/test/snapshot", {"save": name})
    assert (status, bool(answer["error"])) == (422, True)
    assert untouched.get("/_/test/snapshot")[1]["snapshots"] == []


def test_names_that_are_some(lone: Tenant) -> None:
    for name in ("a", "a" * 64, "before-1_b"):
        snap(lone, save=name)
    assert [each["name"] for each in lone.get("/_/test/snapshot")[1]["snapshots"]] == ["a", "a" * 64, "before-1_b"]


@pytest.mark.parametrize("body", [{}, {"save": 1}, {"save": "a", "load": "a"}, {"fork": "a"}, [1], {"load": "nowhere"}])
def test_what_cannot_be_done(untouched: Tenant, body: Any) -> None:
    status, answer, _ = untouched.post("/_/test/snapshot", body)
    assert (status, bool(answer["error"])) == (422, True)
    assert untouched.get("/_/test/snapshot")[1]["snapshots"] == []


def test_reset_says_when_there_is_nothing_to_go_back_to(untouched: Tenant) -> None:
    assert untouched.post("/_/test/reset", {})[0] == 422


def test_postgresql_has_none(apart: Apart) -> None:
    place = apart.on("postgresql")
    place.clock.set(START)
    tenant = place.tenant()
    for answer in (tenant.get("/_/test/snapshot"), tenant.post("/_/test/snapshot", {"save": "a"}), tenant.post("/_/test/reset", {})):
        assert (answer[0], "PostgreSQL" in answer[1]["error"]) == (501, True)


@pytest.mark.parametrize("path", ["snapshot", "reset", "clock"])
def test_real_books_have_none_of_it(untouched: Tenant, path: str) -> None:
    assert untouched.under(demo=False).post(f"/_/test/{path}", {})[0] == 404


def test_the_clock_is_as_far_ahead_at_the_next_start(lone: Tenant) -> None:
    later(lone, 30)
    clock = StandingClock()
    application = lone.place.application
    application.snapshots._clock, before = clock, application.clock
    lone.place.run(application.snapshots.find_clock())
    application.snapshots._clock = before
    assert clock.ahead_us == 30 * 86_400_000_000
