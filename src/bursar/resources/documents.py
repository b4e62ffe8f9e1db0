"""What invoices and estimates have in common: the client's snapshot, lines, discount and taxes, numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from bursar.catalogue import Facts, Record, facts
from bursar.catalogue import fields as f
from bursar.catalogue.amounts import sent_amount
from bursar.domain.document import LineInput, TaxTotal, TooLarge, Totals, total
from bursar.domain.ledger import PAR, Exchange
from bursar.domain.money import MILLION, Money, is_currency
from bursar.errors import Kind, refuse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bursar.domain.policy import Policy
    from bursar.resources.clients import Client
    from bursar.resources.staff import Staff
    from bursar.resources.taxes import Tax

SNAPSHOT = {
    "fname": "fname",
    "lname": "lname",
    "organization": "organization",
    "street": "p_street",
    "street2": "p_street2",
    "city": "p_city",
    "province": "p_province",
    "code": "p_code",
    "country": "p_country",
    "vat_name": "vat_name",
    "vat_number": "vat_number",
    "language": "language",
}
FOLLOWING = tuple(name for name in SNAPSHOT if name != "language")
PRESENTATION = {
    "date_format": "mm/dd/yyyy",
    "description_heading": None,
    "hours_heading": None,
    "image_banner_position_y": 0,
    "image_banner_src": None,
    "image_logo_src": None,
    "item_heading": None,
    "label": None,
    "quantity_heading": None,
    "rate_heading": None,
    "task_heading": None,
    "theme_font_name": "modern",
    "theme_layout": "simple",
    "theme_primary_color": "#4e4e4e",
    "time_entry_notes_heading": None,
    "unit_cost_heading": None,
}
TAXES = (("taxName1", "taxNumber1"), ("taxName2", "taxNumber2"))
LONGEST_STYLE = 20_000
MOST_RECIPIENTS = 50
TAX_TOTALS = msgspec.json.Decoder(tuple[TaxTotal, ...])
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
PRESENTATION_CHOICES = {
    "date_format": ("mm/dd/yyyy", "dd/mm/yyyy", "yyyy-mm-dd"),
    "theme_font_name": ("modern", "classic"),
    "theme_layout": ("simple", "modern", "classic"),
}


def full_name(organization: str | None, fname: str | None, lname: str | None) -> str:
    """Return how a client is called: the organization, or the names where it has none."""
    return organization or f"{fname or ''} {lname or ''}".strip()


class Line(Record, noun="line"):
    """What every line of a document has; ``currency_code`` is the document's, empty until its decision settles it."""

    amount = f.Money(writable=False)
    basecampid = f.Constant(0)
    compounded_tax = f.Flag()
    currency_code = f.Text(shown=False, writable=False)
    date = f.Instant("eastern", nullable=True)
    description = f.Text(nullable=True, default="", most=10_000)
    expenseid = f.Int()
    lineid = f.Int()
    modern_project_id = f.Int(nullable=True, writable=False, indexed=True)
    modern_time_entries = f.Object(kind="array", default=[])
    name = f.Text(nullable=True, default="")
    qty = f.Decimal(default=MILLION)
    retainer_id = f.Int(nullable=True, writable=False)
    retainer_period_id = f.Int(nullable=True, writable=False)
    taskno = f.Int(default=1, writable=False)
    taxAmount1 = f.Percent(nullable=True, default=0, most=1_000 * MILLION)
    taxAmount2 = f.Percent(nullable=True, default=0, most=1_000 * MILLION)
    taxName1 = f.Text(nullable=True, default="")
    taxName2 = f.Text(nullable=True, default="")
    taxNumber1 = f.Text(nullable=True, writable=False)
    taxNumber2 = f.Text(nullable=True, writable=False)
    type = f.Int(choices=(0, 1))
    unit_cost = f.Price()
    updated = f.Instant("eastern", auto="save")


