"""Moving the clock of demo books forward: what is asked, in numbers."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from bursar.domain.instants import SECOND, parse_datetime

_FURTHEST_S: Final = 100 * 366 * 86_400


class CannotMove(Exception):
    """The clock cannot be moved so; the text says why."""


def step_us(raw: bytes, now_us: int) -> int:
    """Read ``{"advance_s": 60}`` or ``{"to": "2026-05-01T12:00:00Z"}`` as microseconds to move. Raises CannotMove."""
    try:
        asked: Any = msgspec.json.decode(raw)
    except msgspec.DecodeError:
        asked = None
    match asked:
        case {"advance_s": int(seconds), **more} if not more and not isinstance(seconds, bool):
            step = seconds * SECOND
        case {"to": str(moment), **more} if not more:
            step = _moment(moment) - now_us
        case _:
            raise CannotMove('send {"advance_s": seconds} or {"to": "2026-05-01T12:00:00Z"}')
    if step < 0:
        raise CannotMove("the clock never goes back")
    if step > _FURTHEST_S * SECOND:
        raise CannotMove("the clock moves a hundred years at most")
    return step


def _moment(text: str) -> int:
    try:
        return parse_datetime(text, "iso_z")
    except ValueError:
        raise CannotMove("'to' is a moment like 2026-05-01T12:00:00Z") from None
