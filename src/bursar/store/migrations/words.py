"""The words migrations are written in. Released migrations rest on them: what they do never changes, new ones may be added."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from collections.abc import Mapping

_TYPES: Final = {"int": sa.BigInteger, "text": sa.Text, "blob": sa.LargeBinary}


def create_table(
    name: str,
    columns: str,
    *,
    key: str,
    unique: Mapping[str, str] | None = None,
    checks: Mapping[str, str] | None = None,
    rowid: bool = True,
) -> None:
    """Create a table of ``column:type`` words.

    The columns of the key are NOT NULL, all others may be null (requiredness is the field's business, so that adding a
    column never rewrites a table). ``unique`` and ``checks`` are by name; ``rowid`` False clusters the table by its key.
    """
    keys = key.split()
    made = [_column(word, keys) for word in columns.split()]
    rules: list[Any] = [sa.PrimaryKeyConstraint(*keys)]
    rules += [sa.UniqueConstraint(*names.split(), name=rule) for rule, names in (unique or {}).items()]
    rules += [sa.CheckConstraint(text, name=rule) for rule, text in (checks or {}).items()]
    op.create_table(name, *made, *rules, sqlite_with_rowid=rowid)


def create_index(name: str, table: str, columns: str, *, where: str = "") -> None:
    """Create an index; ``where`` leaves out the rows for which it does not hold."""
    sparse: dict[str, Any] = {f"{dialect}_where": sa.text(where) for dialect in ("sqlite", "postgresql")} if where else {}
    op.create_index(name, table, columns.split(), **sparse)


def create_ids(nouns: str, *, first: int = 1) -> None:
    """Let ids of these kinds of rows be taken, beginning with ``first``: a sequence each, rows of ``sequences`` on SQLite."""
    for noun in nouns.split():
        if op.get_bind().dialect.name == "postgresql":
            op.execute(sa.schema.CreateSequence(sa.Sequence(f"{noun}_ids", start=first)))
        else:
            op.execute(sa.text("INSERT INTO sequences (noun, next) VALUES (:noun, :first)").bindparams(noun=noun, first=first))


def make_append_only(table: str) -> None:
    """Refuse to change or remove a table's rows."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE FUNCTION {table}_stand() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{table} are append-only'; END $$"
        )
        for when, each in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
            name = f"{table}_stand_{each.lower()}"
            op.execute(f"CREATE TRIGGER {name} BEFORE {when} ON {table} FOR EACH {each} EXECUTE FUNCTION {table}_stand()")
        return
    for when in ("UPDATE", "DELETE"):
        name = f"{table}_stand_{when.lower()}"
        op.execute(f"CREATE TRIGGER {name} BEFORE {when} ON {table} BEGIN SELECT RAISE(ABORT, '{table} are append-only'); END")


def _column(word: str, keys: list[str]) -> sa.Column[Any]:
    name, _, kind = word.partition(":")
    return sa.Column(name, _TYPES[kind], nullable=name not in keys, autoincrement=False)
