"""What must hold after something went wrong: every answered write is there, the books prove, nothing is half-written."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, select

from bursar.store.verify import verify
from tests.durability.clerks import LINES, WHERE, assert_same, is_same

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bursar.app import Application
    from tests.durability.clerks import Clerk, Key
    from tests.durability.sending import Office, Send

LISTED = {"client": "clients", "invoice": "invoices", "payment": "payments", "tax": "taxes"}


async def check_pending(clerks: Iterable[Clerk], send: Send) -> None:
    """Make sure that a change without an answer was either made as a whole or not at all; then ask for it again."""
    for clerk in clerks:
        pending = clerk.pending
        clerk.send = send
        if pending is not None and pending.method == "PUT":
            answer = await send("GET", pending.path, None, clerk.office.headers())
            noun = next(iter(pending.body))
            found = answer.body["response"]["result"][noun]
            assert is_same(pending.asked, found) or is_same(clerk.seen[noun, found["id"]], found), (pending, found)
        await clerk.again()


async def check_replays(clerks: Iterable[Clerk], send: Send, *, every: bool = False) -> None:
    """Repeat answered creates with their keys: the answer is the first one, to the letter."""
    for clerk in clerks:
        for key in clerk.keys if every else filter(None, [clerk.last_post]):
            pending, first = clerk.keys[key]
            again = await send(pending.method, pending.path, pending.body, clerk.office.headers(key))
            assert (again.status, again.text) == (first.status, first.text)


async def check_answers(clerks: Sequence[Clerk], send: Send) -> None:
    """Compare what the lists show with what was answered: the same documents, no more and no less, with the same values."""
    for office in {clerk.office for clerk in clerks}:
        expected = {key: shown for clerk in clerks if clerk.office == office for key, shown in clerk.seen.items()}
        found = {key: shown for noun in WHERE for key, shown in (await _listed(office, noun, send)).items()}
        assert found.keys() == expected.keys(), found.keys() ^ expected.keys()
        for key, shown in expected.items():
            assert_same(shown, found[key])


async def _listed(office: Office, noun: str, send: Send) -> dict[Key, Any]:
    """Answer all objects of a noun, deleted ones too."""
    shown: dict[Key, Any] = {}
    include = LINES.replace("?", "&") if noun == "invoice" else ""
    for query in ("",) if noun == "tax" else ("", "&search[vis_state]=1"):
        page = pages = 1
        while page <= pages:
            path = office.path(f"{WHERE[noun]}?per_page=100&page={page}{query}{include}")
            answer = await send("GET", path, None, office.headers())
            assert answer.status == 200, answer
            result = answer.body["response"]["result"]
            shown |= {(noun, each["id"]): each for each in result[LISTED[noun]]}
            page, pages = page + 1, result["pages"]
    return shown


async def check_books(application: Application, clerks: Sequence[Clerk]) -> None:
    """Look below the surface: ``verify`` finds nothing, and no row stands without those that belong to it."""
    wrong = [str(found) async for found in verify(application.store, application.settings.chosen_policy())]
    assert wrong == []
    for office in {clerk.office for clerk in clerks}:
        await _check_events(application, office, [clerk for clerk in clerks if clerk.office == office])
    for name, orphans in await _orphans(application):
        assert orphans == 0, name


async def _check_events(application: Application, office: Office, clerks: Sequence[Clerk]) -> None:
    """Each document has one event of its creation, each event a document; each answered key is remembered once."""
    outbox, replies = application.store.table("outbox"), application.store.table("replies")
    rows = select(outbox.c.event, outbox.c.object_id).where(outbox.c.business_id == office.business_id)
    told = Counter((event, number) for event, number in await _rows(application, rows))
    made = {key for clerk in clerks for key in (*clerk.seen, *clerk.gone)}
    created = {("category.create", number): 1 for event, number in told if event == "category.create"}
    created |= {(f"{noun}.create", number): 1 for noun, number in made}
    assert {key: many for key, many in told.items() if key[0].endswith(".create")} == created
    deleted = {(f"{noun}.delete", number): 1 for clerk in clerks for noun, number in clerk.gone}
    assert {key: many for key, many in told.items() if key[0].endswith(".delete")} == deleted
    for key in told:
        assert (key[0].partition(".")[0], key[1]) in made, key
    kept = select(func.count()).select_from(replies).where(replies.c.business_id == office.business_id)
    assert (await _rows(application, kept))[0][0] == sum(len(clerk.keys) for clerk in clerks)


async def _orphans(application: Application) -> list[tuple[str, int]]:
    """Count, by what they are, the rows that miss their other half."""
    store = application.store
    pairs = [("postings", "entries"), ("entries", "postings")]
    on_entry = ("business_id", "source_type", "source_id", "revision")
    found = []
    for name, other in pairs:
        table, whole = store.table(name), store.table(other)
        same = and_(*(table.c[column] == whole.c[column] for column in on_entry))
        found.append((name, select(func.count()).select_from(table).where(~select(1).select_from(whole).where(same).exists())))
    for plan in store.plans.values():
        for lines in plan.record.lines.values():
            line, of = store.table(lines.record.table), plan.table
            same = and_(line.c.business_id == of.c.business_id, line.c.parent_id == of.c.id)
            orphaned = select(func.count()).select_from(line).where(~select(1).select_from(of).where(same).exists())
            found.append((line.name, orphaned))
        if plan.resource.posts is not None:
            entries, of = store.table("entries"), plan.table
            same = and_(entries.c.business_id == of.c.business_id, entries.c.source_id == of.c.id)
            lost = select(func.count()).select_from(entries).where(entries.c.source_type == plan.record.noun)
            found.append((f"entries of {of.name}", lost.where(~select(1).select_from(of).where(same).exists())))
    return [(name, (await _rows(application, core))[0][0]) for name, core in found]


async def _rows(application: Application, core: Any) -> Sequence[Sequence[Any]]:
    fetched: Sequence[Sequence[Any]] = await application.driver.fetch(application.store.compile(core), {})
    return fetched
