"""What is sent: the invoices, clients and payments of every side, and the lines of wrk's request files."""

from __future__ import annotations

import datetime as dt
import json
import random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TAXES = (("GST", "5"), ("QST", "9.975"))
WORK = ("Consulting", "Design of the summer catalogue", "Photography", "Translation", "Printing", "Travel to the site")
BODIES = 500


def today() -> dt.date:
    """Tell the day by UTC."""
    return dt.datetime.now(dt.UTC).date()


def invoice(rng: random.Random, customerid: int, day: dt.date, status: int = 2) -> dict[str, Any]:
    """Make the body of an issued invoice of three lines with two taxes each, as the comparison asks for."""
    return {
        "invoice": {
            "customerid": customerid,
            "create_date": day.isoformat(),
            "due_offset_days": 30,
            "status": status,
            "currency_code": "CAD",
            "language": "en",
            "discount_value": "0",
            "notes": "Thank you for your business. Payment by bank transfer within thirty days.",
            "terms": "Net 30",
            "po_number": f"PO-{rng.randrange(100_000):05d}",
            "lines": [line(rng) for _ in range(3)],
        }
    }


def line(rng: random.Random) -> dict[str, Any]:
    """Make one line."""
    (name1, percent1), (name2, percent2) = TAXES
    return {
        "type": 0,
        "name": rng.choice(WORK),
        "description": f"{rng.choice(WORK)}, week {rng.randrange(1, 53)}",
        "qty": str(rng.randrange(1, 20)),
        "unit_cost": {"amount": f"{rng.randrange(500, 30_000) / 100:.2f}", "code": "CAD"},
        "taxName1": name1,
        "taxAmount1": percent1,
        "taxName2": name2,
        "taxAmount2": percent2,
    }


def client(number: int) -> dict[str, Any]:
    """Make the body of a client with an address."""
    address = {
        "p_street": f"{number} Main Street",
        "p_city": "Toronto",
        "p_province": "Ontario",
        "p_code": "M5V 2T6",
        "p_country": "Canada",
    }
    name = {"organization": f"Bench Client {number}", "fname": "Ada", "lname": f"Moreau {number}", "email": f"client{number}@example.com"}
    return {"client": {**name, **address, "currency_code": "CAD"}}


def payment(invoiceid: int, amount: str, day: dt.date) -> dict[str, Any]:
    """Make the body of a payment in full."""
    return {"payment": {"invoiceid": invoiceid, "amount": {"amount": amount, "code": "CAD"}, "date": day.isoformat(), "type": "Check"}}


def creates(path: str, clients: Sequence[int], seed: int = 1) -> Iterator[str]:
    """Write the lines of a request file that makes invoices at `path`."""
    rng = random.Random(seed)
    day = today()
    for _ in range(BODIES):
        yield f"POST\t{path}\t{json.dumps(invoice(rng, rng.choice(clients), day))}"


def gets(paths: Sequence[str]) -> Iterator[str]:
    """Write the lines of a request file that reads `paths`."""
    return (f"GET\t{path}\t" for path in paths)
