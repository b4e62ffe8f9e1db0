"""What one run holds: its plan, its scratch folder and the servers it started, each started when first asked for."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from bench import bodies, peers
from bench.books import books, copy_of
from bench.load import Load, run_text, shoot, write_lines
from bench.servers import SCRATCH, VENV, Server, free_port, running, uvicorn_of
from bench.subject import TOKENS, Subject, invoices_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bench.load import Shot
    from bench.rounds import Plan

MAIN = 10_000
HELLO = "/hello"


class Stage(contextlib.ExitStack):
    """A run; leaving it ends its servers and removes its files."""

    def __init__(self, plan: Plan, *, keep_books: bool) -> None:
        super().__init__()
        self.plan = plan
        self.keep_books = keep_books
        (SCRATCH / ".gitignore").parent.mkdir(exist_ok=True)
        (SCRATCH / ".gitignore").write_text("*\n", encoding="utf-8")
        self.folder = SCRATCH / "run" / str(os.getpid())
        self.folder.mkdir(parents=True, exist_ok=True)
        self.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self._subjects: dict[str, Subject] = {}

    def tell(self, words: str) -> None:
        """Say what is going on, apart from the result."""
        print(f"  {words} …", file=sys.stderr, flush=True)

    def started(self, server: Server) -> Server:
        """Hold a server until the run is over."""
        return self.enter_context(running(server))

    def books(self, invoices: int, name: str) -> Path:
        """Return a copy of books of so many invoices, for one server of this run."""
        source = books(invoices, self.tell, keep=self.keep_books)
        return copy_of(source, self.folder / name)

    def subject(self, invoices: int = MAIN, *, grouped: bool = True) -> Subject:
        """Return the server under test on books of so many invoices; `grouped=False` commits every write alone."""
        name = f"ours-{invoices}" + ("" if grouped else "-ungrouped")
        if name not in self._subjects:
            env = {"BURSAR_GROUP_COMMIT": "on" if grouped else "off"}
            subject = Subject(name, self.books(invoices, name), self.folder, env=env)
            self.started(subject.server)
            self._subjects[name] = subject.ready()
        return self._subjects[name]

    @cached_property
    def hello(self) -> Callable[[float], Shot]:
        """The side that asks for hello world."""
        port = free_port()
        server = self.started(Server("hello", uvicorn_of(VENV / "python", "bench.hello:app", port), f"http://127.0.0.1:{port}"))
        server.wait(HELLO)
        return lambda seconds: shoot(Load(server.url + HELLO), seconds, server)

    @cached_property
    def baseline(self) -> Baseline:
        """The baseline on books of its own, as big as the server's."""
        self.tell("seeding the baseline")
        env = {"BASELINE_DATABASE": str(self.folder / "baseline.db"), **peers.environment()}
        seed = [str(VENV / "python"), "-m", "bench.baseline.seed", str(MAIN), str(TOKENS)]
        known = json.loads(run_text(seed, limit_s=120, env=env))
        port = free_port()
        server = self.started(
            Server("baseline", uvicorn_of(VENV / "python", "bench.baseline.app:app", port), f"http://127.0.0.1:{port}", env)
        )
        server.wait("/docs")
        tokens = write_lines(self.folder / "baseline-tokens.txt", known["tokens"])
        return Baseline(server, known["account_id"], known["clients"], tokens, self.folder)


class Baseline(NamedTuple):
    """The running baseline and what its callers need."""

    server: Server
    account: str
    clients: list[int]
    tokens: Path
    folder: Path

    def load(self, kind: str, lines: Sequence[str], connections: int) -> Callable[[float], Shot]:
        """Write a request file and return the side that sends it."""
        requests = write_lines(self.folder / f"baseline-{kind}.tsv", lines)
        headers = ("Content-Type: application/json",) if kind == "creates" else ()
        load = Load(self.server.url, requests, self.tokens, connections, headers)
        return lambda seconds: shoot(load, seconds, self.server)

    def gets(self, connections: int = 32) -> Callable[[float], Shot]:
        """Return the side that reads random invoices."""
        return self.load("gets", list(bodies.gets([f"{invoices_of(self.account)}/{one}" for one in range(1, MAIN + 1)])), connections)

    def creates(self, connections: int = 32) -> Callable[[float], Shot]:
        """Return the side that makes invoices."""
        return self.load("creates", list(bodies.creates(invoices_of(self.account), self.clients)), connections)

    def token(self) -> str:
        """Return one of its tokens."""
        return self.tokens.read_text(encoding="utf-8").split()[0]


def versions() -> dict[str, Any]:
    """Name the versions of what is compared with."""
    text = (
        "import importlib.metadata as m, json; print(json.dumps({n: m.version(n) for n in ('fastapi', 'pydantic', 'localstripe', 'moto')}))"
    )
    found: dict[str, Any] = json.loads(run_text([str(VENV / "python"), "-c", text], limit_s=30, env=peers.environment()))
    return found
