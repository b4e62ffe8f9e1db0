"""The decisions about invoices: drafting, editing, sending, deleting and restoring (semantics sections 2 to 4)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bursar.catalogue import Change, Facts, Mail, facts
from bursar.catalogue.scalars import json_text
from bursar.domain.dates import due_date
from bursar.domain.invoice_status import DRAFT, MADE_AS, SENT, VIEWED
from bursar.domain.money import Money, amount_text, parse_minor
from bursar.domain.sequence import following
from bursar.domain.settlement import CONVERTED, deposit_minor
from bursar.errors import Kind, refuse
from bursar.resources import documents
from bursar.resources.addressees import whose_contacts, with_contacts
from bursar.resources.billed_time import billed_time, entry_ids, fixed_projects, freed_time, project_ids, rated_services, rebilled_time
from bursar.resources.documents import with_client, with_files, with_lines, with_style
from bursar.resources.rebilling import billed, check, freed, priced, restocked
from bursar.resources.systems import address_of

if TYPE_CHECKING:
    from bursar.domain.policy import Policy
    from bursar.resources.clients import Client
    from bursar.resources.credit_notes import CreditNote
    from bursar.resources.estimates import Estimate
    from bursar.resources.expenses import Expense
    from bursar.resources.invoices import Invoice
    from bursar.resources.items import Item
    from bursar.resources.payments import Payment
    from bursar.resources.projects import Project
    from bursar.resources.service_rates import ServiceRate
    from bursar.resources.time_entries import TimeEntry

GATEWAYS = {26: "stripe", 30: "fbpay", 7: "paypal"}
DISPUTED = 0
FIXED_BY_PAYMENTS = ("customerid", "currency_code")
LATENESS = ("late_fee", "late_reminders")


def expense_ids(invoice: Any, _known: Any) -> set[int]:
    """Return the expenses that lines bill, as sent and as stored."""
    lines = (*invoice.children.get("lines", ()), *(invoice.was.children.get("lines", ()) if invoice.was else ()))
    return {line.row["expenseid"] for line in lines if line.row["expenseid"]}


def item_names(invoice: Any, _known: Any) -> set[str]:
    """Return the names on lines that may be items whose inventory moves."""
    if "lines" not in invoice.sent:
        return set()
    lines = (*invoice.children.get("lines", ()), *(invoice.was.children.get("lines", ()) if invoice.was else ()))
    return {line.row["name"] for line in lines if line.row["name"]}


def second_rows(_invoice: Any, known: Any) -> set[int]:
    """Return the payment rows that show the credits of overpayments."""
    return {payment.row["overpaymentid"] for payment in known.payments if payment.row["overpaymentid"]}


def moved_rate(invoice: Any, known: Any) -> bool:
    """Whether an invoice is booked at another rate than before."""
    return invoice.was is not None and invoice.was.row["base_rate"] != known.rate


def touches_payments(invoice: Any, _known: Any) -> bool:
    """Whether a body may make an invoice with payments owe more or less, or owe it to or in something else."""
    if invoice.was is None:
        return False
    total = invoice.was.row["paid"] > 0 and not invoice.sent.isdisjoint(("lines", "discount_value"))
    return total or bool(invoice.changed(*FIXED_BY_PAYMENTS))


def applied_credits(_invoice: Any, known: Any) -> set[int]:
    """Return the credits that living payments of the invoice were taken from."""
    return {payment.row["creditid"] for payment in known.payments if payment.row["from_credit"] and payment.row["vis_state"] != 1}


class Editing(documents.Drafting):
    """What changing an invoice rests on."""

    free: str | None = facts.free("invoice", "invoice_number", following)
    expenses: dict[int, Expense] = facts.named("expense", "id", expense_ids)
    items: dict[str, Item] = facts.named("item", "name", item_names)
    entries: dict[int, TimeEntry] = facts.named("time_entry", "id", entry_ids)
    projects: dict[int, Project] = facts.named("project", "id", project_ids)
    fixed: dict[int, tuple[TimeEntry, ...]] = facts.named("time_entry", "project_id", fixed_projects, every=True)
    rates: dict[int, ServiceRate] = facts.named("service_rate", "id", rated_services)
    addressed: dict[int, Client] = facts.named("client", "id", whose_contacts, lines=True)
    payments: tuple[Payment, ...] = facts.many("payment", invoiceid="id", when=moved_rate)
    settling: tuple[Payment, ...] = facts.many("payment", invoiceid="id", when=touches_payments)


class Drafting(Editing):
    """What writing a new invoice rests on: also the one before it, whose style it takes, and its estimate."""

    before: dict[str, Any] | None = facts.latest("invoice", "invoice_number", "style")
    free: str | None = facts.free("invoice", "invoice_number", following, after="before")
    estimate: Estimate | None = facts.one("estimate", by="estimateid", lines=True)


class Sending(Facts):
    """What sending an invoice rests on."""

    client: Client = facts.one("client", by="customerid")
    estimate: Estimate | None = facts.one("estimate", by="estimateid")


class Deleting(Facts):
    """What hangs on an invoice that is deleted or restored."""

    payments: tuple[Payment, ...] = facts.many("payment", invoiceid="id")
    seconds: dict[int, Payment] = facts.named("payment", "id", second_rows)
    credits: tuple[CreditNote, ...] = facts.many("credit_note", overpaid_invoiceid="id")
    applied: dict[int, CreditNote] = facts.named("credit_note", "id", applied_credits)
    expenses: dict[int, Expense] = facts.named("expense", "id", expense_ids)
    entries: dict[int, TimeEntry] = facts.named("time_entry", "id", entry_ids)
    estimate: Estimate | None = facts.one("estimate", by="estimateid")
    siblings: tuple[Invoice, ...] = facts.many("invoice", estimateid="estimateid", when=lambda invoice, _: invoice.row["estimateid"])


def draft(invoice: Invoice, known: Drafting) -> Change:
    """Write a new invoice: a draft with its number, the client's snapshot and everything computed."""
    row, status = invoice.row, invoice.asked.get("status")
    if status not in (None, *MADE_AS):
        raise refuse(Kind.INVALID, "status", status, text="A new invoice is a draft or sent: its status must be 1 or 2.")
    with_client(invoice, known)
    documents.with_owner(invoice, known)
    if known.estimate is not None:
        with_estimate(invoice, known.estimate)
    if "sender_address" not in invoice.sent:
        row["sender_address"] = letterhead(known.business.address, known.business.country)
    row["invoice_number"] = row["invoice_number"] or known.free
    row["base_code"], row["base_rate"] = known.business.currency_code, known.rate
    plain = invoice.asked.get("use_default_presentation") is False
    with_style(invoice, None if plain else known.before)
    with_files(invoice, known)
    with_contacts(invoice, known.addressed)
    row["attachments"] = row["attachments"] or "[]"
    for name in LATENESS:
        if name not in invoice.sent:
            row[name] = known.client.row[name]
    row["deposit_said"] = invoice.asked.get("deposit_status")
    invoice.children.setdefault("lines", ())
    rebilled = reckoned(invoice, known)
    return Change(saves=(invoice, *rebilled), touches=(known.client,))


