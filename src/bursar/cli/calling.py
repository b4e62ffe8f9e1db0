"""A running server as another program sees it: where it is, whose books are meant, and calls over the wire."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import typer

from bursar.errors import Kind, Problem, Refusal

if TYPE_CHECKING:
    from http.client import HTTPResponse

    from bursar.catalogue.operation import Operation
    from bursar.catalogue.resource import Resource
    from bursar.serving import NotReady
    from bursar.settings import Settings

UrlOption = Annotated[str | None, typer.Option("--url", help="Where the server is; otherwise as bursar env says.", metavar="URL")]
TokenOption = Annotated[str | None, typer.Option("--token", help="An access token; otherwise as bursar env says.", show_default=False)]
_ME: Final = "/auth/api/v1/users/me"
_WAIT_S: Final = 60


class TurnedDown(Refusal):
    """What a server answered instead of doing what it was asked: its status, and the answer's text."""

    def __init__(self, asked: str, status: int, said: str) -> None:
        super().__init__(Problem(Kind.INVALID, text=f"{asked} answers {status}: {said}"))
        self.status, self.said = status, said


class Books(NamedTuple):
    """Books on a running server; ``account`` and ``business`` are its two keys in paths."""

    url: str
    token: str
    account: str
    business: int

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Call and return the answer's JSON. Raises TurnedDown with the server's words, NotReady when it does not answer."""
        return _called(self.url, self.token, method, path, body)

    def perform(self, resource: Resource, operation: Operation, object_id: int | None = None, body: dict[str, Any] | None = None) -> Any:
        """Perform an operation of the catalogue and return the object it answers, {} where it answers none."""
        from bursar.catalogue.book import paths
        from bursar.wire.families import families

        family = families()[resource.family]
        key = self.account if family.key == "account" else self.business
        path = "/".join(("", *family.prefix, str(key), paths(resource, operation)[0])).replace("{id}", str(object_id))
        answer = self.call(operation.method, path, None if body is None else {resource.wrapper: body}) or {}
        for name in ("response", "result"):
            answer = answer.get(name, answer) if isinstance(answer, dict) else {}
        return answer.get(resource.listed if operation.verb == "list" else resource.wrapper, {})


def books_on(settings: Settings, url: str | None, token: str | None, business: int | None) -> Books:
    """Find books: from the flags, the variables that ``bursar env`` writes, or the demo's credentials. Raises NotReady.

    A token that no flag gives is shown to no other server than the one it stands beside.
    """
    from bursar.serving import NotFound, NotReady
    from bursar.serving.credentials import FILE, read_credentials

    known = read_credentials(settings.data / FILE)
    pairs = [(os.environ.get("FRESHBOOKS_API_URL", ""), os.environ.get("FRESHBOOKS_ACCESS_TOKEN", ""))]
    pairs += [(known.base_url, known.access_token)] if known else []
    where = (url or next((there for there, _ in pairs if there), "")).rstrip("/")
    secret = token or next((secret for there, secret in pairs if secret and there.rstrip("/") == where), "")
    if not where.startswith(("http://", "https://")) or not secret:
        raise NotReady("Which server? bursar serve --demo makes one; for another one say --url and --token (bursar token add).")
    found = [each for each in _businesses(where, secret) if business in (None, each["id"])]
    if len(found) != 1:
        if business is None and found:
            raise NotReady("There are several businesses; say which one with --business ID.")
        raise NotFound(f"There is no business {business or ''} that the token opens.".replace("  ", " "))
    return Books(where, secret, str(found[0]["account_id"]), found[0]["id"])


def _businesses(url: str, token: str) -> list[dict[str, Any]]:
    """List the businesses that the token opens."""
    try:
        return [each["business"] for each in _called(url, token, "GET", _ME)["response"]["business_memberships"]]
    except (KeyError, TypeError):
        raise _none_of_ours(url) from None


def _called(url: str, token: str, method: str, path: str, body: Any = None) -> Any:
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import ProxyHandler, Request, build_opener

    from bursar.serving import NotReady

    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    content = None if body is None else json.dumps(body).encode()
    request = Request(f"{url}{path}", content, headers, method=method)  # noqa: S310 - books_on lets http and https through only
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=_WAIT_S) as answer:
            return _read(answer)
    except HTTPError as error:
        raise TurnedDown(f"{method} {path}", error.code, error.read(2_000).decode("utf-8", "replace")) from None
    except OSError as error:
        raise NotReady(f"{url} does not answer: {getattr(error, 'reason', error)}") from None
    except (HTTPException, ValueError):
        raise _none_of_ours(url) from None


def _none_of_ours(url: str) -> NotReady:
    from bursar.serving import NotReady

    return NotReady(f"{url} answers, but not as bursar does.")


def _read(answer: HTTPResponse) -> Any:
    text = answer.read()
    return json.loads(text) if text else None
