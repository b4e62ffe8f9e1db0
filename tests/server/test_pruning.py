"""What is kept for a time only is forgotten after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
