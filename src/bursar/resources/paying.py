"""The decisions about payments: recording, changing, deleting and restoring (semantics section 4.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bursar.catalogue import Change, Facts, Mail, facts
from bursar.domain.invoice_status import DRAFT
from bursar.domain.money import Money
from bursar.domain.sequence import following
from bursar.domain.settlement import settle
from bursar.errors import Kind, refuse
from bursar.resources.documents import SNAPSHOT
from bursar.resources.invoicing import invoiced, issued
from bursar.resources.rebilling import settled_expenses

if TYPE_CHECKING:
    from bursar.domain.policy import Policy
    from bursar.resources.clients import Client
    from bursar.resources.credit_notes import CreditNote
    from bursar.resources.estimates import Estimate
    from bursar.resources.expenses import Expense
    from bursar.resources.invoices import Invoice
    from bursar.resources.payments import Payment

IN_USE = "The credit this payment produced is in use."


def too_much(payment: Any, known: Any) -> bool:
    """Whether a payment may leave a credit: it is more than its invoice owes without it."""
    return known.invoice is not None and payment.row["amount"] + payment.row["excess"] > known.invoice.row["outstanding"]


class Paid(Facts):
    """What every payment rests on: its invoice, what hangs on that, and rows for a credit, should too much come in."""

    invoice: Invoice = facts.one("invoice", by="invoiceid", lines=True)
    estimate: Estimate | None = facts.one("estimate", by="invoice.estimateid")
    expenses: tuple[Expense, ...] = facts.many("expense", invoiceid="invoiceid")
    fresh_payment: Payment = facts.new("payment")
    fresh_credit: CreditNote = facts.new("credit_note")
    credit_number: str | None = facts.following("credit_note", "credit_number", following, when=too_much)
    rate: int = facts.rate(on="date")


class Recording(Paid):
    """What a new payment rests on."""

    client: Client = facts.one("client", by="invoice.customerid")
    credit: CreditNote | None = facts.one("credit_note", by="creditid")
    credits: tuple[CreditNote, ...] = facts.many("credit_note", when=lambda payment, _: payment.from_credit, clientid="invoice.customerid")


def left_credit(payment: Any, _known: Any) -> set[int]:
    """Return the credit that a payment was from and is not any more."""
    was = payment.was.row["creditid"]
    return {was} if was and payment.changed("creditid") else set()


class Changing(Paid):
    """What changing a payment rests on: also what it produced or used."""

    client: Client = facts.one("client", by="clientid")
    credit: CreditNote | None = facts.one("credit_note", by="creditid")
    left: dict[int, CreditNote] = facts.named("credit_note", "id", left_credit)
    second: Payment | None = facts.one("payment", by="overpaymentid")
    produced: CreditNote | None = facts.one("credit_note", by="second.creditid")


def record(payment: Payment, known: Recording) -> Change:
    """Record money received: it clears what is owed, the rest becomes a credit (PAY-01 to PAY-03)."""
    invoice = known.invoice
    if invoice.row["vis_state"] == 1:
        raise refuse(Kind.DELETED, "invoiceid", invoice.row["id"], "invoice")
    positive(payment)
    row = payment.row
    row["clientid"] = invoice.row["customerid"]
    row["vis_state"] = row["vis_state"] if row["vis_state"] != 1 else 0  # money that comes in deleted was never paid
    row["base_code"], row["base_rate"], row["invoice_rate"] = known.business.currency_code, known.rate, invoice.row["base_rate"]
    invoice = taking(invoice, known.policy)
    estimates = invoiced(invoice, known.estimate)
    if row["from_credit"] or row["creditid"]:
        credit = chosen_credit(payment, known)
        applied = min(credit.row["amount"] - credit.row["used"], invoice.row["outstanding"], row["amount"])
        row.update(amount=applied, from_credit=1, creditid=credit.row["id"], type="Credit", base_rate=credit.row["base_rate"])
        spent = credit.replace(used=Money(credit.row["used"] + applied, row["currency_code"]))
        return answered(payment, paid_by(invoice, payment, applied, known.policy), known, (spent, *estimates))
    after = settle(invoice.outstanding, payment.amount)
    row["amount"], row["excess"] = after.applied.minor, after.credit.minor
    extra: tuple[Any, ...] = ()
    if after.credit.minor:
        extra = overpaid(payment, invoice, known)
        row["overpaymentid"] = extra[0].row["id"]
    return answered(payment, paid_by(invoice, payment, after.applied.minor, known.policy), known, (*extra, *estimates))


def taking(invoice: Invoice, policy: Policy) -> Invoice:
    """Return the invoice as it takes money: a draft is sent first, or takes none (``policy.payment_on_draft``)."""
    if invoice.row["delivery"] != DRAFT:
        return invoice
    if policy.payment_on_draft == "refused":
        raise refuse(Kind.INVALID, "invoiceid", invoice.row["id"], text="A draft takes no payments.")
    return issued(invoice)


def positive(payment: Payment) -> None:
    """Refuse a payment of nothing (semantics 4.1)."""
    if payment.row["amount"] <= 0:
        raise refuse(Kind.INVALID, "amount", payment.amount, text="The amount of a payment must be more than zero.")


def chosen_credit(payment: Payment, known: Recording) -> CreditNote:
    """Return the credit a payment takes: the named one, else the client's oldest with something left (semantics 4.2)."""
    code, client = payment.row["currency_code"], payment.row["clientid"]
    for credit in (known.credit,) if known.credit is not None else known.credits:
        row = credit.row
        living = row["vis_state"] != 1 and not row["parent_deleted"] and row["clientid"] == client
        if living and row["currency_code"] == code and row["used"] < row["amount"]:
            return credit
    raise refuse(Kind.INVALID, "creditid", payment.row["creditid"] or "", text="The client has no credit left in this currency.")


