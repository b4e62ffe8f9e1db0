"""Who sits at the browser: a signed cookie, and a token in each form that proves the form was ours."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Final, NamedTuple

from itsdangerous import BadData, URLSafeSerializer

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

LIFE_US: Final = 12 * 3600 * 1_000_000


class Visit(NamedTuple):
    """A visitor. ``identity_id`` 0: not signed in. ``mark`` ties a sign-in to the password it was made with."""

    nonce: str
    since_us: int
    identity_id: int = 0
    mark: str = ""


class Visits:
    """Reads and writes the visit cookie and the form tokens; ``key`` signs both."""

    def __init__(self, key: bytes, *, secure: bool) -> None:
        self._key = key
        self._secure = secure
        # The prefix makes browsers refuse a cookie that a neighbouring host or a plain connection set.
        self.cookie = "__Host-bursar" if secure else "bursar"
        self._serializer = URLSafeSerializer(key, salt="bursar.visit", signer_kwargs={"digest_method": hashlib.sha256})

    def read(self, request: Request, now_us: int) -> Visit | None:
        """Find the visit that a request belongs to; None without a cookie of ours, or with one that is too old."""
        try:
            visit = Visit(*self._serializer.loads(request.cookies.get(self.cookie, "")))
        except (BadData, TypeError):
            return None
        return visit if 0 <= now_us - visit.since_us < LIFE_US else None

    def write(self, response: Response, visit: Visit) -> None:
        """Have the browser keep a visit until it is closed."""
        text = self._serializer.dumps(list(visit))
        response.set_cookie(self.cookie, str(text), path="/", secure=self._secure, httponly=True, samesite="lax")

    def sign_in(self, identity_id: int, password_hash: str, now_us: int) -> Visit:
        """Begin a signed-in visit; the nonce is new, so a form or cookie from before means nothing in it."""
        return new_visit(now_us)._replace(identity_id=identity_id, mark=self.mark_of(password_hash))

    def mark_of(self, password_hash: str) -> str:
        """Shorten a password hash to what a visit remembers of it."""
        return self._keyed("mark", password_hash)[:16]

    def form_token(self, visit: Visit) -> str:
        """Make the token that the forms of a visit carry."""
        return self._keyed("form", visit.nonce)

    def is_ours(self, visit: Visit, token: str) -> bool:
        """Tell whether a form that comes back was one of this visit."""
        return hmac.compare_digest(self.form_token(visit).encode(), token.encode(errors="replace"))

    def _keyed(self, purpose: str, text: str) -> str:
        return hmac.new(self._key, f"bursar.{purpose}:{text}".encode(), hashlib.sha256).hexdigest()


def new_visit(now_us: int) -> Visit:
    """Begin a visit of somebody unknown."""
    return Visit(secrets.token_urlsafe(18), now_us)
