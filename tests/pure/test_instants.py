"""Instants as text: TZ-01 to TZ-05, and reading them back (semantics 7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.domain import instants
from bursar.domain.instants import SECOND, WRITERS, eastern, eastern_us, iso, iso_z, iso_z_us, local, local_date, parse_datetime, utc

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")


def at(text: str, microsecond: int = 0) -> int:
    return (datetime.fromisoformat(text).replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1) + microsecond


SUMMER = at("2026-07-04 18:30:00")


@pytest.mark.parametrize(
    ("stored", "accounting", "project"),
    [
        pytest.param("2026-07-04 18:30:00", "2026-07-04 14:30:00", "2026-07-04T18:30:00Z", id="TZ-01 summer"),
        pytest.param("2026-01-15 18:30:00", "2026-01-15 13:30:00", "2026-01-15T18:30:00Z", id="TZ-02 winter"),
        pytest.param("2026-11-01 05:30:00", "2026-11-01 01:30:00", "2026-11-01T05:30:00Z", id="TZ-03 the first half past one"),
        pytest.param("2026-11-01 06:30:00", "2026-11-01 01:30:00", "2026-11-01T06:30:00Z", id="TZ-03 the second"),
        pytest.param("2026-03-08 07:00:00", "2026-03-08 03:00:00", "2026-03-08T07:00:00Z", id="TZ-04 two o'clock is skipped"),
        pytest.param("2026-03-08 06:59:59", "2026-03-08 01:59:59", "2026-03-08T06:59:59Z", id="TZ-04 the second before"),
        pytest.param("2026-01-01 03:00:00", "2025-12-31 22:00:00", "2026-01-01T03:00:00Z", id="the year before, over there"),
        pytest.param("1969-12-31 23:59:59", "1969-12-31 18:59:59", "1969-12-31T23:59:59Z", id="before all counting"),
    ],
)
def test_an_instant_on_the_wire(stored: str, accounting: str, project: str) -> None:
    assert eastern(at(stored)) == accounting
    assert iso_z(at(stored)) == project


def test_tz_05_signup_is_utc_while_updated_is_eastern() -> None:
    assert (utc(SUMMER), eastern(SUMMER)) == ("2026-07-04 18:30:00", "2026-07-04 14:30:00")


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("eastern", "2026-07-04 14:30:00"),
        ("eastern_us", "2026-07-04 14:30:00.000042"),
        ("utc", "2026-07-04 18:30:00"),
        ("iso", "2026-07-04T18:30:00"),
        ("iso_z", "2026-07-04T18:30:00Z"),
        ("iso_z_us", "2026-07-04T18:30:00.000042Z"),
    ],
)
def test_every_format(form: str, text: str) -> None:
    assert WRITERS[form](SUMMER + 42) == text
    assert {*WRITERS, "local"} == set(instants.FORMATS)


@pytest.mark.parametrize(
    ("zone", "text", "day"),
    [
        ("Africa/Nairobi", "2026-07-04T21:30:00", "2026-07-04"),
        ("Asia/Kathmandu", "2026-07-05T00:15:00", "2026-07-05"),
        ("UTC", "2026-07-04T18:30:00", "2026-07-04"),
        ("America/St_Johns", "2026-07-04T16:00:00", "2026-07-04"),
    ],
)
def test_local_time_and_day(zone: str, text: str, day: str) -> None:
    assert local(SUMMER, zone) == text
    assert local_date(SUMMER, zone) == day


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "/etc/passwd", "America", "a\0b", "é" * 300])
def test_a_zone_nobody_knows_is_refused(zone: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the text is the zone, whatever it is
        local_date(SUMMER, zone)


@pytest.mark.parametrize(
    ("sent", "form", "stored"),
    [
        pytest.param("2026-07-04", "eastern", "2026-07-04 04:00:00", id="a date is its midnight in New York"),
        pytest.param("2026-07-04", "utc", "2026-07-04 00:00:00", id="or in UTC"),
        pytest.param("2026-07-04 14:30:00", "eastern", "2026-07-04 18:30:00", id="eastern"),
        pytest.param("2026-07-04 14:30", "eastern", "2026-07-04 18:30:00", id="without seconds"),
        pytest.param("2026-07-04T14:30:00", "eastern_us", "2026-07-04 18:30:00", id="with a T"),
        pytest.param("2026-07-04T18:30:00Z", "eastern", "2026-07-04 18:30:00", id="a Z is stronger than the format"),
        pytest.param("2026-07-04T18:30:00Z", "iso", "2026-07-04 18:30:00", id="iso"),
        pytest.param("2026-07-04T18:30:00z", "iso_z", "2026-07-04 18:30:00", id="a small z"),
        pytest.param("2026-07-04T21:30:00+03:00", "utc", "2026-07-04 18:30:00", id="an offset"),
        pytest.param("2026-07-04T14:30:00-0400", "utc", "2026-07-04 18:30:00", id="an offset without colon"),
        pytest.param("2026-11-01 01:30:00", "eastern", "2026-11-01 05:30:00", id="TZ-03 the earlier of two hours"),
        pytest.param("2026-03-08 02:30:00", "eastern", "2026-03-08 07:30:00", id="TZ-04 an hour that never was"),
        pytest.param("0001-01-01", "utc", "0001-01-01 00:00:00", id="the first day of the calendar"),
        pytest.param("9999-12-31 23:59:59", "iso", "9999-12-31 23:59:59", id="the last"),
    ],
)
def test_an_instant_is_read(sent: str, form: str, stored: str) -> None:
    assert parse_datetime(sent, form) == at(stored)


def test_local_text_is_read_in_its_zone() -> None:
    assert parse_datetime("2026-07-04 21:30:00", "local", "Africa/Nairobi") == SUMMER


def test_an_offset_may_reach_past_the_calendar() -> None:
    assert parse_datetime("0001-01-01T00:00:00+10:00", "utc") == at("0001-01-01 00:00:00") - 10 * 3_600 * SECOND
    assert parse_datetime("9999-12-31T23:00:00", "eastern") == at("9999-12-31 23:00:00") + 5 * 3_600 * SECOND


@pytest.mark.parametrize(
    ("fraction", "microseconds"),
    [("5", 500_000), ("000042", 42), ("1234567", 123_456), ("000000999", 0)],
)
def test_fractions_are_cut_to_microseconds(fraction: str, microseconds: int) -> None:
    assert parse_datetime(f"2026-07-04T18:30:00.{fraction}Z", "iso_z_us") == SUMMER + microseconds


@pytest.mark.parametrize(
    "sent",
    [
        *("", "now", "2026-13-01", "2026-02-29 10:00:00", "2026-07-04 25:00:00", "2026-07-04 10:60:00", "2026-07-04 10"),
        *("2026-07-04 10:00:60", "20260704T100000Z", "2026-W27-6", "1783189800", "2026-07-04 10:00:00 Z", "2026-07-04Z"),
        *("2026-07-04T10:00:00.Z", "\uff12\uff10\uff12\uff16-07-04", "2026-07-04\n", "2026-07-04T10:00:00+99:00"),
        pytest.param(1783189800, id="a number"),
        pytest.param(None, id="null"),
    ],
)
def test_what_is_no_instant_is_refused(sent: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the text is the value itself, whatever it is
        parse_datetime(sent, "eastern")


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - bounds are given bare
def test_writing_agrees_with_the_calendar_of_python(moment: datetime) -> None:
    us = (moment - EPOCH) // timedelta(microseconds=1)
    there = moment.astimezone(NEW_YORK)
    assert eastern(us) == there.strftime("%Y-%m-%d %H:%M:%S")
    assert eastern_us(us) == there.strftime("%Y-%m-%d %H:%M:%S.%f")
    assert utc(us) == moment.strftime("%Y-%m-%d %H:%M:%S")
    assert iso(us) == moment.strftime("%Y-%m-%dT%H:%M:%S")
    assert iso_z_us(us) == moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@given(st.integers(-(10**15), 7 * 10**15), st.sampled_from(["iso_z_us", "eastern_us", "iso_z", "utc", "iso", "eastern"]))
def test_an_instant_written_and_read_is_the_same_instant(us: int, form: str) -> None:
    text = WRITERS[form](us)
    found = parse_datetime(text, form)
    kept = us if form.endswith("_us") else us // SECOND * SECOND
    assert found == kept or (form.startswith("eastern") and found == kept - 3_600 * SECOND and eastern(found) == eastern(kept))


@given(st.integers(0, 7_199), st.integers(0, 7_199))
def test_tz_03_the_autumn_hour_is_in_order_by_instant_though_not_by_text(one: int, other: int) -> None:
    start = at("2026-11-01 05:00:00")
    assert eastern(start + one * SECOND)[:14] == "2026-11-01 01:"
    assert (start + one * SECOND < start + other * SECOND) == (iso_z(start + one * SECOND) < iso_z(start + other * SECOND))


def test_more_hours_than_are_kept_are_still_written_right() -> None:
    for hour in range(9_000):
        utc(hour * 3_600 * SECOND)
    assert utc(8_999 * 3_600 * SECOND) == "1971-01-10 23:00:00"
    assert utc(0) == "1970-01-01 00:00:00"
