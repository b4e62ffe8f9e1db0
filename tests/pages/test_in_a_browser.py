"""The page in a real browser: small and large, light and dark, on paper, with the keyboard alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.pages.chromium import chromium
from tests.pages.shared import PNG, link_of, sent_invoice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

LONG = "Supercalifragilisticexpialidocious_without_any_place_to_break_it_whatever_happens"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def link(places: Any) -> str:
    """An invoice that is hard to fit on a page."""
    tenant = places.on("sqlite").tenant(name="Lund & Daughters", currency_code="CAD", email="maya@lund.example")
    account = f"/uploads/account/{tenant.account_id}"
    image = tenant.call("POST", f"{account}/images", files={"content": ("logo.png", PNG)})[1]["image"]["jwt"]
    file = tenant.call("POST", f"{account}/attachments", files={"content": ("a.pdf", b"%PDF-1.4\n" + bytes(30))})[1]["attachment"]["jwt"]
    lines = [
        {
            "name": LONG,
            "description": "First\nSecond",
            "qty": 1_000_000,
            "unit_cost": {"amount": "123456.789"},
            "taxName1": "GST",
            "taxAmount1": "5",
        }
    ]
    made = sent_invoice(
        tenant,
        lines=lines * 3,
        notes=LONG * 3,
        terms="30 days",
        presentation={"image_logo_src": f"/uploads/images/{image}"},
        attachments=[{"jwt": file, "media_type": "application/pdf"}],
    )
    return link_of(tenant, made["id"])


@pytest.fixture
def complaints() -> list[str]:
    return []


def shown(browser: Browser, link: str, complaints: list[str], **context: Any) -> Page:
    page = browser.new_context(**context).new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    page.goto(link)
    return page


@pytest.mark.parametrize("width", [320, 375, 768, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits(browser: Browser, link: str, complaints: list[str], width: int, scheme: Any) -> None:
    page = shown(browser, link, complaints, viewport={"width": width, "height": 800}, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "no scrolling sideways"
    assert complaints == [], "its own rules let everything of it through"
    page.context.close()


CONTRAST = """() => {
  const level = (c) => { const v = c.map((x) => { x /= 255; return x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4 });
    return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2] };
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = (text) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data] };
  const behind = (e) => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] === 255) return c }
    return [255, 255, 255] };
  const poor = [];
  for (const e of document.querySelectorAll('body *')) {
    if (![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())) continue;
    const a = level(rgba(getComputedStyle(e).color).slice(0, 3)), b = level(behind(e).slice(0, 3));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push(`${e.className || e.tagName} ${ratio.toFixed(2)}`);
  }
  return poor;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read(browser: Browser, link: str, complaints: list[str], scheme: Any) -> None:
    page = shown(browser, link, complaints, color_scheme=scheme)
    assert page.evaluate(CONTRAST) == []
    page.context.close()


def test_on_paper_it_is_black_on_white(browser: Browser, link: str, complaints: list[str]) -> None:
    page = shown(browser, link, complaints, color_scheme="dark", viewport={"width": 794, "height": 1123})
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(0, 0, 0)"
    assert page.evaluate("document.documentElement.scrollWidth") <= 794
    assert page.evaluate(CONTRAST) == []
    assert page.pdf(format="A4")[:5] == b"%PDF-"
    page.context.close()


def test_the_keyboard_reaches_the_attachment(browser: Browser, link: str, complaints: list[str]) -> None:
    page = shown(browser, link, complaints)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Attachment 1 (PDF)"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.context.close()


def test_it_says_what_it_is_to_who_cannot_see(browser: Browser, link: str, complaints: list[str]) -> None:
    page = shown(browser, link, complaints)
    assert page.title().endswith("from Lund & Daughters")
    assert page.get_by_role("heading", level=1).count() == 1
    assert page.get_by_role("table", name="What this invoice is for").count() == 1
    assert page.get_by_role("columnheader").all_text_contents() == ["Description", "Qty", "Price", "Amount (CAD)"]
    page.context.close()


def test_the_picture_is_loaded(browser: Browser, link: str, complaints: list[str]) -> None:
    page = shown(browser, link, complaints)
    assert page.evaluate("document.querySelector('img').naturalWidth") == 1
    page.context.close()


def test_a_closed_link_is_a_page_too(browser: Browser, link: str, complaints: list[str]) -> None:
    page = shown(browser, link[:-4] + "AAAA", complaints, viewport={"width": 320, "height": 600}, color_scheme="dark")
    assert page.get_by_role("heading", level=1).text_content() == "This link opens nothing"
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.evaluate(CONTRAST) == []
    page.context.close()
