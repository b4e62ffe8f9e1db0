"""``bursar serve`` in a process of its own, and the same books opened beside it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from bursar.app import Application
from bursar.serving.books import claim, open_application
from bursar.serving.places import BOOKS, secret_key
from bursar.settings import UNLIMITED, Settings
from bursar.store.lite import open_lite
from tests.clients.running import NO_LIMITS
from tests.durability.sending import Office
from tests.support.tenant import open_books

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

PROGRAM = str(Path(sys.executable).with_name("bursar"))
READY = re.compile(r"export FRESHBOOKS_API_URL=(\S+)")


class Bursar:
    """A server over the books in a folder, or over those at a PostgreSQL URL.

    ``bytecode`` is where it may keep what Python compiled; without that, each start would take seconds.
    """

    def __init__(self, folder: Path, bytecode: Path, database_url: str = "") -> None:
        self.folder, self.database_url = folder, database_url
        self.flags: tuple[str, ...] = ()
        self.url = ""
        self._bytecode = bytecode
        self._errors = folder / "stderr"
        self._running: subprocess.Popen[str] | None = None

    def settings(self) -> Settings:
        """Answer the settings under which the server runs."""
        return Settings(data=self.folder, database_url=self.database_url, log="off", limits=UNLIMITED)

    async def prepare(self, businesses: int) -> list[Office]:
        """Open empty books, before anything serves them."""
        application = await open_application(self.settings(), "serve", make=True)
        await claim(application)
        offices = [Office.of(await open_books(application, number, {})) for number in range(businesses)]
        await application.driver.close()
        return offices

    def start(self, **options: Any) -> None:
        """Start the server and wait for its first screen; ``options`` are those of Popen."""
        with self._errors.open("a") as errors:
            self._running = subprocess.Popen(
                self._command("serve", "--port", "0", *self.flags),
                cwd=self.folder,
                env=self._environment(),
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                **options,
            )
        urls: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=listen, args=[self._running.stdout, urls], daemon=True).start()
        self.url = urls.get()
        assert self.url, f"it did not start: {self.said()}"

    @property
    def file(self) -> Path:
        """The file of the books, unless they are in PostgreSQL."""
        return self.folder / BOOKS

    @property
    def pid(self) -> int:
        """The number of the running process."""
        assert self._running is not None, "it was started"
        return self._running.pid

    def kill(self) -> None:
        """Kill the process; it gets no chance to do anything."""
        if self._running is not None:
            self._running.kill()

    def terminate(self) -> None:
        """Ask the process to stop."""
        os.kill(self.pid, signal.SIGTERM)

    def ended(self) -> int:
        """Wait until the process has ended and answer its exit code."""
        assert self._running is not None, "it was started"
        code = self._running.wait(60)
        self._running = None
        return code

    def close(self) -> None:
        """Leave nothing running."""
        if self._running is not None:
            self.kill()
            self.ended()

    def said(self) -> str:
        """Answer what the processes wrote to their error streams."""
        return self._errors.read_text() if self._errors.exists() else ""

    def begun(self, *arguments: str, stdin: str) -> subprocess.Popen[str]:
        """Begin another command."""
        command = self._command(*arguments)
        begun = subprocess.Popen(
            command, cwd=self.folder, env=self._environment(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )
        assert begun.stdin is not None
        with begun.stdin:
            begun.stdin.write(stdin)
        return begun

    def verified(self) -> int:
        """Answer the exit code of ``bursar verify`` beside the running server."""
        return subprocess.run(
            self._command("verify"), cwd=self.folder, env=self._environment(), check=False, capture_output=True
        ).returncode

    @contextlib.asynccontextmanager
    async def books(self) -> AsyncIterator[Application]:
        """Open the books for reading, beside the running server."""
        application = await open_application(self.settings(), "read")
        try:
            yield application
        finally:
            await application.driver.close()

    @contextlib.asynccontextmanager
    async def inside(self, vfs: str | None = None) -> AsyncIterator[Application]:
        """Open the books in this process, as a server does; ``vfs`` names an apsw VFS other than the system's."""
        if vfs is None:
            application = await open_application(self.settings(), "serve")
        else:
            application = Application(self.settings(), open_lite(self.file, vfs=vfs), secret_key(self.settings(), make=False))
        try:
            yield application
        finally:
            await application.driver.close()

    def _command(self, *arguments: str) -> list[str]:
        return [PROGRAM, *arguments, "--data", str(self.folder)] + (["--database-url", self.database_url] if self.database_url else [])

    def _environment(self) -> dict[str, str]:
        """Keep settings of whoever runs the tests out."""
        unwanted = ("BURSAR_", "PYTHONDONTWRITEBYTECODE")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
        return kept | {"BURSAR_LOG": "off", **NO_LIMITS} | ({"PYTHONPYCACHEPREFIX": str(self._bytecode)} if sys.dont_write_bytecode else {})


def listen(screen: IO[str], urls: queue.SimpleQueue[str]) -> None:
    """Take the address from the first screen ("" when none came), and whatever is said later out of the pipe."""
    with screen:
        for line in screen:
            found = READY.search(line)
            if found:
                urls.put(found[1])
    urls.put("")


async def until(condition: Callable[[], Awaitable[object]], what: str, seconds: float = 60) -> None:
    """Ask again and again, each time waiting for the answer, until it is a true one."""
    try:
        async with asyncio.timeout(seconds):
            while not await condition():
                pass
    except TimeoutError:
        raise AssertionError(f"in vain: {what}") from None