def with_estimate(invoice: Invoice, estimate: Estimate) -> None:
    """Take over what an estimate has and the body has not (semantics 5.1); a deleted one is refused."""
    if estimate.row["vis_state"] == 1:
        raise refuse(Kind.DELETED, "estimateid", estimate.row["id"], "estimate")
    if "lines" not in invoice.sent:
        documents.with_lines_of(invoice, estimate)


@lru_cache(maxsize=256)
def letterhead(address: str, country: str) -> str:
    """Return the address of the business as new invoices carry it."""
    there = address_of(address)._asdict()
    return json_text(dict(sorted({"code": there.pop("postal_code"), "country": country, **there}.items())))


def edit(invoice: Invoice, known: Editing) -> Change:
    """Change the data of an invoice; lines that are sent replace all lines."""
    row = invoice.row
    if invoice.changed("customerid"):
        with_client(invoice, known)
    for name in FIXED_BY_PAYMENTS:
        if invoice.changed(name) and any(payment.row["vis_state"] != 1 for payment in known.settling):
            raise refuse(Kind.INVALID, name, row[name], text="An invoice with payments keeps its client and its currency.")
    if invoice.changed("currency_code"):
        in_new_currency(invoice, known)
    row["base_rate"] = known.rate
    if "presentation" in invoice.asked:
        with_style(invoice, invoice.row)
    with_files(invoice, known)
    with_contacts(invoice, known.addressed)
    rebilled = reckoned(invoice, known)
    if known.settling:
        row["date_paid"] = settled_on(row, known.settling, known.policy)
    payments = tuple(payment.replace(invoice_rate=known.rate) for payment in known.payments)
    return Change(saves=(invoice, *rebilled, *payments))


