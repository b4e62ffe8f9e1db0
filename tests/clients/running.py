"""A server process started as a user starts it, and the credentials it writes for a program."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import requests

from bursar import settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DEADLINE_S = 20
# The SDK sleeps the Retry-After of every answer it tries again, and these programs call more often than a person would.
NO_LIMITS = {f"BURSAR_LIMITS__{name.upper()}": "0" for name in settings.UNLIMITED.model_fields_set}


class Running(NamedTuple):
    """What a program is told about a demo server, by ``--credentials-file``."""

    url: str
    account_id: str
    business_id: int
    business_uuid: str
    client_id: str
    client_secret: str
    redirect_uri: str
    access_token: str
    refresh_token: str
    owner_email: str
    owner_password: str

    def send(self, verb: str, path: str, **options: Any) -> requests.Response:
        """Send one request by hand; paths that do not begin with ``/`` lie below the account."""
        headers = {"Authorization": f"Bearer {self.access_token}"} | options.pop("headers", {})
        return bare(verb, self.url + self.below(path), headers=headers, **options)

    def below(self, path: str) -> str:
        """Complete a path."""
        return path if path.startswith("/") else f"/accounting/account/{self.account_id}/{path}"

    def result(self, verb: str, path: str, noun: str, **options: Any) -> Any:
        """Answer one object of the accounting family; fails when the server refuses."""
        answer = self.send(verb, path, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()["response"]["result"][noun]


def bare(verb: str, url: str, **options: Any) -> requests.Response:
    """Send a request with nothing of ours in it, whatever proxies the environment names."""
    with requests.Session() as session:
        session.trust_env = False
        return session.request(verb, url, timeout=DEADLINE_S, allow_redirects=False, **options)


@contextlib.contextmanager
def serving(folder: Path, *more: str) -> Iterator[Running]:
    """Run ``bursar serve --demo`` in a folder while a test needs it, and make sure that it stops in good order."""
    credentials = folder / "credentials.json"
    options = ("--demo", "--data", str(folder / "data"), "--port", "0", "--credentials-file", str(credentials))
    command = [sys.executable, "-m", "bursar", "serve", *options, *more]
    with (
        (folder / "errors").open("wb") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, cwd=folder, env={**os.environ, **NO_LIMITS}) as server,
    ):
        try:
            assert server.stdout is not None
            screen = server.stdout.readline()
            assert screen, f"the server did not start: {(folder / 'errors').read_text()}"
            told = json.loads(credentials.read_text(encoding="utf-8"))
            yield Running(told["base_url"], **{name: told[name] for name in Running._fields[1:]})
        finally:
            server.terminate()
            code = server.wait(DEADLINE_S)
    assert code == 0, (folder / "errors").read_text()
