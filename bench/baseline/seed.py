"""Makes the baseline's books: ``python -m bench.baseline.seed INVOICES TOKENS`` prints where they are, as JSON."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
import sys
import uuid
from typing import Any

from sqlalchemy import insert

from bench.baseline import models as m
from bench.baseline.app import engine, open_session

CLIENTS = 130
ACCOUNT = "bAse1n"


def invoice_row(number: int, first_day: dt.date) -> dict[str, Any]:
    """Make one sent invoice of three lines worth 100.00 with 5 % and 9.975 % tax."""
    day = first_day + dt.timedelta(days=number % 700)
    return {
        "id": number,
        "business_id": 1,
        "accounting_systemid": ACCOUNT,
        "customerid": 1 + number % CLIENTS,
        "invoice_number": f"{number:07d}",
        "uuid": str(uuid.uuid4()),
        "status": 2,
        "currency_code": "CAD",
        "create_date": day,
        "due_date": day + dt.timedelta(days=30),
        "due_offset_days": 30,
        "amount_minor": 344_93,
        "organization": f"Client {1 + number % CLIENTS}",
        "description": "Consulting",
    }


def line_rows(number: int) -> list[dict[str, Any]]:
    """Make the three lines of a seeded invoice."""
    line = {
        "name": "Consulting",
        "description": "Hours",
        "qty_millionths": 1_000_000,
        "unit_cost_millionths": 100_000_000,
        "amount_minor": 100_00,
    }
    taxes = {"tax_name1": "GST", "tax_millionths1": 5_000_000, "tax_name2": "QST", "tax_millionths2": 9_975_000}
    return [{"invoice_id": number, "lineid": position, **line, **taxes} for position in (1, 2, 3)]


def seed(invoices: int, tokens: int) -> dict[str, Any]:
    """Fill an empty database and say what a caller needs: account, tokens, client ids."""
    m.Table.metadata.create_all(engine)
    secret = [secrets.token_urlsafe(32) for _ in range(tokens)]
    until = m.now() + dt.timedelta(days=365)
    scopes = "user:profile:read user:invoices:read user:invoices:write user:clients:read user:clients:write"
    with open_session() as session:
        session.add(m.Identity(id=1, email="owner@example.com"))
        session.add(
            m.Business(id=1, account_id=ACCOUNT, last_invoice_number=invoices, address={"street": "1 Main St", "country": "Canada"})
        )
        session.flush()
        session.add(m.Membership(identity_id=1, business_id=1))
        session.add(m.Count(business_id=1, noun="invoice", visible=invoices))
        hashes = [hashlib.sha256(token.encode()).hexdigest() for token in secret]
        session.add_all([m.Token(hash=digest, identity_id=1, scopes=scopes, expires_at=until) for digest in hashes])
        session.add_all(
            [m.Client(id=n, business_id=1, organization=f"Client {n}", email=f"c{n}@example.com") for n in range(1, CLIENTS + 1)]
        )
        session.flush()
        first_day = m.now().date() - dt.timedelta(days=700)
        session.execute(insert(m.Invoice), [invoice_row(number, first_day) for number in range(1, invoices + 1)])
        session.execute(insert(m.InvoiceLine), [row for number in range(1, invoices + 1) for row in line_rows(number)])
        session.commit()
    return {"account_id": ACCOUNT, "tokens": secret, "clients": list(range(1, CLIENTS + 1))}


if __name__ == "__main__":
    json.dump(seed(int(sys.argv[1]), int(sys.argv[2])), sys.stdout)