def settled_on(row: dict[str, Any], payments: tuple[Payment, ...], policy: Policy) -> str | None:
    """Return the day an invoice was paid on: the one it has, else that of its last payment; None while it is not."""
    known: str | None = row["date_paid"]
    if row["outstanding"] > 0 or row["paid"] <= 0:
        return known if policy.date_paid == "kept" else None
    days = (payment.row["date"] for payment in payments if payment.row["vis_state"] != 1 and payment.row["amount"])
    return known or max(days)


def in_new_currency(invoice: Invoice, known: Editing) -> None:
    """Keep the figure of a deposit when the currency changes under it; raises INVALID for a billed expense in the old one."""
    row, was = invoice.row, invoice.was
    if "lines" not in invoice.sent:
        for expense in known.expenses.values():
            check(expense, invoice)
    if was is not None and row["deposit_amount"] is not None and "deposit_amount" not in invoice.sent:
        figure = amount_text(row["deposit_amount"], was.row["currency_code"])
        row["deposit_amount"] = parse_minor(figure, row["currency_code"], known.policy)


def reckoned(invoice: Any, known: Any) -> tuple[Any, ...]:
    """Compute due date, totals, deposit and what is owed; returns the expenses and items that move with the lines."""
    row = invoice.row
    try:
        row["due_date"] = due_date(row["create_date"], row["due_offset_days"])
    except ValueError:
        raise refuse(Kind.INVALID, "due_offset_days", row["due_offset_days"]) from None
    if row["delivery"] != DRAFT and row["fulfillment_date"] is None:
        row["fulfillment_date"] = row["create_date"]
    priced(invoice, known)
    moved = (*billed_time(invoice, known), *restocked(invoice, known))
    summed(invoice, known)
    return (*billed(invoice, known), *moved)


def summed(invoice: Any, known: Any) -> None:
    """Compute totals, deposit and what is owed from the lines; raises INVALID for less than what was paid."""
    row = invoice.row
    with_lines(invoice, known)
    deposit(invoice, known)
    if row["amount"] < row["paid"]:
        text = "The total cannot be less than what was paid."
        raise refuse(Kind.INVALID, "lines", invoice.amount, text=text)
    row["outstanding"] = row["amount"] - row["paid"]


def deposit(invoice: Any, known: Any) -> None:
    """Compute the deposit from its percentage until something is paid; an explicit amount wins (semantics 2.3)."""
    row, sent = invoice.row, invoice.sent
    percent = row["deposit_percentage"]
    moved = "deposit_percentage" in sent or (invoice.changed("amount") and is_share(invoice.was, known.policy))
    if percent is not None and moved and "deposit_amount" not in sent and not row["paid"]:
        row["deposit_amount"] = deposit_minor(Money(row["amount"], row["currency_code"]), percent, known.policy)
    if row["deposit_amount"] is not None and row["deposit_amount"] > row["amount"]:
        raise refuse(Kind.INVALID, "deposit_amount", invoice.deposit_amount, text="A deposit cannot be more than the total.")
    if invoice.was is not None and invoice.changed("deposit_amount"):
        cancelled = invoice.was.row["deposit_amount"] and not row["deposit_amount"]
        row["deposit_said"] = CONVERTED if cancelled and row["paid"] else None


