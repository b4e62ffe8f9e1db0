"""A process that delivers webhooks and serves nobody."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from bursar.log import Log
from bursar.serving.books import open_application
from bursar.serving.memory import settle_memory

if TYPE_CHECKING:
    from bursar.settings import Settings

log = Log("bursar.work")


async def deliver(settings: Settings) -> None:
    """Deliver until SIGTERM or SIGINT; what is under way then is finished. Raises NotReady and Unavailable before it begins."""
    application = await open_application(settings, "share")
    try:
        stopped = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        application.begin_log()
        application.webhook_worker.start()
        settle_memory(filled=False)
        log.note("delivering")
        await stopped.wait()
        await application.webhook_worker.stop()
        log.note("stopped", delivered=application.webhook_worker.delivered)
        application.sink.flush()
    finally:
        await application.driver.close()
