"""Books of a thousand, ten thousand, a hundred thousand and a million invoices, kept between runs under .bench/books."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import random
import shutil
import subprocess
from typing import TYPE_CHECKING

from bench import bodies
from bench.fill import fill, newest_ids
from bench.servers import ROOT, SCRATCH, running
from bench.subject import Subject, database_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CLIENTS = 100
MADE = 700
DAYS = 700
KEPT = SCRATCH / "books"


def books(invoices: int, tell: Callable[[str], None], *, keep: bool = False) -> Path:
    """Return a data directory with at least so many invoices, making it when there is none of this source.

    `keep` takes what is there whatever source made it. Nobody serves it: copy it first.
    """
    folder = KEPT / ("kept" if keep else fingerprint())
    if not keep:
        drop_others(folder)
    wanted = folder / str(invoices)
    if not (wanted / "done").exists():
        first = first_books(folder, tell)
        tell(f"filling books of {invoices:,} invoices")
        shutil.rmtree(wanted, ignore_errors=True)
        shutil.copytree(first, wanted)
        known = json.loads((first / "marks.json").read_text(encoding="utf-8"))
        fill(database_in(wanted), known["business_id"], known["marks"], invoices)
        (wanted / "done").touch()
    return wanted


def fingerprint() -> str:
    """Name the source that decides what the rows look like."""
    digest = hashlib.sha256()
    for path in sorted(
        [*(ROOT / "src").rglob("*.py"), ROOT / "bench" / "fill.py", ROOT / "bench" / "bodies.py", ROOT / "bench" / "books.py"]
    ):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def drop_others(folder: Path) -> None:
    """Remove the books of other sources: they are big and of no more use."""
    for other in KEPT.glob("*"):
        if other != folder and other.name != "kept":
            shutil.rmtree(other, ignore_errors=True)


def first_books(folder: Path, tell: Callable[[str], None]) -> Path:
    """Make the books the others are copied from: demo books and some hundred documents, all through the API."""
    first = folder / "first"
    if (first / "marks.json").exists():
        return first
    tell("making the documents to copy, through the API")
    shutil.rmtree(first, ignore_errors=True)
    with running((subject := Subject("first", first, folder / "files")).server):
        subject.ready()
        for number in range(CLIENTS):
            subject.call(f"/accounting/account/{subject.account}/users/clients", "POST", bodies.client(number))
        marks = newest_ids(subject.database)
        make_documents(subject)
        business_id = subject.business_id
    (first / "marks.json").write_text(json.dumps({"marks": marks, "business_id": business_id}), encoding="utf-8")
    return first


def make_documents(subject: Subject) -> None:
    """Make invoices over two years: a tenth drafts, the older ones mostly paid, the rest overdue or not yet due."""
    rng = random.Random(7)
    clients = subject.clients()
    today = bodies.today()
    for number in range(MADE):
        day = today - dt.timedelta(days=number * 37 % DAYS)
        body = bodies.invoice(rng, clients[number % len(clients)], day, status=1 if number % 10 == 0 else 2)
        made = subject.call(subject.invoices, "POST", body)["invoice"]
        if number % 10 and (today - day).days > 30 and number % 7:
            paid = bodies.payment(made["id"], made["amount"]["amount"], day + dt.timedelta(days=20))
            subject.call(f"/accounting/account/{subject.account}/payments/payments", "POST", paid)


def copy_of(source: Path, target: Path) -> Path:
    """Copy a data directory, sharing blocks where the disk can."""
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-r", "--reflink=auto", str(source), str(target)], check=True)
    return target
