"""The server under test: started on a data directory, with a hundred tokens got the way a client gets them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import apsw

from bench import bodies
from bench.load import Load, shoot, write_lines
from bench.servers import VENV, NotStarted, Server, ask, free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from bench.load import Shot

TOKENS = 100
SAMPLE = 10_000
LIVE = "/_/live"
OUT_OF_REACH = {"BURSAR_LIMITS__PER_MINUTE": "1000000000", "BURSAR_LIMITS__ACCOUNTING_POST_PER_MINUTE": "1000000000"}
"""Calls are counted and told as they always are, and none is one too many."""


class Subject:
    """One running server; `folder` is its data directory, `files` where what is sent to it is written."""

    def __init__(self, name: str, folder: Path, files: Path, *, env: Mapping[str, str] | None = None, database_url: str = "") -> None:
        self.name, self.folder, self.files = name, folder, files
        files.mkdir(parents=True, exist_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
        self._credentials = files / f"{name}-credentials.json"
        self._credentials.unlink(missing_ok=True)
        port = free_port()
        command = [
            str(VENV / "bursar"),
            "serve",
            "--demo",
            "--data",
            str(folder),
            "--port",
            str(port),
            "--credentials-file",
            str(self._credentials),
        ]
        if database_url:
            command += ["--database-url", database_url]
        self.server = Server(name, command, f"http://127.0.0.1:{port}", {**OUT_OF_REACH, **(env or {})})
        self.tokens = files / f"{name}-tokens.txt"

    def ready(self) -> Subject:
        """Wait until it answers and get the tokens; whoever started it ends it."""
        self.server.wait(LIVE)
        self.known: dict[str, Any] = json.loads(self._credentials.read_text(encoding="utf-8"))
        self.account: str = self.known["account_id"]
        self.business_id = int(self.known["business_id"])
        write_lines(self.tokens, self._more_tokens(TOKENS))
        self.token = self.tokens.read_text(encoding="utf-8").split()[0]
        return self

    def _more_tokens(self, wanted: int) -> list[str]:
        """Refresh as often as tokens are wanted: an access token lives on when its refresh token is used up."""
        found: list[str] = []
        refresh = self.known["refresh_token"]
        app = {name: self.known[name] for name in ("client_id", "client_secret", "redirect_uri") if name in self.known}
        while len(found) < wanted:
            answer = ask(
                f"{self.server.url}/auth/oauth/token", "POST", body={"grant_type": "refresh_token", "refresh_token": refresh, **app}
            )
            if answer.status != 200:
                raise NotStarted(f"no token: {answer.status} {answer.body[:300]!r}")
            refresh = answer.json()["refresh_token"]
            found.append(answer.json()["access_token"])
        return found

    @property
    def invoices(self) -> str:
        """The path of the invoices."""
        return invoices_of(self.account)

    @property
    def database(self) -> Path:
        """The SQLite file in the data directory."""
        return database_in(self.folder)

    def call(self, path: str, method: str = "GET", body: Any = None) -> Any:
        """Send one request and return the result; NotStarted when it is refused."""
        answer = ask(self.server.url + path, method, token=self.token, body=body)
        if answer.status != 200:
            raise NotStarted(f"{method} {path}: {answer.status} {answer.body[:500]!r}")
        return answer.json()["response"]["result"]

    def call_plain(self, path: str) -> Any:
        """Send one GET outside the accounting family and return the body."""
        answer = ask(self.server.url + path, token=self.token)
        if answer.status != 200:
            raise NotStarted(f"GET {path}: {answer.status} {answer.body[:500]!r}")
        return answer.json()

    def clients(self, account: str = "") -> list[int]:
        """List ids of up to a hundred clients."""
        shown = self.call(f"/accounting/account/{account or self.account}/users/clients?per_page=100")["clients"]
        return [client["id"] for client in shown]

    def invoice_ids(self) -> list[int]:
        """Draw ten thousand ids of invoices out of all, or return all when there are fewer."""
        return [
            row[0] for row in self.rows("SELECT id FROM invoices WHERE business_id = ? AND vis_state = 0 ORDER BY random() LIMIT ?", SAMPLE)
        ]

    def rows(self, text: str, *values: Any) -> list[tuple[Any, ...]]:
        """Read the SQLite file beside the server; the first value of every statement is the business."""
        return read(self.database, text, self.business_id, *values)

    def load(self, kind: str, lines: Sequence[str], connections: int = 32) -> Callable[[float], Shot]:
        """Write a request file and return the side that sends it."""
        requests = write_lines(self.files / f"{self.name}-{kind}.tsv", lines)
        headers = ("Content-Type: application/json",) if lines[0].startswith("POST") else ()
        load = Load(self.server.url, requests, self.tokens, connections, headers)
        return lambda seconds: shoot(load, seconds, self.server)

    def gets(self, connections: int = 32) -> Callable[[float], Shot]:
        """Return the side that reads random invoices."""
        return self.load("gets", list(bodies.gets([f"{self.invoices}/{one}" for one in self.invoice_ids()])), connections)

    def creates(self, connections: int = 32) -> Callable[[float], Shot]:
        """Return the side that makes invoices."""
        return self.load("creates", list(bodies.creates(self.invoices, self.clients())), connections)

    def pages(self, pages: Sequence[int], query: str = "", connections: int = 32, kind: str = "pages") -> Callable[[float], Shot]:
        """Return the side that lists random ones of these pages of 100."""
        paths = [f"{self.invoices}?page={page}&per_page=100{query}" for page in pages]
        return self.load(kind, list(bodies.gets(paths)), connections)

    def total(self) -> int:
        """Ask how many invoices there are."""
        found: int = self.call(f"{self.invoices}?per_page=1")["total"]
        return found


def invoices_of(account: str) -> str:
    """Return the path of an account's invoices."""
    return f"/accounting/account/{account}/invoices/invoices"


def read(database: Path, text: str, *values: Any) -> list[tuple[Any, ...]]:
    """Read a SQLite file."""
    line = apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return line.execute(text, values).fetchall()
    finally:
        line.close()


def database_in(folder: Path) -> Path:
    """Find the biggest SQLite file of a data directory."""
    found = [path for path in folder.rglob("*") if path.is_file() and path.open("rb").read(15) == b"SQLite format 3"]
    return max(found, key=lambda path: path.stat().st_size)
