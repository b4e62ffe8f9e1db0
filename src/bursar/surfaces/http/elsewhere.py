"""Words refusals of the paths outside the catalogue: JSON there too, in the shape of whoever would have answered."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import msgspec
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bursar.store.driver import Unavailable

if TYPE_CHECKING:
    from starlette.requests import Request

_UPLOADS: Final = ("/uploads/", "/service/uploads/")
_FILE_TEXTS: Final = {404: "File not found", 405: "Method not allowed", 503: "The server cannot read anything right now."}


async def refused(request: Request, error: Exception) -> Response:
    """Answer an unknown path or method, a store that is away, or a fault."""
    status = error.status_code if isinstance(error, HTTPException) else 503 if isinstance(error, Unavailable) else 500
    name = HTTPStatus(status).phrase
    headers = {"Cache-Control": "no-store", **(getattr(error, "headers", None) or {})}
    if status == 503:
        headers["Retry-After"] = "1"
    if request.url.path.startswith(_UPLOADS):
        return _json({"error": _FILE_TEXTS.get(status, name)}, 422 if status == 405 else status, headers)
    return _json({"error": name.lower().replace(" ", "_"), "error_description": f"{name}."}, status, headers)


REFUSALS: Final[dict[Any, Any]] = {HTTPException: refused, Unavailable: refused, Exception: refused}


def _json(body: dict[str, str], status: int, headers: dict[str, str]) -> Response:
    return Response(msgspec.json.encode(body), status, headers, "application/json")
