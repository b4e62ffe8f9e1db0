"""Who besides the client an invoice is written to: contacts of the client, named by id (accounting section 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bursar.catalogue.scalars import whole
from bursar.errors import Kind, refuse

if TYPE_CHECKING:
    from bursar.resources.clients import Client


def whose_contacts(invoice: Any, _known: Any) -> set[int]:
    """Return the client whose contacts a body names, if it names any."""
    return {invoice.row["customerid"]} if "contacts" in invoice.sent else set()


def with_contacts(invoice: Any, clients: dict[int, Client]) -> None:
    """Copy names and addresses of the contacts a body names; raises UNKNOWN for one that is not the client's."""
    if "contacts" not in invoice.sent:
        return
    theirs = {contact.row["contactid"]: contact.row for client in clients.values() for contact in client.children["contacts"]}
    found = []
    for each in invoice.contacts or []:
        number = whole(each.get("contactid")) if isinstance(each, dict) else None
        contact = theirs.get(number)
        if contact is None:
            raise refuse(Kind.UNKNOWN, "contactid", "" if number is None else number, "contact")
        copied = {name: contact[name] for name in ("email", "fname", "lname")}
        found.append(dict(sorted({**copied, "contactid": number, "userid": number, "invoiceid": invoice.row["id"]}.items())))
    invoice.row["contacts"] = invoice.replace(contacts=found).row["contacts"]
