"""Commands and servers as a new user starts them: programs of their own, in a folder of their own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import requests

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BURSAR = Path(sys.executable).with_name("bursar")
WAIT_S = 60


class Done(NamedTuple):
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What it printed with --json."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def row(self) -> dict[str, Any]:
        """The one thing it printed with --json."""
        (only,) = self.rows
        return only


def environment(**more: str) -> dict[str, str]:
    """Return the variables of this process without any that the product reads."""
    ours = {"DATABASE_URL", "PORT", "PYTHONOPTIMIZE", "PYTHONDONTWRITEBYTECODE"}
    plain = {name: value for name, value in os.environ.items() if not name.startswith("BURSAR_") and name not in ours}
    return plain | {"PYTHONUNBUFFERED": "1"} | more


def bursar(*words: object, cwd: Path, stdin: str = "", env: dict[str, str] | None = None) -> Done:
    """Run a command to its end."""
    command = [str(BURSAR), *map(str, words)]
    ended = subprocess.run(
        command, cwd=cwd, env=environment(**env or {}), input=stdin, capture_output=True, text=True, timeout=WAIT_S, check=False
    )
    return Done(ended.returncode, ended.stdout, ended.stderr)


class Serving:
    """A running server; ``out`` and ``err`` hold what it has said so far."""

    def __init__(self, words: Sequence[object], cwd: Path, env: dict[str, str] | None = None) -> None:
        command = [str(BURSAR), "serve", *map(str, words)]
        self.running = subprocess.Popen(
            command, cwd=cwd, env=environment(**env or {}), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.out: list[str] = []
        self.err: list[str] = []
        self.http = requests.Session()
        self.http.trust_env = False
        self._ready = threading.Event()
        self._listeners = [
            threading.Thread(target=self._listen, args=each) for each in ((self.running.stdout, self.out), (self.running.stderr, self.err))
        ]
        for each in self._listeners:
            each.start()
        assert self._ready.wait(WAIT_S), "the server neither became ready nor ended"
        assert self.running.poll() is None or self.out, f"the server ended: {''.join(self.err)}"

    @property
    def url(self) -> str:
        """Where the first screen says it is."""
        return next(line for line in self.out if "FRESHBOOKS_API_URL" in line).split("=", 1)[1].strip()

    def get(self, path: str, token: str, **options: Any) -> Any:
        """Get an answer."""
        return self.http.get(self.url + path, headers={"Authorization": f"Bearer {token}"}, timeout=WAIT_S, **options)

    def post(self, path: str, token: str, body: Any, **options: Any) -> Any:
        """Send an object."""
        return self.http.post(self.url + path, headers={"Authorization": f"Bearer {token}"}, json=body, timeout=WAIT_S, **options)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Stop it and answer its exit code."""
        if self.running.poll() is None:
            self.running.send_signal(how)
        code = self.running.wait(WAIT_S)
        for each in self._listeners:
            each.join()
        for pipe in (self.running.stdout, self.running.stderr):
            assert pipe is not None
            pipe.close()
        self.http.close()
        return code

    def _listen(self, pipe: Any, said: list[str]) -> None:
        for line in pipe:
            said.append(line)
            if said is self.out and "FRESHBOOKS_AUTH_URL" in line:
                self._ready.set()
        self._ready.set()


@contextlib.contextmanager
def serving(*words: object, cwd: Path, env: dict[str, str] | None = None, port: object = 0) -> Iterator[Serving]:
    """Serve until the end of the block, on a free port unless ``port`` says otherwise; "" leaves out the flag."""
    server = Serving([*words, *([] if port == "" else ["--port", port])], cwd, env)
    try:
        yield server
    finally:
        server.stop()
