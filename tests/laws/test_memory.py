"""What is compiled for queries that somebody thinks up is not kept for ever."""

from __future__ import annotations

import gc
import weakref
from itertools import combinations, islice, permutations
from typing import TYPE_CHECKING

from sqlalchemy import column, select

from bursar.store.plan import MOST_STATEMENTS, Plan
from bursar.store.statements import SQLITE
from bursar.wire.render import MOST_RENDERERS, renderer
from tests.contract.wire import BOOK, TABLES

if TYPE_CHECKING:
    from sqlalchemy import Select

CLIENT = BOOK.resources["client"]


def test_lists_that_show_ever_other_members_are_forgotten() -> None:
    nothing: frozenset[str] = frozenset()
    first = weakref.ref(renderer(CLIENT.record, None, nothing, nothing))
    assert first() is renderer(CLIENT.record, None, nothing, nothing)
    for names in islice(combinations(CLIENT.record.fields, 2), MOST_RENDERERS):
        renderer(CLIENT.record, None, nothing, frozenset(names))
    gc.collect()
    assert first() is None


def test_searches_of_ever_other_kinds_are_forgotten() -> None:
    plan, built = Plan(CLIENT, TABLES, BOOK, SQLITE), 0

    def build() -> Select[tuple[int]]:
        nonlocal built
        built += 1
        return select(column("one"))

    for others in (0, MOST_STATEMENTS):
        for searches in islice(permutations(range(6)), others):
            plan.once(searches, build)
        built = 0
        plan.once("first", build)
        assert built == 1
        plan.once("first", build)
        assert built == 1
