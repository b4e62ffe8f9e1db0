"""Writes answers to the wire: status, headers, JSON."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

from bursar.wire.family import VERSION

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

ENCODER = msgspec.json.Encoder()
FIXED = (
    (b"x-api-version", b"2023-02-20"),
    (b"vary", b"Accept-Encoding"),
    (b"content-security-policy", b"default-src 'self'; object-src 'none'"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"x-bursar-version", VERSION),
)
_FIXED_LINES = b"".join(b"%b: %b\r\n" % pair for pair in FIXED)
_BARE = frozenset({204, 304})
"""What has no body has neither its length nor its type (RFC 9110, 8.6)."""
Headers = list[tuple[bytes, bytes]]


class Answer(msgspec.Struct, frozen=True, gc=False):
    """A whole answer: status, content type, body, and the headers that not every answer has."""

    status: int
    content_type: bytes
    body: bytes
    more: Headers


def encoded(body: Any) -> bytes:
    """Return the bytes of a JSON value; None is an empty body, ready bytes stay as they are."""
    if body is None:
        return b""
    return body if isinstance(body, bytes) else ENCODER.encode(body)


async def write(send: Send, answer: Answer) -> None:
    """Send an answer the way of ASGI."""
    headers: Headers = [*FIXED, *answer.more]
    if answer.status not in _BARE:
        headers += [(b"content-length", b"%d" % len(answer.body)), (b"content-type", answer.content_type)]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def lines(answer: Answer) -> bytes:
    """Write the same headers as they stand in HTTP/1.1, each with the end of its line."""
    more = b"".join([b"%b: %b\r\n" % pair for pair in answer.more])
    if answer.status in _BARE:
        return _FIXED_LINES + more
    return b"content-length: %d\r\n%b%bcontent-type: %b\r\n" % (len(answer.body), _FIXED_LINES, more, answer.content_type)


def tagged(answer: Answer, known: bytes) -> Answer:
    """Tell what an answer is known by; whoever says that it knows it (If-None-Match) is not sent it again."""
    tag = b'"%b"' % hashlib.blake2b(answer.body, digest_size=16).hexdigest().encode()
    more = [*answer.more, (b"etag", b"W/" + tag), (b"cache-control", b"max-age=0, private, must-revalidate")]
    if {tag, b"*"} & {each.strip().removeprefix(b"W/") for each in known.split(b",")}:
        return Answer(304, answer.content_type, b"", more)
    return Answer(answer.status, answer.content_type, answer.body, more)


def ignored_header(names: tuple[str, ...]) -> tuple[bytes, bytes]:
    """Name what had no effect, once each and cut to a header's size."""
    text = ",".join(dict.fromkeys(names)).encode("ascii", "backslashreplace")
    clean = bytes(byte for byte in text if 32 <= byte < 127)
    return (b"x-bursar-ignored-fields", clean[:1000])
