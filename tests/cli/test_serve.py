"""The server as an operator runs it: where it listens, what it refuses, how it stops."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from bursar.serving.large_pages import can_gather
from tests.cli.commands import BURSAR, WAIT_S, bursar, environment, serving

if TYPE_CHECKING:
    from tests.cli.conftest import Books

ME = "/auth/api/v1/users/me"


def token_of(books: Books) -> str:
    return bursar("token", "add", *books.flags, cwd=books.folder).out.strip()


def test_real_books_are_served_without_a_secret_on_the_screen(books: Books) -> None:
    token = token_of(books)
    with serving(*books.flags, cwd=books.folder) as server:
        (business,) = server.get(ME, token).json()["response"]["business_memberships"]
        assert business["business"]["name"] == "Lee Studio"
        account = business["business"]["account_id"]
        for empty in ("users/clients", "invoices/invoices"):
            assert server.get(f"/accounting/account/{account}/{empty}", token).json()["response"]["result"]["total"] == 0
        categories = server.get(f"/accounting/account/{account}/expenses/categories", token).json()
        assert 56 <= categories["response"]["result"]["total"] <= 59
        staff = server.get(f"/accounting/account/{account}/users/staffs/1", token).json()["response"]["result"]["staff"]
        assert (staff["fname"], staff["lname"], staff["email"]) == ("Ann", "Lee", "ann@example.com")
    assert server.running.returncode == 0
    assert token not in "".join(server.out + server.err)


def test_books_without_a_business_say_what_to_do(tmp_path: Path) -> None:
    with serving("--data", tmp_path / "data", cwd=tmp_path) as server:
        pass
    assert "bursar init" in "".join(server.out)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        pytest.param(["--demo"], "production books", id="real books as a demo"),
        pytest.param(["--workers", 2], "SQLite has one writer", id="several processes on one file"),
        pytest.param(["--public-url", "books.example"], "must begin with https://", id="a public URL that is none"),
        pytest.param(["--credentials-file", "secrets.json"], "goes with --demo", id="secrets of real books in a file"),
        pytest.param(["--config", "missing.toml"], "There is no file missing.toml", id="a file of settings that is not there"),
        pytest.param(["--port", 70_000], "The setting port will not do", id="a port beyond the last"),
    ],
)
def test_what_cannot_be_served_is_refused_in_a_sentence(company: Books, flags: list[object], said: str) -> None:
    refused = bursar("serve", *company.flags, "--port", 0, *flags, cwd=company.folder)
    assert refused.code == 4
    assert said in refused.err
    assert "Traceback" not in refused.err


def test_a_demo_is_not_served_as_real_books(demo: Books) -> None:
    refused = bursar("serve", *demo.flags, "--port", 0, cwd=demo.folder)
    assert (refused.code, "demo books" in refused.err) == (4, True)


def test_two_servers_cannot_have_one_file(company: Books) -> None:
    with serving(*company.flags, cwd=company.folder) as server:
        second = bursar("serve", *company.flags, "--port", 0, cwd=company.folder)
        assert (second.code, "another server is serving" in second.err) == (1, True)
        assert server.http.get(f"{server.url}/_/live", timeout=WAIT_S).status_code == 200


def test_a_port_that_is_taken_is_named(company: Books) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = bursar("serve", *company.flags, "--port", port, cwd=company.folder)
    assert (refused.code, f"port {port}" in refused.err) == (4, True)


def test_assertions_cannot_be_switched_off(tmp_path: Path) -> None:
    refused = subprocess.run(
        [str(BURSAR), "--version"], cwd=tmp_path, env=environment(PYTHONOPTIMIZE="1"), capture_output=True, text=True, check=False
    )
    assert refused.returncode == 1
    assert "python -O" in refused.stderr


def test_settings_come_from_flags_then_variables_then_the_file(company: Books) -> None:
    (company.folder / "bursar.toml").write_text('public_url = "https://from-the-file.example"\nport = 1\n[smtp]\nhost = ""\n')
    env = {"BURSAR_PUBLIC_URL": "https://from-a-variable.example", "PORT": "0"}
    for flags, expected in (((), "from-a-variable"), (("--public-url", "https://from-a-flag.example/"), "from-a-flag")):
        with serving(*company.flags, *flags, cwd=company.folder, env=env) as server:
            assert server.url == f"https://{expected}.example"


def test_hosting_services_say_port_and_database_in_their_own_words(database_url: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
    env = {"PORT": port, "DATABASE_URL": database_url}
    with serving("--data", tmp_path / "data", cwd=tmp_path, env=env, port="") as server:
        assert server.url == f"http://127.0.0.1:{port}"
    assert not (tmp_path / "data" / "books.db").exists()


def test_an_unknown_setting_is_an_error_that_shows_no_values(company: Books) -> None:
    (company.folder / "bursar.toml").write_text('prot = 1\nsecret_key = ["hidden"]\n')
    refused = bursar("serve", *company.flags, cwd=company.folder)
    assert refused.code == 4
    assert "There is no setting prot." in refused.err
    assert "hidden" not in refused.err


@pytest.mark.parametrize("variable", ["BURSAR_WIRE_ACCOUNTING_401", "BURSAR_WIRE__ACCOUNTING_401", "BURSAR_WIRE_ACCOUNTING_401_FILE"])
def test_a_switch_may_be_spelled_with_one_underscore_as_the_contract_does(company: Books, variable: str) -> None:
    (company.folder / "chosen").write_text("live\n")
    chosen = str(company.folder / "chosen") if variable.endswith("_FILE") else "live"
    with serving(*company.flags, cwd=company.folder, env={variable: chosen}) as server:
        refused = server.http.get(f"{server.url}/accounting/account/nobody/users/clients", timeout=60)
    assert sorted(refused.json()) == ["error", "error_description"]


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        pytest.param("BURSAR_POLICY_ROUNDING", "rounding", id="a policy"),
        pytest.param("BURSAR_OAUTH_ALLOW_HTTP_LOCALHOST", "oauth", id="a switch of OAuth"),
    ],
)
def test_a_switch_refuses_what_it_cannot_be(company: Books, variable: str, said: str) -> None:
    refused = bursar("serve", *company.flags, cwd=company.folder, env={variable: "sideways"})
    assert (refused.code, said in refused.err) == (4, True)


def test_secrets_may_come_from_files(company: Books) -> None:
    (company.folder / "key").write_text("another key, long enough to be one\n")
    refused = bursar("serve", *company.flags, "--port", 0, cwd=company.folder, env={"BURSAR_SECRET_KEY_FILE": str(company.folder / "key")})
    assert (refused.code, "opened with another secret key" in refused.err) == (4, True)


def test_a_key_that_others_can_read_is_refused(company: Books) -> None:
    (company.folder / "data" / "secret_key").chmod(0o644)
    refused = bursar("serve", *company.flags, "--port", 0, cwd=company.folder)
    assert (refused.code, "chmod 600" in refused.err) == (4, True)


def test_a_request_under_way_is_finished_before_the_server_stops(company: Books) -> None:
    token = token_of(company)
    with serving(*company.flags, cwd=company.folder) as server:
        account = server.get(ME, token).json()["response"]["business_memberships"][0]["business"]["account_id"]
        body = b'{"client": {"organization": "In Time"}}'
        head = (
            f"POST /accounting/account/{account}/users/clients HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode()
        host, port = re.fullmatch(r"http://(.*):(\d+)", server.url).groups()  # type: ignore[union-attr]  # a screen shows it so
        with socket.create_connection((host, int(port)), timeout=WAIT_S) as caller:
            caller.sendall(head + body[:10])
            assert server.http.get(f"{server.url}/_/live", timeout=WAIT_S).status_code == 200
            server.running.send_signal(signal.SIGTERM)
            while not _refuses(host, int(port)):
                os.sched_yield()
            caller.sendall(body[10:])
            answer = caller.recv(65_536)
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"In Time" in answer
        assert server.running.wait(WAIT_S) == 0


def test_several_processes_serve_postgresql(database_url: str, tmp_path: Path) -> None:
    flags = ("--data", tmp_path / "data", "--database-url", database_url)
    file = tmp_path / "credentials.json"
    with serving("--demo", *flags, "--workers", 2, "--credentials-file", file, cwd=tmp_path) as server:
        known = json.loads(file.read_text())
        clients = f"/accounting/account/{known['account_id']}/users/clients"
        total = server.get(clients, known["access_token"]).json()["response"]["result"]["total"]
        for number in range(8):
            added = server.http.post(
                f"{server.url}{clients}",
                headers={"Authorization": f"Bearer {known['access_token']}", "Connection": "close"},
                json={"client": {"organization": f"Client {number}"}},
                timeout=WAIT_S,
            )
            assert added.status_code == 200
        assert server.get(clients, known["access_token"]).json()["response"]["result"]["total"] == total + 8
        assert server.stop() == 0


def _refuses(host: str, port: int) -> bool:
    """Whether nobody listens there any more."""
    try:
        with socket.create_connection((host, port), timeout=WAIT_S):
            return False
    except ConnectionRefusedError:
        return True


@pytest.mark.skipif(not can_gather(), reason="the kernel cannot gather pages, or may not")
def test_the_memory_of_a_server_is_gathered_into_large_pages(books: Books) -> None:
    with serving(*books.flags, cwd=books.folder) as server:
        told = Path(f"/proc/{server.running.pid}/smaps_rollup")
        deadline = monotonic() + WAIT_S
        while not (large := int(re.findall(r"AnonHugePages: +(\d+)", told.read_text())[0])):
            assert monotonic() < deadline, "nothing was gathered"
    assert large >= 2048
