"""Runs a server from settings to its last answer."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, NamedTuple

from bursar.serving.books import claim, open_application
from bursar.serving.credentials import FILE
from bursar.serving.listening import Server, config_of, take_address, url_of

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path
    from typing import Any

    from bursar.app import Application
    from bursar.serving.credentials import Credentials
    from bursar.settings import Settings


class Screen(NamedTuple):
    """What the first screen shows."""

    settings: Settings
    url: str
    new: bool
    credentials: Credentials | None
    businesses: int


class Talk(NamedTuple):
    """Where a starting server speaks: ``told`` what takes time, ``shown`` the first screen once it is ready."""

    told: Callable[[str], None]
    shown: Callable[[Screen], None]


def serve(settings: Settings, credentials_file: Path | None, talk: Talk) -> None:
    """Serve until told to stop. Raises NotReady and Unavailable before it listens."""
    run(_serve(settings, credentials_file, talk))


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine on the fastest loop there is."""
    if sys.platform == "win32":
        asyncio.run(main)
        return
    import uvloop  # noqa: PLC0415 - not on Windows

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)


async def _serve(settings: Settings, credentials_file: Path | None, talk: Talk) -> None:
    taken = take_address(settings)
    try:
        url = url_of(settings, taken)
        application = await open_application(settings, "serve", make=True, told=talk.told)
        try:
            new, credentials = await _prepare(application, url, talk)
            businesses = len(await application.people.businesses())

            async def ready() -> None:
                if credentials:
                    credentials.write(settings.data / FILE)
                    if credentials_file:
                        credentials.write(credentials_file)
                talk.shown(Screen(settings, url, new, credentials, businesses))

            await Server(config_of(settings, application.asgi(url)), ready).serve([taken])
        finally:
            await application.driver.close()
    finally:
        taken.close()


async def _prepare(application: Application, url: str, talk: Talk) -> tuple[bool, Credentials | None]:
    """Make sure of the kind of books; of demo books open the sample ones and renew the credentials."""
    if not application.settings.demo:
        return await claim(application), None
    from bursar.serving.demo import open_demo, renew  # noqa: PLC0415 - a server of real books has no use for it

    return await open_demo(application, talk.told), await renew(application, url)
