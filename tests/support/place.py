"""A real server in a thread of its own: the product over SQLite or PostgreSQL, on a free port."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import socket
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import requests
import uvicorn
import uvloop

from bursar.app import Application
from bursar.serving.listening import Droppable
from bursar.settings import Settings
from bursar.store import opening
from bursar.store.opening import open_driver
from tests.support.clock import StandingClock
from tests.support.tenant import Tenant, open_books

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from bursar.store.driver import Driver

T = TypeVar("T")
KEY = b"key of a test, thirty-two bytes."
UNLIMITED = {"per_minute": 0, "accounting_post_per_minute": 0}
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
        self._servers: list[uvicorn.Server] = []
        self._beside: dict[str, tuple[str, Application]] = {}
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.driver = self.run(open_driver(where(target), "serve", migrate=True))
        self.url, self.application = self.beside()

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self.driver.dialect

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine where the server runs."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def beside(self, **settings: Any) -> tuple[str, Application]:
        """Answer the URL and the application of a server over these books with other settings; each is started once."""
        name = repr(sorted(settings.items()))
        if name not in self._beside:
            chosen = Settings(**{"demo": True, "data": self._folder, "log": "off", "login_limits": False, "limits": UNLIMITED, **settings})
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
        for server in self._servers:
            server.should_exit = True
        self.run(self._ended())
        for connection in self._connections:
            connection.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)
        shutil.rmtree(self._folder)
        self._loop.close()

    async def _ended(self) -> None:
        await asyncio.gather(*(task for task in asyncio.all_tasks() if task.get_name() == "serving"))
        for _, application in self._beside.values():
            if application.throttle is not None:
                await application.throttle.tally.close()
        await self.driver.close()

    async def _serve(self, application: Application) -> str:
        listening = socket.create_server(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            answering = application.asgi(url)
        except Exception:
            listening.close()
            raise
        config = uvicorn.Config(answering, log_config=None, access_log=False, lifespan="off", server_header=False, http=Droppable)
        server = uvicorn.Server(config)
        self._servers.append(server)
        # ``serve`` would take over the signals of the process, which belong to pytest here.
        self._serving = asyncio.create_task(server._serve([listening]), name="serving")
        return url


def where(target: Path | str) -> opening.Place:
    """Name a database as the product does: a file of SQLite or the URL of a PostgreSQL database."""
    return opening.Place(Path(), target) if isinstance(target, str) else opening.Place(target)
