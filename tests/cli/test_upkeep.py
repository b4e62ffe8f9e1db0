"""Backup, restore, verify, doctor: what keeps books safe."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import stat
import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.commands import WAIT_S, bursar, serving
from tests.cli.conftest import Books, credentials
from tests.clients.running import NO_LIMITS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.commands import Serving

LISTS = (
    "users/clients",
    "invoices/invoices",
    "payments/payments",
    "expenses/expenses",
    "estimates/estimates",
    "items/items",
    "taxes/taxes",
    "expenses/categories",
)


def test_a_backup_made_under_writes_comes_back_with_the_same_answers(empty: Books, seeded_once: Path, tmp_path: Path) -> None:
    file = tmp_path / "books.backup"
    if not empty.url:
        shutil.copytree(seeded_once / "data", empty.folder / "data")
    with serving("--demo", *empty.flags, cwd=empty.folder, env=NO_LIMITS) as server:
        known = credentials(empty.folder / "data" / "demo.json")
        with _writing(server, known) as written:
            before = len(written)
            assert bursar("backup", file, *empty.flags, cwd=empty.folder).code == 0
            assert bursar("verify", *empty.flags, cwd=empty.folder).code == 0
        answers = {path: _all(server, known, path) for path in LISTS}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    back = Books(tmp_path / "restored")
    back.folder.mkdir()
    restored = bursar("restore", file, *back.flags, cwd=back.folder)
    assert restored.code == 0, restored.err
    assert bursar("verify", *back.flags, cwd=back.folder).code == 0
    with serving("--demo", *back.flags, cwd=back.folder) as server:
        again = {path: _all(server, known, path) for path in LISTS}
        clients = {client["id"]: client for client in answers.pop("users/clients")}
        found = {client["id"]: client for client in again.pop("users/clients")}
        assert set(written[:before]) <= set(found) <= set(clients)
        assert all(client == clients[number] for number, client in found.items())
        assert again == answers


def test_books_move_from_a_file_to_postgresql_and_go_on(company: Books, database_url: str, tmp_path: Path) -> None:
    token = bursar("token", "add", *company.flags, cwd=company.folder).out.strip()
    assert bursar("backup", "books.backup", *company.flags, cwd=company.folder).code == 0
    moved = Books(tmp_path / "moved", database_url)
    moved.folder.mkdir()
    restored = bursar("restore", company.folder / "books.backup", *moved.flags, cwd=moved.folder)
    assert restored.code == 0, restored.err
    with serving(*moved.flags, cwd=moved.folder) as server:
        account = server.get("/auth/api/v1/users/me", token).json()["response"]["business_memberships"][0]["business"]["account_id"]
        categories = f"/accounting/account/{account}/expenses/categories"
        known = {row["id"] for row in server.get(f"{categories}?per_page=100", token).json()["response"]["result"]["categories"]}
        added = server.post(categories, token, {"category": {"category": "Moving", "parentid": min(known)}}).json()
        assert added["response"]["result"]["category"]["id"] > max(known)
    occupied = bursar("restore", company.folder / "books.backup", *moved.flags, cwd=moved.folder)
    assert (occupied.code, "There are books in that database already" in occupied.err) == (4, True)


def test_restore_never_writes_over_books(company: Books) -> None:
    assert bursar("backup", "books.backup", *company.flags, cwd=company.folder).code == 0
    before = company.file.read_bytes()
    refused = bursar("restore", "books.backup", *company.flags, cwd=company.folder)
    assert (refused.code, "is there already" in refused.err) == (4, True)
    assert company.file.read_bytes() == before
    again = bursar("backup", "books.backup", *company.flags, cwd=company.folder)
    assert (again.code, "is there already" in again.err) == (4, True)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(None, "There is no file", id="no file"),
        pytest.param(b"", "is no backup of bursar", id="an empty file"),
        pytest.param(b"not a database at all, but some text " * 100, "is no backup of bursar", id="some other file"),
    ],
)
def test_restore_refuses_what_is_no_backup(tmp_path: Path, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / "file").write_bytes(content)
    refused = bursar("restore", tmp_path / "file", "--data", tmp_path / "data", cwd=tmp_path)
    assert (refused.code, said in refused.err) == (4, True), refused.err
    assert not (tmp_path / "data" / "books.db").exists()


def test_a_damaged_backup_is_refused(demo: Books) -> None:
    file = demo.folder / "books.backup"
    assert bursar("backup", file, *demo.flags, cwd=demo.folder).code == 0
    with file.open("r+b") as pages:
        pages.seek(file.stat().st_size // 2)
        pages.write(b"\xff" * 20_000)
    refused = bursar("restore", file, "--data", demo.folder / "other", cwd=demo.folder)
    assert refused.code == 4, refused.err
    assert not (demo.folder / "other" / "books.db").exists()


def test_verify_names_the_first_thing_that_does_not_agree(demo: Books) -> None:
    assert bursar("verify", *demo.flags, cwd=demo.folder).code == 0
    with contextlib.closing(sqlite3.connect(demo.file)) as file, file:
        (number,) = file.execute("SELECT id FROM invoices WHERE outstanding > 0 ORDER BY id LIMIT 1").fetchone()
        file.execute("UPDATE invoices SET outstanding = outstanding + 1 WHERE id = ?", (number,))
    wrong = bursar("verify", *demo.flags, cwd=demo.folder)
    assert wrong.code == 1
    assert f"invoice {number}" in wrong.out
    assert len(wrong.out.splitlines()) == 1
    assert len(bursar("verify", "--all", *demo.flags, cwd=demo.folder).out.splitlines()) >= 1


def test_a_newer_schema_is_refused_by_every_command(company: Books) -> None:
    with contextlib.closing(sqlite3.connect(company.file)) as file, file:
        file.execute("UPDATE alembic_version SET version_num = '9999'")
    before = company.file.read_bytes()
    for words in (["serve", "--port", "0"], ["migrate"], ["verify"], ["backup", "file"], ["token", "list"]):
        refused = bursar(*words, *company.flags, cwd=company.folder)
        assert (refused.code, "schema 9999, made by a newer bursar" in refused.err) == (4, True)
    assert company.file.read_bytes() == before


def test_an_older_schema_is_migrated_by_serve_and_by_nothing_that_only_reads(company: Books) -> None:
    with contextlib.closing(sqlite3.connect(company.file)) as file, file:
        file.execute("UPDATE alembic_version SET version_num = '0001'")
        for table in ("entries", "postings"):
            for when in ("update", "delete"):
                file.execute(f"DROP TRIGGER {table}_stand_{when}")
    refused = bursar("verify", *company.flags, cwd=company.folder)
    assert (refused.code, "bursar migrate" in refused.err) == (4, True)
    with serving(*company.flags, cwd=company.folder) as server:
        assert "Migrating the database from schema 0001" in "".join(server.err)
    assert bursar("migrate", *company.flags, cwd=company.folder).code == 0
    with contextlib.closing(sqlite3.connect(company.file)) as file:
        assert file.execute("SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'").fetchone()[0] == 4


def test_doctor_finds_what_is_missing(company: Books, tmp_path: Path) -> None:
    well = bursar("doctor", *company.flags, "--json", cwd=company.folder)
    assert well.code == 0
    assert {row["what"] for row in well.rows} == {"clock", "settings", "books", "secret key", "business", "webhooks", "mail"}
    nothing = bursar("doctor", "--data", tmp_path / "nothing", cwd=tmp_path)
    assert (nothing.code, "bursar init" in nothing.out) == (4, True)
    assert not (tmp_path / "nothing").exists()
    unreachable = bursar("doctor", *company.flags, cwd=company.folder, env={"BURSAR_SMTP__HOST": "127.0.0.1", "BURSAR_SMTP__PORT": "1"})
    assert (unreachable.code, "cannot be reached" in unreachable.out) == (4, True)


@pytest.mark.parametrize(
    ("kind", "chosen", "said"),
    [
        pytest.param("company", "", "public addresses only", id="real books"),
        pytest.param("company", "true", "this machine and its network", id="real books that may"),
        pytest.param("demo", "", "this machine and its network", id="sample books"),
        pytest.param("demo", "false", "public addresses only", id="sample books that may not"),
    ],
)
def test_doctor_says_where_webhooks_may_go(request: pytest.FixtureRequest, kind: str, chosen: str, said: str) -> None:
    books: Books = request.getfixturevalue(kind)
    looked = bursar("doctor", *books.flags, "--json", cwd=books.folder, env={"BURSAR_ALLOW_PRIVATE_TARGETS": chosen})
    (finding,) = (row for row in looked.rows if row["what"] == "webhooks")
    assert (looked.code, finding["ok"], said in finding["text"]) == (0, True, True)


def test_doctor_asks_a_server_whether_it_is_ready(company: Books) -> None:
    with serving(*company.flags, cwd=company.folder) as server:
        url = server.url
        assert bursar("doctor", "--ready", url, cwd=company.folder).code == 0
    assert bursar("doctor", "--ready", url, cwd=company.folder).code == 4


@contextlib.contextmanager
def _writing(server: Serving, known: dict[str, Any]) -> Any:
    """Add clients one after the other all the while; answers the growing list of their ids."""
    written: list[int] = []
    enough, begun = threading.Event(), threading.Event()
    path, token = f"/accounting/account/{known['account_id']}/users/clients", known["access_token"]

    def write() -> None:
        while not enough.is_set():
            added = server.post(path, token, {"client": {"organization": f"Client {len(written)}"}})
            written.append(added.json()["response"]["result"]["client"]["id"])
            begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert begun.wait(WAIT_S)
        yield written
    finally:
        enough.set()
        writer.join()


def _all(server: Serving, known: dict[str, Any], path: str) -> list[dict[str, Any]]:
    """Return everything that a list lists."""
    found: list[dict[str, Any]] = []
    page = pages = 1
    while page <= pages:
        answer = server.get(f"/accounting/account/{known['account_id']}/{path}?per_page=100&page={page}", known["access_token"]).json()
        result = answer["response"]["result"]
        (rows,) = (value for value in result.values() if isinstance(value, list))
        found += rows
        page, pages = page + 1, result["pages"]
    return found
