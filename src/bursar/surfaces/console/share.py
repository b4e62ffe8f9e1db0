"""The page behind a share link: shows a client its invoice, and notes that it was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import Response
from starlette.routing import Route

from bursar.errors import Refusal
from bursar.log import Log
from bursar.store.driver import Unavailable
from bursar.surfaces.console.page import STYLE_PATH, page, style
from bursar.wire.links import PAGE

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from bursar.catalogue.change import Change
    from bursar.clock import Clock
    from bursar.store.people import Business, People
    from bursar.store.store import Store
    from bursar.store.unit import Unit
    from bursar.wire.links import Links, Named

_NOBODY: Final = 0
_AHEAD_OF_TIME: Final = ("sec-purpose", "purpose", "x-purpose", "x-moz")
log = Log("bursar.pages")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """What the page is made of. ``is_open``, ``viewed`` and ``sheet`` are the rules of share links."""

    store: Store
    people: People
    links: Links
    clock: Clock
    is_open: Callable[[Any], bool]
    viewed: Callable[[Any], Change | None]
    sheet: Callable[[Any, Business, str], Any]


def share_routes(sharing: Sharing) -> list[Route]:
    """Build the routes of the page and of its style sheet."""
    return [
        Route(f"{PAGE}{{token}}", _SharePage(sharing).answer, methods=["GET"]),
        Route(STYLE_PATH, style, methods=["GET"]),
        Route("/favicon.ico", _no_icon, methods=["GET"]),
    ]


async def _no_icon(_request: Request) -> Response:
    """Spare browsers, which ask for it unasked, an error."""
    return Response(status_code=204, headers={"Cache-Control": "public, max-age=86400"})


class _SharePage:
    def __init__(self, sharing: Sharing) -> None:
        self._of = sharing

    async def answer(self, request: Request) -> Response:
        """Show the invoice; a link that opens nothing (any more) never says why."""
        try:
            return await self._answer(request)
        except Unavailable:
            response = page("closed.html", request, 503, title="Not available right now", text="Please try again in a moment.")
            response.headers["Retry-After"] = "5"
            return response

    async def _answer(self, request: Request) -> Response:
        of, named = self._of, self._of.links.named(request.path_params["token"])
        invoice = await self._find(named) if named else None
        business = await of.people.business(named.business_id) if named else None
        if named is None or invoice is None or business is None:
            text = "The link is not complete, or the invoice is no longer shared. Ask the sender for a new one."
            return page("closed.html", request, 404, title="This link opens nothing", text=text)
        if request.method == "GET" and not _looks_ahead(request):
            await self._note(named)
        sheet = of.sheet(invoice, business, of.clock.today(business.timezone))
        return page("invoice.html", request, sheet=sheet)

    async def _find(self, named: Named) -> Any:
        """Find the invoice of a link that was made for it and is still open."""
        invoice = await self._of.store.rows(named.business_id).one("invoice", named.invoice_id, lines=True)
        if invoice is None or not self._of.links.opens(named, invoice.row["uuid"]) or not self._of.is_open(invoice):
            return None
        return invoice

    async def _note(self, named: Named) -> None:
        """Note that the client saw a sent invoice: once, in a unit of its own. The page is shown even if that fails."""
        rows = self._of.store.rows(named.business_id)
        seen = await rows.one("invoice", named.invoice_id)
        if seen is None or self._of.viewed(seen) is None:
            return

        async def work(unit: Unit) -> None:
            invoice = await unit.rows.one("invoice", named.invoice_id, lines=True)
            change = self._of.viewed(invoice) if invoice is not None and self._of.is_open(invoice) else None
            if change is not None:
                await unit.save(change)

        try:
            await self._of.store.unit(named.business_id, _NOBODY, work)
        except (Unavailable, Refusal) as error:
            log.warning("view not noted", business=named.business_id, invoice=named.invoice_id, reason=str(error))


def _looks_ahead(request: Request) -> bool:
    """Whether a program fetches the page before anybody asked to see it."""
    return any("pre" in request.headers.get(name, "").lower() for name in _AHEAD_OF_TIME)
