"""Serves uploaded files by their handles. The handle is the permission: pages and mails have no token (accounting-more 11)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

    from bursar.store.uploads import Uploads

KINDS: Final = {"images": "image", "attachments": "attachment"}
_LONGEST_HANDLE: Final = 1_000
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "private, max-age=31536000, immutable",
}


def file_routes(uploads: Uploads) -> list[Route]:
    """Build the routes, with and without the prefix that links carry."""
    return [
        Route(f"{place}/uploads/{plural}/{{token}}", partial(_file, uploads, kind), methods=["GET"])
        for place in ("", "/service")
        for plural, kind in KINDS.items()
    ]


async def _file(uploads: Uploads, kind: str, request: Request) -> Response:
    token = request.path_params["token"]
    found = await uploads.find(kind, token) if token.isascii() and token.isprintable() and len(token) <= _LONGEST_HANDLE else None
    if found is None:
        raise HTTPException(404)
    return Response(found.content, headers={**_HEADERS, "X-filename": found.filename}, media_type=found.media_type)
