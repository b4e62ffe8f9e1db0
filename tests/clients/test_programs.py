"""Small programs as their authors would write them with the official SDK: an invoice, its trimmings, a report, a sign-in."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from freshbooks import FilterBuilder, IncludesBuilder, PaginateBuilder
from freshbooks.models import VisState

from tests.clients.methods import calls
from tests.clients.program import connected, today
from tests.clients.test_sdk_account import named, pdf, png
from tests.oauth.place import Browser

if TYPE_CHECKING:
    from tests.clients.program import Program


@calls("current_user", "clients.create", "invoices.create", "invoices.get")
def test_create_an_invoice(program: Program) -> None:
    """Find the account of whoever runs it, add a client, bill it, and mark the bill as sent."""
    account = program.sdk.current_user().business_memberships[0].business.account_id
    organization = {"organization": "Atelier Nordsjö", "fname": "Gordon", "lname": "Shumway", "email": "gordon@example.org"}
    client = program.sdk.clients.create(account, organization)
    lines = [
        {"name": "Retouching", "qty": 3, "unit_cost": {"amount": "85.00", "code": "CAD"}},
        {"name": "Prints", "description": "A3, matte", "qty": 12, "unit_cost": {"amount": "7.25", "code": "CAD"}},
    ]
    invoice = program.sdk.invoices.create(account, {"customerid": client.id, "create_date": today(), "lines": lines})
    assert (invoice.organization, invoice.v3_status, invoice.currency_code) == ("Atelier Nordsjö", "draft", "CAD")
    assert (invoice.amount.amount, invoice.outstanding.amount) == ("342.00", "342.00")
    assert program.sdk.invoices.update(account, invoice.id, {"action_mark_as_sent": True}).v3_status == "sent"
    shown = program.sdk.invoices.get(account, invoice.id, IncludesBuilder().include("lines"))
    assert [(line.name, line.amount.amount) for line in shown.lines] == [("Retouching", "255.00"), ("Prints", "87.00")]


@calls("images.upload", "attachments.upload", "invoices.create", "invoice_payment_options.create", "invoices.update", "invoices.delete")
def test_create_an_invoice_with_logo_attachment_and_a_way_to_pay(program: Program) -> None:
    """Upload a logo and a document, bill with both in a style of its own, let it be paid by card, mail it, and clear up."""
    account = program.account
    client = program.client(email="customer@example.net")
    logo = program.sdk.images.upload(account, named(png(90), "logo.png"))
    contract = program.sdk.attachments.upload(account, named(pdf("Contract"), "contract.pdf"))
    style = {
        "image_logo_src": f"/uploads/images/{logo.jwt}",
        "theme_primary_color": "#1fab13",
        "theme_layout": "simple",
        "date_format": "yyyy-mm-dd",
    }
    body = {
        "customerid": client.id,
        "create_date": today(),
        "due_offset_days": 14,
        "lines": [{"name": "Fence", "qty": 4, "unit_cost": {"amount": "27.00", "code": "CAD"}, "taxName1": "HST", "taxAmount1": "13"}],
        "presentation": style,
        "attachments": [{"jwt": contract.jwt, "media_type": contract.media_type}],
    }
    includes = IncludesBuilder().include("presentation").include("attachments")
    invoice = program.sdk.invoices.create(account, body, includes)
    assert {name: invoice.presentation.data[name] for name in style} == style
    assert [(each.jwt, each.media_type) for each in invoice.attachments] == [(contract.jwt, "application/pdf")]
    assert invoice.amount.amount == "122.04"

    options: dict[str, Any] = {"gateway_name": "stripe", "has_credit_card": True, "has_ach_transfer": False}
    options |= {"entity_id": invoice.id, "entity_type": "invoice", "allow_partial_payments": False}
    paid_by = program.sdk.invoice_payment_options.create(account, invoice.id, options)
    assert (paid_by.has_credit_card, paid_by.gateway_name, paid_by.data["entity_id"]) == (True, "stripe", str(invoice.id))

    words = {"subject": "Your fence", "body": "Dear ::company name::, invoice ::invoice number:: is attached."}
    mailed = program.sdk.invoices.update(
        account,
        invoice.id,
        {"action_email": True, "email_recipients": ["customer@example.net"], "email_include_pdf": False, "invoice_customized_email": words},
    )
    assert (mailed.v3_status, mailed.display_status) == ("sent", "sent")
    following = program.sdk.invoices.create(account, {"customerid": client.id, "create_date": today()}, includes)
    assert following.presentation.theme_primary_color == "#1fab13"
    assert program.sdk.invoices.delete(account, invoice.id).data == {}
    assert program.sdk.invoices.get(account, invoice.id).vis_state == VisState.DELETED


@calls("invoices.list", "clients.get")
def test_export_outstanding_balances(program: Program) -> None:
    """Page through what is owed, add it up by client and currency, and write a table; the server's own balances agree."""
    owed: dict[tuple[int, str], Decimal] = {}
    page, pages = 1, 1
    while page <= pages:
        listed = program.sdk.invoices.list(
            program.account,
            [FilterBuilder().boolean("outstanding", value=True), PaginateBuilder(page, 7), IncludesBuilder().include("lines")],
        )
        for invoice in listed:
            if invoice.v3_status != "draft":
                key = (invoice.customerid, invoice.outstanding.code)
                owed[key] = owed.get(key, Decimal()) + Decimal(invoice.outstanding.amount)
        page, pages = page + 1, listed.pages.pages
    assert pages > 3

    table = io.StringIO()
    writer = csv.writer(table)
    includes = IncludesBuilder().include("outstanding_balance")
    for client_id in sorted({client_id for client_id, _ in owed})[:12]:
        client = program.sdk.clients.get(program.account, client_id, includes)
        balances = {each.amount.code: Decimal(each.amount.amount) for each in client.outstanding_balance}
        assert balances == {code: amount for (owner, code), amount in owed.items() if owner == client_id}
        writer.writerows(
            [client.organization or f"{client.fname} {client.lname}", code, amount] for code, amount in sorted(balances.items())
        )
    rows = list(csv.reader(io.StringIO(table.getvalue())))
    assert len(rows) >= 12
    assert all(Decimal(amount) > 0 for _, _, amount in rows)


@calls("get_auth_request_url", "get_access_token", "refresh_access_token", "current_user")
def test_the_authorization_flow(program: Program) -> None:
    """Send somebody to the authorize page, take the code from the address they come back to, and look who it is."""
    sdk = connected(program.running).sdk
    sdk.access_token = None
    address = sdk.get_auth_request_url(scopes=["user:profile:read", "user:estimates:read"])
    browser = Browser(program.running.url)
    page = browser.get("/oauth/authorize", address.partition("?")[2])
    assert "Sign in" in page.text
    page = browser.sign_in(program.running.owner_email, program.running.owner_password)
    assert "See your estimates" in page.text
    assert "Create, send, change" not in page.text
    code = browser.press("allow").answer["code"]
    tokens = sdk.get_access_token(code)
    assert tokens.access_token_expires_at - timedelta(hours=12) <= sdk.access_token_expires_at
    me = sdk.current_user()
    account = me.business_memberships[0].business.account_id
    assert len(sdk.estimates.list(account)) == 15
    renewed = sdk.refresh_access_token()
    assert renewed.access_token != tokens.access_token
    assert sdk.current_user().identity_id == me.identity_id
