"""Where client programs call: token, revoke, introspect, token facts, metadata (platform 2.1, 2.5-2.9)."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any, Final

from bursar.oauth import failure, grant, minting, scopes, sent
from bursar.oauth.failure import Failure, Refused
from bursar.oauth.replies import reply
from bursar.store.grants import ACCESS, REFRESH

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from bursar.oauth.authority import Authority
    from bursar.oauth.minting import Pair
    from bursar.store.grants import App, Change, Code, Token

_REQUIRED: Final = {"authorization_code": ("code", "redirect_uri"), "refresh_token": ("refresh_token",)}


class Endpoints:
    """The addresses that client programs call. They raise Refused, for ``replies.speaks_json`` to say."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self._people = authority.people

    async def token(self, request: Request) -> Response:
        """Exchange a code or a refresh token for a pair of tokens."""
        fields = await sent.read_fields(request)
        _require(fields, "grant_type")
        if fields["grant_type"] not in _REQUIRED:
            raise Refused(failure.UNSUPPORTED_GRANT_TYPE)
        app = await self._authenticate(request, fields)
        _require(fields, *_REQUIRED[fields["grant_type"]])
        pair = minting.new_pair()
        decided = self._exchange if fields["grant_type"] == "authorization_code" else self._refresh
        granted = await decided(app, fields, pair)
        if isinstance(granted, Failure):
            raise Refused(granted)
        return reply(200, _shown(pair, granted))

    async def _exchange(self, app: App, fields: dict[str, str], pair: Pair) -> grant.Granted | Failure:
        now_us = self._authority.now_us()
        minted = pair.minted(self._people)
        exchanged = grant.Exchange(app.id, fields["redirect_uri"], fields.get("code_verifier", ""))

        def decide(code: Code | None) -> grant.Outcome:
            return grant.exchange(code, exchanged, minted, now_us)

        return await self._people.exchange_code(fields["code"], decide, now_us)

    async def _refresh(self, app: App, fields: dict[str, str], pair: Pair) -> grant.Granted | Failure:
        now_us = self._authority.now_us()
        minted = pair.minted(self._people)

        def decide(token: Token | None) -> grant.Outcome:
            return grant.refresh(token, app.id, minted, now_us)

        return await self._people.change_token(fields["refresh_token"], decide, now_us)

    async def revoke(self, request: Request) -> Response:
        """End a token; of a token that is not the app's the answer is the same."""
        fields = await sent.read_fields(request)
        app = await self._authenticate(request, fields)
        _require(fields, "token")

        def decide(token: Token | None) -> Change[None]:
            return grant.revoke(token, app.id)

        await self._people.change_token(fields["token"], decide, self._authority.now_us())
        return reply(200, {})

    async def introspect(self, request: Request) -> Response:
        """Tell an app about a token of its own (RFC 7662)."""
        fields = await sent.read_fields(request)
        app = await self._authenticate(request, fields)
        _require(fields, "token")
        token = await self._people.token(fields["token"])
        if token is None or token.app_id != app.id or not grant.is_live(token, self._authority.now_us()):
            return reply(200, {"active": False})
        shown: dict[str, Any] = {"active": True, "scope": token.scopes, "client_id": app.client_id, "sub": str(token.identity_id)}
        shown |= {"iat": token.created_us // grant.SECOND_US, "iss": self._authority.public_url}
        if token.kind == ACCESS and token.expires_us is not None:
            shown |= {"token_type": "Bearer", "exp": token.expires_us // grant.SECOND_US}
        return reply(200, shown)

    async def describe(self, request: Request) -> Response:
        """Tell the bearer of a token about it."""
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        token = await self._people.token(text.strip()) if scheme.lower() == "bearer" else None
        now_us = self._authority.now_us()
        if token is None or token.kind == REFRESH or not grant.is_live(token, now_us):
            raise Refused(failure.INVALID_TOKEN)
        app = next((one for one in await self._people.apps() if one.id == token.app_id), None)
        shown: dict[str, Any] = {"resource_owner_id": token.identity_id, "scope": token.scopes.split()}
        shown["expires_in"] = None if token.expires_us is None else (token.expires_us - now_us) // grant.SECOND_US
        shown["application"] = {"uid": app.client_id if app else None}
        shown["created_at"] = token.created_us // grant.SECOND_US
        return reply(200, shown)

    async def metadata(self, _request: Request) -> Response:
        """Describe the server to clients that find their way by themselves (RFC 8414)."""
        return reply(200, metadata(self._authority.public_url))

    async def _authenticate(self, request: Request, fields: dict[str, str]) -> App:
        client_id, secret = sent.credentials(request, fields)
        app = await self._people.app(client_id)
        right = hmac.compare_digest(app.secret_hash if app else b"", self._people.hash(secret))
        if app is None or not right or app.revoked_us is not None:
            raise Refused(failure.INVALID_CLIENT)
        return app


def metadata(public_url: str) -> dict[str, Any]:
    """Build the metadata document; it names the second set of addresses, as the real one does (platform 2.1)."""
    place = f"{public_url}/service/auth/oauth"
    authentication = ["client_secret_basic", "client_secret_post"]
    return {
        "issuer": public_url,
        "authorization_endpoint": f"{place}/authorize",
        "token_endpoint": f"{place}/token",
        "revocation_endpoint": f"{place}/revoke",
        "introspection_endpoint": f"{place}/introspect",
        "scopes_supported": list(scopes.GRANTABLE),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(_REQUIRED),
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": authentication,
        "revocation_endpoint_auth_methods_supported": authentication,
        "introspection_endpoint_auth_methods_supported": authentication,
    }


def _require(fields: dict[str, str], *names: str) -> None:
    for name in names:
        if not fields.get(name):
            raise Refused(failure.missing(name))


def _shown(pair: Pair, granted: grant.Granted) -> dict[str, Any]:
    """Write the token response (platform 2.6)."""
    return {
        "access_token": pair.access,
        "token_type": "Bearer",
        "expires_in": grant.ACCESS_S,
        "refresh_token": pair.refresh,
        "scope": granted.scopes,
        "created_at": granted.created_us // grant.SECOND_US,
        "direct_buy_tokens": {},
    }
