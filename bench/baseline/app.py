"""The baseline: sync handlers, one ORM session per request, SQLite in WAL mode with synchronous=FULL.

It does what the product does for the three calls compared: token looked up by its hash, scope and membership checked, totals
computed, and invoice, lines, journal entry, postings, event, count and client written in one durable transaction.
``BASELINE_DATABASE`` names the file.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import threading
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Query, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import create_engine, event, func, select, update
from sqlalchemy.orm import Session, sessionmaker

from bench.baseline import models as m
from bench.baseline import schemas as s

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

UNSEEN = {"synchronize_session": False}
ONE_WRITER = threading.Lock()  # SQLite has one writer: queueing here is fairer than its busy waits, and faster
CENT = Decimal("0.01")
INVOICES = "/accounting/account/{account_id}/invoices/invoices"

engine = create_engine(f"sqlite:///{os.environ['BASELINE_DATABASE']}", connect_args={"timeout": 30})
open_session = sessionmaker(engine, autoflush=False, expire_on_commit=False)
app = FastAPI(title="baseline")
bearer = HTTPBearer(auto_error=False)


@event.listens_for(engine, "connect")
def set_pragmas(connection: Any, _record: Any) -> None:
    """Make every connection durable."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def session_of_request() -> Iterator[Session]:
    """Open a session for one request; what is not committed is rolled back."""
    with open_session() as session:
        yield session


Database = Annotated[Session, Depends(session_of_request)]


class Caller:
    """Who is calling, in which business."""

    def __init__(self, identity: m.Identity, business: m.Business) -> None:
        self.identity = identity
        self.business = business


def allowed(scope: str) -> Callable[..., Caller]:
    """Make the dependency that lets in a live token with `scope` of a member of the path's account."""

    def check(
        account_id: str,
        session: Database,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)],
    ) -> Caller:
        if credentials is None:
            raise HTTPException(401, "This action requires authentication to continue.")
        token = session.get(m.Token, hashlib.sha256(credentials.credentials.encode()).hexdigest())
        if token is None or token.revoked or token.expires_at < m.now():
            raise HTTPException(401, "This action requires authentication to continue.")
        if scope not in token.scopes.split():
            raise HTTPException(403, f"Insufficient scope. Provided scopes: {token.scopes}. Required scopes: {scope}.")
        mine = (
            select(m.Business).join(m.Membership).where(m.Business.account_id == account_id, m.Membership.identity_id == token.identity_id)
        )
        business = session.scalar(mine)
        if business is None:
            raise HTTPException(404, "Account not found.")
        return Caller(token.identity, business)

    return check


Reader = Annotated[Caller, Depends(allowed("user:invoices:read"))]
Writer = Annotated[Caller, Depends(allowed("user:invoices:write"))]


@app.get(INVOICES + "/{invoice_id}")
def get_invoice(invoice_id: int, caller: Reader, session: Database) -> s.OneAnswer:
    """Show one invoice."""
    invoice = session.scalar(select(m.Invoice).where(m.Invoice.id == invoice_id, m.Invoice.business_id == caller.business.id))
    if invoice is None:
        raise HTTPException(404, "Invoice not found.")
    return shown(invoice)


