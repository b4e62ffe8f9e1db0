"""Slows a caller down as FreshBooks does: two buckets per token, told in the headers of every answer (platform section 11).

A window is a whole number of seconds on the product's clock, so every process finds the same one, whoever counts in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from msgspec import Struct

from bursar.clock import SECOND

if TYPE_CHECKING:
    from bursar.clock import Clock

Headers = list[tuple[bytes, bytes]]
AFTER: Final = b"retry-after"


class Rates(NamedTuple):
    """How many calls a window of ``window_s`` has room for; 0 is no limit. ``posts`` are those below ``/accounting/``."""

    calls: int
    posts: int
    window_s: int


class Tally(Protocol):
    """Counts the calls of tokens, window after window; those of a window that is over may be forgotten."""

    trouble: str
    """What keeps it from counting for all processes together, "" for nothing."""

    async def count(self, token: bytes, window: int, *, post: bool) -> tuple[int, int]:
        """Count one call, and one post if it is one; answers how many of each the window has now, this one included."""
        ...

    async def close(self) -> None:
        """Let go of what it holds."""
        ...


class Standing(Struct, frozen=True, gc=False):
    """Where a caller stands after a call: what its answer tells, and whether the call was one too many."""

    headers: Headers
    over: bool


class Throttle:
    """Counts calls against the rates. The one bucket that is told is the one with less left, of two alike the smaller one."""

    def __init__(self, rates: Rates, tally: Tally, clock: Clock) -> None:
        self._rates, self._clock = rates, clock
        self._limits = [(b"x-ratelimit-limit", b"%d" % limit) for limit in rates[:2]]
        self._second = 0
        self._until: Headers = []
        self.tally = tally

    async def count(self, token: bytes, *, post: bool) -> Standing:
        """Count one call of a token; ``post`` for a POST below ``/accounting/``, which counts in both buckets."""
        rates = self._rates
        post = post and rates.posts > 0
        if not post and not rates.calls:
            return Standing([], over=False)
        second = self._clock.now_us() // SECOND
        until = self._until if second == self._second else self._told_until(second)
        calls, posts = await self.tally.count(token, second // rates.window_s, post=post)
        left = rates.calls - calls
        if post and (not rates.calls or rates.posts - posts <= left):
            return self._standing(1, rates.posts - posts, until)
        return self._standing(0, left, until)

    def spent(self, *, post: bool) -> Headers:
        """Tell that nothing is left, whatever was counted; a limit that is off is told as a Retry-After of a second."""
        which = 1 if post and self._rates.posts else 0
        if not self._rates[which]:
            return [(AFTER, b"1")]
        return self._standing(which, 0, self._told_until(self._clock.now_us() // SECOND)).headers

    def untouched(self) -> Headers:
        """Tell whoever has no token that holds: nothing is counted, so strangers can fill nothing."""
        limit = self._rates.calls
        return self._standing(0, limit, self._told_until(self._clock.now_us() // SECOND)).headers if limit else []

    def _standing(self, which: int, left: int, until: Headers) -> Standing:
        return Standing([self._limits[which], (b"x-ratelimit-remaining", b"%d" % left if left > 0 else b"0"), *until], left < 0)

    def _told_until(self, second: int) -> Headers:
        """Return the two headers about the end of the window; they are written once a second."""
        if second != self._second:
            window_s = self._rates.window_s
            ends = (second // window_s + 1) * window_s
            self._second = second
            self._until = [(b"x-ratelimit-reset", b"%d" % ends), (AFTER, b"%d" % (ends - second))]
        return self._until


class InMemory:
    """Counts for one process; what it holds are the tokens that called within the window, never more."""

    trouble = ""

    def __init__(self) -> None:
        self._window = 0
        self._calls: dict[bytes, int] = {}
        self._posts: dict[bytes, int] = {}

    async def count(self, token: bytes, window: int, *, post: bool) -> tuple[int, int]:
        """Count one call."""
        if window != self._window:
            self._window = window
            self._calls.clear()
            self._posts.clear()
        calls = self._calls[token] = self._calls.get(token, 0) + 1
        if not post:
            return calls, 0
        posts = self._posts[token] = self._posts.get(token, 0) + 1
        return calls, posts

    async def close(self) -> None:
        """Hold nothing."""
