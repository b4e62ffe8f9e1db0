"""Runs a server from settings to its last answer: one process on SQLite, several on PostgreSQL."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

from bursar.serving import NotReady
from bursar.serving.address import take_address, url_of
from bursar.serving.books import HalfOpen, claim, open_application, place_of
from bursar.serving.credentials import FILE
from bursar.serving.listening import Server, config_of
from bursar.serving.loop import run
from bursar.serving.memory import settle_memory

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path

    from bursar.app import Application
    from bursar.serving.credentials import Credentials
    from bursar.settings import Settings


class Screen(NamedTuple):
    """What the first screen shows; ``new`` books were opened by this start, ``businesses`` is how many they have."""

    settings: Settings
    url: str
    new: bool
    credentials: Credentials | None
    businesses: int


class Talk(NamedTuple):
    """Where a starting server speaks: ``told`` of what takes time, ``step`` of its steps, ``shown`` once it is ready."""

    told: Callable[[str], None]
    step: Callable[[str, int, int], None]
    shown: Callable[[Screen], None]


def serve(settings: Settings, credentials_file: Path | None, talk: Talk) -> None:
    """Serve until told to stop. Raises NotReady and Unavailable before it listens."""
    check(settings)
    if credentials_file and not settings.demo:
        raise NotReady("--credentials-file goes with --demo: secrets of real books are given out by bursar app add and bursar token add.")
    if credentials_file:
        credentials_file.unlink(missing_ok=True)
    with take_address(settings) as taken:
        if settings.workers > 1:
            from bursar.serving.workers import serve_in_many  # noqa: PLC0415 - one process needs no supervisor

            screen = run(prepare(settings, url_of(settings, taken), talk))
            serve_in_many(settings, screen.url, taken, lambda: _show(screen, credentials_file, talk))
        else:
            run(_serve(settings, taken, credentials_file, talk))


def check(settings: Settings) -> None:
    """Refuse settings that cannot be served. Raises NotReady."""
    if settings.workers > 1 and not settings.postgres:
        raise NotReady("SQLite has one writer, so one process serves it: leave out --workers, or keep the books in PostgreSQL.")
    if settings.fault and not settings.demo:
        raise NotReady("--fault goes with --demo: real books have faults of their own.")
    if settings.fault and settings.workers > 1:
        raise NotReady("--fault goes with one process: in several nobody could say which call comes next.")
    if settings.limits.redis_url and find_spec("redis") is None:
        raise NotReady("limits.redis_url needs the client of Redis: pip install 'bursar[redis]'")
    if settings.public_url and not settings.public_url.startswith(("http://", "https://")):
        raise NotReady(f"--public-url must begin with https:// (or http://), and is {settings.public_url!r}.")


async def prepare(settings: Settings, url: str, talk: Talk) -> Screen:
    """Open the books, do what is to be done before anybody is served, and close them again."""
    application, screen = await _opened(settings, url, talk)
    await application.driver.close()
    return screen


async def _serve(settings: Settings, taken: socket.socket, credentials_file: Path | None, talk: Talk) -> None:
    url = url_of(settings, taken)
    application, screen = await _opened(settings, url, talk)
    try:
        stopping = application.faults.release if application.faults else lambda: None
        server = Server(config_of(settings, application.asgi(url)), lambda: _show(screen, credentials_file, talk), stopping)
        application.start()
        settle_memory(filled=screen.new)
        await server.serve([taken])
        await application.stop()
    finally:
        await application.driver.close()


async def _opened(settings: Settings, url: str, talk: Talk) -> tuple[Application, Screen]:
    """Open the books to serve them; sample books that were not finished make room for new ones."""
    application = await open_application(settings, "serve", make=True, told=talk.told)
    try:
        return application, await _prepared(application, url, talk)
    except HalfOpen:
        await application.driver.close()
        if settings.postgres:
            raise
    except BaseException:
        await application.driver.close()
        raise
    talk.told("An earlier start was interrupted: making the sample books anew.")
    file = place_of(settings).file
    for each in file.parent.glob(f"{file.name}*"):
        each.unlink()
    return await _opened(settings, url, talk)


async def _prepared(application: Application, url: str, talk: Talk) -> Screen:
    """Make sure of the kind of books; open sample books and renew their credentials."""
    new, credentials = await claim(application), None
    if application.settings.demo:
        from bursar.serving.demo import open_demo, renew  # noqa: PLC0415 - a server of real books has no use for it

        new = await open_demo(application, talk.step)
        if new and not application.settings.postgres:
            await application.snapshots.keep_fresh()
        credentials = await renew(application, url)
    return Screen(application.settings, url, new, credentials, len(await application.people.businesses()))


def _show(screen: Screen, credentials_file: Path | None, talk: Talk) -> None:
    """Write the credentials and show the first screen, now that the server answers."""
    if screen.credentials:
        for path in filter(None, (screen.settings.data / FILE, credentials_file)):
            screen.credentials.write(path)
    talk.shown(screen)
