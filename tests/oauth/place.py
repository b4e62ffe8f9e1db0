"""A running authorization server, and what a browser and an app do there."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import threading
from html import unescape
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import requests
import uvicorn
from sqlalchemy import MetaData, make_url
from sqlalchemy.schema import CreateIndex, CreateTable
from starlette.applications import Starlette

from bursar.oauth import Authority, routes
from bursar.oauth.registration import register_app, register_identity
from bursar.store.fixed import add_fixed_tables
from bursar.store.lite import open_lite
from bursar.store.people import Business, People
from bursar.store.pg import open_pg

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from pathlib import Path

    from bursar.store.driver import Driver
    from bursar.store.grants import App
    from bursar.store.people import Identity

T = TypeVar("T")

TABLES = MetaData()
add_fixed_tables(TABLES)
START_US = 1_790_000_000_000_000
PASSWORD = "correct horse battery"
CALLBACK = "https://app.example/callback"
PEPPER = b"pepper of a test, 32 bytes long."
NOUNS = ("identity", "business", "app")


def ddl(url: str) -> list[str]:
    """Write the statements that make the tables of people."""
    dialect = make_url(url).get_dialect()()
    names = ("businesses", "identities", "memberships", "apps", "codes", "tokens", "call_counts", "sequences")
    wanted = [TABLES.tables[name] for name in names]
    tables = [str(CreateTable(table).compile(dialect=dialect)) for table in wanted]
    return tables + [str(CreateIndex(index).compile(dialect=dialect)) for table in wanted for index in table.indexes]


SQLITE_DDL = ddl("sqlite://")
POSTGRESQL_DDL = [*ddl("postgresql+asyncpg://"), *(f"CREATE SEQUENCE {noun}_ids" for noun in NOUNS)]


class Clock:
    """A clock that only a test moves."""

    def __init__(self) -> None:
        self.us = START_US

    def now_us(self) -> int:
        return self.us

    def pass_s(self, seconds: int) -> None:
        self.us += seconds * 1_000_000


class Place:
    """The server in a thread of its own, on a free port; ``run`` gives it other work."""

    def __init__(self, target: Path | str, **switches: Any) -> None:
        self.clock = Clock()
        self.people: People
        self.driver: Driver
        self.url = ""
        self._target = target
        self._switches = switches
        self._started = threading.Event()
        self._loop: asyncio.AbstractEventLoop
        self._server: uvicorn.Server
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()
        assert self._started.wait(30)
        assert self.url, "the server did not start"

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine where the server runs."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join(30)

    def _live(self) -> None:
        try:
            asyncio.run(self._serve())
        finally:
            self._started.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.driver = await open_pg(self._target) if isinstance(self._target, str) else open_lite(self._target)
        self.people = People(self.driver, TABLES, PEPPER)
        switches: dict[str, Any] = {"allow_http_localhost": True, "limited": False, "secure_cookies": False} | self._switches
        # asyncio turns Nagle's delays off only for a socket that says it is TCP
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
            listening.bind(("127.0.0.1", 0))
            listening.listen()
            url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            authority = Authority(people=self.people, public_url=url, key=b"key of a test", now_us=self.clock.now_us, **switches)
            config = uvicorn.Config(Starlette(routes=routes(authority)), log_level="error", lifespan="off")
            self._server = uvicorn.Server(config)
            self.url = url
            self._started.set()  # who connects from now on waits until the server accepts
            await self._server.serve(sockets=[listening])
        await self.driver.close()


class Flow:
    """One person, one app, and the calls between them."""

    def __init__(self, place: Place, number: int, scopes: str = "user:clients:read user:invoices:write") -> None:
        self.place = place
        self.email = f"maya{number}@example.com"
        self.person: Identity = place.run(register_identity(place.people, self.email, ("Maya", "Lund"), PASSWORD, place.clock.us))
        draft = Business(
            0, "", "", "Lund & Daughters", "CAD", "America/Toronto", "Canada", "yyyy-mm-dd", "active", "", "", "", place.clock.us
        )
        self.business = place.run(place.people.add_business(draft, self.person.id))
        self.app, self.secret = self.register(scopes=scopes)
        self.browser = Browser(place.url)

    def register(
        self, name: str = "Ledger Sync", uris: tuple[str, ...] = (CALLBACK,), scopes: str = "user:clients:read"
    ) -> tuple[App, str]:
        people, now_us = self.place.people, self.place.clock.us
        return self.place.run(register_app(people, name, uris, scopes, now_us, allow_http_localhost=True))

    def query(self, **changes: str | None) -> dict[str, str]:
        """Write the parameters of an authorize request; None leaves one out."""
        asked = {"client_id": self.app.client_id, "response_type": "code", "redirect_uri": CALLBACK} | changes
        return {name: value for name, value in asked.items() if value is not None}

    def consent(self, **changes: str | None) -> requests.Response:
        """Sign in and come to the consent page."""
        self.browser.get("/oauth/authorize", self.query(**changes))
        return self.browser.sign_in(self.email, PASSWORD)

    def code(self, **changes: str | None) -> str:
        """Go all the way and answer the code that the app gets."""
        self.consent(**changes)
        return self.browser.press("allow").answer["code"]

    def credentials(self) -> dict[str, str]:
        return {"client_id": self.app.client_id, "client_secret": self.secret}

    def exchange(self, code: str, /, **changes: str | None) -> requests.Response:
        """Send a code as the Python SDK does."""
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, **self.credentials()} | changes
        return self.post("token", {name: value for name, value in fields.items() if value is not None})

    def refresh(self, refresh_token: str, /, **changes: str) -> requests.Response:
        """Send a refresh token as the Python SDK does."""
        fields = {"grant_type": "refresh_token", "refresh_token": refresh_token, "redirect_uri": CALLBACK, **self.credentials()}
        return self.post("token", fields | changes)

    def pair(self, **changes: str | None) -> dict[str, Any]:
        """Answer a whole token response."""
        tokens: dict[str, Any] = self.exchange(self.code(**changes)).json()
        return tokens

    def post(self, name: str, fields: dict[str, str], **options: Any) -> requests.Response:
        return call("POST", f"{self.place.url}/auth/oauth/{name}", data=fields, **options)

    def revoke(self, token: str) -> requests.Response:
        return self.post("revoke", {**self.credentials(), "token": token})

    def opens(self, token: str) -> bool:
        """Tell whether a bearer token is good for anything."""
        headers = {"Authorization": f"Bearer {token}"}
        return call("GET", f"{self.place.url}/auth/oauth/token/info", headers=headers).status_code == 200


def call(method: str, url: str, **options: Any) -> requests.Response:
    """Call the server as a program does, whatever proxies the environment names."""
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, url, timeout=10, **options)


class Browser:
    """A browser without script: keeps cookies and the page it is on, follows nothing by itself."""

    def __init__(self, url: str) -> None:
        self.session = requests.Session()
        self.session.trust_env = False
        self.page: requests.Response
        self._url = url

    def get(self, path: str, query: dict[str, str] | str = "") -> requests.Response:
        text = query if isinstance(query, str) else urlencode(query)
        return self._go("GET", f"{self._url}{path}?{text}")

    def sign_in(self, email: str, password: str) -> requests.Response:
        """Fill in the sign-in form, and follow to the page behind it when it lets us in."""
        self.post(step="sign_in", email=email, password=password)
        if self.page.status_code == 303:
            self._go("GET", urljoin(self.page.url, self.page.headers["location"]))
        return self.page

    def press(self, step: str) -> Browser:
        """Press a button of the page."""
        self.post(step=step)
        return self

    def post(self, **fields: str) -> requests.Response:
        """Send the form of the page, with its hidden token unless one is given."""
        return self._go("POST", self.page.url, data={"form": self.form_token} | fields)

    @property
    def form_token(self) -> str:
        found = re.search(r'name="form" value="([^"]*)"', self.page.text)
        return unescape(found[1]) if found else ""

    @property
    def answer(self) -> dict[str, str]:
        """Read what the app is sent."""
        return dict(parse_qsl(urlsplit(self.page.headers["location"]).query))

    def _go(self, method: str, url: str, **options: Any) -> requests.Response:
        self.page = self.session.request(method, url, allow_redirects=False, timeout=10, **options)
        return self.page


@contextlib.contextmanager
def opened(target: Path | str, **switches: Any) -> Iterator[Place]:
    """Run a server while a test needs it."""
    place = Place(target, **switches)
    try:
        yield place
    finally:
        place.close()
