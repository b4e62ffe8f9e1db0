"""Commands that call a server: what they say when it is none of ours or hangs up, and to whom they show which token."""

from __future__ import annotations

import contextlib
import socketserver
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bursar.serving.credentials import FILE, read_credentials
from tests.cli.commands import bursar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Books

CUT_SHORT = b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"now"'


def page(text: bytes) -> bytes:
    """Return a whole answer."""
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(text), text)


@contextlib.contextmanager
def answering(answer: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """Run a server that answers every request with these bytes and hangs up; the list has the lines it was sent."""
    got: list[bytes] = []

    class Asked(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while (line := self.rfile.readline()).strip():
                got.append(line)
            self.wfile.write(answer)

    with socketserver.TCPServer(("127.0.0.1", 0), Asked) as server:
        running = threading.Thread(target=server.serve_forever, daemon=True)
        running.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", got
        finally:
            server.shutdown()
            running.join()


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", id="no HTTP"),
        pytest.param(page(b"<html>It works!</html>"), id="a page"),
        pytest.param(page(b""), id="nothing"),
        pytest.param(page(b'{"response": []}'), id="JSON of something else"),
        pytest.param(page(b"\xff"), id="bytes that are no text"),
        pytest.param(CUT_SHORT, id="an answer cut short"),
        pytest.param(b"", id="a connection that ends"),
    ],
)
def test_what_is_no_server_of_ours_is_said(demo: Books, answer: bytes) -> None:
    with answering(answer) as (url, _):
        refused = bursar("trigger", "tax.create", "--url", url, "--token", "t", *demo.flags, cwd=demo.folder)
    assert (refused.code, refused.err.startswith(f"bursar: {url} "), len(refused.err.splitlines())) == (4, True, 1), refused.err


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(page(b"<html>It works!</html>"), id="a page"),
        pytest.param(CUT_SHORT, id="an answer cut short"),
        pytest.param(b"", id="a connection that ends"),
    ],
)
def test_a_lost_connection_to_sample_books_is_said(demo: Books, answer: bytes) -> None:
    with answering(answer) as (url, _):
        point_to(demo, url)
        refused = bursar("clock", *demo.flags, cwd=demo.folder)
    assert (refused.code, url in refused.err, len(refused.err.splitlines())) == (4, True, 1), refused.err


def test_the_token_of_sample_books_goes_to_their_server_only(demo: Books) -> None:
    with answering(page(b"{}")) as (url, got):
        flag = bursar("trigger", "tax.create", "--url", url, *demo.flags, cwd=demo.folder)
        variable = bursar("trigger", "tax.create", *demo.flags, cwd=demo.folder, env={"FRESHBOOKS_API_URL": url})
        assert [(done.code, "--url and --token" in done.err) for done in (flag, variable)] == [(4, True)] * 2
        assert got == []
        point_to(demo, url)
        bursar("trigger", "tax.create", "--url", f"{url}/", *demo.flags, cwd=demo.folder)
        assert any(line.startswith(b"Authorization: Bearer ") for line in got), got


def test_the_token_of_the_environment_goes_to_the_server_of_the_environment_only(demo: Books) -> None:
    with answering(page(b"{}")) as (url, got):
        elsewhere = {"FRESHBOOKS_ACCESS_TOKEN": "of the real one", "FRESHBOOKS_API_URL": "https://api.example"}
        for variables in (elsewhere, elsewhere | {"FRESHBOOKS_API_URL": ""}):
            refused = bursar("trigger", "tax.create", "--url", url, *demo.flags, cwd=demo.folder, env=variables)
            assert (refused.code, "--url and --token" in refused.err) == (4, True)
        assert got == []
        here = elsewhere | {"FRESHBOOKS_API_URL": f"{url}/"}
        for words in ([], ["--url", url]):
            bursar("trigger", "tax.create", *words, *demo.flags, cwd=demo.folder, env=here)
            assert b"Authorization: Bearer of the real one\r\n" in got
            got.clear()


def point_to(books: Books, url: str) -> None:
    """Let the credentials name another server."""
    file = books.folder / "data" / FILE
    known = read_credentials(file)
    assert known is not None
    replace(known, base_url=url).write(file)