def is_share(invoice: Invoice | None, policy: Policy) -> bool:
    """Whether the deposit of a stored invoice is what its percentage makes of its total, not an amount of its own."""
    if invoice is None or invoice.row["deposit_percentage"] is None:
        return False
    row = invoice.row
    return bool(row["deposit_amount"] == deposit_minor(Money(row["amount"], row["currency_code"]), row["deposit_percentage"], policy))


def issued(invoice: Invoice, delivery: int = SENT, **more: Any) -> Invoice:
    """Return the invoice as sent or viewed; it is fulfilled on its date unless it says otherwise (semantics 2.4)."""
    fulfilled = invoice.row["fulfillment_date"] or invoice.row["create_date"]
    return invoice.replace(delivery=delivery, fulfillment_date=fulfilled, **more)


def mark(invoice: Invoice, known: Sending) -> Change:
    """Set the state a caller asks for: mark as sent, or write ``status`` 0 to 3 (semantics 3.2)."""
    wanted = SENT if invoice.asked.get("action_mark_as_sent") else invoice.asked.get("status")
    if wanted is None:
        return Change(saves=(invoice,))
    if wanted == DISPUTED:
        return Change(saves=(invoice.replace(dispute_status="disputed"),))
    if wanted == DRAFT:
        if invoice.row["paid"]:
            raise refuse(Kind.INVALID, "status", wanted, text="An invoice with payments cannot become a draft again.")
        return Change(saves=(invoice.replace(delivery=DRAFT, fulfillment_date=None, dispute_status=None),))
    if invoice.asked.get("action_mark_as_sent") and invoice.row["delivery"] in (SENT, VIEWED):
        return Change(saves=(invoice,))
    sent = issued(invoice, wanted, dispute_status=None)
    return Change(saves=(sent, *invoiced(sent, known.estimate)))


def invoiced(invoice: Invoice, estimate: Estimate | None) -> tuple[Estimate, ...]:
    """Return the estimate behind an invoice that is sent for the first time, now invoiced (semantics 5.1)."""
    if estimate is None or estimate.row["invoiced"] or invoice.row["delivery"] == DRAFT:
        return ()
    return (estimate.replace(invoiced=True),)


def email(invoice: Invoice, known: Sending) -> Change:
    """Send the invoice by mail: to the recipients named, else to the client (accounting section 3)."""
    asked = invoice.asked
    if not asked.get("action_email"):
        return Change(saves=(invoice,))
    recipients = tuple(asked.get("email_recipients") or filter(None, [known.client.row["email"]]))
    if not recipients:
        raise refuse(Kind.REQUIRED, "email_recipients")
    documents.check_recipients(recipients)
    own = asked.get("invoice_customized_email") or {}
    subject = own.get("subject") or asked.get("email_subject") or ""
    body = own.get("body") or asked.get("email_body") or ""
    sent = issued(invoice, max(invoice.row["delivery"], SENT))
    mail = Mail("invoice", recipients, str(subject)[:500], str(body)[:20_000])
    return Change(saves=(sent, *invoiced(sent, known.estimate)), mails=(mail,), events=("invoice.sendByEmail",))


def gateways(invoice: Invoice, known: Facts) -> Change:
    """Switch online payment on for the gateways named."""
    del known
    chosen = []
    for number, gateway in enumerate(dict.fromkeys(invoice.asked.get("allowed_gatewayids") or ()), start=1):
        if gateway not in GATEWAYS:
            raise refuse(Kind.INVALID, "allowed_gatewayids", gateway)
        identifier = invoice.row["id"] * 10 + number
        name = GATEWAYS[gateway]
        chosen.append({"allowedid": identifier, "connectionid": "", "gateway_name": name, "gatewayid": gateway, "id": identifier})
    return Change(saves=(invoice.replace(allowed_gateways=chosen),))


