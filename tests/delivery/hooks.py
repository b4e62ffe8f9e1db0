"""Books whose events are delivered, and what a program does with its callbacks."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from bursar.store.statements import compile_statement
from tests.delivery.receiver import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from bursar.delivery.webhooks import WebhookWorker
    from tests.delivery.receiver import Received, Receiver
    from tests.support.tenant import Tenant

SECOND_US = 1_000_000


class Hooks:
    """The callbacks of one business, its receiver and its worker."""

    def __init__(self, tenant: Tenant, receiver: Receiver) -> None:
        self.tenant, self.receiver = tenant, receiver
        self.path = f"/events/account/{tenant.account_id}/events/callbacks"

    @property
    def worker(self) -> WebhookWorker:
        return self.tenant.application.webhook_worker

    def register(self, event: str, path: str = "/hook", uri: str = "") -> int:
        status, body, _ = self.tenant.post(self.path, {"callback": {"event": event, "uri": uri or self.receiver.url + path}})
        assert status == 200, body
        return int(body["response"]["result"]["callback"]["callbackid"])

    def put(self, of_callback: int, **fields: Any) -> tuple[int, Any]:
        status, body, _ = self.tenant.put(f"{self.path}/{of_callback}", {"callback": fields})
        return status, body

    def code(self, callback_id: int) -> str:
        """Pass the delay of a code, have it delivered, and answer it."""
        self.tenant.clock.pass_time(seconds=1)
        self.drain()
        mine = [each.fields for each in self.receiver.got if each.fields["name"] == "callback.verify"]
        return next(fields["verifier"] for fields in reversed(mine) if fields["object_id"] == str(callback_id))

    def verified(self, event: str, path: str = "/hook") -> tuple[int, str]:
        """Register and verify a callback; answers its id and its secret."""
        callback_id = self.register(event, path)
        code = self.code(callback_id)
        status, body = self.put(callback_id, verifier=code)
        assert (status, body["response"]["result"]["callback"]["verified"]) == (200, True)
        return callback_id, code

    def drain(self) -> None:
        self.tenant.place.run(self.worker.drain())

    def events(self, path: str = "/hook") -> list[Received]:
        """Answer what came but codes, in order."""
        return [each for each in self.receiver.got if each.path == path and each.fields["name"] != "callback.verify"]

    def rows(self) -> list[dict[str, Any]]:
        """Answer the deliveries of the business as they are stored."""
        return self.until(lambda _found: True)

    def until(self, holds: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """Wait until the deliveries are as they should be."""
        found: list[dict[str, Any]] = self.tenant.place.run(self._until(holds))
        return found

    async def _until(self, holds: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        table = self.tenant.application.store.table("deliveries")
        mine = select(table).where(table.c.business_id == self.tenant.business_id).order_by(table.c.event_id, table.c.callback_id)
        statement = compile_statement(mine, self.tenant.place.dialect)
        async with asyncio.timeout(PATIENCE_S):
            while True:
                rows = await self.tenant.place.driver.fetch(statement, {})
                found = [dict(zip(statement.columns, tuple(row), strict=True)) for row in rows]
                if holds(found):
                    return found
                await asyncio.sleep(0.01)


def signed(received: Received, verifier: str) -> bool:
    """Check a signature by the recipe of the official SDK's documentation: the form as JSON, its HMAC-SHA256 in base64."""
    form = dict(received.form)
    message = json.dumps(form)
    digest = hmac.new(verifier.encode("utf-8"), message.encode("utf-8"), hashlib.sha256).digest()
    return hmac.compare_digest(base64.b64encode(digest).decode(), received.headers["x-freshbooks-hmac-sha256"])
