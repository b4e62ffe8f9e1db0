"""What an app asks for at the authorize address, and whether a person may be asked to consent to it (platform 2.2-2.4)."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from bursar.oauth import failure, redirect, scopes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bursar.oauth.failure import Failure
    from bursar.store.grants import App

_CHALLENGE: Final = re.compile(r"[A-Za-z0-9\-_]{43}")


class Asked(NamedTuple):
    """The parameters as sent; "" for a missing one, but ``state`` None. ``repeated`` names what was sent twice."""

    client_id: str
    redirect_uri: str
    response_type: str
    scope: str
    state: str | None
    challenge: str
    method: str
    repeated: frozenset[str]


class Stop(NamedTuple):
    """Nothing may be sent to where the request points, so the person is told: a title and a sentence."""

    title: str
    text: str


class SendBack(NamedTuple):
    """The app is told at its redirect URI, without asking anybody."""

    failure: Failure
    redirect_uri: str
    state: str | None


class Ask(NamedTuple):
    """A person may be asked. ``beyond`` names scopes that the app cannot have: then nothing is granted."""

    app: App
    redirect_uri: str
    state: str | None
    challenge: str
    scopes: tuple[str, ...]
    beyond: tuple[str, ...]


def read(pairs: Iterable[tuple[str, str]]) -> Asked:
    """Read the query of an authorize request."""
    sent = list(pairs)
    given = dict(sent)
    repeated = frozenset(name for name, count in Counter(name for name, _ in sent).items() if count > 1)
    return Asked(
        given.get("client_id", ""),
        given.get("redirect_uri", ""),
        given.get("response_type", ""),
        given.get("scope", ""),
        given.get("state"),
        given.get("code_challenge", ""),
        given.get("code_challenge_method", ""),
        repeated,
    )


def judge(asked: Asked, app: App | None, *, allow_http_localhost: bool) -> Stop | SendBack | Ask:
    """Decide what becomes of an authorize request; ``app`` is the one with that client id, if there is one."""
    stop = _stop(asked, app, allow_http_localhost=allow_http_localhost)
    if stop or app is None:
        return stop or _UNKNOWN_APP
    refused = _flaw(asked)
    if refused:
        return SendBack(refused, asked.redirect_uri, asked.state)
    beyond = scopes.beyond(asked.scope, app.scopes)
    return Ask(app, asked.redirect_uri, asked.state, asked.challenge, scopes.granted(asked.scope, app.scopes), beyond)


_UNKNOWN_APP: Final = Stop("Unknown app", "The app that sent you here is not registered with this server, or not any more.")


def _stop(asked: Asked, app: App | None, *, allow_http_localhost: bool) -> Stop | None:
    """Say why the redirect URI cannot be trusted; until it is, nothing is sent to it."""
    if asked.repeated & {"client_id", "redirect_uri"}:
        return Stop("This link is broken", "The app that sent you here named itself or its address twice.")
    if not asked.client_id:
        return Stop("This link is broken", "The app that sent you here did not say which app it is: client_id is missing.")
    if app is None or app.revoked_us is not None:
        return _UNKNOWN_APP
    if not asked.redirect_uri:
        return Stop("This link is broken", f"{app.name} did not say where to send the answer: redirect_uri is missing.")
    if asked.redirect_uri not in app.redirect_uris.split():
        return Stop("Wrong address", f"{app.name} wants the answer at an address that is not registered for it.")
    problem = redirect.flaw(asked.redirect_uri, allow_http_localhost=allow_http_localhost)
    return Stop("Address not allowed", f"The address that {app.name} wants the answer at {problem}.") if problem else None


def _flaw(asked: Asked) -> Failure | None:
    if asked.repeated & {"response_type", "scope", "state", "code_challenge", "code_challenge_method"}:
        return failure.MALFORMED
    if not asked.response_type:
        return failure.missing("response_type")
    if asked.response_type != "code":
        return failure.UNSUPPORTED_RESPONSE_TYPE
    if asked.method and not asked.challenge:
        return failure.missing("code_challenge")
    if asked.challenge and asked.method != "S256":
        return failure.wrong("code_challenge_method", "must be S256")
    if asked.challenge and not _CHALLENGE.fullmatch(asked.challenge):
        return failure.wrong("code_challenge", "must be 43 base64url characters")
    return None
