"""Requests written byte by byte as other SDKs send them: nothing is encoded, added or left out."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

DEADLINE_S = 20
NOTHING = {204: "null"}
"""The replies that may have no body; without one any other fails the test."""


class Answer(NamedTuple):
    """A reply: status, headers by small letters, and its JSON; a body that is none fails the test, as it does the SDKs."""

    status: int
    headers: dict[str, str]
    body: Any

    @property
    def result(self) -> Any:
        """Read ``response.result``, which every SDK expects of a success in the accounting family."""
        assert self.status == 200, self.body
        return self.body["response"]["result"]

    @property
    def error(self) -> Any:
        """Read the first error."""
        assert self.status >= 400, self.body
        return self.body["response"]["errors"][0]


def send(url: str, verb: str, target: str, headers: Mapping[str, str], body: Any = None) -> Answer:
    """Send a request; ``target`` goes out as it is, a body that is no bytes as JSON."""
    content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    connection = HTTPConnection(urlsplit(url).netloc, timeout=DEADLINE_S)
    try:
        connection.putrequest(verb, target, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        if content is not None:
            connection.putheader("Content-Length", str(len(content)))
        connection.endheaders(content)
        reply = connection.getresponse()
        return Answer(
            reply.status, {name.lower(): value for name, value in reply.getheaders()}, json.loads(reply.read() or NOTHING[reply.status])
        )
    finally:
        connection.close()
