"""Payments: money received against an invoice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bursar.catalogue import Posts, Record, Resource, op
from bursar.catalogue import fields as f
from bursar.catalogue import filters as s
from bursar.domain.ledger import PAR, Exchange
from bursar.domain.postings import credit_applied_entry, payment_entry
from bursar.domain.when import row
from bursar.resources.paying import Changing, Recording, change, record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bursar.domain.ledger import Entry

TYPES = (
    "Check",
    "Credit",
    "Cash",
    "Bank Transfer",
    "Credit Card",
    "Debit",
    "PayPal",
    "2Checkout",
    "VISA",
    "MASTERCARD",
    "DISCOVER",
    "AMEX",
    "DINERS",
    "JCB",
    "ACH",
    "Other",
)


class Payment(Record, noun="payment"):
    """One payment. A row without ``invoiceid`` shows the credit that an overpayment made (semantics 4.1)."""

    accounting_systemid = f.FromCall("accountid")
    amount = f.Money(required=True, least=0)
    bulk_paymentid = f.Int(nullable=True)
    clientid = f.Ref("client", writable=False)
    creditid = f.Ref("credit_note", none=None)
    currency_code = f.Text(shown=False, writable=False)
    date = f.Date(required=True, indexed=True)
    from_credit = f.Flag(writable="create")
    gateway = f.Text(nullable=True, writable=False)
    id = f.Id()
    invoiceid = f.Ref("invoice", none=None, required=True, writable="create")
    logid = f.Alias("id")
    note = f.Text(nullable=True, default="", most=65_535)
    orderid = f.Int(nullable=True)
    overpaymentid = f.Int(nullable=True, writable=False, unverified=True)
    send_client_notification = f.Flag(nullable=True, effect="mail")
    transaction_uuid = f.Text(nullable=True, writable=False)
    transactionid = f.Int(nullable=True)
    type = f.Text(nullable=True, default="Other", choices=TYPES, unverified=True)
    updated = f.Instant("eastern", auto="save", indexed=True)
    vis_state = f.Int(choices=(0, 1, 2), effect="visibility")

    excess = f.Money(shown=False, writable=False)
    parent_deleted = f.Flag(shown=False, writable=False)
    base_code = f.Text(shown=False, writable=False)
    base_rate = f.Int(shown=False, writable=False, default=PAR)
    invoice_rate = f.Int(shown=False, writable=False, default=PAR)

    client = f.Embed("client", by="clientid", include="client")
    invoice = f.Embed("invoice", by="invoiceid", include="invoice", nullable=True)
    credit_note = f.Embed("credit_note", by="creditid", include="credit_note", nullable=True)
    order = f.Constant(None, include="order")

    @classmethod
    def currency(cls, sent: Mapping[str, Any], known: Any) -> str:
        """Return the invoice's currency: a payment has no other (semantics 2.6)."""
        del sent
        return str(known.invoice.currency_code)


def posting(payment: Payment) -> Entry | None:
    """Book money received (P3) or credit applied (P4); the second row of an overpayment is part of the first."""
    stored = payment.row
    if stored["vis_state"] == 1 or stored["parent_deleted"] or stored["invoiceid"] is None:
        return None
    rates = (Exchange(stored["base_code"], stored["base_rate"]), Exchange(stored["base_code"], stored["invoice_rate"]))
    if stored["from_credit"]:
        return credit_applied_entry(stored["date"], stored["currency_code"], stored["clientid"], stored["amount"], *rates)
    return payment_entry(stored["date"], stored["currency_code"], stored["clientid"], stored["amount"], stored["excess"], *rates)


PAYMENTS = Resource(
    record=Payment,
    plural="payments",
    group="Payments",
    id_field="logid",
    family="accounting",
    path="payments/payments",
    scope="user:payments",
    hidden=(row.vis_state == 1) | (row.parent_deleted == 1),
    posts=Posts(posting, watch=("amount", "excess", "vis_state", "parent_deleted", "date", "base_rate", "invoice_rate")),
    filters=s.eq("type", "clientid", "invoiceid", "from_credit", "vis_state", logid="id", customerid="clientid", currency="currency_code")
    | s.any_of(logids="id", customerids="clientid", clientids="clientid")
    | s.like(notes="note")
    | s.through("client", "clientid", client_name=("fname", "lname", "organization"))
    | s.either(
        s.through("invoice", "invoiceid", number=("invoice_number",)),
        s.through("credit_note", "creditid", number=("credit_number",)),
    )
    | s.chosen("invoice", "credit", payment_or_credit=row.invoiceid != None)  # noqa: E711 - a condition, not a test
    | s.between(date="date", updated="updated", amount="amount"),
    sorts={"updated": "updated"},
    operations=(
        op.list_("listed payments", row=18),
        op.get("looked at the payment of {amount} on invoice {invoiceid}", row=19),
        op.create(
            "recorded a payment of {amount} on invoice {invoiceid}",
            row=20,
            event="payment.create",
            decide=record,
            facts=Recording,
            risk=2,
        ),
        op.update(
            "changed the payment of {amount} on invoice {invoiceid}", row=21, event="payment.update", decide=change, facts=Changing, risk=3
        ),
    ),
)