class Style(f.Computed):
    """The presentation of a document: the plain style with what was chosen differently; written whole or in part."""

    def __init__(self, of: tuple[str, ...], **options: Any) -> None:
        super().__init__(of, styled, {"type": "object"}, **{"writable": True, **options})

    def parse(self, raw: Any) -> Any:
        """Return the sent style; it lands in ``asked``."""
        if not isinstance(raw, dict) or len(msgspec.json.encode(raw)) > LONGEST_STYLE:
            raise self.wrong("" if isinstance(raw, dict) else raw, Kind.WRONG_TYPE)
        return raw


def styled(style: str | None, document_id: int) -> dict[str, Any]:
    """Return a presentation as it is shown."""
    chosen: dict[str, Any] = msgspec.json.decode(style) if style else {}
    return dict(sorted({**PRESENTATION, **chosen, "invoiceid": document_id}.items()))


class Document(Record, noun="document"):
    """What every document for a client has."""

    address = f.Text()
    amount = f.Money(writable=False)
    city = f.Text()
    code = f.Text()
    country = f.Text()
    create_date = f.Date(required=True, indexed=True)
    created_at = f.Instant("eastern", auto="create")
    currency_code = f.Currency()
    current_organization = f.Joined("client", by="customerid", of=("organization", "fname", "lname"), through=full_name)
    customerid = f.Ref("client", required=True)
    description = f.Text(writable=False, most=10_000)
    discount_total = f.Money(writable=False)
    discount_value = f.Percent()
    ext_archive = f.Int()
    fname = f.Text()
    id = f.Id()
    language = f.Text(default="en", most=20)
    lname = f.Text()
    notes = f.Text(most=65_535)
    organization = f.Text()
    ownerid = f.Int(default=1, writable="create")
    po_number = f.Text(nullable=True)
    province = f.Text()
    sentid = f.Int(default=1, writable="create")
    street = f.Text()
    street2 = f.Text()
    template = f.Text(default="clean-grouped")
    terms = f.Text(nullable=True, most=65_535)
    updated = f.Instant("eastern", auto="save", indexed=True)
    vat_name = f.Text(nullable=True, default="")
    vat_number = f.Text(nullable=True, default="")
    vis_state = f.Int(choices=(0, 1, 2), effect="visibility")
    taxes = f.Object(kind="array", shown=False, writable=False)
    style = f.Object(shown=False, writable=False)
    presentation = Style(("style", "id"), include="presentation")
    base_code = f.Text(shown=False, writable=False)
    base_rate = f.Int(shown=False, writable=False, default=PAR)
    attachments = f.Object(kind="array", include="attachments", default=[])
    email_recipients = f.Action("texts")
    action_email = f.Action(effect="mail")

    @classmethod
    def currency(cls, sent: Mapping[str, Any], known: Any) -> str:
        """Return the code its lines agree on, else the client's, else the business's (semantics 2.1)."""
        codes = sent_codes(sent.get("lines")) if known.policy.currency_from_lines else set()
        if len(codes) > 1 and not sent.get("currency_code"):
            raise refuse(Kind.INVALID, "lines", ", ".join(sorted(codes)), text="The lines of a document must have one currency.")
        client = known.client
        return str(codes.pop() if len(codes) == 1 else (client and client.currency_code) or known.business.currency_code)


def sent_codes(lines: Any) -> set[str]:
    """Return the currencies that lines were sent in; what is no line or no code counts for nothing here."""
    sent = lines if isinstance(lines, list) else []
    found = {sent_amount(line.get("unit_cost"))[1] for line in sent if isinstance(line, dict)}
    return {code for code in found if is_currency(code)}


class Drafting(Facts):
    """What writing a document rests on."""

    client: Client = facts.one("client", by="customerid")
    taxes: dict[str, Tax] = facts.named("tax", "name", lambda document, _: tax_names(document))
    files: dict[str, str] = facts.uploads(lambda document, _: attached(document))
    rate: int = facts.rate(on="create_date")
    owners: dict[int, Staff] = facts.named("staff", "id", lambda document, _: owner_named(document))


def owner_named(document: Any) -> set[int]:
    """Return the member of staff a new document names as its owner, if it names any."""
    return {document.row["ownerid"]} if document.was is None and "ownerid" in document.sent else set()


