"""A real server in a thread of its own: the product over SQLite or PostgreSQL, on a free port."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import requests

from bursar.app import Application
from bursar.store import opening
from bursar.store.opening import open_driver
from bursar.testing.listening import listen
from bursar.testing.server import OPTIONS, OwnSettings
from bursar.testing.thread import LoopThread
from tests.support.clock import StandingClock
from tests.support.tenant import Tenant, open_books

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from bursar.store.driver import Driver
    from bursar.testing.listening import Listening

T = TypeVar("T")
KEY = b"key of a test, thirty-two bytes."
NUMBERS = itertools.count(1)


class Place:
    """One database with the servers over it; ``target`` is a file of SQLite or the URL of an empty PostgreSQL database.

    ``url`` answers with the default settings; :meth:`beside` starts the same books under others.
    """

    def __init__(self, target: Path | str) -> None:
        self.clock = StandingClock()
        self._folder = Path(tempfile.mkdtemp(prefix="bursar-place-"))
        self._connections: list[requests.Session] = []
        self.http = self.connection()
        self.driver: Driver
        self._listening: list[Listening] = []
        self._beside: dict[str, tuple[str, Application]] = {}
        self._thread = LoopThread()
        self.driver = self.run(open_driver(where(target), "serve", migrate=True))
        self.url, self.application = self.beside()

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self.driver.dialect

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine where the server runs."""
        return self._thread.run(work)

    def beside(self, **settings: Any) -> tuple[str, Application]:
        """Answer the URL and the application of a server over these books with other settings; each is started once."""
        name = repr(sorted(settings.items()))
        if name not in self._beside:
            chosen = OwnSettings(**{**OPTIONS, "data": self._folder, **settings})
            application = Application(chosen, self.driver, KEY, self.clock)
            self._beside[name] = (self.run(self._serve(application)), application)
        return self._beside[name]

    def connection(self) -> requests.Session:
        """Open one more connection to the servers; proxies of the environment are left aside."""
        opened = requests.Session()
        opened.trust_env = False
        self._connections.append(opened)
        return opened

    def tenant(self, **books: Any) -> Tenant:
        """Open the books of a new business; keywords are fields of ``people.Business``."""
        opened = self.run(open_books(self.application, next(NUMBERS), books))
        return Tenant(self, self.url, self.application, opened)

    def close(self) -> None:
        """Stop the servers and close the database."""
        self.run(self._ended())
        for _, application in self._beside.values():
            self.run(application.stop())
        self.run(self.driver.close())
        for connection in self._connections:
            connection.close()
        self._thread.close()
        shutil.rmtree(self._folder)

    async def _ended(self) -> None:
        await asyncio.gather(*(listening.end() for listening in self._listening))

    async def _serve(self, application: Application) -> str:
        listening = await listen(application)
        self._listening.append(listening)
        return listening.url


def where(target: Path | str) -> opening.Place:
    """Name a database as the product does: a file of SQLite or the URL of a PostgreSQL database."""
    return opening.Place(Path(), target) if isinstance(target, str) else opening.Place(target)
