"""The authorization server: two grants as pure decisions, the addresses around them, and the pages of sign-in and consent."""

from __future__ import annotations

from bursar.oauth.authority import Authority
from bursar.oauth.routes import routes

__all__ = ["Authority", "routes"]
