"""Every answer against the field tables: key by key, type by type, with and without each include."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contract.objects import SORTS, asking, listed, made, single
from tests.contract.shapes import differences, shape

if TYPE_CHECKING:
    from tests.support.tenant import Tenant

EVERY_INCLUDE = [
    pytest.param(noun, included, id=f"{noun} with {' and '.join(included) if len(included) < 2 else 'everything'}" if included else noun)
    for noun, sort in SORTS.items()
    for includes in (shape(sort.shape).includes,)
    for included in ((), *((name,) for name in includes), *((includes,) if len(includes) > 1 else ()))
]
MADE = [noun for noun, sort in SORTS.items() if sort.plain]


@pytest.mark.parametrize(("noun", "included"), EVERY_INCLUDE)
def test_each_answer_has_exactly_the_fields_of_its_table(server: Tenant, noun: str, included: tuple[str, ...]) -> None:
    sort = SORTS[noun]
    full = made(server, sort, sort.full(server) if sort.full else None, included)
    plain = made(server, sort, sort.plain(server) if sort.plain else None, included)
    where = f"{sort.path}/{full['id']}"
    answers = {
        "full": full,
        "plain": plain,
        "get": single(server.get(where, params=asking(included)), sort),
        "listed": next(
            each
            for each in listed(server.get(sort.path, params=[("per_page", "100"), *asking(included)]), sort)
            if each["id"] == full["id"]
        ),
    }
    if noun != "category":
        answers["updated"] = single(server.put(where, {sort.single: {}}, params=asking(included)), sort)
    found = [f"{name}: {text}" for name, answer in answers.items() for text in differences(answer, sort.shape, included)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("noun", MADE)
def test_what_a_body_leaves_out_takes_the_default_of_the_table(server: Tenant, noun: str) -> None:
    sort = SORTS[noun]
    assert sort.plain
    sent = sort.plain(server)
    includes = shape(sort.shape).includes
    answer = made(server, sort, sent, includes)
    wanted = {name: value for name, value in shape(sort.shape).defaults().items() if name not in sent}
    assert {name: answer[name] for name in wanted} == wanted
