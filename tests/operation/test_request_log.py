"""One line for each request: what is in it, and what never is."""

from __future__ import annotations

import io
import json
import logging
import re
from typing import TYPE_CHECKING, Any

import pytest
import requests

from bursar.log import Log, Sink, configure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.tenant import Tenant

    Read = Callable[[], list[Any]]


@pytest.fixture(params=["json", "text"])
def logged(request: pytest.FixtureRequest, server: Tenant) -> tuple[Tenant, Callable[[], str]]:
    """A server that writes its log where the test can read it."""
    return listening(server, request.param)


def listening(server: Tenant, mode: str) -> tuple[Tenant, Callable[[], str]]:
    tenant = server.under(log=mode)
    sink, stream = tenant.application.sink, io.BytesIO()
    tenant.place.run(flushed(sink))
    sink._stream = stream

    def read() -> str:
        tenant.place.run(flushed(sink))
        return stream.getvalue().decode()

    return tenant, read


async def flushed(sink: Sink) -> None:
    sink.flush()


def test_a_line_tells_who_asked_for_what(server: Tenant) -> None:
    tenant, read = listening(server, "json")
    made = tenant.create("client", organization="Acme", nonsense=1)
    _, _, headers = tenant.get(f"users/clients/{made['id']}?secret=1")
    created, got = (json.loads(line) for line in read().splitlines())
    assert 0 < got.pop("ms") < 60_000
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", got.pop("time"))
    assert got == {
        "level": "info",
        "event": "request",
        "request": headers["X-Request-Id"],
        "method": "GET",
        "path": f"/accounting/account/{tenant.account_id}/users/clients/{made['id']}",
        "operation": "clients.get",
        "status": 200,
        "identity": tenant.identity_id,
        "business": tenant.business_id,
    } | ({"ignored": got["ignored"]} if "ignored" in got else {})
    assert (created["operation"], created["status"], created["ignored"]) == ("clients.create", 200, ["nonsense"])


@pytest.mark.parametrize(
    ("method", "path", "operation", "status"),
    [
        pytest.param("GET", "users/clients/99999", "clients.get", 404, id="what is not there"),
        pytest.param("DELETE", "users/clients/1", "", 405, id="another method"),
        pytest.param("GET", "users/nothing", "", 404, id="an unknown path"),
        pytest.param("GET", "/_/live", "operation", 200, id="a page"),
        pytest.param("GET", "/nothing", "", 404, id="no page"),
    ],
)
def test_refusals_are_logged_too(server: Tenant, method: str, path: str, operation: str, status: int) -> None:
    tenant, read = listening(server, "json")
    tenant.call(method, path)
    (line,) = map(json.loads, read().splitlines())
    assert (line["method"], line["operation"], line["status"]) == (method, operation, status)


def test_a_fault_on_demand_is_told(server: Tenant) -> None:
    tenant, read = listening(server, "json")
    assert tenant.application.faults is not None
    tenant.application.faults.plan(["clients.list@100%x1:drop-after", "clients.list@100%:500"], 1)
    with pytest.raises(requests.ConnectionError):
        tenant.get("users/clients")
    tenant.get("users/clients")
    tenant.application.faults.plan([], 1)
    tenant.get("users/clients")
    told = [(line["operation"], line["status"], line.get("fault")) for line in map(json.loads, read().splitlines())]
    assert told == [
        ("clients.list", 0, "clients.list@100%x1:drop-after"),
        ("clients.list", 500, "clients.list@100%:500"),
        ("clients.list", 200, None),
    ]


def test_a_stranger_is_nobody(server: Tenant) -> None:
    tenant, read = listening(server, "json")
    tenant.get("users/clients", token="no-such-token")
    (line,) = map(json.loads, read().splitlines())
    assert (line["status"], "identity" in line, "business" in line) == (401, False, False)


def test_no_secret_is_ever_written(logged: tuple[Tenant, Callable[[], str]]) -> None:
    tenant, read = logged
    customer = tenant.create("client", organization="Acme")["id"]
    made = tenant.create("invoice", customerid=customer, create_date="2026-03-03", status=2)
    path = f"invoices/invoices/{made['id']}/share_link"
    link = tenant.get(path)[1]["response"]["result"]["share_link"]["share_link"]
    tenant.place.http.get(link, timeout=10)
    handle = "eyJhbGciOiJIUzI1NiJ9.c2VjcmV0.c2VjcmV0"
    for place in ("/uploads/images/", "/uploads/attachments/", "/service/uploads/images/"):
        tenant.place.http.get(tenant.url + place + handle, timeout=10)
    tenant.place.http.get(f"{tenant.url}/oauth/authorize?code=the-code&client_secret=the-secret", timeout=10)
    tenant.place.http.post(f"{tenant.url}/auth/oauth/token", json={"client_secret": "the-secret", "code": "the-code"}, timeout=10)
    text = read()
    assert len(text.splitlines()) == 9
    secrets = (tenant.token, link.rpartition("/")[2], handle, "the-code", "the-secret")
    assert [secret for secret in secrets if secret in text] == []


