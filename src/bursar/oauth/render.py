"""The pages: templates, the one style sheet, and the headers that keep a page from being framed, cached or scripted."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import HTMLResponse, Response

if TYPE_CHECKING:
    from jinja2 import Environment
    from starlette.requests import Request

STYLE_PATH: Final = "/_/style.css"
_PAGES: Final = Path(__file__).parent / "pages"


def page(template: str, request: Request, status: int = 200, *, form_source: str = "", **shown: Any) -> HTMLResponse:
    """Fill a template; ``form_source`` is where a form of the page may lead besides this server."""
    style = f"{request.scope.get('root_path', '')}{STYLE_PATH}?v={_style()[1]}"
    response = HTMLResponse(_environment().get_template(template).render(shown, style=style), status)
    response.headers.update(page_headers(form_source))
    return response


def page_headers(form_source: str = "") -> dict[str, str]:
    """Build the headers of a page: nothing but our own style sheet, no frames, no copies, no trace in other servers' logs.

    Chromium also holds where a form's answer redirects to against form-action, hence ``form_source``.
    """
    policy = (
        "default-src 'none'",
        "style-src 'self'",
        f"form-action 'self' {form_source}".rstrip(),
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
    return {
        "Content-Security-Policy": "; ".join(policy),
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }


async def style(_request: Request) -> Response:
    """Serve the style sheet; pages name its version, so browsers may keep it for good."""
    text, _ = _style()
    return Response(text, media_type="text/css", headers={"Cache-Control": "public, max-age=31536000, immutable"})


@cache
def _style() -> tuple[bytes, str]:
    text = (_PAGES / "style.css").read_bytes()
    return text, hashlib.sha256(text).hexdigest()[:12]


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - a server without visitors starts faster

    return Environment(loader=FileSystemLoader(_PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
