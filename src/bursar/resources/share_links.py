"""Share links: an address that opens an invoice's page without a token, and what the page shows (accounting section 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from bursar.catalogue import Change, Record, View
from bursar.catalogue import fields as f
from bursar.domain import spelling
from bursar.domain.invoice_status import DRAFT, SENT, VIEWED
from bursar.errors import Kind, refuse
from bursar.resources.documents import stored_totals
from bursar.resources.invoicing import issued
from bursar.resources.systems import address_of

if TYPE_CHECKING:
    from bursar.domain.document import TaxTotal
    from bursar.resources.invoices import Invoice

METHOD: Final = "share_link"
KINDS: Final = {"application/pdf": "PDF", "image/jpeg": "JPEG", "image/png": "PNG"}
HANDLE_SIGNS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
UNSENT: Final = "The invoice has not been sent yet."


class ShareLink(Record, noun="share_link"):
    """The address of one invoice's page."""

    clientid = f.Int()
    resource_type = f.Constant("invoice")
    resourceid = f.Int()
    share_link = f.Text()
    share_method = f.Constant(METHOD)


def show(invoice: Invoice, known: Any) -> ShareLink:
    """Make the link of a sent invoice; a draft and a deleted one have none. It is the same at every call."""
    method = dict(known.call.pairs).get("share_method", METHOD)
    stored = invoice.row
    if method != METHOD:
        raise refuse(Kind.INVALID, "share_method", method)
    if stored["vis_state"] == 1:
        raise refuse(Kind.DELETED, "invoiceid", stored["id"], "invoice")
    if stored["delivery"] == DRAFT:
        raise refuse(Kind.INVALID, "status", DRAFT, "invoice", UNSENT)
    link = known.links.share(known.business.id, stored["id"], stored["uuid"])
    return ShareLink.new(clientid=stored["customerid"], resourceid=stored["id"], share_link=link)


SHARE_LINK = View(
    record=ShareLink,
    name="invoices.share_link",
    group="Invoices",
    family="accounting",
    path="invoices/invoices/{id}/share_link",
    scope="user:invoices",
    phrase="got the share link of an invoice",
    show=show,
    of="invoice",
    loads="links",
    id_field="invoiceid",
)


def is_open(invoice: Invoice) -> bool:
    """Whether the page may be shown: the invoice was sent and is still there."""
    row = invoice.row
    return not (row["delivery"] == DRAFT or row["vis_state"] == 1)


def viewed(invoice: Invoice) -> Change | None:
    """The client opened the page: a sent invoice is viewed now, and None where it was viewed before.

    No event is raised: the service is not known to raise one.
    """
    return Change(saves=(issued(invoice, VIEWED),)) if invoice.row["delivery"] == SENT else None


class SheetLine(NamedTuple):
    """One line of the page, in texts."""

    name: str
    description: str
    qty: str
    price: str
    taxes: str
    amount: str


class Amount(NamedTuple):
    """A labelled amount below the lines; ``weight`` is "total", "due" or ""."""

    label: str
    amount: str
    weight: str = ""


class Sheet(NamedTuple):
    """Everything the page of an invoice says, in texts."""

    number: str
    status: str
    tone: str
    business: str
    business_lines: tuple[str, ...]
    client: str
    client_lines: tuple[str, ...]
    dates: tuple[tuple[str, str], ...]
    lines: tuple[SheetLine, ...]
    amounts: tuple[Amount, ...]
    due: str
    notes: str
    terms: str
    logo: str
    files: tuple[tuple[str, str], ...]
    code: str


STATUSES: Final = {"sent": "Open", "viewed": "Open", "autopaid": "Paid", "deposit-partial": "Partly paid", "deposit-paid": "Deposit paid"}


TONES: Final = {"paid": "good", "autopaid": "good", "overdue": "bad", "disputed": "bad", "failed": "bad", "declined": "bad"}


