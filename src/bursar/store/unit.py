"""One request's writes: rows, lines, counts, postings, event, mails; inside one transaction, under the business's lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from bursar.catalogue.outside import Secret
from bursar.catalogue.scalars import Int, Uuid
from bursar.store.books import Books
from bursar.store.rows import BLOCK, Rows

if TYPE_CHECKING:
    from bursar.catalogue.change import Change, File, Mail
    from bursar.catalogue.record import Record
    from bursar.store.driver import Session
    from bursar.store.plan import LinePlan, Plan
    from bursar.store.stamps import Occasion
    from bursar.store.store import Store


class Unit:
    """What a request may write; ``rows`` reads inside the same transaction.

    ``now_us`` is the moment of the request in UTC microseconds, ``identity`` who asked; ``outgoing`` tells that
    a mail is to be sent once it is committed, ``told`` that there is something to deliver to callbacks.
    """

    __slots__ = ("business_id", "identity", "now_us", "outgoing", "rows", "session", "store", "told")

    def __init__(self, store: Store, session: Session, business_id: int, now_us: int, identity: int) -> None:
        self.store, self.session, self.business_id, self.now_us, self.identity = store, session, business_id, now_us, identity
        self.rows = Rows(store, session.fetch, business_id, session.seen)
        self.outgoing = self.told = False

    async def new_id(self, noun: str) -> int:
        """Give the next id of a kind of row."""
        return await self.session.take_id(noun)

    async def save(self, change: Change) -> list[Record]:
        """Write a decision: saved, removed and touched rows, postings, mails, files; returns the saved rows that moved."""
        moved = []
        for record in change.saves:
            if await self._save(record):
                moved.append(record)  # noqa: PERF401 - an asynchronous comprehension is a coroutine of its own
        for record in change.removes:
            await self._remove(record)
        for record in change.marks:
            await self._mark(record)
        for noun, column, object_id in change.forgets:
            statement = self.store.plans[noun].forget(column)
            moment = dict.fromkeys(statement.names, self.now_us)
            self.session.seen.numbers.changed((self.business_id, noun))
            await self.session.run(statement, moment | {"of_business": self.business_id, "gone": object_id})
        for record in change.touches:
            plan = self.store.plans[record.noun]
            record_id = record.row["id"]
            values = {"updated": self.now_us, "of_business": self.business_id, "of_id": record_id}
            await self.session.last(plan.touch, (record.noun, self.business_id, record_id), values)
        for mail in change.mails:
            await self._post(mail, change.answer)
        for file in change.files:
            await self._keep_file(file)
        for notice in change.notices:
            await self.store.outbox.notify(self, notice, change.answer)
            self.told = True
        return moved

    async def tell(self, event: str, object_id: int) -> None:
        """Put an event into the outbox with what is to be delivered of it, committed with the change."""
        if await self.store.outbox.tell(self, event, object_id):
            self.told = True

    async def _save(self, record: Record) -> bool:
        plan = self.store.plans[record.noun]
        record.settle_kept()
        if record.was is None:
            await self._insert(plan, record)
            moved = True
        else:
            moved = await self._update(plan, record, record.was)
        if moved and plan.resource.posts is not None:
            await Books(self.store, self.session, self.business_id, self.now_us).book(record, plan.resource.posts)
        return moved

    async def _insert(self, plan: Plan, record: Record) -> None:
        await self._stamp(record, self.store.stamped(type(record)).made)
        row = record.row
        row["business_id"] = self.business_id
        await self.session.run(plan.insert, row)
        self.session.seen.numbers.inserted((self.business_id, record.noun), row)
        for name, lines in record.children.items():
            await self._insert_lines(plan.lines[name], row["id"], lines)
        if plan.visible(row):
            await self._count(record.noun, row["id"], 1)

    async def _update(self, plan: Plan, record: Record, was: Record) -> bool:
        row, old = record.row, was.row
        changed = [name for name in plan.stored if row[name] != old[name]]
        replaced = [name for name in record.children if record.children[name] is not was.children.get(name)]
        if not changed and not replaced:
            return False
        again = self.store.stamped(type(record)).saved
        await self._stamp(record, again)
        changed += [*again.instants, *(name for name, _ in again.others)]
        values = {name: row[name] for name in changed} | {"of_business": self.business_id, "of_id": row["id"]}
        if changed:
            self.session.seen.numbers.changed((self.business_id, record.noun))
            await self.session.run(plan.change(tuple(changed)), values)
        for name in replaced:
            await self.session.run(plan.lines[name].delete, {"business_id": self.business_id, "id": row["id"]})
            await self._insert_lines(plan.lines[name], row["id"], record.children[name])
        step = plan.visible(row) - plan.visible(old)
        if step:
            await self._count(record.noun, row["id"], step)
        return True

    async def _mark(self, record: Record) -> None:
        """Write columns that nobody sees: no stamp, no lines, no postings."""
        plan, was = self.store.plans[record.noun], record.was
        assert was is not None, "only what is stored can be marked"
        record.settle_kept()
        changed = tuple(name for name in plan.stored if record.row[name] != was.row[name])
        if changed:
            values = {name: record.row[name] for name in changed} | {"of_business": self.business_id, "of_id": record.row["id"]}
            self.session.seen.numbers.changed((self.business_id, record.noun))
            await self.session.run(plan.change(changed), values)

    async def _remove(self, record: Record) -> None:
        plan = self.store.plans[record.noun]
        of_record = {"business_id": self.business_id, "id": record.row["id"]}
        self.session.seen.numbers.changed((self.business_id, record.noun))
        await self.session.run(plan.delete, of_record)
        for lines in plan.lines.values():
            await self.session.run(lines.delete, of_record)
        if plan.visible(record.row):
            await self._count(record.noun, record.row["id"], -1)

    async def _stamp(self, record: Record, occasion: Occasion) -> None:
        """Fill the fields the server fills."""
        row = record.row
        row.update(dict.fromkeys(occasion.instants, self.now_us))
        for name, field in occasion.others:
            if isinstance(field, Uuid):
                row[name] = self.store.clock.uuid()
            elif isinstance(field, Secret):
                row[name] = row[name] or self.store.vault.make()
            elif isinstance(field, Int) and not row[name]:
                row[name] = await self.session.take_id(record.noun)

    async def _insert_lines(self, plan: LinePlan, parent_id: int, lines: tuple[Record, ...]) -> None:
        if not lines:
            return
        made = self.store.stamped(type(lines[0])).made
        same = {**dict.fromkeys(made.instants, self.now_us), "business_id": self.business_id, "parent_id": parent_id}
        for position, line in enumerate(lines, start=1):
            line.row.update(same, position=position)
            if made.others:
                await self._stamp(line, made)
        await self.session.run_many(plan.insert, [line.row for line in lines])

    async def _count(self, noun: str, object_id: int, step: int) -> None:
        block = object_id // BLOCK
        values = {"business_id": self.business_id, "noun": noun, "block": block}
        await self.session.add(self.store.count, (self.business_id, noun, block), values, step)

    async def _post(self, mail: Mail, about: Record) -> None:
        values = {
            "business_id": self.business_id,
            "id": await self.session.take_id("mail"),
            "kind": mail.kind,
            "recipients": msgspec.json.encode(mail.recipients).decode(),
            "subject": mail.subject,
            "body": mail.body,
            "noun": about.noun,
            "object_id": about.row["id"],
            "created_us": self.now_us,
            "next_us": self.now_us,
        }
        await self.session.run(self.store.post, values)
        self.outgoing = True

    async def _keep_file(self, file: File) -> None:
        values = {"business_id": self.business_id, "size": len(file.content), "created_us": self.now_us, **file._asdict()}
        await self.session.run(self.store.keep_file, values)

    async def remembered(self, key_hash: bytes) -> Any:
        """Return ``(body_hash, status, body, ignored)`` of the first answer to an Idempotency-Key, or None."""
        rows = await self.session.fetch(self.store.recall, {"business_id": self.business_id, "key_hash": key_hash})
        return rows[0] if rows else None

    async def remember(self, key_hash: bytes, body_hash: bytes, status: int, body: bytes, ignored: str) -> None:
        """Keep the answer to an Idempotency-Key, in the same transaction as what it did."""
        values = {"business_id": self.business_id, "key_hash": key_hash, "body_hash": body_hash, "status": status}
        await self.session.run(self.store.keep, values | {"body": body, "ignored": ignored, "created_us": self.now_us})
