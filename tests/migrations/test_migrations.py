"""The schema's history: it ends in exactly the declared tables, and takes old rows along."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Column, Index, MetaData, Table, Text, UniqueConstraint, delete, literal_column, update
from sqlalchemy.exc import DBAPIError

import bursar.resources
from bursar.app import declarations
from bursar.catalogue.book import collect
from bursar.store.migrations import VERSIONS, known
from bursar.store.migrations.drafting import draft
from bursar.store.schema import nouns
from tests.migrations.databases import Database
from tests.store.databases import fresh_database, postgresql_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STALE = "tables and migrations differ: make migration name=..., or python -m bursar.store.migrations --first before the first release"


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    with postgresql_server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def two(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Database, Database]]:
    """Two empty databases."""
    if request.param == "sqlite":
        yield Database(tmp_path / "one.db"), Database(tmp_path / "two.db")
        return
    server = request.getfixturevalue("server_url")
    with asyncio.Runner() as runner:
        made = [fresh_database(server) for _ in range(2)]
        one, other = (runner.run(each.__aenter__()) for each in made)
        yield Database(one), Database(other)
        for each in made:
            runner.run(each.__aexit__(None, None, None))


def declared() -> MetaData:
    return declarations()[1]


def test_the_migrations_make_exactly_the_declared_tables(two: tuple[Database, Database]) -> None:
    migrated, made = two
    migrated.upgrade()
    made.run(declared().create_all)
    assert migrated.shape() == made.shape(), STALE


def test_ids_can_be_taken_for_every_kind_of_row(two: tuple[Database, Database]) -> None:
    two[0].upgrade()
    assert two[0].nouns() == nouns(collect(bursar.resources)), STALE


def test_journal_rows_stay_as_they_are(two: tuple[Database, Database]) -> None:
    database, tables = two[0], declared()
    database.upgrade()
    database.fill(tables)
    before = database.rows(tables)
    for table in ("entries", "postings"):
        for change in (update(tables.tables[table]).values(revision=8), delete(tables.tables[table])):
            with pytest.raises(DBAPIError, match=f"{table} are append-only"):
                database.run(lambda connection, change=change: connection.execute(change))  # type: ignore[misc]  # run at once
    assert database.rows(tables) == before


@pytest.mark.parametrize("version", known())
def test_rows_of_every_older_version_are_kept(two: tuple[Database, Database], version: str) -> None:
    database = two[0]
    database.upgrade(version)
    old = MetaData()
    database.run(old.reflect)
    old.remove(old.tables["alembic_version"])
    database.fill(old)
    before = database.rows(old)
    assert all(before.values())
    database.upgrade()
    assert database.rows(old) == before


def test_a_drafted_migration_changes_tables_and_keeps_their_rows(two: tuple[Database, Database], tmp_path: Path) -> None:
    database, made = two
    database.upgrade()
    old, new = declared(), declared()
    database.fill(old)
    before = database.rows(old)
    new.tables["clients"].append_column(Column("nickname", Text))
    new.tables["clients"].append_constraint(UniqueConstraint("business_id", "nickname", name="clients_nickname_unique"))
    Index("clients_by_nickname", new.tables["clients"].c.business_id, new.tables["clients"].c.nickname)
    sparse = next(index for index in new.tables["expenses"].indexes if index.name == "expenses_by_clientid")
    sparse.dialect_options["sqlite"]["where"] = sparse.dialect_options["postgresql"]["where"] = literal_column('"clientid" IS NULL')
    Table("colours", new, Column("name", Text, primary_key=True))
    written = draft("Know what colours clients like", new, {**nouns(collect(bursar.resources)), "colour": 1}, since=known())
    assert written is not None
    versions = tmp_path / "versions"
    shutil.copytree(VERSIONS, versions)
    (versions / written[0]).write_text(written[1])
    database.upgrade(versions=versions)
    made.run(new.create_all)
    assert database.shape() == made.shape()
    assert database.nouns().pop("colour") == 1
    assert {**database.rows(old), "sequences": []} == {**before, "sequences": []}
    assert draft("nothing", old, nouns(collect(bursar.resources)), since=known()) is None


def test_a_draft_never_drops_anything_unasked() -> None:
    tables = declared()
    tables.remove(tables.tables["mails"])
    with pytest.raises(ValueError, match="would drop something"):
        draft("forget mails", tables, {}, since=known())