def test_a_line_stays_a_line(logged: tuple[Tenant, Callable[[], str]]) -> None:
    tenant, read = logged
    tenant.place.http.get(tenant.url + "/accounting/account/x%0Aevent=forged%1b[31m%C3%A9", timeout=10)
    text = read()
    assert len(text.splitlines()) == 1
    assert "\x1b" not in text


def test_it_can_be_switched_off(server: Tenant) -> None:
    tenant, read = listening(server, "off")
    tenant.get("users/clients")
    assert read() == ""


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        pytest.param("abc-123.X_y", True, id="a sane one"),
        pytest.param("x" * 64, True, id="a long one"),
        pytest.param("x" * 65, False, id="too long"),
        pytest.param("a b", False, id="with a blank"),
        pytest.param("<b>", False, id="with signs"),
    ],
)
def test_the_id_of_a_proxy_is_kept_when_it_is_one(server: Tenant, sent: str, kept: bool) -> None:
    for path in ("users/clients", "users/nothing", "/_/live"):
        _, _, headers = server.get(path, headers={"X-Request-Id": sent})
        assert (headers["X-Request-Id"] == sent) is kept


def test_every_request_has_an_id_of_its_own(server: Tenant) -> None:
    found = {server.get("users/clients")[2]["X-Request-Id"] for _ in range(5)}
    assert len(found) == 5


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.BytesIO]:
    root = logging.getLogger()
    level = root.level
    monkeypatch.setattr(root, "handlers", [])
    yield io.BytesIO()
    root.setLevel(level)
    logging.getLogger("bursar").setLevel(logging.NOTSET)


def test_other_lines_go_the_same_way(stream: io.BytesIO) -> None:
    configure("json", Sink(stream))
    Log("bursar.mail").note("mail sent", mail=3)
    try:
        int("no number")
    except ValueError:
        Log("bursar.http").exception("fault", request="r-1")
    logging.getLogger("aiohttp").warning("closed after %s s", 3)
    sent, fault, theirs = map(json.loads, stream.getvalue().splitlines())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", sent["time"])
    assert (theirs["event"], theirs["logger"], theirs["level"]) == ("closed after 3 s", "aiohttp", "warning")
    assert (sent["event"], sent["mail"], sent["level"]) == ("mail sent", 3, "info")
    assert (fault["event"], fault["request"], fault["level"]) == ("fault", "r-1", "error")
    assert "ValueError: invalid literal" in fault["exception"]


def test_a_line_that_cannot_be_written_stops_nobody(stream: io.BytesIO, capsys: pytest.CaptureFixture[str]) -> None:
    configure("json", Sink(stream))
    logging.getLogger("aiohttp").warning("closed after %d s", "three")
    Log("bursar.http").warning("unavailable", reason="\ud800")
    Log("bursar.http").warning("unavailable", reason="locked")
    (line,) = map(json.loads, stream.getvalue().splitlines())
    assert line["reason"] == "locked"
    told = capsys.readouterr().err
    assert "closed after" in told
    assert "unavailable" in told


def test_a_line_for_people_stays_one_line(stream: io.BytesIO) -> None:
    configure("text", Sink(stream))
    Log("bursar.mail").warning("mail failed", reason="no\nhost", wait_s=60)
    assert re.fullmatch(rb"\d\d:\d\d:\d\d WARNING  mail failed reason='no\\nhost' wait_s=60\n", stream.getvalue())


def test_a_process_that_set_up_its_own_log_reads_all_of_a_line(caplog: pytest.LogCaptureFixture) -> None:
    Log("bursar.mail").warning("mail failed", mail=5)
    assert "mail failed mail=5" in caplog.text


def test_off_leaves_what_is_wrong(stream: io.BytesIO) -> None:
    configure("off", Sink(stream))
    Log("bursar.mail").note("mail sent", mail=4)
    Log("bursar.mail").warning("mail failed", mail=5)
    (line,) = stream.getvalue().splitlines()
    assert b"mail failed" in line


def test_a_reader_that_left_does_not_stop_the_server() -> None:
    stream = io.BytesIO()
    sink = Sink(stream)
    stream.close()
    sink.put(b"a line")