def sheet(invoice: Invoice, business: Any, today: str) -> Sheet:
    """Read a stored invoice (with lines) for people."""
    row, code = invoice.row, invoice.row["currency_code"]
    style = invoice.style or {}
    pattern = style.get("date_format") or business.date_format
    status = type(invoice).v3_status.whole(row, today)
    client = row["organization"] or f"{row['fname']} {row['lname']}".strip()
    named = f"{row['fname']} {row['lname']}".strip() if row["organization"] else ""
    dates = [("Date", spelling.day(row["create_date"], pattern)), ("Due", spelling.day(row["due_date"], pattern))]
    more = (("Reference", row["po_number"]),) if row["po_number"] else ()
    return Sheet(
        number=row["invoice_number"],
        status=STATUSES.get(status, status.replace("-", " ").capitalize()),
        tone=TONES.get(status, "plain"),
        business=business.name,
        business_lines=business_lines(business),
        client=client,
        client_lines=tuple(filter(None, (named, *client_address(row)))),
        dates=(*dates, *more),
        lines=tuple(_line(line.row, code) for line in invoice.children["lines"]),
        amounts=tuple(_amounts(invoice)),
        due=spelling.amount(row["outstanding"], code),
        notes=row["notes"] or "",
        terms=row["terms"] or "",
        logo=local_path(style.get("image_logo_src"), "images"),
        files=files_of(invoice),
        code=code,
    )


def local_path(source: object, plural: str) -> str:
    """Return the path of a file of ours that a document names, "" for anything else: a page loads nothing from elsewhere."""
    text = str(source or "")
    _, found, token = text.rpartition(f"/uploads/{plural}/")
    return f"/uploads/{plural}/{token}" if found and token and not set(token) - HANDLE_SIGNS else ""


def files_of(invoice: Invoice) -> tuple[tuple[str, str], ...]:
    """Return the attachments that the client may see, as labels and paths."""
    files = (invoice.attachments or []) if invoice.row["show_attachments"] else []
    found = [(KINDS.get(file["media_type"], "file"), local_path(f"/uploads/attachments/{file['jwt']}", "attachments")) for file in files]
    return tuple((f"Attachment {number} ({kind})", path) for number, (kind, path) in enumerate(found, start=1) if path)


def business_lines(business: Any) -> tuple[str, ...]:
    """Return the address of the business, line by line, with how to reach it."""
    address = address_of(business.address)
    town = " ".join(filter(None, (address.city, address.province, address.postal_code)))
    return tuple(filter(None, (address.street, address.street2, town, business.phone, business.email)))


def client_address(row: dict[str, Any]) -> tuple[str, ...]:
    """Return the address on a document, line by line."""
    town = " ".join(filter(None, (row["city"], row["province"], row["code"])))
    vat = f"{row['vat_name'] or 'VAT'} {row['vat_number']}" if row["vat_number"] else ""
    return tuple(filter(None, (row["street"], row["street2"], town, row["country"], vat)))


def _line(row: dict[str, Any], code: str) -> SheetLine:
    taxes = (row["taxName1"], row["taxName2"])
    return SheetLine(
        name=row["name"] or "",
        description=row["description"] or "",
        qty=spelling.quantity(row["qty"]),
        price=spelling.price(row["unit_cost"], code),
        taxes=", ".join(filter(None, taxes)),
        amount=spelling.bare(row["amount"], code),
    )


def _amounts(invoice: Invoice) -> list[Amount]:
    row, code, totals = invoice.row, invoice.row["currency_code"], stored_totals(invoice)
    found = [Amount("Subtotal", spelling.bare(totals.subtotal, code))] if totals.taxes or totals.discount_total else []
    if totals.discount_total:
        found.append(Amount(f"Discount ({spelling.quantity(row['discount_value'])}%)", spelling.bare(totals.discount_total, code)))
    found += [Amount(_tax_label(tax), spelling.bare(tax.minor, code)) for tax in totals.taxes]
    found.append(Amount("Total", spelling.amount(totals.amount, code), "total"))
    if row["paid"]:
        found.append(Amount("Paid", spelling.amount(-row["paid"], code)))
    if row["deposit_amount"] and row["paid"] < row["deposit_amount"]:
        found.append(Amount("Deposit due now", spelling.amount(row["deposit_amount"] - row["paid"], code)))
    found.append(Amount("Amount due", spelling.amount(row["outstanding"], code), "due"))
    return found


def _tax_label(tax: TaxTotal) -> str:
    number = f" no. {tax.number}" if tax.number else ""
    return f"{tax.name} ({spelling.quantity(tax.rate)}%){number}"
