"""The ledger's writes: a document that changed is reversed and booked anew, both append-only (semantics 8.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bursar.domain.ledger import Entry, Posting, reverse, sums

if TYPE_CHECKING:
    from bursar.catalogue.record import Record
    from bursar.catalogue.resource import Posts
    from bursar.store.driver import Session
    from bursar.store.store import Store

POSTED = ("account", "minor", "base_minor", "clientid", "tax_name", "tax_rate", "tax_number", "taxable_minor", "category")


class Books:
    """Books one document inside a unit."""

    __slots__ = ("business_id", "now_us", "session", "store")

    def __init__(self, store: Store, session: Session, business_id: int, now_us: int) -> None:
        self.store, self.session, self.business_id, self.now_us = store, session, business_id, now_us

    async def book(self, record: Record, posts: Posts) -> None:
        """Bring the ledger to what the document says now, when something it rests on moved."""
        was = record.was
        replaced = was is not None and any(record.children[name] is not was.children.get(name) for name in record.children)
        if was is not None and not replaced and not record.changed(*posts.watch):
            return
        entry = posts.entry(record)
        revision, booked = (0, None) if was is None else await self._booked(record.noun, record.row["id"])
        if booked == entry:
            return
        if booked is not None:
            await self._write(record, revision + 1, reverse(booked), reverses=revision)
            revision += 1
        if entry is not None and entry.postings:
            await self._write(record, revision + 1, entry, reverses=None)

    async def _booked(self, noun: str, object_id: int) -> tuple[int, Entry | None]:
        """Return the last revision and what is booked: a document's last entry unless that is a reversal."""
        document = {"business_id": self.business_id, "source_type": noun, "source_id": object_id}
        last = await self.session.fetch(self.store.last_entry, document)
        if not last:
            return 0, None
        revision, reverses, date, code = last[0]
        if reverses is not None:
            return revision, None
        rows = await self.session.fetch(self.store.postings_of, {**document, "revision": revision})
        return revision, Entry(date, code, tuple(Posting(*row) for row in rows))

    async def _write(self, record: Record, revision: int, entry: Entry, *, reverses: int | None) -> None:
        document = {"business_id": self.business_id, "source_type": record.noun, "source_id": record.row["id"], "revision": revision}
        both = sums(entry)
        head: dict[str, Any] = {
            **document,
            "reverses_revision": reverses,
            "effective_date": entry.effective_date,
            "booked_us": self.now_us,
            "currency_code": entry.code,
            "debit": both.debit,
            "credit": both.credit,
            "base_debit": both.base_minor_debit,
            "base_credit": both.base_minor_credit,
        }
        await self.session.run(self.store.enter, head)
        key = tuple(document.values())
        rows = [(*key, number, *posting) for number, posting in enumerate(entry.postings, start=1)]
        await self.session.run_rows(self.store.posting, rows)
