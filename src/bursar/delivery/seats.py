"""Who may be sent something now: so much at once over all, and none of it held up by a receiver that takes its time.

A request counts against what is allowed at once only while it is young. One that gets old makes its receiver slow: from then on
that has few requests under way, in seats of its own, until it answers quickly again. So a receiver that hangs holds up the others
for a moment when it begins to, and never after.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

PATIENCE_S: Final = 1.0
_OF_A_SLOW_ONE: Final = 2
_OF_ALL_SLOW_ONES: Final = 256


class Seat:
    """What one request takes up, for one callback; ``quick`` while it counts against what is allowed at once."""

    __slots__ = ("callback_id", "quick")

    def __init__(self, callback_id: int, *, quick: bool) -> None:
        self.callback_id, self.quick = callback_id, quick


class Seats:
    """The seats of one worker; ``at_once`` are those of quick receivers."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._quick = self._slow = 0
        self._taken: dict[int, int] = {}
        self._slow_ones: set[int] = set()

    def shares(self, callbacks: Sequence[int]) -> dict[int, int]:
        """Divide what is free among callbacks for which something is due, the first ones first; those without a share are left out."""
        free, slow = self._at_once - self._quick, _OF_ALL_SLOW_ONES - self._slow
        quick_ones = [callback for callback in callbacks if callback not in self._slow_ones]
        found: dict[int, int] = {}
        for number, callback in enumerate(quick_ones):
            share = -(-free // (len(quick_ones) - number))
            free -= share
            found[callback] = share
        for callback in callbacks:
            if callback in self._slow_ones:
                share = min(_OF_A_SLOW_ONE - self._taken.get(callback, 0), slow)
                slow -= max(share, 0)
                found[callback] = share
        return {callback: share for callback, share in found.items() if share > 0}

    def take(self, callback_id: int) -> Seat:
        """Begin a request."""
        seat = Seat(callback_id, quick=callback_id not in self._slow_ones)
        self._count(seat, 1)
        self._taken[callback_id] = self._taken.get(callback_id, 0) + 1
        return seat

    def grow_old(self, seat: Seat) -> None:
        """Notice that a request takes long."""
        self._slow_ones.add(seat.callback_id)
        self._count(seat, -1)
        seat.quick = False
        self._count(seat, 1)

    def give(self, seat: Seat, *, quickly: bool) -> None:
        """End a request; ``quickly`` says that it was answered before it got old."""
        self._count(seat, -1)
        left = self._taken.pop(seat.callback_id) - 1
        if left:
            self._taken[seat.callback_id] = left
        if quickly:
            self._slow_ones.discard(seat.callback_id)

    def _count(self, seat: Seat, step: int) -> None:
        if seat.quick:
            self._quick += step
        else:
            self._slow += step
