"""What the baseline reads and shows, as pydantic models."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_serializer


class Money(BaseModel):
    """An amount of a currency, as text."""

    amount: str
    code: str


class MoneyIn(BaseModel):
    """An amount as a client sends it: text or number."""

    amount: Decimal = Field(max_digits=18, decimal_places=6)
    code: str | None = Field(default=None, min_length=3, max_length=3)


class LineIn(BaseModel):
    """One line of an invoice to be made."""

    type: int = Field(default=0, ge=0, le=1)
    name: str = Field(default="", max_length=255)
    description: str = Field(default="", max_length=4000)
    qty: Decimal = Field(default=Decimal(1), max_digits=18, decimal_places=6)
    unit_cost: MoneyIn
    taxName1: str = Field(default="", max_length=64)
    taxAmount1: Decimal = Field(default=Decimal(0), ge=0, le=100, decimal_places=3)
    taxName2: str = Field(default="", max_length=64)
    taxAmount2: Decimal = Field(default=Decimal(0), ge=0, le=100, decimal_places=3)
    compounded_tax: bool = False


class InvoiceIn(BaseModel):
    """An invoice to be made."""

    customerid: int
    create_date: dt.date
    status: int = Field(default=1, ge=1, le=2)
    due_offset_days: int = Field(default=0, ge=0, le=3650)
    currency_code: str | None = Field(default=None, min_length=3, max_length=3)
    language: str = Field(default="en", max_length=8)
    discount_value: Decimal = Field(default=Decimal(0), ge=0, le=100)
    discount_description: str | None = None
    invoice_number: str | None = Field(default=None, max_length=32)
    notes: str = Field(default="", max_length=4000)
    terms: str | None = Field(default=None, max_length=4000)
    po_number: str | None = Field(default=None, max_length=64)
    lines: list[LineIn] = Field(default_factory=list, max_length=1000)


class InvoiceBody(BaseModel):
    """The wire's wrapper around a sent invoice."""

    invoice: InvoiceIn


class InvoiceOut(BaseModel):
    """An invoice as the wire shows it: its seventy always-present keys."""

    model_config = ConfigDict(from_attributes=True)

    accountid: str
    accounting_systemid: str
    address: str
    amount: Money
    attach_pdf_to_email: bool
    auto_bill: bool
    autobill_status: str | None
    basecampid: int
    city: str
    code: str
    country: str
    create_date: dt.date
    created_at: dt.datetime
    currency_code: str
    current_organization: str
    customerid: int
    date_paid: dt.date | None
    deposit_amount: Money | None
    deposit_percentage: str | None
    deposit_status: str
    description: str
    discount: dict[str, Any]
    discount_description: str | None
    discount_total: Money
    discount_value: str
    display_status: str
    dispute_status: str | None
    due_date: dt.date
    due_offset_days: int
    estimateid: int
    ext_archive: int
    fname: str
    fulfillment_date: dt.date | None
    generation_date: dt.date | None
    gmail: bool
    id: int
    invoice_number: str
    invoiceid: int
    language: str
    last_order_status: str | None
    lname: str
    lock_status: str
    net_paid_amount: Money
    notes: str
    organization: str
    outstanding: Money
    ownerid: int
    paid: Money
    parent: int
    payment_details: str
    payment_status: str
    po_number: str | None
    province: str
    return_uri: str | None
    sender_address: dict[str, Any]
    sentid: int
    series: str
    show_attachments: bool
    status: int
    street: str
    street2: str
    template: str
    terms: str | None
    updated: dt.datetime
    uuid: str
    v3_status: str
    vat_name: str | None
    vat_number: str | None
    version: dt.datetime
    vis_state: int

    @field_serializer("created_at", "updated")
    def to_the_second(self, value: dt.datetime) -> str:
        """Print an instant as the wire does."""
        return value.strftime("%Y-%m-%d %H:%M:%S")

    @field_serializer("version")
    def to_the_microsecond(self, value: dt.datetime) -> str:
        """Print an instant as the wire does, with its fraction."""
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")


class One(BaseModel):
    """The result of a get or create."""

    invoice: InvoiceOut


class Many(BaseModel):
    """The result of a list."""

    invoices: list[InvoiceOut]
    page: int
    pages: int
    per_page: int
    total: int


class OneResult(BaseModel):
    """The second wrapper of a single answer."""

    result: One


class ManyResult(BaseModel):
    """The second wrapper of a list."""

    result: Many


class OneAnswer(BaseModel):
    """The wire's whole answer with one invoice."""

    response: OneResult


class ManyAnswer(BaseModel):
    """The wire's whole answer with a page of invoices."""

    response: ManyResult
