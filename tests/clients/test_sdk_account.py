"""The official SDK with the account itself: who I am, staff, the system, files, ways to pay."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING, Any

import pytest

from tests.clients.methods import calls
from tests.clients.program import including, price, refusal, today

if TYPE_CHECKING:
    from tests.clients.program import Program


def png(shade: int = 200) -> bytes:
    """Make a picture of one grey pixel."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes([0, shade]))) + chunk(b"IEND", b"")


def pdf(words: str = "Receipt") -> bytes:
    """Make the shortest file that calls itself a PDF."""
    return b"%PDF-1.4\n1 0 obj\n<< /Title (" + words.encode() + b") >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


def named(content: bytes, name: str) -> io.BytesIO:
    """Wrap bytes as an open file."""
    file = io.BytesIO(content)
    file.name = name
    return file


@calls("current_user")
def test_who_i_am_and_which_books_are_mine(program: Program) -> None:
    me = program.sdk.current_user()
    assert (me.email, me.full_name) == (program.running.owner_email, f"{me.first_name} {me.last_name}")
    assert me.identity_id == me.id
    (membership,) = me.business_memberships
    business = membership.business
    assert (business.id, business.account_id, business.name) == (program.running.business_id, program.account, "Northlight Studio")
    assert (membership.role, business.timezone, business.data["business_clients"]) == ("owner", "America/Toronto", [])
    assert business.business_uuid == program.running.business_uuid
    assert str(business.id) != business.account_id
    assert [(role.accountid, role.role) for role in me.roles] == [(program.account, "admin")]
    assert str(me) == f"Identity({me.id}, {me.email})"


@calls("clients.list")
@pytest.mark.parametrize("which", ["business_id", "business_uuid"])
def test_another_of_the_three_names_of_the_books_is_not_found(program: Program, which: str) -> None:
    wrong = str(getattr(program.running, which))
    assert refusal(lambda: program.sdk.clients.list(wrong)) == (404, 1012, "Account not found.", "accountid", wrong)


@calls("staff.list", "staff.get", "staff.update", "staff.delete")
def test_the_owner_is_staff_one(program: Program) -> None:
    (listed,) = program.sdk.staff.list(program.account)
    owner = program.sdk.staff.get(program.account, 1)
    assert listed.data == owner.data
    assert (owner.id, owner.userid, owner.email, owner.api_token) == (1, 1, program.running.owner_email, None)
    changed = program.sdk.staff.update(program.account, 1, {"note": "runs the place", "mob_phone": "555-0123", "role": "robot"})
    assert (changed.note, changed.mob_phone, changed.role, changed.fname) == ("runs the place", "555-0123", owner.role, owner.fname)
    refused = refusal(lambda: program.sdk.staff.delete(program.account, 1))
    assert (refused.status, refused.code, refused.field) == (422, 1004, "vis_state")


@calls("systems.get")
def test_the_system_describes_the_business(program: Program) -> None:
    system = program.sdk.systems.get(program.account, program.running.business_id)
    assert (system.name, system.data["accountid"], system.currency_code) == ("Northlight Studio", program.account, "CAD")
    assert (system.id, system.systemid, system.business_uuid) == (program.running.business_id,) * 2 + (program.running.business_uuid,)
    assert (system.timezone, system.active) == ("America/Toronto", True)
    assert (system.street, system.city, system.code, system.bus_phone) == ("388 Carlaw Ave", "Toronto", "M4M 2T4", "416-555-0143")


@calls("images.upload", "images.get")
def test_a_picture_goes_up_and_comes_back(program: Program) -> None:
    content = png()
    image = program.sdk.images.upload(program.account, named(content, "logo.png"))
    assert (image.media_type, image.public_id) == ("image/png", image.jwt)
    assert image.link.endswith(image.jwt)
    shown = program.sdk.images.get(image.jwt)
    assert (shown.content, shown.headers["content-type"]) == (content, "image/png")
    assert shown.headers["X-filename"]


