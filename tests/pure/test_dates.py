"""Calendar dates: DUE-01, DUE-02 and DUE-04, and what counts as a date at all (semantics 2.4)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.domain.dates import days_between, due_date, is_date, parse_date, shifted


@pytest.mark.parametrize(
    ("created", "offset", "due"),
    [
        pytest.param("2026-01-31", 30, "2026-03-02", id="DUE-01 over the end of February"),
        pytest.param("2028-02-28", 2, "2028-03-01", id="DUE-02 in a leap year"),
        pytest.param("2026-03-03", 30, "2026-04-02", id="DUE-04 a new offset"),
        pytest.param("2026-03-03", 0, "2026-03-03", id="due on issue"),
        pytest.param("2026-03-03", -3, "2026-02-28", id="before issue"),
    ],
)
def test_the_due_date(created: str, offset: int, due: str) -> None:
    assert due_date(created, offset) == due


@pytest.mark.parametrize("offset", [pytest.param(3_000_000, id="past the year 9999"), pytest.param(10**20, id="past all counting")])
def test_a_due_date_outside_the_calendar_is_refused(offset: int) -> None:
    with pytest.raises(ValueError, match=str(offset)):
        due_date("2026-01-01", offset)


@pytest.mark.parametrize(
    ("sent", "day"),
    [
        pytest.param("2026-07-04", "2026-07-04", id="a date"),
        pytest.param("2026-07-04 13:30:00", "2026-07-04", id="a time behind it is cut off"),
        pytest.param("2026-07-04T13:30:00.5Z", "2026-07-04", id="an ISO instant is cut off"),
        pytest.param("2026-07-04T23:30-04:00", "2026-07-04", id="an offset does not shift it"),
    ],
)
def test_a_date_is_read_as_its_day(sent: str, day: str) -> None:
    assert parse_date(sent) == day


@pytest.mark.parametrize(
    "sent",
    [
        *("", "2026-02-29", "2026-13-01", "20260704", "2026-W27-6", "04/07/2026", "2026-7-4", "2026-07-04x", "0000-01-01"),
        *("\uff12\uff10\uff12\uff16-07-04", " 2026-07-04", "2026-07-04\n"),
        pytest.param(None, id="null"),
        pytest.param(20260704, id="a number"),
        pytest.param(["2026-07-04"], id="a list"),
    ],
)
def test_what_is_no_day_of_the_calendar_is_refused(sent: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the text is the value itself, whatever it is
        parse_date(sent)


def test_only_the_day_alone_is_a_date() -> None:
    assert is_date("2026-07-04")
    assert not is_date("2026-07-04 00:00:00")
    assert not is_date("2026-02-30")


def test_b_of_the_ledger_month_is_twenty_five_days_late() -> None:
    assert days_between(due_date("2026-03-11", 15), "2026-04-20") == 25
    assert days_between("2026-04-20", "2026-03-26") == -25


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(-40_000, 40_000))
def test_moving_a_date_there_and_back_is_the_same_date(day: date, offset: int) -> None:
    moved = due_date(day.isoformat(), offset)
    assert days_between(day.isoformat(), moved) == offset
    assert shifted(moved, -offset) == day.isoformat()
