"""Instants as UTC microseconds, and the texts the wire families write them as (semantics 7, datetime formats).

Rendering runs several times per object, so the text of an hour is made once: every offset New York ever used since
1883 is whole hours, hence minutes and seconds are those of UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Callable

SECOND: Final = 1_000_000
"""Microseconds in a second."""

FORMATS: Final = ("eastern", "eastern_us", "utc", "iso", "iso_z", "iso_z_us", "local")
"""The names of the formats, as the field tables of the contract use them."""

_HOUR: Final = 3_600
"""Seconds in an hour. Microseconds are cut off before hours are: Python divides by numbers below 2^30 in half the time."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NEW_YORK: Final = ZoneInfo("America/New_York")
_PAST_THE_HOUR: Final = tuple(f":{second // 60:02d}:{second % 60:02d}" for second in range(3_600))
_PAST_THE_HOUR_Z: Final = tuple(f"{text}Z" for text in _PAST_THE_HOUR)
_THREE_DIGITS: Final = tuple(f"{thousandths:03d}" for thousandths in range(1_000))
_HOURS_KEPT: Final = 8_192
_TEXT: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,9}))?(Z|z|[+-]\d{2}:?\d{2})?)?",
    re.ASCII,
)


class _Hours(dict[int, str]):
    """The text of each hour asked for, up to and including the hour; emptied when it holds a year's worth."""

    def __init__(self, zone: tzinfo, separator: str) -> None:
        super().__init__()
        self.zone = zone
        self.separator = separator

    def __missing__(self, hour: int) -> str:
        if len(self) >= _HOURS_KEPT:
            self.clear()
        text = _moment(hour * _HOUR * SECOND).astimezone(self.zone).isoformat(self.separator)[:13]
        self[hour] = text
        return text


_EASTERN: Final = _Hours(_NEW_YORK, " ")
_UTC: Final = _Hours(UTC, " ")
_ISO: Final = _Hours(UTC, "T")


def _moment(us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=us)


def eastern(us: int) -> str:
    """Write ``YYYY-MM-DD HH:MM:SS`` in New York, whatever the zone of the business."""
    second = us // SECOND
    return _EASTERN[second // _HOUR] + _PAST_THE_HOUR[second % _HOUR]


def eastern_us(us: int) -> str:
    """Write New York time with microseconds, as document versions have it."""
    second, microseconds = divmod(us, SECOND)
    past = f"{_PAST_THE_HOUR[second % _HOUR]}.{_THREE_DIGITS[microseconds // 1_000]}{_THREE_DIGITS[microseconds % 1_000]}"
    return _EASTERN[second // _HOUR] + past


def utc(us: int) -> str:
    """Write ``YYYY-MM-DD HH:MM:SS`` in UTC."""
    second = us // SECOND
    return _UTC[second // _HOUR] + _PAST_THE_HOUR[second % _HOUR]


def iso(us: int) -> str:
    """Write ``YYYY-MM-DDTHH:MM:SS`` in UTC, without a letter."""
    second = us // SECOND
    return _ISO[second // _HOUR] + _PAST_THE_HOUR[second % _HOUR]


def iso_z(us: int) -> str:
    """Write ``YYYY-MM-DDTHH:MM:SSZ``."""
    second = us // SECOND
    return _ISO[second // _HOUR] + _PAST_THE_HOUR_Z[second % _HOUR]


def iso_z_us(us: int) -> str:
    """Write ``YYYY-MM-DDTHH:MM:SS.ffffffZ``."""
    return f"{iso(us)}.{us % SECOND:06d}Z"


def local(us: int, zone: str) -> str:
    """Write ``YYYY-MM-DDTHH:MM:SS`` in a named zone. Raises ``ValueError`` for a zone nobody knows."""
    return _moment(us).astimezone(zone_of(zone)).isoformat()[:19]


WRITERS: Final[dict[str, Callable[[int], str]]] = {
    "eastern": eastern,
    "eastern_us": eastern_us,
    "utc": utc,
    "iso": iso,
    "iso_z": iso_z,
    "iso_z_us": iso_z_us,
}
"""Every format that needs no zone beside it, by name."""


@lru_cache(maxsize=1_024)
def zone_of(name: str) -> tzinfo:
    """Find a time zone by its IANA name. Raises ``ValueError`` for a zone nobody knows."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise ValueError(name) from None


def local_date(us: int, zone: str) -> str:
    """Say which day it is in a zone. Raises ``ValueError`` for a zone nobody knows."""
    return _moment(us).astimezone(zone_of(zone)).date().isoformat()


def parse_datetime(sent: object, form: str, zone: str = "UTC") -> int:
    """Read an instant sent in a format of the contract.

    Accepted are a bare date (its midnight), date and time divided by a blank or a T, with or without seconds, fraction,
    Z or offset. A text with an offset is read by it; any other in New York for the eastern formats, in ``zone`` for
    ``local``, else in UTC. Of the two readings an hour has in autumn the earlier is taken. Raises ``ValueError``.
    """
    found = _TEXT.fullmatch(sent) if isinstance(sent, str) else None
    if found is None:
        raise ValueError(sent)
    day, clock, fraction, offset = found.groups()
    moment = datetime.fromisoformat(f"{day}T{clock or '00:00'}{(offset or '').upper()}")
    us = int((fraction or "0").ljust(6, "0")[:6])
    if moment.tzinfo is None:
        if form.startswith("eastern"):
            moment = moment.replace(tzinfo=_NEW_YORK)
        else:
            moment = moment.replace(tzinfo=zone_of(zone) if form == "local" else UTC)
    return _since_epoch(moment) + us


def _since_epoch(moment: datetime) -> int:
    """Count microseconds since 1970 by integers alone; a zone's offset may reach past the years datetime knows."""
    offset = moment.utcoffset() or timedelta()
    apart = moment.replace(tzinfo=UTC) - _EPOCH - offset
    return (apart.days * 86_400 + apart.seconds) * SECOND + apart.microseconds
