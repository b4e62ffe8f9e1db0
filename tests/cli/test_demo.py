"""The demo: one command from an empty directory to a program that works."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import signal
import sqlite3
import stat
import subprocess
from typing import TYPE_CHECKING, Any

from tests.cli.commands import BURSAR, WAIT_S, bursar, environment, serving
from tests.cli.conftest import credentials

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.commands import Serving
    from tests.cli.conftest import Books

ME = "/auth/api/v1/users/me"


def test_an_empty_directory_becomes_a_working_server(empty: Books) -> None:
    file = empty.folder / "credentials.json"
    with serving("--demo", *empty.flags, "--credentials-file", file, cwd=empty.folder) as server:
        known = credentials(file)
        me = server.get(ME, known["access_token"]).json()["response"]
        books = me["business_memberships"][0]["business"]
        assert me["created_at"] == me["confirmed_at"] == me["roles"][0]["created_at"], "the owner is as old as the books"
        assert len(me["groups"]) > 20
        assert known["base_url"] == server.url
        assert (books["id"], books["account_id"], books["business_uuid"]) == (
            known["business_id"],
            known["account_id"],
            known["business_uuid"],
        )
        assert str(known["business_id"]) != known["account_id"]
        clients = server.get(f"/accounting/account/{known['account_id']}/users/clients", known["access_token"]).json()
        assert clients["response"]["result"]["total"] == 30
        assert _refreshed(server, known).status_code == 200
        snapshots = bursar("snapshot", "list", "--json", *empty.flags[:2], cwd=empty.folder)
        if empty.url:
            assert (snapshots.code, snapshots.err.startswith("bursar: Snapshots are not offered on PostgreSQL")) == (4, True), snapshots.err
        else:
            assert [row["name"] for row in snapshots.rows] == ["fresh"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((empty.folder / "data").stat().st_mode) == 0o700
    assert server.running.returncode == 0


def test_the_file_of_credentials_appears_only_when_the_server_answers(demo: Books) -> None:
    file = demo.folder / "credentials.json"
    file.write_text("from an earlier start")
    with serving("--demo", *demo.flags, "--credentials-file", file, cwd=demo.folder) as server:
        assert server.http.get(credentials(file)["base_url"] + "/_/live", timeout=WAIT_S).status_code == 200


def test_another_start_keeps_the_books_and_hands_out_a_working_pair(demo: Books) -> None:
    file = demo.folder / "data" / "demo.json"
    before = credentials(file)
    with serving("--demo", *demo.flags, cwd=demo.folder) as server:
        now = credentials(file)
        kept = ("account_id", "business_id", "client_id", "client_secret", "owner_email", "owner_password")
        assert {name: now[name] for name in kept} == {name: before[name] for name in kept}
        assert now["access_token"] != before["access_token"]
        assert server.get(ME, now["access_token"]).status_code == 200
        assert _refreshed(server, before).json()["error"] == "invalid_grant"
        assert _refreshed(server, now).status_code == 200
        invoices = server.get(f"/accounting/account/{now['account_id']}/invoices/invoices", now["access_token"]).json()
        assert invoices["response"]["result"]["total"] > 150


def test_a_start_without_the_file_makes_new_secrets(demo: Books) -> None:
    file = demo.folder / "data" / "demo.json"
    before = credentials(file)
    file.unlink()
    with serving("--demo", *demo.flags, cwd=demo.folder) as server:
        now = credentials(file)
        assert now["client_id"] != before["client_id"]
        assert _refreshed(server, now).status_code == 200


def test_an_opening_that_was_interrupted_begins_anew(demo: Books) -> None:
    with contextlib.closing(sqlite3.connect(demo.file)) as file, file:
        file.execute("DELETE FROM settings WHERE name = 'filled'")
        file.execute("DELETE FROM clients")
    with serving("--demo", *demo.flags, cwd=demo.folder) as server:
        known = credentials(demo.folder / "data" / "demo.json")
        clients = server.get(f"/accounting/account/{known['account_id']}/users/clients", known["access_token"]).json()
        assert clients["response"]["result"]["total"] == 30


def test_a_killed_server_starts_again_with_what_it_answered(demo: Books) -> None:
    with serving("--demo", *demo.flags, cwd=demo.folder) as server:
        known = credentials(demo.folder / "data" / "demo.json")
        clients = f"/accounting/account/{known['account_id']}/users/clients"
        added = server.post(clients, known["access_token"], {"client": {"organization": "Last One"}}).json()
        server.stop(signal.SIGKILL)
    with serving("--demo", *demo.flags, cwd=demo.folder) as server:
        found = server.get(f"{clients}/{added['response']['result']['client']['id']}", known["access_token"]).json()
        assert found["response"]["result"]["client"]["organization"] == "Last One"


def test_a_terminal_is_shown_a_curl_that_works_when_pasted(demo: Books) -> None:
    ours, theirs = pty.openpty()
    command = [str(BURSAR), "--demo", *map(str, demo.flags), "--port", "0"]
    running = subprocess.Popen(command, cwd=demo.folder, env=environment(), stdout=theirs, stderr=subprocess.DEVNULL)
    os.close(theirs)
    try:
        screen = ""
        while "bursar env" not in screen:
            screen += os.read(ours, 4096).decode()
        (line,) = re.findall(r"curl .*", screen)
        answered = subprocess.run(line.strip(), shell=True, env=environment(no_proxy="*"), capture_output=True, text=True, check=True)  # noqa: S602 - as a user would
        assert '"business_memberships"' in answered.stdout
        assert re.findall(r"export FRESHBOOKS_(API|AUTH)_URL=http://127.0.0.1:\d+", screen) == ["API", "AUTH"]
    finally:
        running.send_signal(signal.SIGINT)
        assert running.wait(WAIT_S) == 0
        os.close(ours)


def test_elsewhere_no_secret_is_shown_nor_logged(demo: Books) -> None:
    with serving("--demo", *demo.flags, cwd=demo.folder) as server:
        known = credentials(demo.folder / "data" / "demo.json")
        server.get(ME, known["access_token"])
        server.get(ME, "at_unknown-token")
        server.http.get(f"{server.url}{ME}?access_token={known['access_token']}", timeout=WAIT_S)
        fresh = _refreshed(server, known).json()
    said = "".join(server.out + server.err)
    secrets = [known[name] for name in ("client_secret", "access_token", "refresh_token", "owner_password")]
    assert not [secret for secret in (*secrets, fresh["access_token"], fresh["refresh_token"], "at_unknown-token") if secret in said]


def test_env_says_what_the_server_says(demo: Books) -> None:
    known = credentials(demo.folder / "data" / "demo.json")
    shell = (
        f'eval "$({BURSAR} env --data {demo.folder / "data"})"; echo $FRESHBOOKS_API_URL $FRESHBOOKS_ACCESS_TOKEN $FRESHBOOKS_ACCOUNT_ID'
    )
    said = subprocess.run(["sh", "-c", shell], cwd=demo.folder, env=environment(), capture_output=True, text=True, check=True).stdout
    assert said.split() == [known["base_url"], known["access_token"], known["account_id"]]
    assert bursar("env", "-o", "json", *demo.flags, cwd=demo.folder).out.strip() == (demo.folder / "data" / "demo.json").read_text().strip()


def test_without_flags_the_demo_lies_in_the_directory_at_hand(tmp_path: Path) -> None:
    with serving("--demo", cwd=tmp_path):
        assert (tmp_path / "bursar_data" / "books.db").exists()
        assert (tmp_path / "bursar_data" / "demo.json").exists()


def _refreshed(server: Serving, known: dict[str, Any]) -> Any:
    names = ("client_id", "client_secret", "refresh_token", "redirect_uri")
    body = {name: known[name] for name in names} | {"grant_type": "refresh_token"}
    return server.http.post(f"{server.url}/auth/oauth/token", json=body, timeout=WAIT_S)
