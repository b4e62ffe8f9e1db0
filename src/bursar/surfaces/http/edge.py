"""The wire over ASGI: a path becomes a call, a reply becomes bytes; every failure is worded by its family."""

from __future__ import annotations

import asyncio
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl

import msgspec

from bursar.catalogue.resource import View
from bursar.errors import Kind, Refusal, refuse
from bursar.log import Log
from bursar.runtime.call import Call, Caller
from bursar.runtime.scoping import permitted
from bursar.store.driver import Unavailable
from bursar.surfaces.http.answer import Answer, Headers, encoded, ignored_header, tagged, write
from bursar.surfaces.http.file_body import read_file
from bursar.surfaces.http.identify import of_path
from bursar.surfaces.http.numbers import plain_decoder
from bursar.surfaces.http.request_log import Seen, without_secret
from bursar.throttling.throttle import AFTER

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, MutableMapping

    from bursar.catalogue.facts import Business
    from bursar.catalogue.resource import Resource
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


class Asked(msgspec.Struct, frozen=True, gc=False):
    """A request as it came: method, query string, headers by their names, and its body, or where that comes from."""

    method: str
    query: bytes
    headers: dict[bytes, bytes]
    body: bytes = b""
    receive: Receive | None = None

    async def read(self, limit: int) -> bytes:
        """Return a body of at most ``limit`` bytes; raises TOO_LARGE."""
        if self.receive is not None:
            return await read_body(self.receive, self.headers, limit)
        if len(self.body) > limit:
            raise refuse(Kind.TOO_LARGE)
        return self.body

    async def hand(self) -> MutableMapping[str, Any]:
        """Hand the body over as ASGI does, to who reads it so."""
        return await self.receive() if self.receive is not None else {"type": "http.request", "body": self.body, "more_body": False}


