"""The grants as pure decisions: what a code, a refresh token or a revocation comes to (platform 2.5-2.8)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Final, NamedTuple, TypeAlias

from bursar.oauth import failure
from bursar.store.grants import ACCESS, PERSONAL, REFRESH, Change, Code, Token

SECOND_US: Final = 1_000_000
ACCESS_S: Final = 43_200
CODE_S: Final = 300


class Minted(NamedTuple):
    """The hashes of a fresh pair of tokens, and the last four signs of the access token for lists."""

    access: bytes
    refresh: bytes
    last_four: str


class Granted(NamedTuple):
    """What the app is told it holds."""

    scopes: str
    created_us: int


class Exchange(NamedTuple):
    """What an app sends with a code; ``verifier`` "" when it sends none."""

    app_id: int
    redirect_uri: str
    verifier: str


Outcome: TypeAlias = Change[Granted | failure.Failure]
_REFUSED: Final[Outcome] = Change(failure.INVALID_GRANT)


def issue_code(code_hash: bytes, asked: tuple[int, int, str], redirect_uri: str, challenge: str, now_us: int) -> Code:
    """Write down a code for ``asked`` (app, identity, scopes)."""
    app_id, identity_id, scopes = asked
    return Code(code_hash, app_id, identity_id, scopes, redirect_uri, challenge, now_us, now_us + CODE_S * SECOND_US)


def exchange(code: Code | None, sent: Exchange, minted: Minted, now_us: int) -> Outcome:
    """Turn a code into a pair of tokens. A code that comes twice is in two hands, so its tokens end as well."""
    if code is None or code.app_id != sent.app_id:
        return _REFUSED
    if code.used_us is not None:
        return Change(failure.INVALID_GRANT, undoes=code)
    if now_us >= code.expires_us or sent.redirect_uri != code.redirect_uri or not _verified(code.challenge, sent.verifier):
        return _REFUSED
    pair = _pair(minted, (code.app_id, code.identity_id, code.scopes), code.hash, now_us)
    return Change(Granted(code.scopes, now_us), uses=code.hash, replaces=(code.identity_id, code.app_id), issues=pair)


def refresh(token: Token | None, app_id: int, minted: Minted, now_us: int) -> Outcome:
    """Turn a refresh token into a whole new pair with the same scopes; the old one is dead at once."""
    if token is None or token.kind != REFRESH or token.app_id != app_id or token.revoked_us is not None:
        return _REFUSED
    pair = _pair(minted, (app_id, token.identity_id, token.scopes), token.code_hash, now_us)
    return Change(Granted(token.scopes, now_us), replaces=(token.identity_id, app_id), issues=pair)


def revoke(token: Token | None, app_id: int) -> Change[None]:
    """End a token of the app's own: an access token with the refresh token it came with, a refresh token with its chain.

    Of others nothing is said and nothing changed (RFC 7009).
    """
    if token is None or token.app_id != app_id or token.kind == PERSONAL:
        return Change(None)
    return Change(None, undoes=token) if token.kind == REFRESH else Change(None, ends=(token.hash, token.refresh_hash))


def is_live(token: Token | None, now_us: int) -> bool:
    """Tell whether a token opens anything now."""
    return token is not None and token.revoked_us is None and (token.expires_us is None or now_us < token.expires_us)


def challenge_of(verifier: str) -> str:
    """Compute the S256 challenge of a PKCE verifier (RFC 7636 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode(errors="surrogatepass")).digest()).rstrip(b"=").decode()


def _verified(challenge: str, verifier: str) -> bool:
    """Check PKCE when a challenge was given; a verifier without one is ignored (platform 2.4)."""
    return not challenge or hmac.compare_digest(challenge, challenge_of(verifier))


def _pair(minted: Minted, holder: tuple[int, int, str], code_hash: bytes, now_us: int) -> tuple[Token, Token]:
    app_id, identity_id, scopes = holder
    expires_us = now_us + ACCESS_S * SECOND_US
    access = Token(minted.access, ACCESS, app_id, identity_id, scopes, "", minted.last_four, code_hash, minted.refresh, now_us, expires_us)
    return access, Token(minted.refresh, REFRESH, app_id, identity_id, scopes, "", "", code_hash, b"", now_us)