def paid_by(invoice: Invoice, payment: Payment, applied: int, policy: Policy) -> Invoice:
    """Return the invoice with a payment counted in (or, negative, out); ``date_paid`` is that of the one that settled it."""
    row = invoice.row
    paid = row["paid"] + applied
    outstanding = row["amount"] - paid
    settled = outstanding <= 0 < paid
    day = (row["date_paid"] or payment.row["date"]) if settled and not applied else payment.row["date"] if settled else None
    if not settled and policy.date_paid == "kept":
        day = row["date_paid"]
    return invoice.replace(paid=Money(paid, row["currency_code"]), outstanding=Money(outstanding, row["currency_code"]), date_paid=day)


def overpaid(payment: Payment, invoice: Invoice, known: Any) -> tuple[Any, ...]:
    """Return the second payment row and the credit that too much money becomes."""
    row, theirs = payment.row, known.client.row
    excess = Money(row["excess"], row["currency_code"])
    credit = known.fresh_credit.replace(
        **{name: theirs[column] or "" for name, column in SNAPSHOT.items()},
        credit_number=known.credit_number,
        currency_code=excess.code,
        amount=excess,
        clientid=row["clientid"],
        create_date=row["date"],
        credit_type="overpayment",
        description=f"Overpayment: invoice #{invoice.row['invoice_number']}",
        overpaid_invoiceid=invoice.row["id"],
        payment_type=row["type"],
        base_code=row["base_code"],
        base_rate=row["base_rate"],
    )
    second = known.fresh_payment.replace(
        currency_code=excess.code,
        amount=excess,
        clientid=row["clientid"],
        creditid=credit.row["id"],
        date=row["date"],
        note=row["note"],
        type=row["type"],
        base_code=row["base_code"],
        base_rate=row["base_rate"],
    )
    return (second, credit)


def answered(payment: Payment, invoice: Invoice, known: Any, more: tuple[Any, ...]) -> Change:
    """Return the change of a payment: itself, its invoice, the expenses that follow, and the client's notice when asked for."""
    mails: tuple[Mail, ...] = ()
    email = known.client.row["email"]
    if payment.was is None and payment.row["send_client_notification"] == 1 and email:
        mails = (Mail("payment", (email,)),)
    return Change(saves=(payment, invoice, *settled_expenses(invoice, known.expenses), *more), mails=mails)


