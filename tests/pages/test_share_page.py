"""The page behind a share link: what it shows, to whom, and what it notes."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.pages.shared import PNG, link_of, opened, sent_invoice
from tests.support.ledger import everything, journal, rows

if TYPE_CHECKING:
    from tests.support.tenant import Tenant


def words(html: str) -> str:
    """The text of a page, with single blanks."""
    body = html.partition("<body>")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def page(tenant: Tenant, invoice: Any) -> str:
    answer = opened(tenant, link_of(tenant, invoice["id"]))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    return words(answer.text)


@pytest.mark.parametrize(
    "phrase",
    [
        pytest.param("Invoice 0000001", id="its number"),
        pytest.param("Lund & Daughters", id="the business"),
        pytest.param("maya@lund.example", id="how to reach it"),
        pytest.param("Billed to Acme Ann Acme 1 Main St Halifax", id="the client"),
        pytest.param("Date 2026-03-03", id="its date"),
        pytest.param("Due 2026-04-02", id="when it is due"),
        pytest.param("Reference PO-7", id="the client's reference"),
        pytest.param("Design Two weeks GST 3 1,333.33 3,999.99", id="a line with a tax"),
        pytest.param("Hosting 1.5 40.00 60.00", id="a line without"),
        pytest.param("Subtotal 4,059.99", id="the subtotal"),
        pytest.param("Discount (10%) −406.00", id="the discount"),
        pytest.param("GST (5%) no. 123 180.00", id="the tax with its number"),
        pytest.param("Total 3,833.99 CAD", id="the total"),
        pytest.param("Paid −500.00 CAD", id="what was paid"),
        pytest.param("Amount due 3,333.99 CAD", id="what is owed"),
        pytest.param("Notes Thank you", id="the notes"),
        pytest.param("Terms 30 days", id="the terms"),
        pytest.param("Attachment 1 (PDF)", id="the attachment"),
    ],
)
def test_it_shows(shared: str, phrase: str) -> None:
    assert phrase in shared


@pytest.fixture(scope="module")
def shared(places: Any) -> str:
    """The page of an invoice that has everything."""
    place = places.on("sqlite")
    tenant = place.tenant(name="Lund & Daughters", currency_code="CAD", email="maya@lund.example")
    tenant.create("tax", name="GST", amount="5", number="123")
    files = {"content": ("terms.pdf", b"%PDF-1.4\n" + bytes(30))}
    token = tenant.call("POST", f"/uploads/account/{tenant.account_id}/attachments", files=files)[1]["attachment"]["jwt"]
    attached = [{"jwt": token, "media_type": "application/pdf"}]
    made = sent_invoice(tenant, notes="Thank you", terms="30 days", po_number="PO-7", attachments=attached)
    tenant.create("payment", invoiceid=made["id"], amount={"amount": "500"}, date="2026-03-05")
    return page(tenant, made)


@pytest.mark.parametrize(
    ("days", "paid", "status"),
    [
        pytest.param(0, "", "Open", id="open"),
        pytest.param(40, "", "Overdue", id="overdue"),
        pytest.param(0, "100", "Partial", id="part paid"),
        pytest.param(40, "3833.99", "Paid", id="paid"),
    ],
)
def test_it_says_how_it_stands(server: Tenant, days: int, paid: str, status: str) -> None:
    made = sent_invoice(server)
    if paid:
        server.create("payment", invoiceid=made["id"], amount={"amount": paid}, date="2026-03-05")
    server.clock.pass_time(days=days)
    assert f"Invoice {made['invoice_number']} {status}" in page(server, made)


def test_a_deposit_is_asked_for_until_it_is_paid(server: Tenant) -> None:
    made = sent_invoice(server, deposit_amount={"amount": "500"})
    assert "Deposit due now 500.00 USD" in page(server, made)
    server.create("payment", invoiceid=made["id"], amount={"amount": "500"}, date="2026-03-05")
    assert "Deposit due" not in page(server, made)


def test_opening_it_moves_sent_to_viewed_once_and_nothing_else(server: Tenant) -> None:
    made = sent_invoice(server)
    link, books = link_of(server, made["id"]), journal(server)
    before = everything(server)
    server.clock.pass_time(seconds=60)
    opened(server, link)
    seen = server.read("invoice", made["id"])
    assert (seen["status"], seen["v3_status"], seen["display_status"]) == (3, "viewed", "viewed")
    assert seen["updated"] != made["updated"]
    server.clock.pass_time(seconds=60)
    opened(server, link)
    assert server.read("invoice", made["id"]) == seen, "a second look changes nothing"
    assert journal(server) == books
    after = everything(server)
    assert {name for name in after if after[name] != before[name]} == {"invoices"}, "no event, no mail, no posting"


def test_a_payment_makes_a_seen_invoice_no_less_seen(server: Tenant) -> None:
    made = sent_invoice(server)
    server.create("payment", invoiceid=made["id"], amount={"amount": "10"}, date="2026-03-05")
    opened(server, link_of(server, made["id"]))
    seen = server.read("invoice", made["id"])
    assert (seen["status"], seen["v3_status"], seen["display_status"]) == (3, "partial", "viewed")


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        pytest.param("HEAD", {}, id="asking for the headers"),
        pytest.param("GET", {"Sec-Purpose": "prefetch;prerender"}, id="a browser ahead of time"),
        pytest.param("GET", {"Purpose": "prefetch"}, id="an older browser"),
        pytest.param("GET", {"X-Purpose": "preview"}, id="a preview"),
    ],
)
def test_a_program_that_looks_ahead_is_not_the_client(server: Tenant, method: str, headers: dict[str, str]) -> None:
    made = sent_invoice(server)
    assert opened(server, link_of(server, made["id"]), method, **headers).status_code == 200
    assert server.read("invoice", made["id"])["status"] == 2


def test_the_link_is_the_same_at_every_call(server: Tenant) -> None:
    made = sent_invoice(server)
    assert link_of(server, made["id"]) == link_of(server, made["id"])


def test_the_link_begins_with_the_public_address(server: Tenant) -> None:
    made = sent_invoice(server)
    assert link_of(server, made["id"]).startswith(f"{server.url}/_/link/")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"vis_state": 1}, id="deleted"),
        pytest.param({"status": 1}, id="a draft again"),
    ],
)
def test_a_link_closes_with_its_invoice_and_opens_with_it(server: Tenant, change: dict[str, int]) -> None:
    made = sent_invoice(server)
    link = link_of(server, made["id"])
    server.change("invoice", made["id"], **change)
    assert opened(server, link).status_code == 404
    back = {"vis_state": 0} if "vis_state" in change else {"status": 2}
    server.change("invoice", made["id"], **back)
    assert opened(server, link).status_code == 200


@pytest.mark.unverified
def test_a_draft_has_no_link(server: Tenant) -> None:
    made = sent_invoice(server, status=1)
    status, body, _ = server.get(f"invoices/invoices/{made['id']}/share_link?share_method=share_link")
    assert (status, body["response"]["errors"][0]["errno"], body["response"]["errors"][0]["field"]) == (422, 1004, "status")


def test_a_deleted_invoice_has_no_link(server: Tenant) -> None:
    made = sent_invoice(server)
    server.remove("invoice", made["id"])
    status, body, _ = server.get(f"invoices/invoices/{made['id']}/share_link")
    assert (status, body["response"]["errors"][0]["errno"]) == (422, 1011)


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        pytest.param("99999999/share_link", (404, 1012, "invoiceid"), id="no such invoice"),
        pytest.param("abc/share_link", (404, 1012, "invoiceid"), id="no number"),
        pytest.param("{id}/share_link?share_method=pdf", (422, 1004, "share_method"), id="another method of sharing"),
    ],
)
def test_what_has_no_link(server: Tenant, path: str, problem: tuple[int, int, str]) -> None:
    made = sent_invoice(server)
    status, body, _ = server.get("invoices/invoices/" + path.format(id=made["id"]))
    error = body["response"]["errors"][0]
    assert (status, error["errno"], error["field"]) == problem


def test_sharing_needs_the_scope_of_invoices(server: Tenant) -> None:
    made = sent_invoice(server)
    assert server.get(f"invoices/invoices/{made['id']}/share_link", token="none")[0] == 401
    stranger = server.another()
    assert stranger.get(f"invoices/invoices/{made['id']}/share_link")[0] == 404


def forged(link: str) -> list[str]:
    """Links that look like this one."""
    start, _, token = link.rpartition("/")
    swapped = ("B" if token[-2] != "B" else "C").join((token[:-2], token[-1:]))
    other = token[:15] + ("B" if token[15] != "B" else "C") + token[16:]
    return [f"{start}/{each}" for each in (swapped, other, token[:-1], token + "A", "A" * 43, "-" * 43, "%00" * 43, "x")]


def test_a_forged_link_opens_nothing_and_says_nothing(server: Tenant) -> None:
    made = sent_invoice(server)
    link = link_of(server, made["id"])
    answers = [opened(server, each) for each in forged(link)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1, "nobody learns what is there"
    assert server.read("invoice", made["id"])["status"] == 2


def test_a_link_of_other_books_opens_nothing_here(server: Tenant) -> None:
    """Restored or other books may have an invoice of the same number: the link was not made for it."""
    made = sent_invoice(server)
    link = link_of(server, made["id"])
    links = server.application.links
    named = links.named(link.rpartition("/")[2])
    assert named is not None
    assert links.opens(named, made["uuid"])
    assert not links.opens(named, "00000000-0000-4000-8000-000000000000")


@pytest.mark.parametrize(
    ("header", "value"),
    [
        pytest.param("Cache-Control", "no-store", id="no copies"),
        pytest.param("Referrer-Policy", "no-referrer", id="the address is told to nobody"),
        pytest.param("X-Robots-Tag", "noindex, nofollow", id="no search engine"),
        pytest.param("X-Frame-Options", "DENY", id="no frames"),
        pytest.param("X-Content-Type-Options", "nosniff", id="no guessing"),
        pytest.param(
            "Content-Security-Policy",
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
            id="nothing but its style and its pictures",
        ),
    ],
)
def test_it_is_kept_close(server: Tenant, header: str, value: str) -> None:
    link = link_of(server, sent_invoice(server)["id"])
    assert opened(server, link).headers[header] == value
    assert opened(server, link + "x").headers[header] == value


def test_words_of_an_invoice_are_not_html(server: Tenant) -> None:
    evil = "<script>alert(1)</script>"
    line = {"name": evil, "description": evil, "qty": 1, "unit_cost": {"amount": "5"}}
    html = opened(server, link_of(server, sent_invoice(server, notes=evil, terms=evil, po_number=evil, lines=[line])["id"])).text
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 5


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        pytest.param("/uploads/images/{jwt}", "/uploads/images/{jwt}", id="an uploaded image"),
        pytest.param("https://elsewhere.example/service/uploads/images/{jwt}", "/uploads/images/{jwt}", id="its link"),
        pytest.param("https://elsewhere.example/spy.png", "", id="an image from elsewhere"),
        pytest.param('/uploads/images/x" onerror="alert(1)', "", id="more than an address"),
        pytest.param("javascript:alert(1)", "", id="a script"),
    ],
)
def test_only_our_own_pictures_are_shown(server: Tenant, source: str, shown: str) -> None:
    files = {"content": ("logo.png", PNG)}
    token = server.call("POST", f"/uploads/account/{server.account_id}/images", files=files)[1]["image"]["jwt"]
    made = sent_invoice(server, presentation={"image_logo_src": source.format(jwt=token)})
    html = opened(server, link_of(server, made["id"])).text
    assert re.findall(r'<img[^>]* src="([^"]*)"', html) == ([shown.format(jwt=token)] if shown else [])
    if shown:
        picture = server.place.http.get(server.url + shown.format(jwt=token), timeout=10)
        assert (picture.content, picture.headers["Content-Type"]) == (PNG, "image/png")


def test_its_style_is_served(server: Tenant) -> None:
    link = link_of(server, sent_invoice(server)["id"])
    address = re.search(r'<link rel="stylesheet" href="([^"]*)"', opened(server, link).text)
    assert address is not None
    style = server.place.http.get(f"{server.url}{address[1]}", timeout=10)
    assert (style.status_code, style.headers["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert "immutable" in style.headers["Cache-Control"]
    assert urlsplit(address[1]).query, "another version has another address"


def test_attachments_that_are_not_to_be_shown_are_not(server: Tenant) -> None:
    files = {"content": ("terms.pdf", b"%PDF-1.4\n" + bytes(30))}
    token = server.call("POST", f"/uploads/account/{server.account_id}/attachments", files=files)[1]["attachment"]["jwt"]
    made = sent_invoice(server, attachments=[{"jwt": token, "media_type": "application/pdf"}], show_attachments=False)
    assert token not in opened(server, link_of(server, made["id"])).text


def test_other_methods_are_refused(server: Tenant) -> None:
    link = link_of(server, sent_invoice(server)["id"])
    assert opened(server, link, "POST").status_code == 405


def test_looking_at_pages_leaves_no_trace_of_the_looker(server: Tenant) -> None:
    opened(server, link_of(server, sent_invoice(server)["id"]))
    assert "set-cookie" not in opened(server, link_of(server, sent_invoice(server)["id"])).headers
    assert rows(server, "replies") == []
