"""What became of webhooks, told and sent again from the command line; processes that deliver and nothing else."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.commands import BURSAR, WAIT_S, bursar, environment, serving
from tests.cli.conftest import credentials
from tests.delivery.receiver import Receiver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.cli.commands import Done, Serving
    from tests.cli.conftest import Books

SOON = {"BURSAR_DELIVERIES__RETRIES_S": "[0.01]"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    opened = Receiver()
    yield opened
    opened.close()


def until(ask: Callable[[], Any], wanted: Callable[[Any], bool]) -> Any:
    """Ask again until the answer is the wanted one."""
    deadline = time.monotonic() + WAIT_S
    while not wanted(found := ask()):
        assert time.monotonic() < deadline, found
    return found


def listed(books: Books, *more: object) -> list[dict[str, Any]]:
    """List deliveries but those of verification codes."""
    done = bursar("deliveries", "list", "--json", *more, *books.flags, cwd=books.folder)
    assert done.code == 0, done.err
    return [row for row in done.rows if row["event"] != "callback.verify"]


def callback(server: Serving, known: dict[str, Any], receiver: Receiver) -> None:
    """Register a callback for clients and answer with its code."""
    path, token = f"/events/account/{known['account_id']}/events/callbacks", known["access_token"]
    made = server.post(path, token, {"callback": {"event": "client", "uri": f"{receiver.url}/told"}})
    (code,) = receiver.wait(1)
    number = made.json()["response"]["result"]["callback"]["callbackid"]
    put = server.http.put(
        f"{server.url}{path}/{number}",
        headers={"Authorization": f"Bearer {token}"},
        json={"callback": {"verifier": code.fields["verifier"]}},
        timeout=WAIT_S,
    )
    assert put.status_code == 200, put.text


def add_client(server: Serving, known: dict[str, Any]) -> None:
    path = f"/accounting/account/{known['account_id']}/users/clients"
    assert server.post(path, known["access_token"], {"client": {"organization": "Harbour Bakery"}}).status_code == 200


@contextlib.contextmanager
def working(books: Books) -> Iterator[None]:
    """Let one more process deliver."""
    variables = environment(**SOON, BURSAR_ALLOW_PRIVATE_TARGETS="true")
    running = subprocess.Popen([str(BURSAR), "work", *map(str, books.flags)], cwd=books.folder, env=variables, stderr=subprocess.DEVNULL)
    try:
        yield
        running.send_signal(signal.SIGTERM)
        assert running.wait(WAIT_S) == 0
    finally:
        running.kill()
        running.wait(WAIT_S)


def told(done: Done, code: int, words: str) -> None:
    assert (done.code, words in done.err) == (code, True), done.err


def test_what_was_given_up_is_told_and_sent_again(empty: Books, receiver: Receiver) -> None:
    """On SQLite the server delivers; on PostgreSQL it leaves that to a process of its own here."""
    variables = SOON | ({"BURSAR_DELIVERIES__IN_SERVE": "false"} if empty.url else {})
    with serving("--demo", *empty.flags, cwd=empty.folder, env=variables) as server, contextlib.ExitStack() as beside:
        if empty.url:
            beside.enter_context(working(empty))
        known = credentials(empty.folder / "data" / "demo.json")
        callback(server, known, receiver)
        receiver.answers = lambda _received: 503
        add_client(server, known)
        receiver.wait(3)
        (row,) = until(lambda: listed(empty, "--state", "failed"), bool)
        assert (row["event"], row["attempts"], row["answer"]) == ("client.create", 2, 503)
        shown = bursar("deliveries", "show", row["id"], "--json", *empty.flags, cwd=empty.folder).row
        assert (shown["failure"], shown["verified"], shown["uri"]) == ("answered 503", True, f"{receiver.url}/told")
        receiver.answers = lambda _received: 200
        told(bursar("deliveries", "resend", row["id"], *empty.flags, cwd=empty.folder), 0, "is sent again")
        receiver.wait(4)
        (again,) = until(lambda: listed(empty, "--state", "delivered"), bool)
        assert again["id"] == row["id"]
        assert [each.event_id for each in receiver.got[1:]] == [row["id"].partition("-")[0]] * 3
        assert listed(empty, "--state", "failed") == []
        for command in ("show", "resend"):
            told(bursar("deliveries", command, f"{'9' * 18}-1", *empty.flags, cwd=empty.folder), 3, f"There is no delivery {'9' * 18}-1")


def test_a_delivery_that_does_not_exist(company: Books) -> None:
    for name in ("1-1", "x", "1", "9" * 30 + "-1"):
        for command in ("show", "resend"):
            told(bursar("deliveries", command, name, *company.flags, cwd=company.folder), 3, f"There is no delivery {name}")
    told(bursar("work", *company.flags, cwd=company.folder), 4, "SQLite has one writer")
