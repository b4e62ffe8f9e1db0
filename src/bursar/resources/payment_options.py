"""Payment options: how an invoice may be paid online. They are stored; no gateway is connected (accounting-more section 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bursar.catalogue import Change, Facts, Record, Resource, View, facts
from bursar.catalogue import fields as f
from bursar.errors import Kind, refuse

if TYPE_CHECKING:
    from bursar.resources.invoices import Invoice

ENTITIES: Final = ("invoice", "invoices", "invoice_profile", "checkout_link", "payment_method_setup")
GATEWAYS: Final = ("fbpay", "stripe", "paypal")
CHOSEN: Final = (
    "gateway_name",
    "has_credit_card",
    "has_ach_transfer",
    "has_bacs_debit",
    "has_sepa_debit",
    "has_paypal_smart_checkout",
    "allow_partial_payments",
)


def entity(invoice_id: int) -> str | None:
    """Return ``entity_id``: a text, null for the defaults of the account."""
    return str(invoice_id) if invoice_id else None


class PaymentOptions(Record, noun="payment_options", table="payment_options"):
    """The options of one invoice, whose id they have; the defaults of the account have none."""

    id = f.Int(shown=False, writable=False)
    gateway_name = f.Text(nullable=True, choices=GATEWAYS)
    entity_type = f.Text(default="invoice", choices=ENTITIES)
    entity_id = f.Computed(("id",), entity, {"type": "string"}, nullable=True)
    has_credit_card = f.Flag()
    has_ach_transfer = f.Flag()
    has_bacs_debit = f.Flag()
    has_sepa_debit = f.Flag()
    has_acss_debit = f.Constant(False)  # noqa: FBT003 - the value shown
    stripe_acss_payment_options = f.Constant(None)
    has_paypal_smart_checkout = f.Flag()
    allow_partial_payments = f.Flag()
    gateway_info = f.Constant(None)


class Choosing(Facts):
    """What is stored for the invoice of the path: one row, or none yet."""

    options: tuple[PaymentOptions, ...] = facts.many("payment_options", id="id")


def defaults(about: Any, known: Any) -> PaymentOptions:
    """Return the defaults of the account for one type of entity: nothing is offered unless an invoice says so."""
    del about
    entity_type = dict(known.call.pairs).get("entity_type", "invoice")
    if entity_type not in ENTITIES:
        permitted = ", ".join(f"'{name}'" for name in ENTITIES)
        text = f"value is not a valid enumeration member; permitted: {permitted}"
        raise refuse(Kind.INVALID, "entity_type", entity_type, text=text)
    return PaymentOptions.new(id=0, entity_type=entity_type)


def show(invoice: Invoice, known: Choosing) -> PaymentOptions:
    """Return the options of an invoice."""
    return known.options[0] if known.options else PaymentOptions.new(id=invoice.row["id"])


def choose(invoice: Invoice, known: Any) -> Change:
    """Store the options that were sent for an invoice; the path says which, whatever the body does."""
    if invoice.row["vis_state"] == 1:
        raise refuse(Kind.DELETED, "entity_id", invoice.row["id"], "invoice")
    sent: PaymentOptions = known.sent
    named: dict[str, Any] = {name: sent.row[name] for name in CHOSEN if name in sent.sent}
    before = show(invoice, known)
    after = PaymentOptions({**before.row, **named}, before.was)
    return Change(saves=(after,))


STORED = Resource(
    record=PaymentOptions,
    plural="payment_options",
    group="Online payments",
    family="payments",
    path="payment_options",
    scope="user:online_payments",
    operations=(),
)


def view(name: str, path: str, phrase: str, decide: Any, **more: Any) -> View:
    """Declare one of the three calls."""
    return View(
        record=PaymentOptions,
        name=f"payment_options.{name}",
        group="Online payments",
        family="payments",
        path=path,
        scope="user:online_payments",
        phrase=phrase,
        show=decide,
        id_field="entity_id",
        **more,
    )


OF_INVOICE: Final = "invoice/{id}/payment_options"
DEFAULTS = view("defaults", "payment_options", "looked at the default payment options", defaults)
GET = view("get", OF_INVOICE, "looked at the payment options of an invoice", show, facts=Choosing, of="invoice")
CREATE = view(
    "create",
    OF_INVOICE,
    "chose the payment options of an invoice",
    choose,
    facts=Choosing,
    of="invoice",
    method="POST",
    access="write",
    takes="object",
)
