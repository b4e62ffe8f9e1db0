"""Where a person decides: sign-in and consent at the authorize address, one page after the other, no script (platform 2.2)."""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import RedirectResponse

from bursar.errors import Refusal
from bursar.oauth import asking, failure, grant, minting, passwords, redirect, scopes, sent
from bursar.oauth.asking import SendBack, Stop
from bursar.oauth.failure import Refused
from bursar.oauth.render import page, page_headers
from bursar.oauth.replies import RETRY_S
from bursar.oauth.visit import Visits, new_visit
from bursar.store.driver import Unavailable
from bursar.store.people import plain_email
from bursar.throttling.sign_in import SignIns

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from bursar.oauth.asking import Ask
    from bursar.oauth.authority import Authority
    from bursar.oauth.visit import Visit
    from bursar.store.people import Identity

    Answer = Callable[[Request], Awaitable[Response]]

_WRONG: Final = "The e-mail address or the password is wrong."
_MINUTE_S: Final = 60
_log: Final = logging.getLogger("bursar.oauth")


class ConsentPages:
    """The pages at the authorize address. Their forms post to the address they stand at, with its whole query."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self._people = authority.people
        self._visits = Visits(authority.key, secure=authority.secure_cookies)

    async def authorize(self, request: Request) -> Response:
        """Answer GET with the page that is due, POST by doing what its form says."""
        asked = asking.read(request.query_params.multi_items())
        app = await self._people.app(asked.client_id)
        ruling = asking.judge(asked, app, allow_http_localhost=self._authority.allow_http_localhost)
        if isinstance(ruling, Stop):
            return page("notice.html", request, 400, title=ruling.title, text=ruling.text)
        if isinstance(ruling, SendBack):
            return _send_back(ruling.redirect_uri, ruling.state, ruling.failure)
        return await (self._act(request, ruling) if request.method == "POST" else self._show(request, ruling))

    async def _show(self, request: Request, ask: Ask) -> Response:
        visit = self._visits.read(request, self._authority.now_us())
        identity = await self._signed_in(visit)
        if visit is None or identity is None:
            return self._sign_in_page(request, ask, visit)
        return await self._consent_page(request, ask, visit, identity)

    async def _act(self, request: Request, ask: Ask) -> Response:
        visit = self._visits.read(request, self._authority.now_us())
        fields = await sent.read_fields(request)
        if visit is None or not self._visits.is_ours(visit, fields.get("form", "")):
            return _stale(request)
        step = fields.get("step", "")
        if step == "sign_in":
            return await self._sign_in(request, ask, visit, fields)
        if step == "sign_out":
            return self._kept(_again(request), new_visit(self._authority.now_us()))
        identity = await self._signed_in(visit)
        if identity is None:
            return _stale(request)
        if step == "allow" and not ask.beyond:
            return await self._allow(ask, identity)
        if step == "deny":
            return _send_back(ask.redirect_uri, ask.state, failure.ACCESS_DENIED)
        return _stale(request)

    async def _sign_in(self, request: Request, ask: Ask, visit: Visit, fields: dict[str, str]) -> Response:
        email, password = plain_email(fields.get("email", "")), fields.get("password", "")
        if not self._authority.limited:
            known = await self._known(email, password)
        else:
            address = request.client.host if request.client else ""
            async with self._throttle.turn(address):
                wait_s = self._throttle.wait_s(address, email)
                if wait_s:
                    response = self._sign_in_page(request, ask, visit, 429, email=email, trouble=_too_often(wait_s))
                    response.headers["Retry-After"] = str(wait_s)
                    return response
                known = await self._known(email, password)
                counted = self._throttle.fail if known is None else self._throttle.forgive
                counted(address, email)
        if known is None:
            return self._sign_in_page(request, ask, visit, 401, email=email, trouble=_WRONG)
        return self._kept(_again(request), self._visits.sign_in(known.id, known.password_hash, self._authority.now_us()))

    async def _known(self, email: str, password: str) -> Identity | None:
        """Find who has this e-mail and password and was not shut out; it takes as long when there is nobody."""
        identity = await self._people.identity_by_email(email)
        known = identity if identity and identity.revoked_us is None else None
        right = await passwords.check(known.password_hash if known else None, password)
        return known if right else None

    async def _allow(self, ask: Ask, identity: Identity) -> Response:
        code = minting.new_secret()
        held = (ask.app.id, identity.id, " ".join(ask.scopes))
        kept = grant.issue_code(self._people.hash(code), held, ask.redirect_uri, ask.challenge, self._authority.now_us())
        await self._people.add_code(kept)
        return _redirect(redirect.answer(ask.redirect_uri, ask.state, code=code))

    async def _signed_in(self, visit: Visit | None) -> Identity | None:
        """Find who signed in; nobody any more when they were shut out or their password was changed since."""
        if visit is None or not visit.identity_id:
            return None
        identity = await self._people.identity(visit.identity_id)
        if identity is None or identity.revoked_us is not None or self._visits.mark_of(identity.password_hash) != visit.mark:
            return None
        return identity

    def _sign_in_page(
        self, request: Request, ask: Ask, visit: Visit | None, status: int = 200, *, email: str = "", trouble: str = ""
    ) -> Response:
        here = visit if visit and not visit.identity_id else new_visit(self._authority.now_us())
        shown = {"app": ask.app.name, "email": email, "trouble": trouble, "form": self._visits.form_token(here)}
        return self._kept(page("sign_in.html", request, status, **shown), here)

    async def _consent_page(self, request: Request, ask: Ask, visit: Visit, identity: Identity) -> Response:
        memberships = await self._people.memberships(identity.id)
        shown: dict[str, Any] = {
            "app": ask.app.name,
            "host": redirect.host_of(ask.redirect_uri),
            "here": redirect.is_loopback(ask.redirect_uri),
            "email": identity.email,
            "businesses": [business.name for _, business in memberships],
            "form": self._visits.form_token(visit),
        }
        if ask.beyond:
            refused = failure.INVALID_SCOPE
            back = redirect.answer(ask.redirect_uri, ask.state, error=refused.error, error_description=refused.description)
            return page("beyond.html", request, 400, **shown, text=refused.description, beyond=ask.beyond, back=back)
        source = redirect.source_of(ask.redirect_uri)
        return page("consent.html", request, form_source=source, **shown, lines=scopes.lines(ask.scopes))

    def _kept(self, response: Response, visit: Visit) -> Response:
        self._visits.write(response, visit)
        return response

    @functools.cached_property
    def _throttle(self) -> SignIns:
        return SignIns()


def speaks_html(answer: Answer) -> Answer:
    """Wrap an address of people, so that a refused form or a database that is away is said on a page."""

    @functools.wraps(answer)
    async def answered(request: Request) -> Response:
        try:
            return await answer(request)
        except Refused as refused:
            return page("notice.html", request, refused.failure.status, title="That did not work", text=refused.failure.description)
        except (Refusal, Unavailable):
            text = "The books cannot be reached just now. Please try again in a moment."
            response = page("notice.html", request, 503, title="One moment", text=text)
            response.headers["Retry-After"] = RETRY_S
            return response
        except Exception:  # noqa: BLE001 - whatever it was, a person sees a page, framed by no one
            _log.exception("a page failed: %s", request.url.path)
            text = "Something went wrong on this server. It is in the log."
            return page("notice.html", request, 500, title="Our mistake", text=text)

    return answered


def _stale(request: Request) -> Response:
    """Refuse a form that was not ours, or that comes back too late, and offer the page anew."""
    text = "The page you came from was open for too long, or was not one of ours. Nothing was allowed."
    return page("notice.html", request, 403, title="Please try again", text=text, again=_here(request))


def _too_often(wait_s: int) -> str:
    minutes = -(-wait_s // _MINUTE_S)
    return f"Too many attempts. Please try again in {minutes} minute{'s' if minutes > 1 else ''}."


def _here(request: Request) -> str:
    """Write this address relative to itself."""
    return "?" + request.url.query


def _again(request: Request) -> Response:
    return RedirectResponse(_here(request), 303, page_headers())


def _send_back(uri: str, state: str | None, refused: failure.Failure) -> Response:
    return _redirect(redirect.answer(uri, state, error=refused.error, error_description=refused.description))


def _redirect(to: str) -> Response:
    return RedirectResponse(to, 302, page_headers(redirect.source_of(to)))
