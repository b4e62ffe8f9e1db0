"""Tables of the baseline, as ORM classes: money is stored in minor units, percents and quantities in millionths."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

MILLION = 1_000_000


class Table(DeclarativeBase):
    """The registry of the baseline's tables."""


def now() -> dt.datetime:
    """Tell the instant to store: naive UTC."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def text_of(millionths: int) -> str:
    """Print a stored quantity or percent without trailing zeros."""
    return f"{(Decimal(millionths) / MILLION).normalize():f}"


def money(minor: int, code: str) -> dict[str, str]:
    """Print stored minor units in the wire's shape of money."""
    return {"amount": f"{Decimal(minor) / 100:.2f}", "code": code}


class Identity(Table):
    """A person who can hold tokens and belong to businesses."""

    __tablename__ = "identities"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)


class Token(Table):
    """An access token, stored as its hash only."""

    __tablename__ = "tokens"
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    identity_id: Mapped[int] = mapped_column(ForeignKey("identities.id"))
    scopes: Mapped[str]
    expires_at: Mapped[dt.datetime]
    revoked: Mapped[bool] = mapped_column(default=False)
    identity: Mapped[Identity] = relationship(lazy="joined")


class Business(Table):
    """A tenant, found by its account id, and the last invoice number it gave out."""

    __tablename__ = "businesses"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(unique=True)
    currency_code: Mapped[str] = mapped_column(default="CAD")
    last_invoice_number: Mapped[int] = mapped_column(default=0)
    address: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class Membership(Table):
    """Who may work in which business."""

    __tablename__ = "memberships"
    identity_id: Mapped[int] = mapped_column(ForeignKey("identities.id"), primary_key=True)
    business_id: Mapped[int] = mapped_column(ForeignKey("businesses.id"), primary_key=True)
    role: Mapped[str] = mapped_column(default="owner")


class Client(Table):
    """The person or firm that is billed."""

    __tablename__ = "clients"
    id: Mapped[int] = mapped_column(primary_key=True)
    business_id: Mapped[int] = mapped_column(ForeignKey("businesses.id"), index=True)
    organization: Mapped[str] = mapped_column(default="")
    fname: Mapped[str] = mapped_column(default="")
    lname: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    currency_code: Mapped[str] = mapped_column(default="CAD")
    language: Mapped[str] = mapped_column(default="en")
    p_street: Mapped[str] = mapped_column(default="")
    p_street2: Mapped[str] = mapped_column(default="")
    p_city: Mapped[str] = mapped_column(default="")
    p_province: Mapped[str] = mapped_column(default="")
    p_code: Mapped[str] = mapped_column(default="")
    p_country: Mapped[str] = mapped_column(default="")
    vat_name: Mapped[str | None]
    vat_number: Mapped[str | None]
    vis_state: Mapped[int] = mapped_column(default=0)
    updated: Mapped[dt.datetime] = mapped_column(default=now)


