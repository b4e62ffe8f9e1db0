"""What is kept for a time only is forgotten after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from bursar.store.statements import compile_statement
from tests.server.bodies import client
from tests.support.ledger import rows

if TYPE_CHECKING:
    from tests.support.tenant import Tenant

KEY = {"Idempotency-Key": "kept for two days"}


def test_kept_answers_are_forgotten_after_two_days(server: Tenant) -> None:
    client(server)
    server.post("users/clients", {"client": {"email": "kept@example.com"}}, headers=KEY)
    server.clock.pass_time(days=1)
    server.place.run(server.application.pruner.prune())
    assert len(rows(server, "replies")) == 1
    server.clock.pass_time(days=1, seconds=1)
    server.place.run(server.application.pruner.prune())
    assert rows(server, "replies") == []


def test_counts_of_calls_go_with_the_tokens(server: Tenant) -> None:
    tenant = server.under(workers=2, limits={"per_minute": 10})
    tenant.get("users/clients")
    assert counted(tenant) == 1
    server.clock.pass_time(days=7, seconds=59)
    server.place.run(server.application.pruner.prune())
    assert counted(tenant) == 1
    server.clock.pass_time(seconds=2)
    server.place.run(server.application.pruner.prune())
    assert counted(tenant) == 0


def counted(tenant: Tenant) -> int:
    table = tenant.application.store.table("call_counts")
    statement = compile_statement(select(table.c.calls).where(table.c.token_hash == bindparam("hash")), tenant.place.dialect)
    values = {"hash": tenant.application.people.hash(tenant.token)}
    return len(tenant.place.run(tenant.place.driver.fetch(statement, values)))
