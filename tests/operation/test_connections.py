"""Requests as bytes on a connection: in pieces, several at once, in other forms, and a connection that nobody uses."""

from __future__ import annotations

import json
import socket
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.place import Place
    from tests.support.tenant import Tenant

IDLE_S, PAUSE_S, SEED = 0.8, 0.5, 4711


class Answer(NamedTuple):
    """One answer as it was read."""

    status: int
    headers: dict[str, str]
    body: bytes

    def id(self, noun: str = "client") -> int:
        """Answer the id of the object in it."""
        found: int = json.loads(self.body)["response"]["result"][noun]["id"]
        return found


class Line:
    """A connection of its own."""

    def __init__(self, url: str) -> None:
        at = urlsplit(url)
        self._socket = socket.create_connection((at.hostname, at.port), timeout=30)
        self._read = self._socket.makefile("rb")

    def send(self, raw: bytes, piece: int = 65_536) -> None:
        """Send bytes in pieces of at most so many."""
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(raw), piece):
            self._socket.sendall(raw[at : at + piece])

    def read(self) -> Answer:
        """Read one answer; that the server is ready for a body is none yet."""
        status = int(self._read.readline().split()[1])
        headers = {}
        while (line := self._read.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode().partition(": ")
            headers[name] = value.strip()
        return self.read() if status == 100 else Answer(status, headers, self._read.read(int(headers["content-length"])))

    def is_silent(self, seconds: float) -> bool:
        """Wait whether the server says or ends something; nothing can be read afterwards but by another line."""
        self._socket.settimeout(seconds)
        try:
            self._socket.recv(1, socket.MSG_PEEK)
        except TimeoutError:
            return True
        finally:
            self._socket.settimeout(30)
        return False

    def is_ended(self) -> bool:
        """Wait for what comes next, and say whether that is the end."""
        return self._socket.recv(1) == b""

    def close(self) -> None:
        """Hang up."""
        self._read.close()
        self._socket.close()


@pytest.fixture
def line(server: Tenant) -> Iterator[Line]:
    opened = Line(server.url)
    yield opened
    opened.close()


def asked(
    server: Tenant, path: str, method: str = "GET", body: Any = None, more: str = "", *, version: str = "1.1", size: int = 0
) -> bytes:
    """Write a request; ``path`` lies below the account unless it is whole, and the body takes ``size`` bytes or more."""
    whole = path if path.startswith(("/", "http")) else f"/accounting/account/{server.account_id}/{path}"
    raw = b"" if body is None else json.dumps(body).encode().ljust(size)
    length = f"Content-Type: application/json\r\nContent-Length: {len(raw)}\r\n" if raw else ""
    return f"{method} {whole} HTTP/{version}\r\nHost: x\r\nAuthorization: Bearer {server.token}\r\n{length}{more}\r\n".encode() + raw


def test_several_requests_at_once_are_answered_in_their_order(server: Tenant, line: Line) -> None:
    first, second = (server.create("client", organization=name)["id"] for name in ("Acme", "Boole"))
    new = asked(server, "users/clients", "POST", {"client": {"organization": "Curie"}})
    page = asked(server, "users/clients?per_page=100")
    line.send(b"".join([asked(server, f"users/clients/{first}"), new, asked(server, f"users/clients/{second}"), page, new]))
    answers = [line.read() for _ in range(5)]
    assert [answer.status for answer in answers] == [200] * 5
    assert (answers[0].id(), answers[2].id()) == (first, second)
    assert json.loads(answers[3].body)["response"]["result"]["total"] == 3
    assert answers[4].id() > answers[1].id() > second


@pytest.mark.parametrize("piece", [1, 7])
def test_a_request_may_come_in_pieces(server: Tenant, line: Line, piece: int) -> None:
    made = server.create("client", organization="Acme")["id"]
    line.send(asked(server, f"users/clients/{made}") * 2, piece)
    assert [line.read().id(), line.read().id()] == [made, made]


@pytest.mark.parametrize(
    ("form", "ends"),
    [
        pytest.param({"more": "Content-Length: 0\r\n"}, False, id="an announced body of nothing"),
        pytest.param({"body": {"a": 1}}, False, id="a body"),
        pytest.param({"more": "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"}, False, id="a body in chunks"),
        pytest.param({"more": "X-Forwarded-For: 1.2.3.4\r\n"}, False, id="a header more"),
        pytest.param({"path": "http://books.example.com/accounting/account/{account}/users/clients/{id}"}, False, id="a whole address"),
        pytest.param({"path": "/accounting/account/{account}/users/client%73/{id}"}, False, id="an escaped letter"),
        pytest.param({"more": "Connection: close\r\n"}, True, id="the last of a connection"),
        pytest.param({"version": "1.0"}, True, id="an old client"),
    ],
)
def test_a_get_is_answered_alike_in_every_form(server: Tenant, line: Line, form: dict[str, Any], ends: bool) -> None:
    made = server.create("client", organization="Acme")["id"]
    path = f"users/clients/{made}"
    line.send(asked(server, path, more="X-Request-Id: one\r\n"))
    plain = line.read()
    other = {**form, "path": form.get("path", path).format(account=server.account_id, id=made)}
    line.send(asked(server, other.pop("path"), **{**other, "more": "X-Request-Id: one\r\n" + other.get("more", "")}))
    again = line.read()
    assert (again.status, again.body) == (plain.status, plain.body) == (200, plain.body)
    varying = ("date", "x-ratelimit-remaining", "connection")
    told, before = ({name: value for name, value in answer.headers.items() if name not in varying} for answer in (again, plain))
    assert told == before
    if ends:
        assert line.is_ended()
    else:
        line.send(asked(server, path))
        assert line.read().id() == made


@pytest.mark.parametrize("piece", [1, 7, 65_536])
def test_a_body_may_come_in_pieces(server: Tenant, line: Line, piece: int) -> None:
    names = ("Acme", "Boole")
    line.send(b"".join([asked(server, "users/clients", "POST", {"client": {"organization": name}}) for name in names]), piece)
    made = [line.read().id() for _ in names]
    assert {(client["id"], client["organization"]) for client in server.found("client")} == set(zip(made, names, strict=True))


@pytest.mark.parametrize(
    ("form", "ends"),
    [
        pytest.param({"more": "Expect: 100-continue\r\n"}, False, id="a body that is announced"),
        pytest.param({"path": "http://books.example.com/accounting/account/{account}/items/items"}, False, id="a whole address"),
        pytest.param({"path": "/accounting/account/{account}/items/item%73"}, False, id="an escaped letter"),
        pytest.param({"more": "Connection: close\r\n"}, True, id="the last of a connection"),
        pytest.param({"version": "1.0"}, True, id="an old client"),
        *(pytest.param({"size": size}, False, id=f"{size} bytes") for size in (65_535, 65_536, 65_537)),
    ],
)
@pytest.mark.parametrize("fields", [{"name": "Chair"}, {"name": "Chair", "unit_cost": {"amount": "x"}}], ids=["taken", "refused"])
def test_a_post_is_answered_alike_in_every_form(
    server: Tenant, line: Line, form: dict[str, Any], ends: bool, fields: dict[str, Any]
) -> None:
    line.send(asked(server, "items/items", "POST", {"item": fields}, more="X-Request-Id: one\r\n"))
    plain = line.read()
    other = {**form, "path": form.get("path", "items/items").format(account=server.account_id)}
    other["more"] = "X-Request-Id: one\r\n" + other.get("more", "")
    line.send(asked(server, other.pop("path"), "POST", {"item": fields}, **other))
    again = line.read()
    assert again.status == plain.status == (200 if "unit_cost" not in fields else 422)
    varying = ("date", "x-ratelimit-remaining", "connection", "content-length")
    told, before = ({name: value for name, value in answer.headers.items() if name not in varying} for answer in (again, plain))
    assert told == before
    if "unit_cost" in fields:
        assert again.body == plain.body
    else:
        assert again.id("item") == plain.id("item") + 1
    if ends:
        assert line.is_ended()
    else:
        line.send(asked(server, "items/items"))
        assert line.read().status == 200


def test_a_refused_get_leaves_the_connection_open(server: Tenant, line: Line) -> None:
    made = server.create("client", organization="Acme")["id"]
    line.send(asked(server, "users/clients/99999999"))
    line.send(asked(server, f"users/clients/{made}"))
    assert [line.read().status, line.read().status] == [404, 200]


def test_a_client_that_leaves_with_requests_under_way_is_no_fault(server: Tenant, caplog: pytest.LogCaptureFixture) -> None:
    new = asked(server, "users/clients", "POST", {"client": {"organization": "Curie"}})
    for visit in range(1, 11):
        leaving = Line(server.url)
        leaving.send(new * 3)
        leaving.close()
        deadline = monotonic() + 30
        while len(server.found("client")) < visit:
            assert monotonic() < deadline, "nothing was made of its requests"
    assert caplog.records == []


@pytest.fixture
def place(places: Any) -> Place:
    """Hand out SQLite with a server of its own that ends an idle connection soon."""
    found: Place = places.on("sqlite")
    url, _ = found.beside(fault_seed=SEED)  # nobody else asks for this seed
    own = next(each for each in found._listening if each.url == url)._server.config
    own.timeout_keep_alive = IDLE_S  # type: ignore[assignment]  # a test has no whole second to wait
    return found


def test_a_connection_is_closed_when_nobody_used_it_for_long(place: Place) -> None:
    server = place.tenant().under(fault_seed=SEED)
    made = server.create("client", organization="Acme")["id"]
    line = Line(server.url)
    try:
        for _ in range(3):
            line.send(asked(server, f"users/clients/{made}"))
            assert line.read().id() == made
            assert line.is_silent(PAUSE_S), "it was used within the time"
        assert line.is_ended()
    finally:
        line.close()


def test_a_connection_stays_open_while_an_answer_takes_longer_than_it_may_be_idle(place: Place) -> None:
    server = place.tenant().under(fault_seed=SEED)
    made = server.create("client", organization="Acme")["id"]
    line, reading = Line(server.url), Event()

    async def another_list_takes_its_time() -> None:
        place.driver._slow_thread.run(reading.wait)  # type: ignore[attr-defined]  # of SQLite

    place.run(another_list_takes_its_time())
    try:
        line.send(asked(server, f"users/clients/{made}"))
        assert line.read().id() == made
        line.send(asked(server, "users/clients?sort=outstanding_desc"))
        assert line.is_silent(2 * IDLE_S), "it is being answered"
        reading.set()
        assert line.read().status == 200
    finally:
        reading.set()
        line.close()
