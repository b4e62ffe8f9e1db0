"""Counts of calls live for a minute: PostgreSQL need not write them to its log, nor wait for the disk at each call."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE call_counts SET UNLOGGED")
