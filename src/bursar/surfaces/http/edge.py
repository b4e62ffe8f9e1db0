"""The wire over ASGI: a path becomes a call, a reply becomes bytes; every failure is worded by its family."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl

import msgspec

from bursar.catalogue.resource import View
from bursar.errors import Kind, Refusal, refuse
from bursar.log import Log
from bursar.runtime.call import Call
from bursar.store.driver import Unavailable
from bursar.surfaces.http.answer import FIXED, JSON, Headers, answer, encoded, ignored_header
from bursar.surfaces.http.file_body import read_file
from bursar.surfaces.http.numbers import plain_decoder
from bursar.surfaces.http.request_log import Seen, without_secret
from bursar.throttling.throttle import AFTER

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from bursar.runtime.call import Upstream
    from bursar.surfaces.http.faults import FaultPlan
    from bursar.surfaces.http.identify import Identifier
    from bursar.surfaces.http.router import Found, Route, Router
    from bursar.surfaces.http.watch import Watch
    from bursar.throttling.throttle import Throttle
    from bursar.wire.family import Family

    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

LARGEST_ID = 2**63 - 1
BODIES = frozenset({"POST", "PUT"})
log = Log("bursar.http")
DECODER = plain_decoder()


class Limits(NamedTuple):
    """How many bytes are read of a body and of an uploaded file, and how often a token may call (None: as it likes)."""

    body: int
    upload: int
    throttle: Throttle | None = None


class Edge:
    """Serves every path of the catalogue; ``elsewhere`` is the ASGI app of the pages. Every answer carries its request's id."""

    faults: FaultPlan | None = None
    """What befalls calls of sample books."""

    def __init__(self, router: Router, identifier: Identifier, upstream: Upstream, elsewhere: Any, limits: Limits, watch: Watch) -> None:
        self.router, self.identifier, self.upstream, self.elsewhere = router, identifier, upstream, elsewhere
        self.limits, self.watch = limits, watch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.elsewhere(scope, receive, send)
            return
        started = perf_counter()
        headers = dict(scope["headers"])
        seen = Seen(self.watch.request_id(headers.get(b"x-request-id", b"")))
        path: str = scope["path"]
        found = self.router.find(path)
        if found is not None:
            await self._answer(scope, receive, send, headers, found, seen)
        elif (family := self.router.family_of(path.split("/")[1])) is None or family.name in ("auth", "uploads"):
            await self._page(scope, receive, send, path, seen)
            path = without_secret(path)
        else:
            await self._refuse(send, family, None, refuse(Kind.NO_ROUTE), [], seen)
        self.watch.saw(scope["method"], path, seen, perf_counter() - started)

    async def _page(self, scope: Scope, receive: Receive, send: Send, path: str, seen: Seen) -> None:
        """Let the pages answer; a fault of theirs is answered when it arrives here, and only to be written down."""
        try:
            await self.elsewhere(scope, receive, self.watch.on_page(path, send, seen))
        except Exception:
            log.exception("fault", request=seen.request_id.decode(), operation=seen.operation)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, headers: dict[bytes, bytes], found: Found, seen: Seen) -> None:
        method: str = scope["method"]
        route = None if found.methods is None else found.methods.get(method)
        resource = route.resource if route else None
        try:
            caller, memberships = await self.identifier.identify(headers.get(b"authorization", b""))
            seen.identity = caller.identity
            seen.operation = route.name if route else ""
            if self.limits.throttle is not None:
                await self._count(self.limits.throttle, caller.token, method == "POST" and found.family.prefix[0] == "accounting", seen)
            if route is None:
                await self._no_route(send, found, seen)
                return
            if self.faults is not None and self.faults.rules and (rule := self.faults.strike(route.name)):
                seen.fault = rule.text
                if rule.kind not in ("429", "500"):
                    send = self.faults.spoiled(rule, scope, receive, send, seen)
                self._befall(rule.kind, found, method, seen)
            business, caller = self.identifier.books(found, caller, memberships)
            call = Call(route.resource, route.operation, caller, business, memberships=memberships)
            seen.business_id = call.business_id
            call = await self._asked(call, scope, receive, headers, found, route)
            reply = await self.upstream.send(call)
        except Refusal as refused:
            await self._refuse(send, found.family, resource, refused, [], seen)
            return
        except Unavailable as error:
            log.warning("unavailable", request=seen.request_id.decode(), reason=str(error))
            await self._refuse(send, found.family, resource, refuse(Kind.BUSY), [], seen)
            return
        except Exception:
            log.exception("fault", request=seen.request_id.decode(), operation=seen.operation)
            await self._refuse(send, found.family, resource, refuse(Kind.FAULT), [], seen)
            return
        seen.ignored, seen.status = reply.ignored, reply.status
        extra: Headers = [*reply.headers, (b"x-request-id", seen.request_id), *(seen.limits or ())]
        if reply.ignored:
            extra.append(ignored_header(reply.ignored))
        await answer(send, reply.status, encoded(reply.body), found.family, extra)

    async def _count(self, throttle: Throttle, token: bytes, post: bool, seen: Seen) -> None:  # noqa: FBT001 - the edge says it in place
        """Count a call of a token that holds; raises THROTTLED for one too many."""
        standing = await throttle.count(token, post=post)
        seen.limits = standing.headers
        if standing.over:
            raise refuse(Kind.THROTTLED)

    def _befall(self, kind: str, found: Found, method: str, seen: Seen) -> None:
        """Refuse what a fault does not let happen; raises THROTTLED or FAULT, worded like the real ones."""
        if kind == "429":
            throttle, post = self.limits.throttle, method == "POST" and found.family.prefix[0] == "accounting"
            seen.limits = throttle.spent(post=post) if throttle else [(AFTER, b"1")]
            raise refuse(Kind.THROTTLED)
        if kind in ("500", "drop-before"):
            raise refuse(Kind.FAULT)

    async def _no_route(self, send: Send, found: Found, seen: Seen) -> None:
        if found.methods is None:
            await self._refuse(send, found.family, None, refuse(Kind.NO_ROUTE), [], seen)
            return
        allowed = (b"allow", ", ".join(sorted(found.methods)).encode())
        await self._refuse(send, found.family, next(iter(found.methods.values())).resource, refuse(Kind.NO_METHOD), [allowed], seen)

    async def _asked(self, call: Call, scope: Scope, receive: Receive, headers: dict[bytes, bytes], found: Found, route: Route) -> Call:
        """Read query, body and object id; raises MALFORMED, TOO_LARGE or UNKNOWN."""
        query: bytes = scope["query_string"]
        pairs = parse_qsl(query.decode("utf-8", "replace"), keep_blank_values=True) if query else []
        object_id = object_number(found, route) if found.object_id else 0
        if scope["method"] not in BODIES:
            return call._replace(pairs=pairs, object_id=object_id, object_key=found.object_id)
        if isinstance(route.resource, View) and route.resource.takes == "file":
            file = await read_file(receive, headers, self.limits.upload)
            return call._replace(pairs=pairs, content=file, raw_body=file.content, idempotency=idempotency(headers))
        raw = await read_body(receive, headers, self.limits.body)
        key = idempotency(headers) if scope["method"] == "POST" else ""
        return call._replace(pairs=pairs, object_id=object_id, object_key=found.object_id, body=decoded(raw), raw_body=raw, idempotency=key)

    async def _refuse(self, send: Send, family: Family, resource: Any, refused: Refusal, more: Headers, seen: Seen) -> None:
        envelope = family.refusal(refused, resource)
        seen.status = envelope.status
        told = seen.limits
        if told is None:
            told = self.limits.throttle.untouched() if self.limits.throttle else []
        if refused.problems[0].kind is Kind.BUSY:
            told = [*(header for header in told if header[0] != AFTER), (AFTER, b"1")]
        extra = [*more, (b"x-request-id", seen.request_id), *told]
        await answer(send, envelope.status, encoded(envelope.body), family, extra)