class Edge:
    """Serves every path of the catalogue; ``elsewhere`` is the ASGI app of the pages. Every answer carries its request's id."""

    faults: FaultPlan | None = None
    """What befalls calls of sample books."""
    prompt = False
    """Whether neither the books nor who counts calls has anybody wait, as is so with SQLite and one process."""

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
        method, path = scope["method"], scope["path"]
        found = self.router.find(path)
        if found is not None:
            answer = await self._answer(found, Asked(method, scope["query_string"], headers, receive=receive), seen)
            if seen.spoiled is not None and self.faults is not None:
                send = self.faults.spoiled(seen.spoiled, scope, receive, send, seen)
            await write(send, answer)
        elif (family := self.router.family_of(path.split("/")[1])) is None or family.name in ("auth", "uploads"):
            await self._page(scope, receive, send, path, seen)
            path = without_secret(path)
        else:
            await write(send, self._refused(family, None, refuse(Kind.NO_ROUTE), [], seen))
        self.watch.saw(method, path, seen, perf_counter() - started)

    def at_once(self, path: str, query: bytes, headers: Headers) -> Coroutine[Any, Any, Answer] | None:
        """Begin to answer a GET of the catalogue that needs no more than this; None for any other, which is asked another way.

        The first step of it may be made outside a task: of a prompt edge it is all there is, but for big pages and slow searches.
        """
        found = self._shortly(path) if self.prompt else None
        return None if found is None else self._whole("GET", found, path, query, headers)

    def with_body(self, method: str, path: str, query: bytes, headers: Headers) -> Callable[[bytes], Coroutine[Any, Any, Answer]] | None:
        """Return what answers a request of the catalogue once its body is there; None for any other, which is asked the way of ASGI."""
        found = self._shortly(path)
        return None if found is None else partial(self._whole, method, found, path, query, headers)

    def _shortly(self, path: str) -> Found | None:
        """Find what a path names, unless faults may befall it, which need more of the connection."""
        return None if self.faults is not None and self.faults.rules else self.router.find(path)

    async def _whole(self, method: str, found: Found, path: str, query: bytes, headers: Headers, body: bytes = b"") -> Answer:
        started = perf_counter()
        by_name = dict(headers)
        seen = Seen(self.watch.request_id(by_name.get(b"x-request-id", b"")))
        answer = await self._answer(found, Asked(method, query, by_name, body), seen)
        # after it is written: the caller, who reads it meanwhile, need not wait for this
        asyncio.get_running_loop().call_soon(self.watch.saw, method, path, seen, perf_counter() - started)
        return answer

    async def _page(self, scope: Scope, receive: Receive, send: Send, path: str, seen: Seen) -> None:
        """Let the pages answer; a fault of theirs is answered when it arrives here, and only to be written down."""
        try:
            await self.elsewhere(scope, receive, self.watch.on_page(path, send, seen))
        except Exception:
            log.exception("fault", request=seen.request_id.decode(), operation=seen.operation)

    async def _answer(self, found: Found, asked: Asked, seen: Seen) -> Answer:
        """Answer a call of the catalogue; what is wrong with it is answered, too."""
        family, method = found.family, asked.method
        route = None if found.methods is None else found.methods.get(method)
        resource = route.resource if route else None
        try:
            caller, books = await self.identifier.identify(asked.headers.get(b"authorization", b""))
            seen.identity = caller.identity
            seen.operation = route.name if route else ""
            if self.limits.throttle is not None:
                standing = await self.limits.throttle.count(caller.token, post=_counts_as_post(method, family))
                seen.limits = standing.headers
                if standing.over:
                    return self._refused(family, resource, refuse(Kind.THROTTLED), [], seen)
            if route is None:
                return self._no_route(found, seen)
            if self.faults is not None and self.faults.rules and (rule := self.faults.strike(route.name)):
                seen.fault = rule.text
                if rule.kind not in ("429", "500"):
                    seen.spoiled = rule
                self._befall(rule.kind, family, method, seen)
            if family.key:
                business, role = of_path(found, books)
                seen.business_id = business.id
                caller = Caller(caller.identity, caller.scopes, role, "", caller.token, caller.granted)
            else:
                business = None
            reply = await self.upstream.send(await self._call(found, route, caller, business, asked))
        except Refusal as refused:
            return self._refused(family, resource, refused, [], seen)
        except Unavailable as error:
            log.warning("unavailable", request=seen.request_id.decode(), reason=str(error))
            return self._refused(family, resource, refuse(Kind.BUSY), [], seen)
        except Exception:  # whatever it is, callers get their family's words, and we the trace
            log.exception("fault", request=seen.request_id.decode(), operation=seen.operation)
            return self._refused(family, resource, refuse(Kind.FAULT), [], seen)
        more: Headers = [*reply.headers, *family.headers, (b"x-request-id", seen.request_id), *(seen.limits or ())]
        if reply.ignored:
            seen.ignored = reply.ignored
            more.append(ignored_header(reply.ignored))
        answer = Answer(reply.status, family.content_type, encoded(reply.body), more)
        if family.tagged:
            answer = tagged(answer, asked.headers.get(b"if-none-match", b""))
        seen.status = answer.status
        return answer

    def _befall(self, kind: str, family: Family, method: str, seen: Seen) -> None:
        """Refuse what a fault does not let happen; raises THROTTLED or FAULT, worded like the real ones."""
        if kind == "429":
            throttle = self.limits.throttle
            seen.limits = throttle.spent(post=_counts_as_post(method, family)) if throttle else [(AFTER, b"1")]
            raise refuse(Kind.THROTTLED)
        if kind in ("500", "drop-before"):
            raise refuse(Kind.FAULT)

    def _no_route(self, found: Found, seen: Seen) -> Answer:
        if found.methods is None:
            return self._refused(found.family, None, refuse(Kind.NO_ROUTE), [], seen)
        allowed = (b"allow", ", ".join(sorted(found.methods)).encode())
        return self._refused(found.family, next(iter(found.methods.values())).resource, refuse(Kind.NO_METHOD), [allowed], seen)

    async def _call(self, found: Found, route: Route, caller: Caller, business: Business | None, asked: Asked) -> Call:
        """Read query, body and object id; raises MALFORMED, TOO_LARGE or UNKNOWN."""
        query, resource, key = asked.query, route.resource, found.object_id
        pairs = parse_qsl(query.decode("utf-8", "replace"), keep_blank_values=True) if query else []
        object_id = object_number(key, resource) if key else 0
        if asked.method not in BODIES:
            return Call(resource, route.operation, caller, business, object_id, key, pairs)
        if isinstance(resource, View) and resource.takes == "file":
            permitted(Call(resource, None, caller, business), "")  # before so much is read
            file = await read_file(asked.hand, asked.headers, self.limits.upload)
            return Call(resource, None, caller, business, 0, "", pairs, None, file.content, idempotency(asked.headers), content=file)
        raw = await asked.read(self.limits.body)
        repeatable = idempotency(asked.headers) if asked.method == "POST" else ""
        return Call(resource, route.operation, caller, business, object_id, key, pairs, decoded(raw), raw, repeatable)

    def _refused(self, family: Family, resource: Resource | View | None, refused: Refusal, more: Headers, seen: Seen) -> Answer:
        envelope = family.refusal(refused, resource)
        seen.status = envelope.status
        told = seen.limits
        if told is None:
            told = self.limits.throttle.untouched() if self.limits.throttle else []
        if refused.problems[0].kind is Kind.BUSY:
            told = [*(header for header in told if header[0] != AFTER), (AFTER, b"1")]
        headers = [*more, *family.headers, (b"x-request-id", seen.request_id), *told]
        return Answer(envelope.status, family.content_type, encoded(envelope.body), headers)


def _counts_as_post(method: str, family: Family) -> bool:
    """Whether a call counts in the bucket of posts, too: those below ``/accounting/``."""
    return method == "POST" and family.prefix[0] == "accounting"


def object_number(text: str, resource: Resource | View) -> int:
    """Return the id of a path; what is no id is as unknown as a missing row."""
    if text.isascii() and text.isdigit() and len(text) < 20 and (number := int(text)) <= LARGEST_ID:
        return number
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