def with_owner(document: Any, known: Drafting) -> None:
    """Refuse an owner who is nobody here."""
    for number in owner_named(document):
        if number not in known.owners:
            raise refuse(Kind.UNKNOWN, "ownerid", number, "staff")


def tax_names(document: Any) -> set[str]:
    """Return the names of the taxes on the lines as sent."""
    lines = document.children.get("lines", ()) if "lines" in document.sent else ()
    return {name for line in lines for name in (line.row["taxName1"], line.row["taxName2"]) if name}


def attached(document: Any) -> set[str]:
    """Return the tokens of files a body attaches."""
    files = document.attachments or [] if "attachments" in document.sent else []
    return {str(each.get("jwt")) for each in files if isinstance(each, dict)}


def with_client(document: Any, known: Drafting) -> None:
    """Copy the client's name and address where the body brings none (semantics 3.3); a deleted client is refused."""
    client = known.client
    if client.row["vis_state"] == 1:
        raise refuse(Kind.DELETED, "customerid", client.row["id"], "client")
    row, theirs, sent = document.row, client.row, document.sent
    for name, column in SNAPSHOT.items():
        if name not in sent:
            row[name] = theirs[column] or ("en" if name == "language" else "")


def with_lines_of(document: Any, other: Any) -> None:
    """Copy lines, discount and currency of another document (semantics 5.1: conversion of an estimate)."""
    line_class = document.lines["lines"].record
    copied = ({name: line.row[name] for name in line_class.columns if name in line.row} for line in other.children["lines"])
    document.children["lines"] = tuple(line_class({**line_class.blank, **row}) for row in copied)
    if document.row["currency_code"] != other.row["currency_code"]:
        raise refuse(Kind.INVALID, "currency_code", document.row["currency_code"], text="An estimate keeps its currency on the invoice.")
    if "discount_value" not in document.sent:
        document.row["discount_value"] = other.row["discount_value"]


def check_recipients(recipients: tuple[str, ...]) -> None:
    """Refuse what is no e-mail address, or too many of them."""
    if len(recipients) > MOST_RECIPIENTS:
        raise refuse(Kind.TOO_MANY, "email_recipients", len(recipients), limit=MOST_RECIPIENTS)
    for recipient in recipients:
        name, at, host = recipient.rpartition("@")
        if not (name and at and host) or len(recipient) > 254 or not recipient.isprintable() or " " in recipient:
            raise refuse(Kind.INVALID, "email_recipients", recipient)


def with_lines(document: Any, known: Drafting) -> None:
    """Settle currency, numbers and taxes of the lines, and what the document adds up to (semantics 2.1)."""
    row = document.row
    code, lines = row["currency_code"], document.children.get("lines", ())
    if "lines" in document.sent:
        number_lines(lines, code, known)
    totals = totals_of(lines, row["discount_value"], code, known.policy)
    stored = document.was is not None and lines is document.was.children.get("lines")
    if stored and [(line.row["amount"], line.row["currency_code"]) for line in lines] != [(minor, code) for minor in totals.line_minors]:
        stored, lines = False, tuple(line.replace() for line in lines)  # stored lines that say something else now are stored anew
        document.children = {**document.children, "lines": lines}
    for line, minor in () if stored else zip(lines, totals.line_minors, strict=True):
        line.row["amount"], line.row["currency_code"] = minor, code
    row["amount"], row["discount_total"] = totals.amount, totals.discount_total
    row["description"] = (lines[0].row["description"] or "") if lines else ""
    row["taxes"] = msgspec.json.encode(totals.taxes).decode() if totals.taxes else None


def number_lines(lines: Iterable[Any], code: str, known: Drafting) -> None:
    """Number lines as sent and give them the numbers of their taxes; raises INVALID for a line in another currency."""
    for position, line in enumerate(lines, start=1):
        mine = line.row
        if mine["currency_code"] not in ("", code):
            raise refuse(Kind.INVALID, "lines", mine["currency_code"], text=f"The document is in {code}: so are its lines.")
        mine["lineid"] = mine["taskno"] = position
        for name, number in TAXES:
            tax = known.taxes.get(mine[name])
            mine[number] = tax.row["number"] if tax else None