def show_or_hide(invoice: Invoice, known: Deleting) -> Change:
    """Set ``vis_state``: deleting and restoring move everything that hangs on the invoice."""
    wanted = invoice.row["vis_state"]
    before = invoice.was.row["vis_state"] if invoice.was else 0
    if (wanted == 1) == (before == 1):
        return Change(saves=(invoice,))
    return delete(invoice, known) if wanted == 1 else restore(invoice, known)


def delete(invoice: Invoice, known: Deleting) -> Change:
    """Delete softly: its payments drop out of lists and books, what it billed is free again (semantics 4.3)."""
    if invoice.was is not None and invoice.was.row["vis_state"] == 1:
        return Change(saves=(invoice,))
    return Change(
        saves=(
            invoice.replace(vis_state=1),
            *(payment.replace(parent_deleted=True) for payment in (*known.payments, *known.seconds.values())),
            *credits_along(known, deleted=True),
            *freed(known.expenses.values()),
            *freed_time(known.entries.values()),
            *not_invoiced(invoice, known),
        )
    )


def not_invoiced(invoice: Invoice, known: Deleting) -> tuple[Estimate, ...]:
    """Return the estimate behind a deleted invoice as it was before, unless another of its invoices is sent (semantics 5.1)."""
    others = (other.row for other in known.siblings if other.row["id"] != invoice.row["id"])
    if known.estimate is None or any(other["vis_state"] != 1 and other["delivery"] != DRAFT for other in others):
        return ()
    return (known.estimate.replace(invoiced=False),)


def credits_along(known: Deleting, *, deleted: bool) -> tuple[CreditNote, ...]:
    """Return the credits the invoice produced or was paid from, as they stand after it is deleted or restored.

    What it took is given back or taken again. Raises INVALID for a produced credit that pays something else, and for one to
    be taken again that is used up or gone.
    """
    produced = {credit.row["id"] for credit in known.credits}
    changed = []
    for number, credit in {**known.applied, **{credit.row["id"]: credit for credit in known.credits}}.items():
        row = credit.row
        taken = sum(p.row["amount"] for p in known.payments if p.row["creditid"] == number and p.row["vis_state"] != 1)
        used = row["used"] + (-taken if deleted else taken)
        gone = row["vis_state"] == 1 or (number not in produced and row["parent_deleted"])
        if deleted and number in produced and used:
            raise refuse(Kind.INVALID, "vis_state", 1, text="A credit this invoice produced is in use.")
        if not deleted and taken and (gone or used > row["amount"]):
            raise refuse(Kind.INVALID, "vis_state", 0, text="The credit that paid this invoice is used up or gone by now.")
        orphaned = deleted if number in produced else credit.parent_deleted
        changed.append(credit.replace(used=Money(used, row["currency_code"]), parent_deleted=orphaned))
    return tuple(changed)


def restore(invoice: Invoice, known: Deleting) -> Change:
    """Undo the deletion in one step, or fail as a whole (semantics 4.3)."""
    for expense in known.expenses.values():
        if expense.row["invoiceid"] not in (None, invoice.row["id"]):
            raise refuse(Kind.INVALID, "vis_state", 0, text="An expense of this invoice is billed elsewhere by now.")
    payments = tuple(payment.replace(parent_deleted=False) for payment in (*known.payments, *known.seconds.values()))
    credits_ = credits_along(known, deleted=False)
    settled = invoice.row["paid"] > 0 and invoice.row["outstanding"] <= 0
    expenses = tuple(expense.replace(invoiceid=invoice.row["id"], status=4 if settled else 2) for expense in known.expenses.values())
    entries = rebilled_time(invoice, known.entries.values())
    return Change(saves=(invoice, *payments, *credits_, *expenses, *entries, *invoiced(invoice, known.estimate)))
