"""Pages without script: templates, the one style sheet they share with the sign-in pages, the headers around them."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import HTMLResponse, Response

import bursar.oauth

if TYPE_CHECKING:
    from jinja2 import Environment
    from starlette.requests import Request

STYLE_PATH: Final = "/_/page.css"
_TEMPLATES: Final = Path(__file__).parent / "templates"
_STYLES: Final = (Path(bursar.oauth.__file__).parent / "pages" / "style.css", _TEMPLATES / "sheet.css")
_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def page(template: str, request: Request, status: int = 200, **shown: Any) -> HTMLResponse:
    """Fill a template; addresses in it begin with ``root``."""
    root = request.scope.get("root_path", "")
    style = f"{root}{STYLE_PATH}?v={_style()[1]}"
    return HTMLResponse(_environment().get_template(template).render(shown, root=root, style=style), status, _HEADERS)


async def style(_request: Request) -> Response:
    """Serve the style sheet; pages name its version, so browsers may keep it for good."""
    text, _ = _style()
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return Response(text, media_type="text/css", headers=headers)


@cache
def _style() -> tuple[bytes, str]:
    text = b"\n".join(file.read_bytes() for file in _STYLES)
    return text, hashlib.sha256(text).hexdigest()[:12]


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - a server without visitors starts faster

    loader = FileSystemLoader(_TEMPLATES)
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
