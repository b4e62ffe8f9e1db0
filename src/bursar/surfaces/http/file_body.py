"""Reads an uploaded file: the part ``content`` of a multipart body, counted as it streams in (accounting-more section 11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from bursar.errors import Kind, refuse
from bursar.runtime.call import Received

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping

    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

PART: Final = "content"
MISSING: Final = "Content required"
_AROUND: Final = 65_536
"""How much a body may hold besides the file: boundaries, headers of parts, small fields."""


class _InMemory(MultiPartParser):
    """Keeps the one file in memory, where it is bounded, instead of writing it to disk first."""

    spool_max_size = 0  # 0 never moves to disk


async def read_file(receive: Receive, headers: dict[bytes, bytes], limit: int) -> Received:
    """Return the uploaded file; raises MALFORMED without one, TOO_LARGE beyond ``limit`` bytes as soon as that is known."""
    announced = headers.get(b"content-length", b"")
    if announced.isdigit() and int(announced) > limit + _AROUND:
        raise _too_large(limit)
    if not headers.get(b"content-type", b"").lower().startswith(b"multipart/form-data"):
        raise refuse(Kind.MALFORMED, text=MISSING)
    parser = _InMemory(Headers(raw=list(headers.items())), _counted(receive, limit), max_files=1, max_fields=16, max_part_size=_AROUND)
    try:
        form = await parser.parse()
    except MultiPartException:
        raise refuse(Kind.MALFORMED, text=MISSING) from None
    try:
        file = form.get(PART)
        if not isinstance(file, UploadFile) or not file.size:
            raise refuse(Kind.MALFORMED, text=MISSING)
        if file.size > limit:
            raise _too_large(limit)
        content = await file.read()
    finally:
        await form.close()
    return Received(file.filename or "", media_type(content), content)


async def _counted(receive: Receive, limit: int) -> AsyncGenerator[bytes, None]:
    """Yield the body as it comes, up to the limit."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise MultiPartException("the caller left")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit + _AROUND:
            raise _too_large(limit)
        more = message.get("more_body", False)
        yield chunk


def _too_large(limit: int) -> Exception:
    return refuse(Kind.TOO_LARGE, text=f"The file is larger than {limit} bytes.")


def media_type(content: bytes) -> str:
    """Return the media type that the bytes themselves show, whatever was announced; "" for none we know."""
    import puremagic  # noqa: PLC0415 - its tables are only needed once somebody uploads

    try:
        return str(puremagic.magic_string(content)[0].mime_type)
    except (puremagic.PureError, ValueError, IndexError):
        return ""