def object_number(found: Found, route: Route) -> int:
    """Return the id of a path; what is no id is as unknown as a missing row."""
    text = found.object_id
    if text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= LARGEST_ID:
        return int(text)
    resource = route.resource
    noun = resource.of if isinstance(resource, View) and resource.of else resource.record.noun
    raise refuse(Kind.UNKNOWN, resource.id_field, text, noun)


def idempotency(headers: dict[bytes, bytes]) -> str:
    """Return the Idempotency-Key of a request, "" when it has none."""
    return headers.get(b"idempotency-key", b"").decode("latin-1")[:255]


async def read_body(receive: Receive, headers: dict[bytes, bytes], limit: int) -> bytes:
    """Read a body of at most ``limit`` bytes; raises TOO_LARGE."""
    announced = headers.get(b"content-length", b"0")
    if announced.isdigit() and int(announced) > limit:
        raise refuse(Kind.TOO_LARGE)
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
        if len(body) > limit:
            raise refuse(Kind.TOO_LARGE)
    if len(body) > limit:
        raise refuse(Kind.TOO_LARGE)
    return body


def decoded(raw: bytes) -> Any:
    """Return the JSON value of a body with exact numbers; raises MALFORMED for anything that is no JSON."""
    try:
        return DECODER.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, ValueError):
        raise refuse(Kind.MALFORMED) from None


__all__ = ["FIXED", "JSON", "Edge"]
