"""The ceiling of the stack: one bare Starlette route, served with the product's uvicorn settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request


async def hello(_request: Request) -> JSONResponse:
    """Answer a small JSON object."""
    return JSONResponse({"hello": "world"})


app = Starlette(routes=[Route("/hello", hello)])
