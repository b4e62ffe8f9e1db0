"""Pages for people: today the page behind an invoice's share link; the console comes beside it."""

from __future__ import annotations

from bursar.surfaces.console.share import Sharing, share_routes

__all__ = ["Sharing", "share_routes"]
