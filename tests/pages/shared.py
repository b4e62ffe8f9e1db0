"""An invoice as its client finds it behind a link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from requests import Response

    from tests.support.tenant import Tenant

PNG = b"\x89PNG\r\n\x1a\n" + bytes.fromhex(
    "0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cfc0f01f00050001ff5e9c63e40000000049454e44ae426082"
)
LINES = [
    {"name": "Design", "description": "Two weeks", "qty": 3, "unit_cost": {"amount": "1333.33"}, "taxName1": "GST", "taxAmount1": "5"},
    {"name": "Hosting", "qty": "1.5", "unit_cost": {"amount": "40"}},
]


def sent_invoice(tenant: Tenant, **fields: Any) -> Any:
    """Create a sent invoice of 4,079.99 less a discount of 10 %, with a tax of 5 % on the first line."""
    customer = tenant.create("client", organization="Acme", fname="Ann", lname="Acme", p_street="1 Main St", p_city="Halifax")["id"]
    asked = {"customerid": customer, "create_date": "2026-03-03", "due_offset_days": 30, "status": 2, "discount_value": 10, "lines": LINES}
    return tenant.create("invoice", **{**asked, **fields})


def link_of(tenant: Tenant, invoice_id: int) -> str:
    status, body, _ = tenant.get(f"invoices/invoices/{invoice_id}/share_link?share_method=share_link")
    assert status == 200, body
    link: str = body["response"]["result"]["share_link"]["share_link"]
    return link


def opened(tenant: Tenant, link: str, method: str = "GET", **headers: str) -> Response:
    """Open a link as a stranger does."""
    return tenant.place.http.request(method, link, headers=headers, timeout=20)