@calls("attachments.upload", "attachments.get")
def test_a_receipt_goes_up_and_comes_back(program: Program) -> None:
    content = pdf()
    attachment = program.sdk.attachments.upload(program.account, named(content, "Quittung Bär.pdf"))
    assert (attachment.media_type, attachment.link) == ("application/pdf", None)
    shown = program.sdk.attachments.get(attachment.jwt)
    assert (shown.content, shown.headers["content-type"]) == (content, "application/pdf")


@calls("attachments.upload", "expenses.create", "expenses.get")
def test_a_receipt_belongs_to_an_expense(program: Program) -> None:
    jwt = program.sdk.attachments.upload(program.account, named(pdf("Taxi"), "taxi.pdf")).jwt
    category = program.sdk.expenses_categories.list(program.account)[0].id
    body = {"amount": price("12.00"), "categoryid": category, "staffid": 1, "date": today()}
    expense = program.sdk.expenses.create(program.account, body | {"attachment": {"jwt": jwt, "media_type": "application/pdf"}})
    assert expense.has_receipt is True
    shown = program.sdk.expenses.get(program.account, expense.id, including("attachment"))
    assert (shown.attachment.jwt, shown.attachment.media_type) == (jwt, "application/pdf")


@calls("images.get")
def test_a_file_that_is_not_there(program: Program) -> None:
    refused = refusal(lambda: program.sdk.images.get("nothing"))
    assert (refused.status, refused.message) == (404, "File not found")


@calls("images.upload")
def test_a_program_is_no_picture(program: Program) -> None:
    refused = refusal(lambda: program.sdk.images.upload(program.account, named(b"#!/bin/sh\nexit 0\n", "logo.png")))
    assert 400 <= refused.status < 500
    assert refused.message not in ("", "Failed to parse response")


@calls("invoice_payment_options.defaults", "invoice_payment_options.get", "invoice_payment_options.create")
def test_ways_to_pay_an_invoice(program: Program) -> None:
    defaults = program.sdk.invoice_payment_options.defaults(program.account)
    assert (defaults.entity_type, defaults.entity_id, defaults.has_credit_card) == ("invoice", None, False)
    invoice = program.invoice(program.client().id)
    before = program.sdk.invoice_payment_options.get(program.account, invoice.id)
    assert (before.entity_id, before.has_credit_card) == (str(invoice.id), False)
    chosen: dict[str, Any] = {
        "entity_id": invoice.id,
        "entity_type": "invoice",
        "gateway_name": "stripe",
        "has_credit_card": True,
        "allow_partial_payments": True,
    }
    made = program.sdk.invoice_payment_options.create(program.account, invoice.id, chosen)
    assert {name: made.data[name] for name in chosen} == {**chosen, "entity_id": str(invoice.id)}
    assert (made.has_ach_transfer, made.has_paypal_smart_checkout) == (False, False)
    assert program.sdk.invoice_payment_options.get(program.account, invoice.id).data == made.data


@calls("invoice_payment_options.get", "invoice_payment_options.create")
@pytest.mark.parametrize(
    ("invoice", "sent", "status"),
    [
        pytest.param(999_999_999, {"gateway_name": "stripe", "entity_type": "invoice", "has_credit_card": True}, 404, id="of no invoice"),
        pytest.param(None, {"gateway_name": "stripe", "entity_type": "teapot", "has_credit_card": True}, 400, id="of a teapot"),
    ],
)
def test_ways_to_pay_refused(program: Program, invoice: int | None, sent: dict[str, Any], status: int) -> None:
    number = invoice or program.invoice(program.client().id).id
    refused = refusal(lambda: program.sdk.invoice_payment_options.create(program.account, number, sent))
    assert refused.status == status
    assert refused.message != "Unknown error"
    if invoice is not None:
        assert refusal(lambda: program.sdk.invoice_payment_options.get(program.account, number)).status == 404
    else:
        assert program.sdk.invoice_payment_options.get(program.account, number).has_credit_card is False
