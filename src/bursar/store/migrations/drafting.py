"""Drafts a migration: what the declared tables have and a database made by the migrations so far has not."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any, Final

from alembic.autogenerate import produce_migrations, render_python_code, renderers
from alembic.migration import MigrationContext
from alembic.operations import ops
from sqlalchemy import CheckConstraint, PrimaryKeyConstraint, UniqueConstraint, create_engine, inspect, text

from bursar.store.migrations import upgrade

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from alembic.autogenerate.api import AutogenContext
    from sqlalchemy import Connection, Index, MetaData

_WIDTH: Final = 120
_LINE: Final = 136  # of 140, inside a function
_LONGEST: Final = 60
_KINDS: Final = {"BIGINT": "int", "TEXT": "text", "BLOB": "blob"}
_DROPS: Final = (ops.DropTableOp, ops.DropColumnOp)
_HEAD: Final = '''"""{title}."""

from __future__ import annotations

{imports}

revision = "{revision}"
down_revision = {before}

'''


def draft(title: str, tables: MetaData, nouns: Mapping[str, int], *, since: tuple[str, ...]) -> tuple[str, str] | None:
    """Write the next migration: its file name and text, or None when nothing differs.

    ``since`` are the versions it follows; none of them for the first one.

    ``nouns`` are the kinds of rows that take ids, with the first id of each. Raises ValueError for a draft that drops
    something: that is never generated unasked.
    """
    with create_engine("sqlite://").begin() as connection:
        if since:
            upgrade(connection, since[-1])
        made = connection.execute(text("SELECT noun FROM sequences")).scalars().all() if since else ()
        steps = [
            *_tables(connection, tables),
            *_sparseness(connection, tables),
            *_ids({noun: first for noun, first in nouns.items() if noun not in made}),
        ]
    if not steps:
        return None
    before = since[-1] if since else None
    revision = f"{int(before or 0) + 1:04d}"
    slug = "_".join(re.findall(r"[a-z0-9]+", title.lower()))
    title = title[0].upper() + title[1:]
    head = _HEAD.format(title=title, imports=_imports(steps), revision=revision, before=f'"{before}"' if before else None)
    return f"{revision}_{slug}.py", head + "\n".join(_functions(steps))


def _tables(connection: Connection, tables: MetaData) -> Iterator[str]:
    clustered = {table.name for table in tables.tables.values() if table.dialect_kwargs.get("sqlite_with_rowid") is False}
    context = MigrationContext.configure(connection, opts={"compare_type": True, "target_metadata": tables, "include_name": _is_ours})
    for step in _flat(produce_migrations(context, tables).upgrade_ops):
        if any(isinstance(each, _DROPS) for each in getattr(step, "ops", [step])):
            raise ValueError(f"the draft would drop something; write that by hand: {step!r}")
        rendered = render_python_code(ops.UpgradeOps(ops=[step]), render_as_batch=True, migration_context=context)
        if isinstance(step, ops.ModifyTableOps) and step.table_name in clustered:
            # SQLite has some tables made anew, and alembic does not notice how they are clustered.
            rendered = rendered.replace("schema=None)", "table_kwargs={'sqlite_with_rowid': False})")
        yield textwrap.dedent("\n".join(line for line in rendered.splitlines() if not line.lstrip().startswith("# ###"))).strip()


def _sparseness(connection: Connection, tables: MetaData) -> Iterator[str]:
    """Make anew the indexes that leave out other rows than they did: alembic does not look at that."""
    seen = inspect(connection)
    for table in tables.sorted_tables:
        made = {index["name"]: index for index in seen.get_indexes(table.name)} if seen.has_table(table.name) else {}
        for index in table.indexes:
            found = made.get(index.name)
            if found is not None and _where(found["dialect_options"].get("sqlite_where")) != _where(
                index.dialect_options["sqlite"]["where"]
            ):
                yield f'op.drop_index("{index.name}", "{table.name}")'
                yield _index_text(index, table.name)


def _where(condition: Any) -> str:
    return "" if condition is None else str(condition)


def _is_ours(name: str | None, kind: str, _parents: Any) -> bool:
    return not (kind == "table" and name is not None and name.startswith(("alembic_version", "sqlite_")))


def _flat(container: Any) -> Iterator[Any]:
    """Divide the changes into steps: an index beside its new table, all changes of an old table in one batch."""
    created = {step.table_name for step in container.ops if isinstance(step, ops.CreateTableOp)}
    for step in container.ops:
        if not isinstance(step, ops.ModifyTableOps):
            yield step
        elif step.table_name in created:
            yield from step.ops
        else:
            indexes = [each for each in step.ops if isinstance(each, ops.CreateIndexOp)]
            step.ops = [each for each in step.ops if each not in indexes]
            yield from [step] * bool(step.ops)
            yield from indexes


def _ids(nouns: Mapping[str, int]) -> Iterator[str]:
    """Create what ids are taken from."""
    plain = sorted(noun for noun, first in nouns.items() if first == 1)
    if plain:
        yield f"create_ids({_words(plain)})"
    for noun, first in nouns.items():
        if first != 1:
            yield f'create_ids("{noun}", first={first:_})'


def _imports(steps: Iterable[str]) -> str:
    joined = "\n".join(steps)
    words = sorted(set(re.findall(r"^(create_\w+)\(", joined, re.MULTILINE)))
    lines = [
        "import sqlalchemy as sa" if "sa." in joined else "",
        "from alembic import op" if re.search(r"\bop\.", joined) else "",
        f"\nfrom bursar.store.migrations.words import {', '.join(words)}" if words else "",
    ]
    return "\n".join(line for line in lines if line).strip()


def _functions(steps: Iterable[str]) -> Iterator[str]:
    """Write ``upgrade``, in parts of a readable length when there is much to do."""
    parts: list[list[str]] = [[]]
    for step in steps:
        if sum(one.count("\n") + 1 for one in parts[-1]) + step.count("\n") > _LONGEST:
            parts.append([])
        parts[-1].append("    " + step.replace("\n", "\n    "))
    if len(parts) == 1:
        yield _function("upgrade", parts[0])
        return
    yield _function("upgrade", [f"    _part_{number}()" for number in range(1, len(parts) + 1)])
    for number, part in enumerate(parts, start=1):
        yield _function(f"_part_{number}", part)


def _function(name: str, body: list[str]) -> str:
    return "\n".join(["", f"def {name}() -> None:", *body, ""])


def _words(words: Iterable[str]) -> str:
    """Write a list of words as one text, over several lines when it is long."""
    lines = [""]
    for word in words:
        if len(lines[-1]) + len(word) > _WIDTH:
            lines.append("")
        lines[-1] += f"{word} "
    lines[-1] = lines[-1].rstrip()
    return "\n    ".join(f'"{line}"' for line in lines)


@renderers.dispatch_for(ops.CreateTableOp, replace=True)
def _create_table(_context: AutogenContext, step: ops.CreateTableOp) -> str:
    table = step.to_table()
    columns = (f"{column.name}:{_KINDS[str(column.type)]}" for column in table.columns)
    rules = sorted(table.constraints, key=lambda rule: str(rule.name))
    lines = [f'"{table.name}"', _words(columns), f'key="{" ".join(column.name for column in table.primary_key)}"']
    unique = {str(rule.name): " ".join(column.name for column in rule.columns) for rule in rules if isinstance(rule, UniqueConstraint)}
    checks = {str(rule.name): str(rule.sqltext) for rule in rules if isinstance(rule, CheckConstraint)}
    worded = PrimaryKeyConstraint | UniqueConstraint | CheckConstraint
    assert all(isinstance(rule, worded) for rule in rules), "words for the others are missing"
    lines += [f"unique={unique}"] if unique else []
    lines += [f"checks={checks}"] if checks else []
    lines += ["rowid=False"] if table.dialect_kwargs.get("sqlite_with_rowid") is False else []
    short = f"create_table({', '.join(lines)})"
    return short if len(short) <= _LINE and "\n" not in short else "create_table(\n    " + ",\n    ".join(lines) + ",\n)"


@renderers.dispatch_for(ops.CreateIndexOp, replace=True)
def _create_index(_context: AutogenContext, step: ops.CreateIndexOp) -> str:
    return _index_text(step.to_index(), step.table_name)


def _index_text(index: Index, table: str) -> str:
    assert not index.unique, "a unique index is a unique constraint here"
    where = _where(index.dialect_options["sqlite"]["where"])
    columns = " ".join(column.name for column in index.columns)
    return f'create_index("{index.name}", "{table}", "{columns}"{f", where={where!r}" if where else ""})'
