"""Short ways to write request bodies, and to read answers, in tables of examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from tests.support.tenant import Tenant


class Tax(NamedTuple):
    """A tax as a line names it."""

    name: str
    percent: str


HST = Tax("HST", "13")
GST = Tax("GST", "5")
QST = Tax("QST", "9.975")


def line(qty: str, unit_cost: str, *taxes: Tax, code: str = "", **more: Any) -> dict[str, Any]:
    """Write a line of a document."""
    price = {"amount": unit_cost} | ({"code": code} if code else {})
    named = {f"tax{key}{at}": value for at, tax in enumerate(taxes, 1) for key, value in (("Name", tax.name), ("Amount", tax.percent))}
    return {"name": "Work", "qty": qty, "unit_cost": price, **named, **more}


def client(server: Tenant, **fields: Any) -> int:
    """Make a client and answer its id."""
    return int(server.create("client", **{"organization": "Acme", "email": "pay@acme.example", **fields})["id"])


def invoice(server: Tenant, *lines: dict[str, Any], **fields: Any) -> Any:
    """Make an invoice for a new client unless one is named, sent unless ``status`` says otherwise."""
    customer = fields.pop("customerid", None) or client(server)
    return server.create("invoice", **{"customerid": customer, "create_date": "2026-03-03", "status": 2, "lines": list(lines), **fields})


def pay(server: Tenant, invoiceid: int, amount: str, **fields: Any) -> Any:
    """Record a payment."""
    return server.create(
        "payment", **{"invoiceid": invoiceid, "amount": {"amount": amount}, "date": "2026-03-05", "type": "Check", **fields}
    )


def refused(answer: Any) -> tuple[int, int, str]:
    """Answer status, errno and field of the first problem of a refusal."""
    status, body, _ = answer
    first = body["response"]["errors"][0]
    return status, first["errno"], first["field"]


def balance(server: Tenant, customer: int, name: str) -> dict[str, str]:
    """Answer a balance of a client by currency."""
    found = server.read("client", customer, name)[name]
    return {each["amount"]["code"]: each["amount"]["amount"] for each in found}
