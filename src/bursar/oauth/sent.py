"""What a client program sends: fields as a form, as JSON or as multipart, and its credentials (platform 2.5)."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, unquote_plus

import msgspec
from starlette.formparsers import MultiPartException, MultiPartParser

from bursar.oauth import failure
from bursar.oauth.failure import Refused

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.requests import Request

LARGEST: Final = 65_536
_FIELDS: Final = 100


async def read_fields(request: Request) -> dict[str, str]:
    """Read the body as named texts; whatever is not a text or a whole number counts as not sent. Raises Refused."""
    body = await _read_body(request)
    try:
        pairs = await _pairs(request, body)
    except (ValueError, RecursionError, MultiPartException) as error:  # undecodable text and JSON raise ValueError too
        raise Refused(failure.MALFORMED) from error
    fields = dict(pairs)
    if len(pairs) > len(fields):
        raise Refused(failure.MALFORMED)
    return fields


def credentials(request: Request, fields: dict[str, str]) -> tuple[str, str]:
    """Find client id and secret: in a Basic header, else in the body. Any other kind of header says nothing here."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            client_id, colon, secret = base64.b64decode(value.strip(), validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        if colon:
            return unquote_plus(client_id), unquote_plus(secret)
    return fields.get("client_id", ""), fields.get("client_secret", "")


async def _read_body(request: Request) -> bytes:
    parts = bytearray()
    async for part in request.stream():
        parts += part
        if len(parts) > LARGEST:
            raise Refused(failure.TOO_LARGE)
    return bytes(parts)


async def _pairs(request: Request, body: bytes) -> list[tuple[str, str]]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        form = await MultiPartParser(request.headers, _once(body), max_files=0, max_fields=_FIELDS).parse()
        return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    if kind.endswith("json") or body.lstrip().startswith(b"{"):
        sent: Any = msgspec.json.decode(body)
        if not isinstance(sent, dict):
            raise ValueError("not an object")
        return [(name, str(value)) for name, value in sent.items() if type(value) in {str, int}]
    return parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_FIELDS)


async def _once(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body
