"""How requests reach the product in these tests: over HTTP to a process, or straight into the ASGI app of this one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self

import aiohttp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping

    from tests.support.tenant import Opened

SHORT = aiohttp.ClientTimeout(total=60)


class Unanswered(Exception):
    """The connection ended before an answer came: whether the request was carried out is unknown."""


class Answer(NamedTuple):
    """What came back; ``text`` is the body as sent, header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    text: bytes

    @property
    def body(self) -> Any:
        """The decoded body."""
        return json.loads(self.text)


class Send(Protocol):
    """Sends one request and answers what came back; raises Unanswered."""

    async def __call__(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer: ...


class Office(NamedTuple):
    """One business and the token that opens it."""

    account_id: str
    business_id: int
    business_uuid: str
    token: str

    @classmethod
    def of(cls, opened: Opened) -> Office:
        """Take what is needed of newly opened books."""
        return cls(str(opened.business.accountid), opened.business.id, opened.business.uuid, opened.token)

    def path(self, below: str) -> str:
        """Answer a whole path."""
        return below if below.startswith("/") else f"/accounting/account/{self.account_id}/{below}"

    def headers(self, key: str = "") -> dict[str, str]:
        """Answer the headers of a request, with an Idempotency-Key when there is one."""
        named = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        return named | ({"Idempotency-Key": key} if key else {})


class OverHttp:
    """Sends to a server at a URL; one session, as many connections as are wanted."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=SHORT)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def __call__(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        content = None if body is None else json.dumps(body).encode()
        try:
            async with self._session.request(method, self._url + path, data=content, headers=headers) as reply:
                return Answer(reply.status, {name.lower(): value for name, value in reply.headers.items()}, await reply.read())
        except (aiohttp.ClientError, ConnectionError) as error:
            raise Unanswered(str(error)) from error


class Inside:
    """Calls an ASGI app in this process; once ``dark`` answers true, what the app says reaches nobody."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.dark: Callable[[], bool] = lambda: False

    async def __call__(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        content = b"" if body is None else json.dumps(body).encode()
        named = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
        plain, _, query = path.partition("?")
        scope = {"type": "http", "http_version": "1.1", "scheme": "http", "method": method, "path": plain, "raw_path": plain.encode()}
        scope |= {
            "query_string": query.encode(),
            "headers": named,
            "server": ("127.0.0.1", 80),
            "client": ("127.0.0.1", 1),
            "root_path": "",
        }
        heard: list[MutableMapping[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            heard.append(message)

        await self._app(scope, receive, send)
        if self.dark():
            raise Unanswered("the power is off")
        answered = {name.decode().lower(): value.decode() for name, value in heard[0]["headers"]}
        return Answer(heard[0]["status"], answered, b"".join(message.get("body", b"") for message in heard[1:]))
