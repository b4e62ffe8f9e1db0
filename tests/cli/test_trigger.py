"""``bursar trigger``: every event that something causes here can be caused from the command line."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from bursar.app import declarations
from tests.cli.commands import bursar, serving
from tests.cli.conftest import Books, credentials

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.commands import Serving

    Shop = tuple[Serving, Books, dict[str, Any]]


@pytest.fixture(scope="module")
def shop(seeded_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    books = Books(tmp_path_factory.mktemp("shop"))
    shutil.copytree(seeded_once / "data", books.folder / "data")
    with serving("--demo", *books.flags, cwd=books.folder) as server:
        yield server, books, credentials(books.folder / "data" / "demo.json")


def test_every_event_of_the_catalogue_can_be_caused(shop: Shop) -> None:
    server, books, known = shop
    book, _ = declarations()
    declared = {operation.event for _, operation in book.operations() if operation.event and operation.built}
    listed = [row["event"] for row in bursar("trigger", "list", "--json", cwd=books.folder).rows]
    assert set(listed) == declared | {"estimate.sendByEmail", "invoice.sendByEmail"}
    before = happened(books)
    done = bursar("trigger", *listed, *books.flags, "--json", cwd=books.folder)
    assert (done.code, [row["event"] for row in done.rows]) == (0, listed), done.err
    assert set(listed) - set(happened(books) - before) == set()
    deleted = next(row["invoice"]["id"] for row in done.rows if row["event"] == "invoice.delete")
    invoice = server.get(f"/accounting/account/{known['account_id']}/invoices/invoices/{deleted}", known["access_token"]).json()
    assert invoice["response"]["result"]["invoice"]["vis_state"] == 1


def happened(books: Books) -> Counter[str]:
    """Count the events in the outbox by name."""
    with contextlib.closing(sqlite3.connect(books.file)) as file:
        return Counter(name for (name,) in file.execute("SELECT event FROM outbox"))


def test_fields_can_be_set_and_what_was_made_is_shown(shop: Shop) -> None:
    server, books, known = shop
    words = ("--set", "amount.amount=7.00", "--set", "note=Seven", *books.flags)
    paid = bursar("trigger", "payment.create", *words, "--json", cwd=books.folder).row["payment"]
    assert (paid["amount"]["amount"], paid["note"]) == ("7.00", "Seven")
    said = bursar("trigger", "client.create", "--url", server.url, "--token", known["access_token"], cwd=books.folder)
    assert said.out.startswith("client.create: client ")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        pytest.param(["invoice.dispute"], 3, "Nothing causes invoice.dispute here. There are: category", id="an event there is not"),
        pytest.param(["invoice.create", "--set", "colour=red"], 2, "invoice has no field colour; it has", id="a field there is not"),
        pytest.param(["invoice.create", "--set", "notes"], 2, "notes is not FIELD=VALUE", id="no value"),
        pytest.param(["tax.create", "item.create", "--set", "name=a"], 2, "It goes with one event", id="one field for two"),
        pytest.param(["tax.create"], 4, "bursar serve --demo makes one", id="no server"),
        pytest.param(["tax.create", "--url", "http://127.0.0.1:1", "--token", "t"], 4, "does not answer", id="a server that is away"),
    ],
)
def test_what_cannot_be_caused_is_said(tmp_path: Path, words: list[str], code: int, said: str) -> None:
    refused = bursar("trigger", *words, cwd=tmp_path)
    assert (refused.code, said in refused.err) == (code, True), refused.err


def test_the_server_s_refusal_is_shown(shop: Shop) -> None:
    _, books, _ = shop
    refused = bursar("trigger", "payment.create", "--set", "invoiceid=999999", *books.flags, cwd=books.folder)
    assert (refused.code, "answers 4" in refused.err) == (1, True), refused.err
