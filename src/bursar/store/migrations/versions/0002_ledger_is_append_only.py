"""Journal rows are never changed or removed: a mistake is reversed by further rows (contract, semantics 8.1)."""

from __future__ import annotations

from bursar.store.migrations.words import make_append_only

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    make_append_only("entries")
    make_append_only("postings")
