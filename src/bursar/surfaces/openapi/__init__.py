"""The OpenAPI document, read off the catalogue and the families: nothing in it is written a second time."""

from __future__ import annotations

from bursar.surfaces.openapi.document import document
from bursar.surfaces.openapi.route import PATH, openapi_route

__all__ = ["PATH", "document", "openapi_route"]
