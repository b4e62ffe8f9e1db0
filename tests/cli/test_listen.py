"""``bursar listen``: webhooks of a running server reach a program on the same machine, signed as the SDK's documentation checks them."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import stat
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl

from tests.cli.commands import BURSAR, WAIT_S, bursar, environment, serving
from tests.cli.conftest import credentials
from tests.delivery.hooks import signed
from tests.delivery.receiver import Receiver, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from tests.cli.commands import Serving
    from tests.cli.conftest import Books
    from tests.delivery.receiver import Received


@contextlib.contextmanager
def answering(requests: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Answer requests until the end of the block, on a free port."""
    server = HTTPServer(("127.0.0.1", 0), requests)
    running = threading.Thread(target=server.serve_forever, daemon=True)
    running.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        running.join()
        server.server_close()


@contextlib.contextmanager
def program(status: int) -> Iterator[tuple[str, list[Received]]]:
    """Run a program of somebody's own that answers ``status``."""
    got: list[Received] = []

    class Asked(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # their name: http.server
            got.append(read(self))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with answering(Asked) as url:
        yield url, got


class Listening:
    """A ``bursar listen`` that runs until the end of the block at most; ``out`` and ``err`` are the lines it has said so far."""

    def __init__(self, books: Books, *words: object) -> None:
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a program started in the background of a shell hands that on
            signal.signal(signal.SIGINT, signal.default_int_handler)
        command = [str(BURSAR), "listen", *map(str, words), "--data", str(books.folder / "data")]
        self.running = subprocess.Popen(
            command,
            cwd=books.folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.out: list[str] = []
        self.err: list[str] = []
        self._readers = [
            threading.Thread(target=lambda pipe=pipe, said=said: said.extend(iter(pipe.readline, "")), daemon=True)
            for pipe, said in ((self.running.stdout, self.out), (self.running.stderr, self.err))
        ]
        for each in self._readers:
            each.start()

    def verifier(self) -> str:
        """Wait until it is verified and say with what."""
        until(lambda: any("verifier" in line for line in self.err) or self.running.poll() is not None)
        return next((line.split()[-1] for line in self.err if "verifier" in line), f"none: {self.err}")

    def stop(self) -> int:
        """Interrupt it as Ctrl-C does and answer its exit code."""
        self.running.send_signal(signal.SIGINT)
        code = self.running.wait(WAIT_S)
        for each in self._readers:
            each.join()
        return code

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.running.kill()
        self.running.wait(WAIT_S)
        for reader, pipe in zip(self._readers, (self.running.stdout, self.running.stderr), strict=True):
            reader.join()
            assert pipe is not None
            pipe.close()


def until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def test_what_happens_reaches_the_program_signed_with_a_verifier_that_stays(demo: Books) -> None:
    with serving("--demo", *demo.flags, cwd=demo.folder), program(202) as (url, got):
        with Listening(demo, "--forward-to", f"{url}/in?k=1", "--events", "tax,item.create") as first:
            verifier = first.verifier()
            assert bursar("trigger", "client.create", "tax.create", *demo.flags, cwd=demo.folder).code == 0
            until(lambda: first.out)
            assert (first.stop(), first.out[0].split()[0], first.out[0].split()[-1]) == (130, "tax.create", "202")
        assert {each.fields["name"] for each in got} == {"tax.create"}
        assert (got[0].path, signed(got[0], verifier)) == ("/in?k=1", True)
        assert stat.S_IMODE((demo.folder / "data" / "listen.json").stat().st_mode) == 0o600

        with Listening(demo, "--events", "tax", "--print-json") as again:
            assert again.verifier() == verifier
            done = bursar("trigger", "tax.update", *demo.flags, cwd=demo.folder)
            assert done.code == 0, done.err
            until(lambda: any('"tax.update"' in line for line in again.out))
            shown = next(row for row in map(json.loads, list(again.out)) if row["event"]["name"] == "tax.update")
            assert (again.stop(), shown["status"]) == (130, 200)
        assert dict(parse_qsl(shown["body"])) == shown["event"]


def test_a_code_that_was_kept_but_never_given_back_is_given_back(demo: Books) -> None:
    with serving("--demo", *demo.flags, cwd=demo.folder) as server:
        known = credentials(demo.folder / "data" / "demo.json")
        code, kept = registered(server, known)
        for number in range(16):  # more than a page of others
            others = {"callback": {"event": "tax", "uri": f"https://others.example/{number}"}}
            assert server.post(f"/events/account/{known['account_id']}/events/callbacks", known["access_token"], others).status_code == 200
        (demo.folder / "data" / "listen.json").write_text(json.dumps({f"{server.url} {known['account_id']}": kept}))
        with Listening(demo) as listening:
            assert listening.verifier() == code
            assert "Waiting for the server to send its code" in listening.err[0]


def test_real_books_that_send_nothing_home_say_how_they_would(company: Books) -> None:
    token = bursar("token", "add", *company.flags, cwd=company.folder).out.strip()
    with serving(*company.flags, cwd=company.folder) as server:
        refused = bursar("listen", "--url", server.url, "--token", token, *company.flags, cwd=company.folder)
    assert (refused.code, "--allow-private-targets" in refused.err, refused.err.count("\n")) == (4, True, 1), refused.err


def registered(server: Serving, known: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Register a callback that is sent its code and never gives it back; answer the code, and what a listener keeps of it all."""
    receiver = Receiver()
    try:
        port, path = int(receiver.url.rpartition(":")[2]), "/kept"
        callback = {"event": "all", "uri": f"{receiver.url}{path}"}
        made = server.post(f"/events/account/{known['account_id']}/events/callbacks", known["access_token"], {"callback": callback})
        code = receiver.wait(1)[0].fields["verifier"]
    finally:
        receiver.close()
    number = made.json()["response"]["result"]["callback"]["callbackid"]
    return code, {"port": port, "path": path, "id": number, "verifier": code}


def test_an_event_there_is_not_is_refused(tmp_path: Path) -> None:
    refused = bursar("listen", "--events", "invoice,invoice.dispute", cwd=tmp_path)
    assert (refused.code, "There is no event invoice.dispute" in refused.err) == (2, True)


def test_the_receiver_of_the_guide_takes_what_is_signed_and_nothing_else(demo: Books) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "guides" / "webhooks.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    commands = [line.split()[1:] for block in re.findall(r"```sh\n(.*?)```", guide, re.DOTALL) for line in block.splitlines()]
    written: dict[str, Any] = {"print": lambda *words, **_: said.append(" ".join(words))}
    said: list[str] = []
    exec(code, written)  # noqa: S102 - what the guide tells people to run
    serve, listen, *triggers = commands
    with serving(*serve[1:], *demo.flags, cwd=demo.folder), answering(written["Receiver"]) as url:
        words = [url if word == "http://127.0.0.1:8000/" else word for word in listen[1:]]
        with Listening(demo, *words) as listening:
            written["Receiver"].verifier = listening.verifier()
            for trigger in triggers:
                assert bursar(*trigger, *demo.flags, cwd=demo.folder).code == 0
            until(lambda: len(said) >= 3)
            assert {line.split()[0] for line in said} == {"invoice.create", "payment.create"}
            written["Receiver"].verifier = "another"
            assert bursar("trigger", "invoice.create", *demo.flags, cwd=demo.folder).code == 0
            until(lambda: any(line.endswith("401\n") for line in listening.out))
