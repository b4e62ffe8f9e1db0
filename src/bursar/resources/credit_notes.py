"""Credit notes: money or goodwill a client holds; stored and booked, made here by overpayments (semantics 4.2)."""

from __future__ import annotations

from bursar.catalogue import Record, Resource
from bursar.catalogue import fields as f
from bursar.catalogue.proof import Control, Proof
from bursar.domain import ledger
from bursar.domain.ledger import PAR
from bursar.domain.when import row
from bursar.resources.documents import full_name

living = (row.vis_state != 1) & (row.parent_deleted == 0)


class CreditNote(Record, noun="credit_note"):
    """One credit, with its client's name and address as they were when it was made.

    ``used`` is what payments have taken of ``amount``; ``overpaid_invoiceid`` the invoice it came from.
    """

    accounting_systemid = f.FromCall("accountid")
    amount = f.Money(writable=False)
    city = f.Text()
    clientid = f.Ref("client", required=True)
    code = f.Text()
    country = f.Text()
    create_date = f.Date(required=True)
    credit_number = f.Text(most=50, indexed=True)
    credit_type = f.Text(choices=("goodwill", "prepayment", "overpayment"), default="goodwill")
    creditid = f.Alias("id")
    currency_code = f.Currency()
    current_organization = f.Joined("client", by="clientid", of=("organization", "fname", "lname"), through=full_name)
    description = f.Text(writable=False)
    display_status = f.Text(writable=False, default="created")
    dispute_status = f.Constant(None)
    ext_archive = f.Constant(0)
    fname = f.Text()
    id = f.Id()
    language = f.Text(default="en")
    last_order_status = f.Constant(None)
    lname = f.Text()
    notes = f.Text(most=65_535)
    organization = f.Text()
    overpaid_invoiceid = f.Ref("invoice", none=None, shown=False, writable=False)
    paid = f.Money(of="amount", writable=False)
    parent_deleted = f.Flag(shown=False, writable=False)
    payment_status = f.Text(writable=False, default="paid")
    payment_type = f.Text(nullable=True)
    province = f.Text()
    sentid = f.Constant(1)
    status = f.Text(writable=False, default="created")
    street = f.Text()
    street2 = f.Text()
    template = f.Constant("clean-grouped")
    terms = f.Text(nullable=True, most=65_535)
    updated = f.Instant("eastern", auto="save", shown=False)
    used = f.Money(shown=False, writable=False)
    vat_name = f.Text(nullable=True)
    vat_number = f.Text()
    base_code = f.Text(shown=False, writable=False)
    base_rate = f.Int(shown=False, writable=False, default=PAR)
    vis_state = f.Int(choices=(0, 1, 2), effect="visibility")


CREDIT_NOTES = Resource(
    record=CreditNote,
    plural="credit_notes",
    group="Payments",
    id_field="creditid",
    family="accounting",
    path="credit_notes/credit_notes",
    scope="user:credit_notes",
    proof=Proof(
        sums=(
            (
                "used",
                f.Balance(
                    "payment",
                    their="creditid",
                    where=(row.from_credit == 1) & (row.vis_state != 1) & (row.parent_deleted == 0),
                    amount="amount",
                ),
            ),
        ),
        control=Control(ledger.CUSTOMER_CREDIT, "clientid", "amount", living, sign=-1, less="used"),
    ),
    hidden=(row.vis_state == 1) | (row.parent_deleted == 1),
    operations=(),
)
