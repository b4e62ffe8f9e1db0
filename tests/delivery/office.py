"""A mail server that a test controls, and a worker that sends to it."""

from __future__ import annotations

import asyncio
import queue
import socket
import threading
from email import policy
from email.parser import BytesParser
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller
from sqlalchemy import select

from bursar.delivery.worker import MailWorker
from bursar.store.statements import compile_statement

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from email.message import EmailMessage

    from bursar.delivery.outlets import Outlet
    from tests.support.tenant import Tenant

PATIENCE_S = 20


class Letterbox:
    """What an SMTP server was given; ``refuses`` answers recipients with a refusal, ``gate`` holds a message up."""

    def __init__(self) -> None:
        self.received: queue.Queue[EmailMessage] = queue.Queue()
        self.refuses: dict[str, str] = {}
        self.gate = threading.Event()
        self.gate.set()
        self.arrived = threading.Event()

    async def handle_RCPT(  # noqa: N802  # aiosmtpd calls it by this name  # their name: aiosmtpd
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  # as above  # their name: aiosmtpd
        self.arrived.set()
        await asyncio.get_running_loop().run_in_executor(None, self.gate.wait, PATIENCE_S)
        message = BytesParser(policy=policy.default).parsebytes(envelope.content)
        self.received.put(message)
        return "250 OK"

    def next(self) -> EmailMessage:
        """Wait for the next message."""
        return self.received.get(timeout=PATIENCE_S)


class Post:
    """A running SMTP server; ``smtp`` are the settings that lead to it."""

    def __init__(self, **more: Any) -> None:
        self.box = Letterbox()
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self._controller = Controller(self.box, hostname="127.0.0.1", port=port, **more)
        self._controller.start()
        self.smtp = {"host": "127.0.0.1", "port": port, "tls": "none", "sender": "books@example.com"}

    def close(self) -> None:
        self.box.gate.set()
        self._controller.stop()


class Working:
    """A worker at work where the server of a business runs."""

    def __init__(self, tenant: Tenant, outlet: Outlet | None = None) -> None:
        self.tenant, application = tenant, tenant.application
        self.worker = application.mail_worker
        if outlet is not None:
            self.worker = MailWorker(
                application.store, application.people, application.mails, application.links, outlet, application.settings.smtp.sender
            )
        self.run(self._started())

    async def _started(self) -> None:
        self.worker.start()

    def run(self, work: Any) -> Any:
        return self.tenant.place.run(work)

    def stop(self) -> None:
        self.run(self.worker.stop())

    def stopping(self) -> Future[None]:
        """Begin to stop."""
        return asyncio.run_coroutine_threadsafe(self.worker.stop(), self.tenant.place._thread.loop)

    def look(self) -> None:
        """Make it look now, after the clock was moved."""
        self.tenant.place._thread.loop.call_soon_threadsafe(self.worker.wake)


def until(tenant: Tenant, holds: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
    """Wait until the mails of a business, oldest first, are as they should be, and answer their rows."""
    found: list[dict[str, Any]] = tenant.place.run(_until(tenant, holds))
    return found


def mails(tenant: Tenant) -> list[dict[str, Any]]:
    """Answer the rows of a business's mails as they are."""
    return until(tenant, lambda _found: True)


async def _until(tenant: Tenant, holds: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
    table = tenant.application.store.table("mails")
    mine = select(table).where(table.c.business_id == tenant.business_id).order_by(table.c.id)
    statement = compile_statement(mine, tenant.place.dialect)
    async with asyncio.timeout(PATIENCE_S):
        while True:
            rows = await tenant.place.driver.fetch(statement, {})
            found = [dict(zip(statement.columns, tuple(row), strict=True)) for row in rows]
            if holds(found):
                return found
            await asyncio.sleep(0.01)
