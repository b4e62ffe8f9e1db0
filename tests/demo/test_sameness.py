"""The sample books are made of a seed and a day: the same again, wherever and whenever on that day."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import apsw
import pytest

from bursar.app import Application, declarations
from bursar.demo import fill, studio
from bursar.settings import Settings
from bursar.store.lite import open_lite
from bursar.store.people import Identity
from bursar.store.schema import statements
from bursar.store.vault import Vault
from tests.support.clock import StandingClock

if TYPE_CHECKING:
    from pathlib import Path

KEY = b"key of a test, thirty-two bytes."
RANDOM = frozenset({"identities", "memberships"})
"""Tables that hold what was there before the books were filled."""
SECRET = ("callbacks", "secret")
"""The one column that has to differ: books of the same seed must not share what signs their webhooks."""


def filled(path: Path, moment: str, seed: int = 1) -> tuple[dict[str, list[Any]], list[tuple[str, int, int]]]:
    """Fill books at a moment (UTC); answers every table but those of people, and the progress that was told."""
    _, tables = declarations()
    connection = apsw.Connection(str(path))
    for statement in statements(tables, "sqlite"):
        connection.execute(statement)
    told: list[tuple[str, int, int]] = []
    asyncio.run(_filled(path, moment, seed, told))
    rows = {table: list(connection.execute(f"SELECT * FROM {table}")) for table in tables.tables if table not in RANDOM}  # noqa: S608 - tables of ours
    connection.close()
    return rows, told


async def _filled(path: Path, moment: str, seed: int, told: list[tuple[str, int, int]]) -> None:
    driver = open_lite(path)
    clock = StandingClock()
    clock.set(moment)
    application = Application(Settings(demo=True, log="off"), driver, KEY, clock)
    owner = await application.people.add_identity(Identity(0, "", "nora@northlight.example.com", "Nora", "L", "", "en", "", 0))
    business = await application.people.add_business(studio(clock), owner.id)
    await fill(application, business.id, owner.id, lambda *step: told.append(step), seed)
    await driver.close()


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return filled(tmp_path_factory.mktemp("morning") / "books.db", "2026-03-10 05:00:01")


def test_the_same_day_makes_the_same_rows_at_any_hour(morning: Any, tmp_path: Path) -> None:
    evening, _ = filled(tmp_path / "books.db", "2026-03-11 03:59:59")
    assert morning[0].keys() == evening.keys()
    apart = {table for table, rows in morning[0].items() if rows != evening[table]}
    assert apart == {SECRET[0]}
    assert without_secrets(morning[0]) == without_secrets(evening)
    codes = [secrets_of(rows) for rows in (morning[0], evening)]
    assert len({code for each in codes for code in each}) == sum(map(len, codes)) > 0


def _place() -> int:
    return [column.name for column in declarations()[1].tables[SECRET[0]].columns].index(SECRET[1])


def secrets_of(rows: dict[str, list[Any]]) -> list[str]:
    """Open what signs webhooks."""
    return [Vault(KEY).open(row[_place()]) for row in rows[SECRET[0]]]


def without_secrets(rows: dict[str, list[Any]]) -> list[Any]:
    """Leave out what signs webhooks."""
    return [row[: _place()] + row[_place() + 1 :] for row in rows[SECRET[0]]]


def test_another_seed_makes_other_books(morning: Any, tmp_path: Path) -> None:
    other, _ = filled(tmp_path / "books.db", "2026-03-10 05:00:01", seed=2)
    assert other["invoices"] != morning[0]["invoices"]
    assert len(other["invoices"]) == len(morning[0]["invoices"])


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param("2026-01-04 17:00:00", id="a Sunday"),
        pytest.param("2028-02-29 17:00:00", id="a leap day"),
        pytest.param("2027-03-15 06:30:00", id="the day after the clocks went forward"),
        pytest.param("2026-11-01 05:30:00", id="the hour that comes twice"),
    ],
)
def test_they_can_be_made_on_any_day(morning: Any, tmp_path: Path, moment: str) -> None:
    rows, _ = filled(tmp_path / "books.db", moment)
    assert {table: len(found) for table, found in rows.items() if table in ("clients", "invoices", "estimates")} == {
        table: len(morning[0][table]) for table in ("clients", "invoices", "estimates")
    }
    clock = StandingClock()
    clock.set(moment)
    columns = [column.name for column in declarations()[1].tables["invoices"].columns]
    invoices = [dict(zip(columns, row, strict=True)) for row in rows["invoices"]]
    assert max(invoice["create_date"] for invoice in invoices) == clock.today("America/Toronto")
    assert max(invoice["updated"] for invoice in invoices) < clock.now_us()


def test_progress_is_told_step_by_step(morning: Any) -> None:
    steps = morning[1]
    assert [done for _, done, _ in steps] == list(range(1, len(steps) + 1))
    assert {of for _, _, of in steps} == {len(steps)}