@app.get(INVOICES)
def list_invoices(
    caller: Reader,
    session: Database,
    page: Annotated[int, Query(ge=0)] = 1,
    per_page: Annotated[int, Query(ge=1)] = 15,
) -> s.ManyAnswer:
    """Show a page of the invoices that are not deleted, newest first."""
    page, per_page = max(page, 1), min(per_page, 100)
    visible = (m.Invoice.business_id == caller.business.id, m.Invoice.vis_state != 1)
    total = session.scalar(select(func.count()).select_from(m.Invoice).where(*visible)) or 0
    rows = select(m.Invoice).where(*visible).order_by(m.Invoice.id.desc()).limit(per_page).offset((page - 1) * per_page)
    invoices = [s.InvoiceOut.model_validate(row) for row in session.scalars(rows)]
    many = s.Many(invoices=invoices, page=page, pages=-(-total // per_page), per_page=per_page, total=total)
    return s.ManyAnswer(response=s.ManyResult(result=many))


@app.post(INVOICES)
def create_invoice(body: s.InvoiceBody, caller: Writer, session: Database) -> s.OneAnswer:
    """Make an invoice: everything it moves is committed with it, or nothing is."""
    sent, business = body.invoice, caller.business
    client = session.scalar(select(m.Client).where(m.Client.id == sent.customerid, m.Client.business_id == business.id))
    if client is None or client.vis_state == 1:
        raise HTTPException(422, "Client not found.")
    code = currency_of(sent, client)
    invoice = m.Invoice(
        business_id=business.id,
        accounting_systemid=business.account_id,
        currency_code=code,
        due_date=sent.create_date + dt.timedelta(days=sent.due_offset_days),
        fulfillment_date=sent.create_date if sent.status == 2 else None,
        description=sent.lines[0].description if sent.lines else "",
        discount_millionths=int(sent.discount_value * m.MILLION),
        sender_address=business.address,
        client=client,
        **sent.model_dump(
            include={"create_date", "status", "due_offset_days", "language", "notes", "terms", "po_number", "discount_description"}
        ),
        **copied_from(client),
    )
    taxes = total_up(invoice, sent)
    with ONE_WRITER:
        invoice.invoice_number = sent.invoice_number or next_number(session, business)
        client.updated = m.now()
        session.add(invoice)
        session.flush()
        session.add(m.Event(business_id=business.id, name="invoice.create", object_id=invoice.id, identity_id=caller.identity.id))
        if invoice.status != 1:
            session.add(entry_of(invoice, taxes))
        count = update(m.Count).where(m.Count.business_id == business.id, m.Count.noun == "invoice").values(visible=m.Count.visible + 1)
        session.execute(count, execution_options=UNSEEN)
        session.commit()
    return shown(invoice)


def shown(invoice: m.Invoice) -> s.OneAnswer:
    """Wrap an invoice as the wire does."""
    return s.OneAnswer(response=s.OneResult(result=s.One(invoice=s.InvoiceOut.model_validate(invoice))))


def next_number(session: Session, business: m.Business) -> str:
    """Take the business's next invoice number; the write lock is held from here to the commit."""
    taken = update(m.Business).where(m.Business.id == business.id).values(last_invoice_number=m.Business.last_invoice_number + 1)
    return f"{session.scalar(taken.returning(m.Business.last_invoice_number), execution_options=UNSEEN):07d}"


def currency_of(sent: s.InvoiceIn, client: m.Client) -> str:
    """Choose the currency of a new invoice: its own, else its lines', else its client's; refuse lines that disagree."""
    codes = {line.unit_cost.code for line in sent.lines if line.unit_cost.code}
    code = sent.currency_code or (next(iter(codes)) if len(codes) == 1 else client.currency_code)
    if codes - {code}:
        raise HTTPException(422, "Lines are in several currencies.")
    return code


def copied_from(client: m.Client) -> dict[str, Any]:
    """Name what an invoice keeps of its client."""
    return {
        "organization": client.organization,
        "fname": client.fname,
        "lname": client.lname,
        "street": client.p_street,
        "street2": client.p_street2,
        "city": client.p_city,
        "province": client.p_province,
        "code": client.p_code,
        "country": client.p_country,
        "vat_name": client.vat_name,
        "vat_number": client.vat_number,
    }


def rounded(amount: Decimal) -> Decimal:
    """Round half up to the cent."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def total_up(invoice: m.Invoice, sent: s.InvoiceIn) -> dict[tuple[str, Decimal], int]:
    """Add the lines to `invoice`, set its totals, and return each tax in minor units."""
    subtotal = Decimal(0)
    taxes: dict[tuple[str, Decimal], Decimal] = defaultdict(Decimal)
    keep = (100 - sent.discount_value) / 100
    for position, line in enumerate(sent.lines, 1):
        amount = rounded(line.qty * line.unit_cost.amount)
        subtotal += amount
        first = amount * keep * line.taxAmount1 / 100
        second = (amount * keep + (first if line.compounded_tax else 0)) * line.taxAmount2 / 100
        if line.taxName1:
            taxes[line.taxName1, line.taxAmount1] += first
        if line.taxName2:
            taxes[line.taxName2, line.taxAmount2] += second
        invoice.lines.append(line_row(position, line, amount))
    discount = -rounded(subtotal * sent.discount_value / 100)
    booked = {tax: int(rounded(amount) * 100) for tax, amount in taxes.items()}
    invoice.discount_minor = int(discount * 100)
    invoice.paid_minor = 0
    invoice.amount_minor = int((subtotal + discount) * 100) + sum(booked.values())
    return booked


def line_row(position: int, line: s.LineIn, amount: Decimal) -> m.InvoiceLine:
    """Turn a sent line into a row."""
    return m.InvoiceLine(
        lineid=position,
        type=line.type,
        name=line.name,
        description=line.description,
        qty_millionths=int(line.qty * m.MILLION),
        unit_cost_millionths=int(line.unit_cost.amount * m.MILLION),
        amount_minor=int(amount * 100),
        tax_name1=line.taxName1,
        tax_millionths1=int(line.taxAmount1 * m.MILLION),
        tax_name2=line.taxName2,
        tax_millionths2=int(line.taxAmount2 * m.MILLION),
        compounded_tax=line.compounded_tax,
    )


def entry_of(invoice: m.Invoice, taxes: dict[tuple[str, Decimal], int]) -> m.Entry:
    """Book an issued invoice: receivable and discounts against sales and taxes."""
    rows = [("1200/1", invoice.amount_minor, ""), ("4000/2", -invoice.discount_minor, "")]
    rows += [("4000/1", -line.amount_minor, "") for line in invoice.lines]
    rows += [("2005/1", -minor, name) for (name, _), minor in taxes.items()]
    postings = [
        m.Posting(account=account, minor=minor, client_id=invoice.customerid, tax_name=name) for account, minor, name in rows if minor
    ]
    return m.Entry(
        business_id=invoice.business_id,
        source_type="invoice",
        source_id=invoice.id,
        date=invoice.create_date,
        currency_code=invoice.currency_code,
        debit_minor=sum(posting.minor for posting in postings if posting.minor > 0),
        credit_minor=-sum(posting.minor for posting in postings if posting.minor < 0),
        postings=postings,
    )
