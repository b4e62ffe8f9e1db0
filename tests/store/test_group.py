"""Group commit, as callers notice it, on both databases."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from bursar.catalogue.record import Record
from bursar.errors import Kind, Refusal, refuse
from bursar.store.driver import Unavailable, Violation
from bursar.store.group import QUEUE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bursar.store.driver import Session
    from tests.store.conftest import Books

    Work = Callable[[Session], Awaitable[Any]]
    Notes = list[tuple[Any, ...]]

pytestmark = pytest.mark.anyio


async def together(books: Books, *works: Work) -> list[Any]:
    """Let the works wait together in one lane; answer their results and errors."""
    return await asyncio.gather(*(books.driver.write(1, work) for work in works), return_exceptions=True)


async def test_works_that_wait_together_share_a_commit(books: Books) -> None:
    ids = await together(books, *(books.adding(f"note {n}") for n in range(100)))
    assert ids == list(range(1, 101))
    assert await books.texts() == [f"note {n}" for n in range(100)]
    assert (books.driver.group.works, books.driver.group.batches) == (100, 1)


async def test_ungrouped_each_work_has_a_commit(books: Books) -> None:
    books.driver = await books.open(grouped=False, **({"mode": "share"} if books.dialect == "sqlite" else {}))
    await together(books, *(books.adding(f"note {n}") for n in range(10)))
    assert (books.driver.group.works, books.driver.group.batches) == (10, 10)


async def test_a_refusal_before_any_write_leaves_the_batch_alone(books: Books) -> None:
    async def refused(session: Session) -> None:
        await session.take_id("note")
        assert not await session.fetch(books.note, {"id": 99})
        raise refuse(Kind.UNKNOWN, noun="note")

    first, refusal, last = await together(books, books.adding("before"), refused, books.adding("after"))
    assert isinstance(refusal, Refusal)
    assert (first, last) == (1, 3)
    assert await books.texts() == ["before", "after"]
    assert books.driver.group.batches == 1


@pytest.mark.parametrize(
    ("error", "seen"),
    [
        pytest.param(refuse(Kind.INVALID), Refusal, id="a refusal that comes too late"),
        pytest.param(ValueError("a mistake"), ValueError, id="an error nobody foresaw"),
    ],
)
async def test_only_the_guilty_one_fails_and_leaves_nothing(books: Books, error: Exception, seen: type[Exception]) -> None:
    async def guilty(session: Session) -> None:
        await books.add_note(session, "half done")
        await session.add(books.count, ("note",), {"noun": "note"}, 100)
        await session.last(books.set, ("entry",), {"noun": "entry", "step": 100})
        raise error

    async def counted(session: Session) -> None:
        await session.add(books.count, ("note",), {"noun": "note"}, 1)

    results = await together(books, books.adding("before"), counted, guilty, counted, books.adding("after"))
    assert isinstance(results[2], seen)
    assert await books.texts() == ["before", "after"]
    assert await books.read(books.total, noun="note") == [(2, 2)]
    assert await books.read(books.total, noun="entry") == []


async def test_a_broken_rule_of_the_database_is_the_guilty_ones_alone(books: Books) -> None:
    results = await together(books, books.adding("same"), books.adding("same"), books.adding("other"))
    assert isinstance(results[1], Violation)
    assert await books.texts() == ["same", "other"]


async def test_works_run_in_the_order_they_were_queued(books: Books) -> None:
    order: list[int] = []

    def noting(n: int) -> Work:
        async def note(session: Session) -> int:
            order.append(n)
            return await session.take_id("entry")

        return note

    ids = await together(books, *(noting(n) for n in range(300)))
    assert order == list(range(300))
    assert ids == sorted(ids)


async def test_a_work_sees_what_it_and_those_before_it_wrote(books: Books) -> None:
    async def read(session: Session) -> Notes:
        return [tuple(row) for row in await session.fetch(books.notes, {})]

    async def write_and_read(session: Session) -> Notes:
        note_id = await books.add_note(session, "second")
        await session.run(books.rename, {"id": note_id, "text": "renamed"})
        return await read(session)

    results = await together(books, books.adding("first"), write_and_read, read)
    assert results[1] == results[2] == [(1, "first"), (2, "renamed")]


async def test_what_was_read_is_read_anew_after_every_kind_of_write(books: Books) -> None:
    async def read(session: Session) -> Notes:
        return [tuple(row) for row in await session.fetch(books.notes, {})]

    async def undone(session: Session) -> None:
        await session.run(books.put, {"business_id": 1, "id": 1, "text": "undone"})
        assert await read(session) == [(1, "undone")]
        raise ValueError

    async def write(session: Session) -> list[Notes]:
        found = [await read(session)]
        await session.run(books.put, {"business_id": 1, "id": 1, "text": "run"})
        found.append(await read(session))
        await session.run_many(books.put, [{"business_id": 1, "id": 2, "text": "run_many"}])
        found.append(await read(session))
        await session.run_rows(books.put, [tuple({"business_id": 1, "id": 3, "text": "run_rows"}[name] for name in books.put.names)])
        found.append(await read(session))
        await session.run(books.remove, {"id": 1})
        found.append(await read(session))
        return found

    results = await together(books, undone, write, read)
    whole = [(1, "run"), (2, "run_many"), (3, "run_rows")]
    assert results[1] == [[], whole[:1], whole[:2], whole, whole[1:]]
    assert results[2] == whole[1:]


async def test_what_a_batch_read_is_read_anew_when_another_wrote_it(books: Books) -> None:
    async def read(session: Session) -> Notes:
        return [tuple(row) for row in await session.fetch(books.notes, {})]

    assert await books.driver.write(1, read) == []
    await books.driver.write(0, books.adding("from another lane"))
    assert await books.driver.write(1, read) == [(1, "from another lane")]


async def test_a_value_that_many_records_have_is_not_kept_for_the_next_transaction(books: Books) -> None:
    """Else all time entries of a project would stay in memory for as long as nobody writes one."""

    async def look_up(session: Session) -> int:
        found = session.seen.by_value("notes", 1, "text")
        kept = len(found)
        session.seen.keep_value(found, "few", [])
        session.seen.keep_value(found, "many", [Record({"id": n}) for n in range(1_000)])
        return kept

    assert [await books.driver.write(1, look_up) for _ in range(2)] == [0, 0]


@pytest.mark.parametrize(("records", "kept"), [(510, 1), (511, 1), (512, 0)])
async def test_on_sqlite_a_transaction_hands_on_up_to_512_rows_and_answers(lite: Books, records: int, kept: int) -> None:
    async def look_up(session: Session, *, anew: bool) -> int:
        found = session.seen.by_value("notes", 1, "text")
        before = len(found)
        if anew:
            session.seen.keep_value(found, "before", [Record({"id": n}) for n in range(500)])
            await session.run(lite.put, {"business_id": 1, "id": 1, "text": "so what was read is forgotten"})
            found = session.seen.by_value("notes", 1, "text")
            session.seen.keep_value(found, "text", [Record({"id": n}) for n in range(records)])
        return before

    assert await lite.driver.write(1, partial(look_up, anew=True)) == 0
    assert await lite.driver.write(1, partial(look_up, anew=False)) == kept


@pytest.mark.parametrize(("asked", "known"), [(511, True), (512, True), (513, False)])
async def test_on_sqlite_answers_without_rows_count_as_handed_on_too(lite: Books, asked: int, known: bool) -> None:
    async def look_up(session: Session, numbers: range) -> bool:
        before = session.seen.find(lite.note, lite.note.bind({"id": 1})) is not None
        for n in numbers:
            await session.fetch(lite.note, {"id": n})
        return before

    assert not await lite.driver.write(1, partial(look_up, numbers=range(1, asked + 1)))
    assert await lite.driver.write(1, partial(look_up, numbers=range(1, 2))) is known
    assert await lite.driver.write(1, partial(look_up, numbers=range(1, 2)))  # what was too much is forgotten, and counted no more


async def test_on_sqlite_what_was_written_counts_no_more_as_handed_on(lite: Books) -> None:
    async def look_up(session: Session, *, anew: bool) -> bool:
        if anew:
            for n in range(1, 513):
                await session.fetch(lite.note, {"id": n})
            await session.run(lite.put, {"business_id": 1, "id": 600, "text": "so what was read is forgotten"})
        before = session.seen.find(lite.note, lite.note.bind({"id": 1})) is not None
        await session.fetch(lite.note, {"id": 1})
        return before

    assert not await lite.driver.write(1, partial(look_up, anew=True))
    assert await lite.driver.write(1, partial(look_up, anew=False))


async def test_writes_to_a_table_keep_their_order(books: Books) -> None:
    async def write(session: Session) -> None:
        await session.run(books.put, {"business_id": 1, "id": 1, "text": "one"})
        await session.run(books.remove, {"id": 1})
        await session.run_many(books.put, [{"business_id": 1, "id": 1, "text": "two"}, {"business_id": 1, "id": 2, "text": "one"}])
        await session.run(books.rename, {"id": 1, "text": "three"})
        await session.run(books.rename, {"id": 2, "text": "two"})

    await books.driver.write(1, write)
    assert await books.read(books.notes) == [(1, "three"), (2, "two")]


async def test_a_write_that_reads_another_table_sees_the_rows_before_it_and_none_after(books: Books) -> None:
    async def write(session: Session) -> None:
        for note_id in (7, 8):
            await session.run(books.put, {"business_id": 1, "id": note_id, "text": f"note {note_id}"})
            await session.run(books.copy, {"id": note_id})
        await session.run(books.copy, {"id": 9})
        await session.run(books.put, {"business_id": 1, "id": 9, "text": "too late"})

    await books.driver.write(1, write)
    assert [await books.read(books.total, noun=noun) for noun in ("note 7", "note 8", "too late")] == [[(7, 1)], [(8, 1)], []]


async def test_the_steps_of_a_batch_are_summed_and_written_once(books: Books) -> None:
    async def count(session: Session) -> None:
        await session.add(books.count, ("note",), {"noun": "note"}, 2)

    await together(books, *[count] * 10)
    assert await books.read(books.total, noun="note") == [(20, 1)]


async def test_a_sum_is_seen_by_whoever_asks_within_the_batch(books: Books) -> None:
    async def count(session: Session) -> None:
        await session.add(books.count, ("note",), {"noun": "note"}, 1)

    async def ask(session: Session) -> tuple[int, ...]:
        return tuple((await session.fetch(books.total, {"noun": "note"}))[0])

    results = await together(books, count, count, ask, count, ask)
    assert [results[2], results[4]] == [(2, 1), (3, 2)]


async def test_of_the_last_values_only_the_last_are_written(books: Books) -> None:
    def touch(n: int) -> Work:
        async def set_to(session: Session) -> None:
            await session.last(books.set, ("note",), {"noun": "note", "step": n})

        return set_to

    await together(books, *(touch(n) for n in range(10)))
    assert await books.read(books.total, noun="note") == [(9, 1)]


async def test_last_values_give_way_to_a_later_write(books: Books) -> None:
    async def touch(session: Session) -> None:
        await session.last(books.set, ("note",), {"noun": "note", "step": 1})

    async def write(session: Session) -> None:
        await session.run(books.set, {"noun": "note", "step": 2})

    await together(books, touch, write)
    assert await books.read(books.total, noun="note") == [(2, 2)]


async def test_ids_are_never_given_to_two_stored_rows(books: Books) -> None:
    async def guilty(session: Session) -> None:
        await books.add_note(session, "guilty")
        raise ValueError

    for n in range(8):
        works = [books.adding(f"{n} {k}") for k in range(20)]
        await together(books, *works[:n], guilty, *works[n:])
    await books.driver.close()
    books.driver = await books.open()
    await books.driver.write(1, books.adding("after a restart"))
    rows = await books.read(books.notes)
    assert len(rows) == 161
    assert rows[-1][1] == "after a restart"
    assert [text for _, text in rows[:20]] == [f"0 {k}" for k in range(20)], "ids grow in the order of the works"


async def test_a_caller_that_left_before_its_turn_is_skipped(books: Books) -> None:
    tasks = [asyncio.create_task(books.driver.write(1, books.adding(text))) for text in ("one", "two", "three")]
    await asyncio.sleep(0)
    tasks[1].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert tasks[1].cancelled()
    assert await books.texts() == ["one", "three"]


async def test_a_caller_that_left_later_finds_its_write(books: Books) -> None:
    leaving: list[asyncio.Task[int]] = []

    async def write(session: Session) -> int:
        leaving[0].cancel()
        return await books.add_note(session, "kept")

    leaving.append(asyncio.create_task(books.driver.write(1, write)))
    other = asyncio.create_task(books.driver.write(1, books.adding("other")))
    await asyncio.wait([leaving[0], other])
    assert leaving[0].cancelled()
    assert other.result() == 2
    assert await books.texts() == ["kept", "other"]


async def test_a_full_queue_refuses(books: Books) -> None:
    async def nothing(session: Session) -> bool:
        return True

    results = await together(books, *[nothing] * (QUEUE + 2))
    assert results[:QUEUE] == [True] * QUEUE
    assert [refusal.kind for refusal in results[QUEUE:]] == [Kind.BUSY, Kind.BUSY]
    assert books.driver.queue_depth == 0
    assert await books.driver.write(1, nothing)


async def test_a_dry_work_answers_and_leaves_nothing(books: Books) -> None:
    async def write(session: Session) -> Notes:
        note_id = await books.add_note(session, "dry")
        await session.add(books.count, ("note",), {"noun": "note"}, 1)
        return [tuple(row) for row in await session.fetch(books.note, {"id": note_id})]

    first, dry, last = await asyncio.gather(
        books.driver.write(1, books.adding("before")), books.driver.write(1, write, dry=True), books.driver.write(1, books.adding("after"))
    )
    assert dry == [("dry",)]
    assert await books.texts() == ["before", "after"]
    assert await books.read(books.total, noun="note") == []
    assert first < last


async def test_a_dry_work_finds_what_the_database_would_refuse(books: Books) -> None:
    await books.driver.write(1, books.adding("same"))
    with pytest.raises(Violation):
        await books.driver.write(1, books.adding("same"), dry=True)


async def test_reads_outside_see_committed_rows_only(books: Books) -> None:
    async def write(session: Session) -> None:
        await books.add_note(session, "new")
        await session.fetch(books.notes, {})
        reading.append(asyncio.create_task(books.texts()))
        if books.dialect == "postgresql":
            await reading[0]

    reading: list[asyncio.Task[list[str]]] = []
    await books.driver.write(1, write)
    if books.dialect == "postgresql":
        assert await reading[0] == []
    assert await books.texts() == ["new"]


async def test_slow_reads_answer_the_same(books: Books) -> None:
    await books.driver.write(1, books.adding("one"))
    slow = await books.driver.fetch(books.notes, {}, slow=True)
    assert [tuple(row) for row in slow] == [(1, "one")]


async def test_closing_finishes_what_waits(books: Books) -> None:
    writing = [asyncio.create_task(books.driver.write(1, books.adding(f"note {n}"))) for n in range(300)]
    await asyncio.sleep(0)
    await books.driver.close()
    assert await asyncio.gather(*writing) == list(range(1, 301))
    with pytest.raises(Unavailable):
        await books.driver.write(1, books.adding("too late"))


async def test_rows_of_no_business_are_written_too(books: Books) -> None:
    await books.driver.write(0, books.adding("global"))
    assert await books.texts() == ["global"]
