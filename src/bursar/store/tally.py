"""Counts calls of tokens in the database, for processes that share nothing else; a statement a call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, case

from bursar.clock import SECOND
from bursar.store.statements import compile_statement, insert

if TYPE_CHECKING:
    from sqlalchemy import ClauseElement, MetaData

    from bursar.store.driver import Driver


class InSql:
    """One row a token, with the counts of the window it last called in; old rows are pruned with the tokens."""

    trouble = ""

    def __init__(self, driver: Driver, tables: MetaData, window_s: int) -> None:
        self._driver, self._window_us = driver, window_s * SECOND
        self._count = compile_statement(_counting(tables), driver.dialect)

    async def count(self, token: bytes, window: int, *, post: bool) -> tuple[int, int]:
        """Count one call; answers calls and posts of the window. Raises Unavailable."""
        values = {"token_hash": token, "ends_us": (window + 1) * self._window_us, "posts": int(post)}
        calls, posts = (await self._driver.once(self._count, values))[0]
        return calls, posts

    async def close(self) -> None:
        """Hold nothing: the driver is closed by whoever opened it."""


def _counting(tables: MetaData) -> ClauseElement:
    counts = tables.tables["call_counts"].c
    names = ("token_hash", "ends_us", "posts")
    first = insert(tables.tables["call_counts"]).values(calls=1, **{name: bindparam(name) for name in names})
    same = counts.ends_us == first.excluded.ends_us
    counted = {
        "ends_us": first.excluded.ends_us,
        "calls": case((same, counts.calls + 1), else_=1),
        "posts": case((same, counts.posts + first.excluded.posts), else_=first.excluded.posts),
    }
    return first.on_conflict_do_update(index_elements=["token_hash"], set_=counted).returning(counts.calls, counts.posts)