def totals_of(lines: Iterable[Any], discount: int, code: str, policy: Policy) -> Totals:
    """Add up stored lines; raises BAD_TOTAL below zero, INVALID beyond what the books can hold."""
    rows = [line.row for line in lines]
    inputs = [
        LineInput(
            mine["qty"],
            mine["unit_cost"],
            mine["taxName1"],
            mine["taxAmount1"] or 0,
            mine["taxNumber1"],
            mine["taxName2"],
            mine["taxAmount2"] or 0,
            mine["taxNumber2"],
            mine["compounded_tax"] == 1,
        )
        for mine in rows
    ]
    try:
        totals = total(inputs, discount, code, policy)
    except TooLarge as error:
        raise refuse(Kind.INVALID, "lines", error, text="The document adds up to more than can be kept.") from None
    if totals.amount < 0:
        raise refuse(Kind.BAD_TOTAL, "amount", Money(totals.amount, code))
    return totals


def reckoned_totals(document: Any, policy: Policy) -> dict[str, Any]:
    """Return what totals, first description and taxes of a stored document should be: for the proof of the books."""
    row, lines = document.row, document.children["lines"]
    totals = totals_of(lines, row["discount_value"], row["currency_code"], policy)
    taxes = msgspec.json.encode(totals.taxes).decode() if totals.taxes else None
    return {"amount": totals.amount, "discount_total": totals.discount_total, "taxes": taxes}


def stored_totals(document: Any) -> Totals:
    """Return what a stored document adds up to, as it was saved: the ledger books this, never a new computation."""
    row = document.row
    lines = tuple([line.row["amount"] for line in document.children["lines"]])
    taxes = TAX_TOTALS.decode(row["taxes"]) if row["taxes"] else ()
    return Totals(lines, sum(lines), row["discount_total"], taxes, row["amount"])


def exchange_of(row: dict[str, Any]) -> Exchange:
    """Return the rate a stored document is booked at: fixed on its date."""
    return Exchange(row["base_code"], row["base_rate"])


def with_style(document: Any, before: dict[str, Any] | None) -> None:
    """Keep what differs from the plain style, beginning with the style of the row ``before``; raises INVALID for unknown styles."""
    sent = document.asked.get("presentation")
    text = before["style"] if before else None
    if not sent:
        document.row["style"] = text
        return
    for name, value in sent.items():
        if name in PRESENTATION and value is not None and not fits_style(name, value):
            raise refuse(Kind.INVALID, f"presentation.{name}", value)
    chosen = {**(msgspec.json.decode(text) if text else {}), **{name: value for name, value in sent.items() if name in PRESENTATION}}
    kept = {name: value for name, value in chosen.items() if value != PRESENTATION[name]}
    document.row["style"] = msgspec.json.encode(kept).decode() if kept else None


def fits_style(name: str, value: Any) -> bool:
    """Whether a member of a presentation may have this value."""
    if name in PRESENTATION_CHOICES:
        return value in PRESENTATION_CHOICES[name]
    if PRESENTATION[name] == 0:
        return type(value) is int
    return isinstance(value, str) and (name != "theme_primary_color" or COLOUR.fullmatch(value) is not None)


def with_files(document: Any, known: Drafting) -> None:
    """Check that attached files were uploaded, and give them ids; raises UNKNOWN naming the token."""
    if "attachments" not in document.sent:
        return
    kept = []
    for number, each in enumerate(document.attachments or [], start=1):
        token = str(each.get("jwt") or "") if isinstance(each, dict) else ""
        if token not in known.files:
            raise refuse(Kind.UNKNOWN, "attachments", token, "attachment")
        identifier = document.row["id"] * 1000 + number
        media_type = known.files[token]
        kept.append({"attachmentid": identifier, "expenseid": None, "id": identifier, "jwt": token, "media_type": media_type})
    document.row["attachments"] = msgspec.json.encode(kept).decode()
