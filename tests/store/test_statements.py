"""Statements compiled once, run on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import bindparam, case, delete, func, not_, select, text, update

from bursar.store.statements import any_of, compile_statement, contains, insert
from tests.store.conftest import COUNTS, NOTES

if TYPE_CHECKING:
    from sqlalchemy import ClauseElement, ColumnElement

    from bursar.store.driver import Session
    from tests.store.conftest import Books

pytestmark = pytest.mark.anyio

ROWS = (
    (1, 11, "Cedar & Co"),
    (1, 12, "100% cedar"),
    (1, 13, "under_score Århus Ñandú"),
    (1, 14, 'it\'s / \\ "quoted"'),
    (2, 15, "cedar"),
)


@pytest.fixture
async def stored(books: Books) -> Books:
    async def store(session: Session) -> None:
        await session.run_many(books.put, [dict(zip(("business_id", "id", "text"), row, strict=True)) for row in ROWS])

    await books.driver.write(1, store)
    return books


@pytest.mark.parametrize(
    ("condition", "values", "ids"),
    [
        pytest.param(NOTES.c.id == bindparam("id"), {"id": 12}, [12], id="a bound value"),
        pytest.param(NOTES.c.id > 13, {}, [14, 15], id="a constant"),
        pytest.param(NOTES.c.text == 'it\'s / \\ "quoted"', {}, [14], id="a constant text with quotes"),
        pytest.param(NOTES.c.id.in_([11, 15]), {}, [11, 15], id="a constant list"),
        pytest.param((NOTES.c.id == bindparam("x")) | (NOTES.c.business_id == bindparam("x")), {"x": 2}, [15], id="one name twice"),
        pytest.param(any_of(NOTES.c.id, "ids"), {"ids": [11, 13, 99]}, [11, 13], id="one of a list of numbers"),
        pytest.param(any_of(NOTES.c.id, "ids"), {"ids": []}, [], id="one of an empty list"),
        pytest.param(any_of(NOTES.c.text, "texts"), {"texts": ["cedar", 'a "b"']}, [15], id="one of a list of texts"),
        pytest.param(not_(any_of(NOTES.c.id, "ids")), {"ids": [11, 12, 13]}, [14, 15], id="none of a list"),
        pytest.param(contains(NOTES.c.text, "q"), {"q": "CEDAR"}, [11, 12, 15], id="contains, letter case aside"),
        pytest.param(contains(NOTES.c.text, "q"), {"q": "0%"}, [12], id="contains a percent sign"),
        pytest.param(contains(NOTES.c.text, "q"), {"q": "_"}, [13], id="contains an underscore"),
        pytest.param(contains(NOTES.c.text, "q"), {"q": "/"}, [14], id="contains the sign that escapes"),
        pytest.param(contains(NOTES.c.text, "q"), {"q": "\\"}, [14], id="contains a backslash"),
        pytest.param(contains(NOTES.c.text, "q"), {"q": "åRHUS ñANDÚ"}, [13], id="contains, letter case aside beyond ASCII"),
        pytest.param(contains(NOTES.c.text, "q"), {"q": "ú%"}, [], id="contains a percent sign behind a letter beyond ASCII"),
        pytest.param(contains(NOTES.c.text, "q"), {"q": "é"}, [], id="contains nothing of the kind"),
    ],
)
async def test_conditions(stored: Books, condition: ColumnElement[bool], values: dict[str, Any], ids: list[int]) -> None:
    statement = stored.compiled(select(NOTES.c.id).where(condition).order_by(NOTES.c.id))
    assert await stored.read(statement, **values) == [(number,) for number in ids]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        pytest.param(func.sum(NOTES.c.id), 65, id="sum"),
        pytest.param(func.sum(NOTES.c.id).filter(NOTES.c.business_id == 2), 15, id="sum of some"),
        pytest.param(func.sum(func.sum(NOTES.c.id)).over(), 65, id="sum over a window"),
        pytest.param(func.coalesce(func.sum(case((NOTES.c.id > 99, NOTES.c.id))), 0), 0, id="sum of nothing"),
        pytest.param(func.sum(NOTES.c.id) + 2, 67, id="sum and a constant"),
        pytest.param(func.max(case((NOTES.c.id == 15, "last"), else_="")), "last", id="constants of a case"),
    ],
)
async def test_what_is_computed_is_a_plain_integer_or_text(stored: Books, column: ColumnElement[Any], value: object) -> None:
    statement = stored.compiled(select(column.label("answer")))
    assert statement.columns == ("answer",)
    ((answer,),) = await stored.read(statement)
    assert (answer, type(answer)) == (value, type(value))


async def test_limit_and_offset_are_bound(stored: Books) -> None:
    statement = stored.compiled(select(NOTES.c.id).order_by(NOTES.c.id).limit(bindparam("n")).offset(bindparam("skip")))
    assert await stored.read(statement, n=2, skip=1) == [(12,), (13,)]


async def test_returning_answers_rows_and_counts_as_a_write(stored: Books) -> None:
    statement = stored.compiled(update(NOTES).where(NOTES.c.id == bindparam("id")).values(id=NOTES.c.id + 100).returning(NOTES.c.id))
    assert (statement.table, statement.columns) == ("notes", ("id",))

    async def move(session: Session) -> tuple[list[tuple[Any, ...]], bool]:
        rows = await session.fetch(statement, {"id": 11})
        return [tuple(row) for row in rows], session.dirty

    assert await stored.driver.write(1, move) == ([(111,)], True)
    assert (111, "Cedar & Co") in await stored.read(stored.notes)


@pytest.mark.parametrize(
    ("core", "table", "reads"),
    [
        pytest.param(select(NOTES.c.id), "", frozenset({"notes"}), id="a read"),
        pytest.param(
            select(NOTES.c.id).where(NOTES.c.text.in_(select(COUNTS.c.noun))),
            "",
            frozenset({"notes", "counts"}),
            id="a read with a subquery",
        ),
        pytest.param(select(NOTES.c.id).union_all(select(COUNTS.c.total)), "", frozenset({"notes", "counts"}), id="a union"),
        pytest.param(insert(NOTES), "notes", frozenset(), id="an insert"),
        pytest.param(
            insert(COUNTS).from_select(["noun"], select(NOTES.c.text)), "counts", frozenset({"notes"}), id="an insert of what is read"
        ),
        pytest.param(
            delete(NOTES).where(NOTES.c.id.in_(select(COUNTS.c.total))), "notes", frozenset({"counts"}), id="a delete with a subquery"
        ),
    ],
)
@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
async def test_a_statement_knows_its_tables(dialect: str, core: ClauseElement, table: str, reads: frozenset[str]) -> None:
    statement = compile_statement(core, dialect)
    assert (statement.table, statement.reads) == (table, reads)
    assert statement.touches == reads | ({table} - {""})


@pytest.mark.parametrize(
    ("core", "values", "bound"),
    [
        pytest.param(select(NOTES.c.id), {"spare": 1}, (), id="no name"),
        pytest.param(select(NOTES.c.id).where(NOTES.c.id == bindparam("id")), {"id": 1, "spare": 1}, (1,), id="one name"),
        pytest.param(insert(NOTES), {"text": "c", "id": 2, "business_id": 1}, (1, 2, "c"), id="many names"),
    ],
)
@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
async def test_values_are_bound_in_order(dialect: str, core: ClauseElement, values: dict[str, Any], bound: tuple[Any, ...]) -> None:
    assert compile_statement(core, dialect).bind(values) == bound


async def test_text_is_not_taken() -> None:
    with pytest.raises(TypeError, match="hides the tables"):
        compile_statement(text("SELECT 1"), "sqlite")
