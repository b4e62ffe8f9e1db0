"""Invoices: what clients owe."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bursar.catalogue import Phase, Posts, Resource, op
from bursar.catalogue import fields as f
from bursar.catalogue import filters as s
from bursar.catalogue.proof import Control, Mismatch, Proof, compared
from bursar.catalogue.shown import Amount, Shown, amount_shown
from bursar.domain import invoice_status as states
from bursar.domain.dates import due_date
from bursar.domain.invoice_status import DRAFT
from bursar.domain.ledger import RECEIVABLE
from bursar.domain.money import decimal_text
from bursar.domain.postings import invoice_entry
from bursar.domain.settlement import DEPOSIT_STATUSES, deposit_status
from bursar.domain.when import row
from bursar.errors import Kind
from bursar.resources import dunning, reminding
from bursar.resources.documents import Document, Line, exchange_of, reckoned_totals, stored_totals
from bursar.resources.invoicing import (
    Deleting,
    Drafting,
    Editing,
    Sending,
    delete,
    draft,
    edit,
    email,
    gateways,
    mark,
    show_or_hide,
)
from bursar.resources.systems import System, described

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bursar.domain.ledger import Entry
    from bursar.domain.policy import Policy

STATUS_WORDS = "Status must be one of 'draft', 'sent', 'viewed' or 'disputed'."
MONEY_OBJECT = {"type": "object"}


class InvoiceLine(Line, noun="invoice_line"):
    """One line of an invoice; type 1 bills an expense."""

    invoiceid = f.Alias("parent_id")


class Discount(Shown, frozen=True, gc=False):
    """The ``discount`` object, which repeats the discount (accounting section 3)."""

    amount: Amount
    rate: str
    type: str = "percent"


@lru_cache(maxsize=1_024)
def discount(discount_total: int, rate: int, code: str) -> Discount:
    """Return the ``discount`` object; most invoices have none, so the last ones are remembered."""
    return Discount(amount_shown(discount_total, code), decimal_text(rate))


class DepositStatus(f.Computed):
    """What is known of a deposit; a create may say what became of it before, found in ``asked`` (semantics 2.3)."""

    def __init__(self, of: tuple[str, ...], **options: Any) -> None:
        super().__init__(of, deposit_status, {"type": "string", "enum": list(DEPOSIT_STATUSES)}, **options)

    def parse(self, raw: Any) -> Any:
        """Return the word that was sent; raises NOT_TEXT or INVALID."""
        if not isinstance(raw, str):
            raise self.wrong(raw, Kind.NOT_TEXT)
        if raw not in DEPOSIT_STATUSES:
            raise self.wrong(raw)
        return raw


class Invoice(Document, noun="invoice"):
    """One invoice. ``delivery`` is 1 draft, 2 sent, 3 viewed; every status is computed from it, the money and the day."""

    unique = (("invoice_number",),)

    accountid = f.FromCall("accountid")
    accounting_systemid = f.FromCall("accountid")
    attach_pdf_to_email = f.Flag()
    auto_bill = f.Flag(writable="create")
    autobill_status = f.Text(nullable=True, choices=("retry", "failed", "success"), writable="create")
    basecampid = f.Constant(0)
    date_paid = f.Date(nullable=True, writable=False, unverified=True)
    deposit_amount = f.Money(nullable=True, least=0)
    deposit_percentage = f.Percent(nullable=True)
    deposit_said = f.Text(nullable=True, shown=False, writable=False)
    deposit_status = DepositStatus(("deposit_said", "deposit_amount", "paid"), writable="create", unverified=True)
    discount = f.Computed(("discount_total", "discount_value", "currency_code"), discount, MONEY_OBJECT)
    discount_description = f.Text(nullable=True)
    delivery = f.Int(shown=False, writable=False, default=DRAFT)
    display_status = f.Computed(("delivery",), states.display, {"type": "string"})
    dispute_status = f.Text(nullable=True, writable=False)
    due_date = f.Date(writable=False, refused=Kind.READ_ONLY)
    due_offset_days = f.Int(least=0, most=36_500)
    estimateid = f.Ref("estimate", writable="create")
    fulfillment_date = f.Date(nullable=True)
    generation_date = f.Date(nullable=True)
    gmail = f.Flag()
    invoice_number = f.Text(most=50)
    invoiceid = f.Alias("id")
    last_order_status = f.Text(nullable=True, choices=("pending", "declined", "success"), writable="create")
    lock_status = f.Constant("unlocked")
    net_paid_amount = f.Money(of="paid", writable=False, unverified=True)
    outstanding = f.Money(writable=False)
    paid = f.Money(writable=False)
    parent = f.Int()
    payment_details = f.Text(most=65_535)
    payment_status = f.Derived(states.PAYMENT_STATUS, "unpaid")
    return_uri = f.Text(nullable=True, most=2_000)
    sender_address = f.Object(default=dict.fromkeys(("city", "code", "country", "province", "street", "street2"), ""))
    series = f.Text()
    show_attachments = f.Flag(default=True)
    status = f.State(("stage", "delivery"), states.number, may=(0, 1, 2, 3), first=states.MADE_AS, says=STATUS_WORDS, effect="status")
    uuid = f.Uuid()
    v3_status = f.Derived(states.V3_STATUS, "sent", kept="stage")
    version = f.Instant("eastern_us", of="updated")

    lines = f.Lines(InvoiceLine, include="lines")
    allowed_gateways = f.Object(kind="array", include="allowed_gateways", default=[], writable=False)
    owner = f.Embed("staff", by="ownerid", include="owner")
    contacts = f.Object(kind="array", include="contacts", default=[])
    late_reminders = f.Object(kind="array", include="late_reminders", default=[], through=reminding.late_reminders)
    late_fee = f.Object(nullable=True, include="late_fee", through=reminding.late_fee)
    late_fee_on = f.Date(nullable=True, shown=False, writable=False)
    reminded_until = f.Date(nullable=True, shown=False, writable=False)
    dunning_on = f.Scheduled(dunning.next_day, dunning.begins)
    audit_logs = f.Constant([], include="audit_logs")
    client_audits = f.Constant([], include="client_audits")
    comments = f.Constant([], include="comments")
    latest_journal_entry = f.Constant(None, include="latest_journal_entry")
    system = f.Ours(System, described, include="system")
    invoice_profile = f.Constant(None, include="invoice_profile")
    payment_schedule = f.Constant(None, include="payment_schedule")
    direct_links = f.Constant({}, include="direct_links")

    email_include_pdf = f.Action()
    email_subject = f.Action("text")
    email_body = f.Action("text")
    invoice_customized_email = f.Action("object")
    action_mark_as_sent = f.Action(effect="status")
    use_default_presentation = f.Action()
    allowed_gatewayids = f.Action("ints")
    ext_vis_state = f.Action("int")

    @classmethod
    def currency(cls, sent: Mapping[str, Any], known: Any) -> str:
        """Return the currency of the estimate whose lines are taken over, else that of any document."""
        estimate = known.estimate if sent.get("lines") is None else None
        return super().currency(sent, known) if estimate is None else str(estimate.currency_code)


def posting(invoice: Invoice) -> Entry | None:
    """Book an issued invoice; a draft and a deleted one stand in no book (semantics 8.1)."""
    stored = invoice.row
    if stored["delivery"] == DRAFT or stored["vis_state"] == 1:
        return None
    kinds = [line.row["type"] for line in invoice.children["lines"]]
    return invoice_entry(
        stored["create_date"], stored["currency_code"], stored["customerid"], stored_totals(invoice), kinds, exchange_of(stored)
    )


def reckon(invoice: Invoice, policy: Policy) -> Iterable[Mismatch]:
    """Prove what an invoice computes from its lines, its date and its payments."""
    row_ = invoice.row
    due = due_date(row_["create_date"], row_["due_offset_days"])
    return compared(invoice, {**reckoned_totals(invoice, policy), "due_date": due, "outstanding": row_["amount"] - row_["paid"]})


MAIL_WORDS = frozenset(
    {"email_recipients", "email_include_pdf", "email_subject", "email_body", "invoice_customized_email", "attach_pdf_to_email"}
)
INVOICES = Resource(
    record=Invoice,
    plural="invoices",
    group="Invoices",
    id_field="invoiceid",
    family="accounting",
    path="invoices/invoices",
    scope="user:invoices",
    hidden=row.vis_state == 1,
    posts=Posts(
        posting, watch=("delivery", "vis_state", "amount", "create_date", "currency_code", "customerid", "discount_total", "base_rate")
    ),
    proof=Proof(
        reckon,
        sums=(("paid", f.Balance("payment", their="invoiceid", where=row.vis_state != 1, amount="amount")),),
        control=Control(RECEIVABLE, "customerid", "outstanding", (row.vis_state != 1) & (row.delivery != DRAFT)),
    ),
    filters=s.eq("invoice_number", "customerid", "v3_status", "vis_state", "estimateid", invoiceid="id")
    | s.any_of(invoiceids="id", customerids="customerid")
    | s.like(invoice_number_like="invoice_number", notes="notes", organization_like="organization")
    | s.between(date="create_date", updated="updated", amount="amount")
    | s.holds(paid=states.settled, outstanding=row.outstanding > 0),
    sorts={"invoice_date": "create_date"},
    operations=(
        op.list_("listed invoices", row=1),
        op.get("looked at invoice {invoice_number}", row=2),
        op.create(
            "created invoice {invoice_number} of {amount} for client {customerid}",
            row=3,
            event="invoice.create",
            decide=draft,
            facts=Drafting,
            risk=1,
            phases=(
                Phase(frozenset({"status"}), mark, Sending),
                Phase(frozenset({"action_mark_as_sent"}), mark, Sending),
                Phase(frozenset({"action_email"}), email, Sending),
                Phase(frozenset({"allowed_gatewayids"}), gateways),
            ),
        ),
        op.update(
            "changed invoice {invoice_number}",
            row=4,
            event="invoice.update",
            decide=edit,
            facts=Editing,
            risk=2,
            phases=(
                Phase(frozenset({"ext_vis_state"}), show_or_hide, Deleting),
                Phase(frozenset({"vis_state"}), show_or_hide, Deleting),
                Phase(frozenset({"action_email"}), email, Sending, MAIL_WORDS),
                Phase(frozenset({"action_mark_as_sent"}), mark, Sending),
                Phase(frozenset({"status"}), mark, Sending, alone=False),
                Phase(frozenset({"allowed_gatewayids"}), gateways, alone=False),
            ),
        ),
        op.unverified(
            op.delete("deleted invoice {invoice_number}", row=5, event="invoice.delete", decide=delete, facts=Deleting, risk=3),
            "what becomes of its payments, and whether a deleted one can be restored",
        ),
    ),
)