def change(payment: Payment, known: Changing) -> Change:
    """Change, delete or restore a payment: what it did is undone, what it does now is done (PAY-04 to PAY-06)."""
    was = payment.was
    assert was is not None, "a change has something before it"
    row = payment.row
    if row["invoiceid"] is None:
        raise refuse(Kind.INVALID, "logid", row["id"], text="The credit of an overpayment follows its payment and cannot be changed.")
    positive(payment) if payment.changed("amount") else None
    invoice = known.invoice
    if invoice.row["vis_state"] == 1:
        raise refuse(Kind.DELETED, "invoiceid", invoice.row["id"], "invoice")
    if (row["clientid"], row["currency_code"]) != (invoice.row["customerid"], invoice.row["currency_code"]):
        raise refuse(Kind.INVALID, "logid", row["id"], text="The invoice has another client or currency since.")
    if payment.changed("creditid") and not (row["from_credit"] and row["creditid"]):
        raise refuse(Kind.INVALID, "creditid", row["creditid"] or "", text="Only what a credit paid can be paid by another credit.")
    if not payment.changed("amount", "vis_state", "date", "type", "note", "creditid"):
        return Change(saves=(payment,))
    row["base_rate"] = known.rate if payment.changed("date") and not row["from_credit"] else row["base_rate"]
    lived, living = was.row["vis_state"] != 1, row["vis_state"] != 1
    if lived == living and not payment.changed("amount", "creditid"):
        return rewritten(payment, known, living=living)
    if lived:
        invoice = paid_by(invoice, payment, -was.row["amount"], known.policy)
    if living:
        invoice = taking(invoice, known.policy)
    if row["from_credit"]:
        return from_credit(payment, invoice, known, living=living)
    row["excess"] = 0 if payment.changed("amount") else row["excess"]  # an amount that is sent is all that came in
    received = Money(row["amount"] + row["excess"], row["currency_code"])
    if not living:
        return answered(payment, invoice, known, credit_follows(payment, known, None))
    after = settle(Money(max(invoice.row["outstanding"], 0), received.code), received)
    row["amount"], row["excess"] = after.applied.minor, after.credit.minor
    extra = (*credit_follows(payment, known, invoice), *invoiced(invoice, known.estimate))
    return answered(payment, paid_by(invoice, payment, after.applied.minor, known.policy), known, extra)


def rewritten(payment: Payment, known: Changing, *, living: bool) -> Change:
    """Change what the debt does not notice: day, type, note. The day an invoice was paid is that of the payment that settled it."""
    invoice, was = known.invoice, payment.was
    assert was is not None, "a change has something before it"
    if living and payment.row["amount"] and invoice.row["date_paid"] == was.row["date"]:
        invoice = invoice.replace(date_paid=payment.row["date"])
    return Change(saves=(payment, invoice, *credit_follows(payment, known, invoice if living else None)))


def from_credit(payment: Payment, invoice: Invoice, known: Changing, *, living: bool) -> Change:
    """Change a payment that a credit made: what it took is given back, what it takes now is taken."""
    credit, row, was = known.credit, payment.row, payment.was
    assert credit is not None, "it names its credit"
    assert was is not None, "a change has something before it"
    if (credit.row["clientid"], credit.row["currency_code"]) != (row["clientid"], row["currency_code"]):
        raise refuse(Kind.INVALID, "creditid", row["creditid"], text="The credit has another client or currency.")
    back, moved, applied = was.row["amount"] if was.row["vis_state"] != 1 else 0, payment.changed("creditid"), 0
    used = credit.row["used"] - (0 if moved else back)
    row["base_rate"] = credit.row["base_rate"] if moved else row["base_rate"]
    if living:
        applied = row["amount"]
        gone = credit.row["vis_state"] == 1 or credit.row["parent_deleted"]
        if gone or applied > invoice.row["outstanding"] or used + applied > credit.row["amount"]:
            raise refuse(Kind.INVALID, "amount", payment.amount, text="The credit or the invoice does not have that much left.")
    spent = credit.replace(used=Money(used + applied, row["currency_code"]))
    left = tuple(other.replace(used=Money(other.row["used"] - back, row["currency_code"])) for other in known.left.values())
    counted = paid_by(invoice, payment, applied, known.policy) if applied else invoice
    return answered(payment, counted, known, (spent, *left, *invoiced(invoice, known.estimate)))


def credit_follows(payment: Payment, known: Changing, invoice: Invoice | None) -> tuple[Any, ...]:
    """Return the rows of the overpayment as they stand after a change; without ``invoice`` the payment is being deleted."""
    row, second, credit = payment.row, known.second, known.produced
    excess = row["excess"] if invoice is not None else 0
    if second is None or credit is None:
        if not excess or invoice is None:
            return ()
        extra = overpaid(payment, invoice, known)
        row["overpaymentid"] = extra[0].row["id"]
        return extra
    if credit.row["used"] > excess:
        raise refuse(
            Kind.INVALID, "vis_state" if invoice is None else "amount", row["vis_state"] if invoice is None else payment.amount, text=IN_USE
        )
    hidden = 0 if excess else 1
    amount = Money(excess or credit.row["amount"], row["currency_code"])
    rate = credit.row["base_rate"] if credit.row["used"] else row["base_rate"]
    return (
        second.replace(amount=amount, vis_state=hidden, date=row["date"], type=row["type"], base_rate=rate),
        credit.replace(amount=amount, vis_state=hidden, create_date=row["date"], base_rate=rate),
    )
