"""Serves the document; it is built when first asked for and kept."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from bursar.surfaces.openapi.document import document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from bursar.catalogue.book import Book
    from bursar.wire.family import Family

PATH = "/_/openapi.json"
MEDIA_TYPE = "application/json"


def openapi_route(book: Book, families: Mapping[str, Family], public_url: str, version: str) -> Route:
    """Make the route of the document; anyone may read it, since it says nothing about anybody's books."""

    @cache
    def body() -> bytes:
        return msgspec.json.encode(document(book, families, public_url, version))

    async def answer(request: Request) -> Response:
        del request
        return Response(body(), media_type=MEDIA_TYPE)

    return Route(PATH, answer, methods=["GET"], name="openapi")
