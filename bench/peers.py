"""Other people's servers of the same kind, in a folder of packages of their own, pinned by requirements.lock.

Both keep everything in memory, and are asked for their simplest call: a Stripe customer, a DynamoDB item.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench.load import Load, shoot, write_lines
from bench.servers import ROOT, SCRATCH, VENV, NotStarted, Server, ask, free_port

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.load import Shot
    from bench.stage import Stage

LOCK = ROOT / "bench" / "requirements.lock"
PACKAGES = SCRATCH / "packages"
PEOPLE = 100
ITEMS = 1_000
STRIPE_KEY = "sk_test_12345"
LOCALSTRIPE = """
import sys
from aiohttp import web
from localstripe.server import app
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None)
"""
SAVED = Path("/tmp/localstripe.pickle")  # noqa: S108 - where localstripe saves its store; it offers no other place
FORM = "Content-Type: application/x-www-form-urlencoded"
SIGNED = "AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0"


class Peer(NamedTuple):
    """A peer's two sides."""

    read: Callable[[float], Shot]
    write: Callable[[float], Shot]


def environment() -> dict[str, str]:
    """Return what a program needs to find the packages of the lock, installing them when they are not there."""
    mark = PACKAGES / "lock.sha256"
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if not mark.exists() or mark.read_text(encoding="utf-8") != wanted:
        shutil.rmtree(PACKAGES, ignore_errors=True)
        command = [str(VENV / "uv"), "pip", "install", "--quiet", "--python", str(VENV / "python"), "--target", str(PACKAGES)]
        subprocess.run([*command, "--require-hashes", "-r", str(LOCK)], check=True, cwd=ROOT)
        mark.write_text(wanted, encoding="utf-8")
    return {"PYTHONPATH": str(PACKAGES)}


def localstripe(stage: Stage) -> Peer:
    """Start localstripe with a hundred customers."""
    port = free_port()
    kept = not SAVED.exists()
    server = stage.started(
        Server("localstripe", [str(VENV / "python"), "-c", LOCALSTRIPE, str(port)], f"http://127.0.0.1:{port}", environment())
    )
    if kept:
        stage.callback(SAVED.unlink, missing_ok=True)
    server.wait("/v1/customers", STRIPE_KEY)
    body = "email=jane%40example.com&name=Jane+Doe"
    made = [
        ask(f"{server.url}/v1/customers", "POST", token=STRIPE_KEY, body=body.encode(), headers=headers_of(FORM)) for _ in range(PEOPLE)
    ]
    if made[-1].status != 200:
        raise NotStarted(f"localstripe: {made[-1].status} {made[-1].body[:300]!r}")
    reads = write_lines(stage.folder / "localstripe-reads.tsv", [f"GET\t/v1/customers/{one.json()['id']}\t" for one in made])
    writes = write_lines(stage.folder / "localstripe-writes.tsv", [f"POST\t/v1/customers\t{body}"])
    key = write_lines(stage.folder / "localstripe-key.txt", [STRIPE_KEY])
    return Peer(
        lambda seconds: shoot(Load(server.url, reads, key), seconds, server),
        lambda seconds: shoot(Load(server.url, writes, key, headers=(FORM,)), seconds, server),
    )


def moto(stage: Stage) -> Peer:
    """Start moto's server with a DynamoDB table of a thousand items."""
    port = free_port()
    command = [str(VENV / "python"), "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = stage.started(Server("moto", command, f"http://127.0.0.1:{port}", environment()))
    server.wait("/moto-api/")
    table = {
        "TableName": "invoices",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    }
    bodies = [json.dumps(put(number)) for number in range(ITEMS)]
    for action, body in (("CreateTable", json.dumps(table)), *(("PutItem", body) for body in bodies)):
        answer = ask(server.url + "/", "POST", body=body.encode(), headers=headers_of(*dynamo(action)))
        if answer.status != 200:
            raise NotStarted(f"moto: {answer.status} {answer.body[:300]!r}")
    keys = [json.dumps({"TableName": "invoices", "Key": {"id": {"S": str(number)}}}) for number in range(ITEMS)]
    reads = write_lines(stage.folder / "moto-reads.tsv", [f"POST\t/\t{body}" for body in keys])
    writes = write_lines(stage.folder / "moto-writes.tsv", [f"POST\t/\t{body}" for body in bodies])
    return Peer(
        lambda seconds: shoot(Load(server.url, reads, headers=dynamo("GetItem")), seconds, server),
        lambda seconds: shoot(Load(server.url, writes, headers=dynamo("PutItem")), seconds, server),
    )


def put(number: int) -> dict[str, object]:
    """Make the body that stores one item of a few attributes."""
    item = {"id": {"S": str(number)}, "customer": {"S": f"Client {number % 100}"}, "amount": {"N": "344.93"}, "currency": {"S": "CAD"}}
    return {"TableName": "invoices", "Item": item}


def dynamo(action: str) -> tuple[str, ...]:
    """Return the headers of a DynamoDB call."""
    return (f"X-Amz-Target: DynamoDB_20120810.{action}", "Content-Type: application/x-amz-json-1.0", f"Authorization: {SIGNED}")


def headers_of(*lines: str) -> dict[str, str]:
    """Turn header lines into a mapping."""
    return dict(line.split(": ", 1) for line in lines)
