"""The books a test works on: what a program is told about them, clients for it, and the server's clock."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any, Protocol
from unittest.mock import patch
from urllib.parse import urlsplit

from bursar.serving.credentials import variables

if TYPE_CHECKING:
    from bursar.serving.credentials import Credentials

_HERE = "127.0.0.1"


class Grant(Protocol):
    """Lets a program into the books."""

    def __call__(self, known: dict[str, Any], scopes: tuple[str, ...], *, expires: bool) -> Credentials:
        """Answer the fields of ``known`` with an app and tokens of their own; no scopes are all there are."""


class Books:
    """One business on a server; ``url`` is the server's address, ``token`` may do everything and does not expire."""

    def __init__(self, credentials: Credentials, grant: Grant) -> None:
        self.credentials, self._grant = credentials, grant
        self.url, self.token = credentials.base_url, credentials.access_token
        self.account_id, self.business_id, self.business_uuid = credentials.account_id, credentials.business_id, credentials.business_uuid

    @property
    def environment(self) -> dict[str, str]:
        """What ``bursar env`` exports, and that no proxy is between a program and this machine."""
        known = ",".join(filter(None, (os.environ.get("NO_PROXY") or os.environ.get("no_proxy"), _HERE)))
        return {**variables(asdict(self.credentials)), "NO_PROXY": known, "no_proxy": known}

    def access(self, *scopes: str, expires: bool = False) -> Credentials:
        """Answer the credentials of a new app that may do what the scopes say, everything without any.

        ``expires=True`` gives it an access token as real ones are, which is good for twelve hours and to be refreshed.
        Raises Refusal for a scope that does not exist.
        """
        return self._grant(asdict(self.credentials), scopes, expires=expires)

    def client(self, *scopes: str, expires: bool = False, **options: Any) -> Any:
        """Answer a ``freshbooks.Client`` for what :meth:`access` answers, and without the SDK these credentials themselves.

        ``options`` are those of the SDK's client: ``auto_retry=False``.
        """
        given = self.access(*scopes, expires=expires)
        try:
            from freshbooks import Client  # noqa: PLC0415 - whoever tests with it has it
        except ImportError:
            return given
        tokens = {"access_token": given.access_token, "refresh_token": given.refresh_token}
        with patch.dict(os.environ, self.environment):
            return Client(given.client_id, given.client_secret, given.redirect_uri, **tokens, **options)


class ServerClock:
    """The clock of a server: it shows the real time, and moves forward when told to."""

    def __init__(self, url: str) -> None:
        self._host = urlsplit(url).netloc

    @property
    def now(self) -> datetime:
        """The moment it shows, in UTC, to the second."""
        return self._ask("GET")

    def advance(self, by: timedelta | None = None, **units: int) -> datetime:
        """Move forward by a time, or by units of ``timedelta``: ``advance(days=3, hours=1)``; answers the moment it shows.

        Raises ValueError for a step back.
        """
        step = by if by is not None else timedelta(**units)
        return self._ask("POST", {"advance_s": step // timedelta(seconds=1)})

    def set(self, moment: datetime) -> datetime:
        """Move forward to a moment, which says its time zone. Raises ValueError for one that is past."""
        if moment.tzinfo is None:
            raise ValueError("a moment without its time zone is not known to be one")
        return self._ask("POST", {"to": f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"})

    def _ask(self, method: str, body: dict[str, Any] | None = None) -> datetime:
        return datetime.fromisoformat(_asked(self._host, method, "/_/test/clock", body)["now"])


class ServerFaults:
    """What goes wrong on a server, when told to; nothing does when a test begins."""

    def __init__(self, url: str) -> None:
        self._host = urlsplit(url).netloc

    def plan(self, *rules: str, seed: int = 1) -> None:
        """Put rules in the place of those before: ``plan("invoices.list@100%x1:429", "*.create@5%:drop-after")``.

        A rule reads ``[OPERATIONS@]PERCENT%[xMOST]:FAULT[=SECONDS]``; the same seed strikes the same calls. Raises ValueError
        for a rule that cannot be followed.
        """
        _asked(self._host, "POST", "/_/test/fault", {"faults": rules, "seed": seed})

    def next(self, operation: str, fault: str) -> None:
        """Let the next call of an operation go wrong, and no other: ``next("invoices.create", "drop-after")``."""
        self.plan(f"{operation}@100%x1:{fault}")

    @property
    def struck(self) -> int:
        """How many calls the rules in force have struck."""
        return sum(each["struck"] for each in _asked(self._host, "GET", "/_/test/fault")["faults"])

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        _asked(self._host, "DELETE", "/_/test/fault")


class ServerSnapshots:
    """The books of a server, and its clock, as they were at some moment of the test."""

    def __init__(self, url: str) -> None:
        self._host = urlsplit(url).netloc

    def save(self, name: str) -> None:
        """Keep everything as it is under a name of small letters, digits, - and _. Raises ValueError for another one."""
        _asked(self._host, "POST", "/_/test/snapshot", {"save": name})

    def load(self, name: str) -> None:
        """Bring everything back to it; tokens stay as they are. Raises ValueError for a name that nothing was saved under."""
        _asked(self._host, "POST", "/_/test/snapshot", {"load": name})


def _asked(host: str, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Ask one of the addresses that only sample books have. Raises ValueError with the server's words."""
    connection = HTTPConnection(host, timeout=600)
    try:
        connection.request(method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"})
        answer: dict[str, Any] = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    if "error" in answer:
        raise ValueError(answer["error"])
    return answer
