"""Every answer against the field tables: key by key, type by type, with and without each include."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contract.objects import SORTS, changed, made
from tests.contract.tables import differences, misplaced, shape
from tests.contract.wire import NOUNS, asking, id_of, listed, path_of, single, those_that, verbs

if TYPE_CHECKING:
    from tests.support.tenant import Tenant

EVERY_INCLUDE = [
    pytest.param(noun, included, id=f"{noun} with {' and '.join(included) if len(included) < 2 else 'everything'}" if included else noun)
    for noun, sort in SORTS.items()
    for includes in (shape(sort.shape).includes,)
    for included in ((), *((name,) for name in includes), *((includes,) if len(includes) > 1 else ()))
]


DERIVED = {("time_entry", "internal"), ("client", "organization")}
"""What a create works out: whether there is a client (platform section 7), an e-mail alone for a name (accounting section 4)."""


def test_every_resource_is_held_to_a_table() -> None:
    assert set(SORTS) == set(NOUNS)


@pytest.mark.parametrize(("noun", "included"), EVERY_INCLUDE)
def test_each_answer_has_exactly_the_fields_of_its_table(server: Tenant, noun: str, included: tuple[str, ...]) -> None:
    full = made(server, noun, full=True, include=included)
    object_id, asked = id_of(noun, full), asking(noun, included)
    everyone = listed(server.get(path_of(server, noun, "list"), params=[("per_page", "100"), *asked]), noun)
    answers = {
        "full": full,
        "plain": made(server, noun, include=included),
        "get": single(server.get(path_of(server, noun, "get", object_id), params=asked), noun),
        "listed": next(each for each in everyone if id_of(noun, each) == object_id),
    }
    if "update" in verbs(noun):
        answers["updated"] = single(changed(server, noun, object_id, {"rate": "7"} if noun == "service_rate" else {}, included), noun)
    table = SORTS[noun].shape
    elsewhere = {name: misplaced(table, "list" if name == "listed" else "one") for name in answers}
    found = [f"{name}: {text}" for name in answers for text in differences(answers[name], table, included, renamed=elsewhere[name])]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("noun", those_that("create"))
def test_what_a_body_leaves_out_takes_the_default_of_the_table(server: Tenant, noun: str) -> None:
    sort = SORTS[noun]
    assert sort.plain
    sent = sort.plain(server)
    answer = made(server, noun, include=shape(sort.shape).includes)
    wanted = {name: value for name, value in shape(sort.shape).defaults().items() if name not in sent and (noun, name) not in DERIVED}
    assert {name: answer[name] for name in wanted} == wanted