class Invoice(Table):
    """An invoice with its stored totals; what depends on the day or on the client is a property."""

    __tablename__ = "invoices"
    __table_args__ = (
        UniqueConstraint("business_id", "invoice_number"),
        Index("ix_invoices_page", "business_id", "vis_state", "id"),
        Index("ix_invoices_customer", "business_id", "customerid"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    business_id: Mapped[int] = mapped_column(ForeignKey("businesses.id"))
    accounting_systemid: Mapped[str]
    customerid: Mapped[int] = mapped_column(ForeignKey("clients.id"))
    invoice_number: Mapped[str]
    uuid: Mapped[str] = mapped_column(default=lambda: str(uuid.uuid4()))
    status: Mapped[int] = mapped_column(default=1)
    vis_state: Mapped[int] = mapped_column(default=0)
    currency_code: Mapped[str]
    create_date: Mapped[dt.date]
    due_date: Mapped[dt.date]
    due_offset_days: Mapped[int] = mapped_column(default=0)
    fulfillment_date: Mapped[dt.date | None]
    generation_date: Mapped[dt.date | None]
    date_paid: Mapped[dt.date | None]
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    updated: Mapped[dt.datetime] = mapped_column(default=now)
    amount_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    paid_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    discount_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    discount_millionths: Mapped[int] = mapped_column(BigInteger, default=0)
    deposit_minor: Mapped[int | None] = mapped_column(BigInteger)
    deposit_millionths: Mapped[int | None] = mapped_column(BigInteger)
    deposit_status: Mapped[str] = mapped_column(default="none")
    discount_description: Mapped[str | None]
    description: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    attach_pdf_to_email: Mapped[bool] = mapped_column(default=False)
    auto_bill: Mapped[bool] = mapped_column(default=False)
    autobill_status: Mapped[str | None]
    basecampid: Mapped[int] = mapped_column(default=0)
    city: Mapped[str] = mapped_column(default="")
    code: Mapped[str] = mapped_column(default="")
    country: Mapped[str] = mapped_column(default="")
    dispute_status: Mapped[str | None]
    estimateid: Mapped[int] = mapped_column(default=0)
    ext_archive: Mapped[int] = mapped_column(default=0)
    fname: Mapped[str] = mapped_column(default="")
    gmail: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str] = mapped_column(default="en")
    last_order_status: Mapped[str | None]
    lname: Mapped[str] = mapped_column(default="")
    lock_status: Mapped[str] = mapped_column(default="unlocked")
    notes: Mapped[str] = mapped_column(default="")
    organization: Mapped[str] = mapped_column(default="")
    ownerid: Mapped[int] = mapped_column(default=1)
    parent: Mapped[int] = mapped_column(default=0)
    payment_details: Mapped[str] = mapped_column(default="")
    po_number: Mapped[str | None]
    province: Mapped[str] = mapped_column(default="")
    return_uri: Mapped[str | None]
    sender_address: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    sentid: Mapped[int] = mapped_column(default=1)
    series: Mapped[str] = mapped_column(default="")
    show_attachments: Mapped[bool] = mapped_column(default=True)
    street: Mapped[str] = mapped_column(default="")
    street2: Mapped[str] = mapped_column(default="")
    template: Mapped[str] = mapped_column(default="clean-grouped")
    terms: Mapped[str | None]
    vat_name: Mapped[str | None] = mapped_column(default="")
    vat_number: Mapped[str | None] = mapped_column(default="")
    client: Mapped[Client] = relationship(lazy="joined", innerjoin=True)
    lines: Mapped[list[InvoiceLine]] = relationship(back_populates="invoice", order_by="InvoiceLine.lineid")

    @property
    def invoiceid(self) -> int:
        """The id under its second name."""
        return self.id

    @property
    def accountid(self) -> str:
        """The account id under its second name."""
        return self.accounting_systemid

    @property
    def version(self) -> dt.datetime:
        """The instant of the last change."""
        return self.updated

    @property
    def amount(self) -> dict[str, str]:
        """Total with tax, after discount."""
        return money(self.amount_minor, self.currency_code)

    @property
    def paid(self) -> dict[str, str]:
        """What was paid so far."""
        return money(self.paid_minor, self.currency_code)

    @property
    def net_paid_amount(self) -> dict[str, str]:
        """What was paid, under its second name."""
        return self.paid

    @property
    def outstanding(self) -> dict[str, str]:
        """What is still owed."""
        return money(self.amount_minor - self.paid_minor, self.currency_code)

    @property
    def discount_total(self) -> dict[str, str]:
        """The discount, negative."""
        return money(self.discount_minor, self.currency_code)

    @property
    def discount_value(self) -> str:
        """The discount as a percent."""
        return text_of(self.discount_millionths)

    @property
    def discount(self) -> dict[str, Any]:
        """The discount as one object."""
        return {"amount": self.discount_total, "rate": self.discount_value, "type": "percent"}

    @property
    def deposit_amount(self) -> dict[str, str] | None:
        """The deposit asked for."""
        return None if self.deposit_minor is None else money(self.deposit_minor, self.currency_code)

    @property
    def deposit_percentage(self) -> str | None:
        """The deposit as a percent."""
        return None if self.deposit_millionths is None else text_of(self.deposit_millionths)

    @property
    def current_organization(self) -> str:
        """What the client is called today."""
        return self.client.organization or f"{self.client.fname} {self.client.lname}"

    @property
    def payment_status(self) -> str:
        """How far the invoice is paid."""
        if not self.paid_minor:
            return "unpaid"
        return "paid" if self.paid_minor >= self.amount_minor else "partial"

    @property
    def display_status(self) -> str:
        """The status in one word, without the day."""
        return {0: "disputed", 1: "draft", 2: "sent", 3: "viewed", 4: "paid"}.get(self.status, "sent")

    @property
    def v3_status(self) -> str:
        """The status in one word, as of today."""
        if self.status == 1:
            return "draft"
        if self.payment_status == "paid":
            return "paid"
        if now().date() > self.due_date:
            return "overdue"
        return "partial" if self.payment_status == "partial" else self.display_status


class InvoiceLine(Table):
    """One line of an invoice."""

    __tablename__ = "invoice_lines"
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), primary_key=True)
    lineid: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(default="")
    qty_millionths: Mapped[int] = mapped_column(BigInteger)
    unit_cost_millionths: Mapped[int] = mapped_column(BigInteger)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    tax_name1: Mapped[str] = mapped_column(default="")
    tax_millionths1: Mapped[int] = mapped_column(default=0)
    tax_name2: Mapped[str] = mapped_column(default="")
    tax_millionths2: Mapped[int] = mapped_column(default=0)
    compounded_tax: Mapped[bool] = mapped_column(default=False)
    updated: Mapped[dt.datetime] = mapped_column(default=now)
    invoice: Mapped[Invoice] = relationship(back_populates="lines")


