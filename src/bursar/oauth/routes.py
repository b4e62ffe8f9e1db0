"""Every address of the authorization server; clients use both sets, so both are served (platform 2.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from bursar.oauth.consent import ConsentPages, speaks_html
from bursar.oauth.endpoints import Endpoints
from bursar.oauth.render import STYLE_PATH, style
from bursar.oauth.replies import EVERY_METHOD, speaks_json

if TYPE_CHECKING:
    from bursar.oauth.authority import Authority

_DOCUMENTED = "/auth/oauth"
_ADVERTISED = "/service/auth/oauth"


def routes(authority: Authority) -> list[Route]:
    """Build the routes of the authorization server, and the one of the style sheet that its pages share with others."""
    pages, calls = ConsentPages(authority), Endpoints(authority)
    authorize = ("/oauth/authorize", "/oauth/authorize/", f"{_ADVERTISED}/authorize", f"{_ADVERTISED}/authorize/")
    posts = {"token": calls.token, "revoke": calls.revoke, "introspect": calls.introspect}
    return [
        *(Route(path, speaks_html(pages.authorize), methods=["GET", "POST"]) for path in authorize),
        *(
            Route(f"{place}/{name}", speaks_json("POST", answer), methods=EVERY_METHOD)
            for name, answer in posts.items()
            for place in (_DOCUMENTED, _ADVERTISED)
        ),
        Route(f"{_DOCUMENTED}/token/info", speaks_json("GET", calls.describe), methods=EVERY_METHOD),
        Route("/.well-known/oauth-authorization-server", speaks_json("GET", calls.metadata), methods=EVERY_METHOD),
        Route(STYLE_PATH, style, methods=["GET"]),
    ]
