"""How the authorization server answers client programs: always JSON, also when it fails (platform 2.9)."""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING, Any, Final

import msgspec
from starlette.responses import Response

from bursar.errors import Refusal
from bursar.oauth import failure
from bursar.oauth.failure import Refused
from bursar.store.driver import Unavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from bursar.oauth.failure import Failure

    Answer = Callable[[Request], Awaitable[Response]]

EVERY_METHOD: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
RETRY_S: Final = "1"
_MEDIA_TYPE: Final = "application/json; charset=utf-8"
_PRIVATE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_log: Final = logging.getLogger("bursar.oauth")


def reply(status: int, shown: Any, headers: dict[str, str] | None = None) -> Response:
    """Answer with JSON that no cache keeps."""
    return Response(msgspec.json.encode(shown), status, {**_PRIVATE, **(headers or {})}, _MEDIA_TYPE)


def speaks_json(method: str, answer: Answer) -> Answer:
    """Wrap an address of client programs, so that whatever goes wrong there is said in JSON; ``method`` is the only one."""

    @functools.wraps(answer)
    async def answered(request: Request) -> Response:
        if request.method not in {method, "HEAD" if method == "GET" else method}:
            return _refusal(request, failure.WRONG_METHOD, {"Allow": method})
        try:
            return await answer(request)
        except Refused as refused:
            return _refusal(request, refused.failure)
        except (Refusal, Unavailable):
            return _refusal(request, failure.UNAVAILABLE, {"Retry-After": RETRY_S})
        except Exception:  # noqa: BLE001 - the official SDK cannot read anything but JSON here
            _log.exception("an OAuth address failed: %s", request.url.path)
            return _refusal(request, failure.BROKEN)

    return answered


def _refusal(request: Request, refused: Failure, headers: dict[str, str] | None = None) -> Response:
    if refused is failure.INVALID_CLIENT and request.headers.get("authorization", "").lower().startswith("basic"):
        headers = {"WWW-Authenticate": 'Basic realm="OAuth"'}
    if refused is failure.INVALID_TOKEN:
        headers = {"WWW-Authenticate": "Bearer"}
    return reply(refused.status, refused.body(), headers)
