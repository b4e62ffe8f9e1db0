"""The way out: what is forbidden never gets a byte, what is allowed gets exactly the body, and failures have words."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from bursar.delivery.connecting import public_socket
from bursar.delivery.outbound import Failed, Forbidden, Outbound
from bursar.domain.targets import against_address
from tests.delivery.receiving import OK, Receiver
from tests.support.attacks import ATTACKS, NAME, PUBLIC, Attack

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bursar.delivery.outbound import Lookup

HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "X-FreshBooks-Hmac-SHA256": "c2lnbmVk"}
INSIDE = "its name leads to an address that is not public"
IN_A_NETWORK_OF_ITS_OWN = ("unshare", "--map-root-user", "--net", "sh", "-c")
ROOT = Path(__file__).parents[2]


@pytest.fixture(params=[pytest.param("asyncio", id="")])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@contextlib.asynccontextmanager
async def sending(*, allow_private: bool, timeout_s: float = 10, lookup: Lookup | None = None) -> AsyncIterator[Outbound]:
    outbound = Outbound(allow_private, timeout_s, lookup)
    try:
        yield outbound
    finally:
        await outbound.close()


def names(*records: str) -> Lookup:
    async def lookup(host: str, port: int) -> tuple[str, ...]:
        del host, port
        return records

    return lookup


async def unknown(host: str, port: int) -> tuple[str, ...]:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known", host, port)


async def silent(host: str, port: int) -> tuple[str, ...]:
    await asyncio.Event().wait()
    return (host, str(port))


@pytest.mark.anyio
@pytest.mark.parametrize("attack", [pytest.param(attack, id=attack.title) for attack in ATTACKS])
async def test_no_byte_reaches_the_inside(attack: Attack) -> None:
    async with (
        Receiver() as four,
        Receiver(host="::1", port=four.port) as six,
        sending(allow_private=False, lookup=names(*attack.records)) as out,
    ):
        with pytest.raises(Forbidden):
            await out.post(attack.url.replace("{port}", str(four.port)), b"a=1", HEADERS)
        await four.turn()
        assert (four.callers, six.callers) == (0, 0)


@pytest.mark.anyio
@pytest.mark.parametrize("attack", [pytest.param(attack, id=attack.title) for attack in ATTACKS])
async def test_whoever_registers_such_an_address_is_told(attack: Attack) -> None:
    async with sending(allow_private=False, lookup=names(*attack.records)) as out:
        objection = await out.against(attack.url.replace("{port}", "8000"))
        assert objection
        assert not [record for record in attack.records if record in objection], "where names lead inside is nobody's business"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("lookup", "allow_private", "objection"),
    [
        pytest.param(names(PUBLIC, "2606:2800:220:1::1"), False, "", id="public"),
        pytest.param(names(PUBLIC, "10.0.0.1"), False, INSIDE, id="private, too"),
        pytest.param(names("10.0.0.1"), True, "", id="private, where that is allowed"),
        pytest.param(unknown, False, "", id="not known yet"),
        pytest.param(silent, False, "", id="the name server is silent"),
    ],
)
async def test_a_name_is_turned_away_only_when_it_leads_inside(lookup: Lookup, allow_private: bool, objection: str) -> None:
    async with sending(allow_private=allow_private, timeout_s=0.05, lookup=lookup) as out:
        assert await out.against(f"https://{NAME}/in") == objection


@pytest.mark.anyio
async def test_names_that_are_registered_hold_up_no_delivery(monkeypatch: pytest.MonkeyPatch) -> None:
    answering, system = threading.Event(), socket.getaddrinfo

    def resolve(host: str, *rest: Any, **more: Any) -> Any:
        if host.endswith(".silent.example"):
            answering.wait()
        return system("127.0.0.1" if host == NAME else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    try:
        async with sending(allow_private=False, timeout_s=0.5) as out:
            registering = [out.against(f"https://hooks{number}.silent.example/") for number in range(300)]
            assert set(await asyncio.gather(*registering)) == {""}
            with pytest.raises(Forbidden, match="loopback"):
                await out.post(f"https://{NAME}/in", b"a=1", HEADERS)
    finally:
        answering.set()


@pytest.mark.anyio
@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "0.1.2.3"])
async def test_an_address_that_no_rule_has_seen_stops_at_its_socket(host: str) -> None:
    connector = aiohttp.TCPConnector(socket_factory=public_socket)
    async with Receiver() as four, Receiver(host="::1", port=four.port) as six, aiohttp.ClientSession(connector=connector) as session:
        with pytest.raises(aiohttp.ClientConnectorError) as refused:
            await session.post(f"http://{host}:{four.port}/", data=b"a=1")
        assert str(refused.value.os_error) == against_address(host.strip("[]"))
        await four.turn()
        assert (four.callers, six.callers) == (0, 0)


@pytest.mark.anyio
async def test_a_name_that_was_public_when_it_was_looked_at_is_refused_when_it_is_connected() -> None:
    answers = [(PUBLIC,), ("127.0.0.1",)]

    async def rebinding(host: str, port: int) -> tuple[str, ...]:
        del host, port
        return answers.pop(0)

    async with Receiver() as receiver, sending(allow_private=False, lookup=rebinding) as out:
        assert await rebinding(NAME, receiver.port) == (PUBLIC,)
        with pytest.raises(Forbidden, match=r"hooks\.example\.com: 127\.0\.0\.1 is a loopback address"):
            await out.post(f"http://{NAME}:{receiver.port}/", b"a=1", HEADERS)
        await receiver.turn()
        assert receiver.callers == 0


def redirection(status: int, to: Receiver) -> bytes:
    return f"HTTP/1.1 {status} Go\r\nLocation: {to.url}\r\nContent-Length: 0\r\n\r\n".encode()


@pytest.mark.anyio
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirection_is_an_answer_and_nothing_to_follow(status: int) -> None:
    async with Receiver() as inside, Receiver(redirection(status, inside)) as receiver, sending(allow_private=True) as out:
        assert await out.post(receiver.url, b"a=1", HEADERS) == status
        await inside.turn()
        assert (len(receiver.requests), inside.callers) == (1, 0)


@pytest.mark.anyio
async def test_what_is_allowed_gets_the_body_and_the_headers_over_one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Receiver() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        answer = OK.replace(b"\r\n\r\n", b"\r\nSet-Cookie: seen=1\r\n\r\n")
        async with Receiver(answer) as receiver, sending(allow_private=True, lookup=names("127.0.0.1")) as out:
            assert [await out.post(f"http://{NAME}:{receiver.port}/in?k=1", b"a=%7B1", HEADERS) for _ in range(3)] == [200] * 3
            assert receiver.callers == 1
            for request in receiver.requests:
                head, _, body = request.partition(b"\r\n\r\n")
                assert head.startswith(b"POST /in?k=1 HTTP/1.1\r\n")
                assert body == b"a=%7B1"
                lines = head.lower().split(b"\r\n")
                assert b"x-freshbooks-hmac-sha256: c2lnbmvk" in lines
                assert f"host: {NAME}:{receiver.port}".encode() in lines
                assert not [line for line in lines if line.startswith((b"cookie", b"authorization", b"accept-encoding"))]
        assert proxy.callers == 0


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        pytest.param(b"", "127.0.0.1 hung up without an answer", id="nothing"),
        pytest.param(b"220 mail.example.com ESMTP\r\n", "what 127.0.0.1 answers is not HTTP", id="another protocol"),
        pytest.param(None, "no answer within 0.2 s", id="silence"),
    ],
)
async def test_a_failure_has_words(answer: bytes | None, reason: str) -> None:
    async with Receiver(answer) as receiver, sending(allow_private=True, timeout_s=0.2 if answer is None else 10) as out:
        with pytest.raises(Failed) as failed:
            await out.post(f"{receiver.url}secret", b"a=1", HEADERS)
        assert str(failed.value) == reason


@pytest.mark.anyio
async def test_other_failures_have_words_too() -> None:
    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.com ESMTP\r\n")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server, sending(allow_private=True, lookup=unknown) as out:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Failed, match=r"^no safe connection to 127\.0\.0\.1: "):
            await out.post(f"https://127.0.0.1:{port}/secret", b"", HEADERS)
        with pytest.raises(Failed, match=r"^the name hooks\.example\.com cannot be resolved: Name or service not known$"):
            await out.post(f"http://{NAME}/secret", b"", HEADERS)
    async with sending(allow_private=True) as out:
        with pytest.raises(Failed, match=r"^127\.0\.0\.1 does not take connections: "):
            await out.post(f"http://127.0.0.1:{port}/secret", b"", HEADERS)


@pytest.mark.anyio
@pytest.mark.parametrize("length", [4_096, 4_097, 10_000_000])
async def test_of_an_answer_no_more_is_read_than_a_little(length: int) -> None:
    answer = f"HTTP/1.1 201 Made\r\nContent-Length: {length}\r\n\r\n".encode() + b"x" * length
    async with Receiver(answer) as receiver, sending(allow_private=True) as out:
        assert await out.post(receiver.url, b"a=1", HEADERS) == 201


@pytest.mark.anyio
async def test_an_answer_that_never_ends_counts_by_its_status() -> None:
    async with Receiver(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx") as receiver, sending(allow_private=True, timeout_s=0.3) as out:
        assert await out.post(receiver.url, b"a=1", HEADERS) == 200


@pytest.mark.skipif(not shutil.which("unshare") or not shutil.which("ip"), reason="needs a network of its own")
def test_a_public_address_is_reached_and_may_not_lead_inside() -> None:
    """In a network of its own a public address may lie on this machine, so the real thing can be tried: see outside.py."""
    probe = subprocess.run([*IN_A_NETWORK_OF_ITS_OWN, "ip link set lo up"], capture_output=True, check=False)
    if probe.returncode:
        pytest.skip("this machine gives nobody a network of their own")
    setting = f"ip link set lo up && ip addr add {PUBLIC}/32 dev lo && exec {sys.executable} -m tests.delivery.outside"
    tried = subprocess.run([*IN_A_NETWORK_OF_ITS_OWN, setting], capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
    assert (tried.returncode, tried.stdout.split()) == (0, ["302", "forbidden", "200", "0"]), tried.stderr