class Entry(Table):
    """A journal entry: a document's postings of one day, debit equal to credit."""

    __tablename__ = "entries"
    id: Mapped[int] = mapped_column(primary_key=True)
    business_id: Mapped[int] = mapped_column(ForeignKey("businesses.id"))
    source_type: Mapped[str]
    source_id: Mapped[int]
    date: Mapped[dt.date]
    currency_code: Mapped[str]
    debit_minor: Mapped[int] = mapped_column(BigInteger)
    credit_minor: Mapped[int] = mapped_column(BigInteger)
    booked_at: Mapped[dt.datetime] = mapped_column(default=now)
    postings: Mapped[list[Posting]] = relationship(back_populates="entry")
    __table_args__ = (Index("ix_entries_source", "business_id", "source_type", "source_id"),)


class Posting(Table):
    """One side of a journal entry: debit positive, credit negative."""

    __tablename__ = "postings"
    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entries.id"), index=True)
    account: Mapped[str]
    minor: Mapped[int] = mapped_column(BigInteger)
    client_id: Mapped[int]
    tax_name: Mapped[str] = mapped_column(default="")
    entry: Mapped[Entry] = relationship(back_populates="postings")


class Event(Table):
    """What subscribers are to be told: the outbox, written with the change."""

    __tablename__ = "events"
    id: Mapped[int] = mapped_column(primary_key=True)
    business_id: Mapped[int] = mapped_column(ForeignKey("businesses.id"))
    name: Mapped[str]
    object_id: Mapped[int]
    identity_id: Mapped[int]
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    sent: Mapped[bool] = mapped_column(default=False)


class Count(Table):
    """How many visible rows of a kind a business has: the total of an unfiltered list."""

    __tablename__ = "counts"
    business_id: Mapped[int] = mapped_column(ForeignKey("businesses.id"), primary_key=True)
    noun: Mapped[str] = mapped_column(primary_key=True)
    visible: Mapped[int] = mapped_column(default=0)
