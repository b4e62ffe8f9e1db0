"""The pages in a real browser: it can be done with the keyboard alone, leads to the app, and fits small and dark screens."""

from __future__ import annotations

import os
import shutil
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import sync_playwright

from bursar.oauth.scopes import GRANTABLE
from tests.oauth.place import PASSWORD, Flow, call, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page


class Callback(BaseHTTPRequestHandler):
    """The page of the app, at another origin."""

    def do_GET(self) -> None:  # their name: http.server
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>The app</title>")

    def log_message(self, *_: Any) -> None:
        """Stay silent."""


@pytest.fixture(scope="module")
def app_url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Callback) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/callback"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = os.environ.get("BURSAR_TEST_CHROMIUM") or shutil.which("chromium")
    assert path, "set BURSAR_TEST_CHROMIUM to the path of a Chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def asking(books_file: Path, app_url: str) -> Iterator[Flow]:
    with opened(books_file) as place:
        flow = Flow(place, 1)
        flow.app, flow.secret = flow.register("Ledger Sync", (app_url,), " ".join(GRANTABLE))
        yield flow


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()
    page = context.new_page()
    blocked: list[str] = []
    page.on("console", lambda message: blocked.append(message.text) if "Content Security Policy" in message.text else None)
    yield page
    context.close()
    assert not blocked


def link(flow: Flow, **changes: str) -> str:
    query = flow.query(redirect_uri=flow.app.redirect_uris, state="s", **changes)
    return f"{flow.place.url}/oauth/authorize?{urlencode(query)}"


def sign_in(flow: Flow, page: Page, **changes: str) -> None:
    page.goto(link(flow, **changes))
    page.get_by_label("E-mail address").fill(flow.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text(flow.email).wait_for()


def test_the_keyboard_alone_leads_to_the_app(asking: Flow, page: Page) -> None:
    page.goto(link(asking))
    page.locator("#email:focus").wait_for()
    page.keyboard.type(asking.email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Allow Ledger Sync to use your books?").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Allow"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url("**/callback?code=*&state=s")
    assert page.title() == "The app"
    code = page.url.partition("code=")[2].partition("&")[0]
    assert asking.exchange(code, redirect_uri=asking.app.redirect_uris).status_code == 200


def test_denying_leads_to_the_app_too(asking: Flow, page: Page) -> None:
    sign_in(asking, page)
    page.get_by_role("button", name="Deny").click()
    page.wait_for_url("**/callback?error=access_denied*state=s")


def test_asking_for_too_much_leads_back_with_the_reason(asking: Flow, page: Page) -> None:
    sign_in(asking, page, scope="user:yachts:read")
    assert page.get_by_role("alert").text_content() == "The requested scope is invalid, unknown, or malformed."
    page.get_by_role("link", name="Back to").click()
    page.wait_for_url("**/callback?error=invalid_scope*state=s")


def test_a_wrong_password_is_said_and_the_address_kept(asking: Flow, page: Page) -> None:
    page.goto(link(asking))
    page.get_by_label("E-mail address").fill(asking.email)
    page.get_by_label("Password").fill("wrong password")
    page.get_by_role("button", name="Sign in").click()
    assert "wrong" in (page.get_by_role("alert").text_content() or "")
    assert page.get_by_label("E-mail address").input_value() == asking.email
    assert page.get_by_label("Password").input_value() == ""
    assert page.get_by_label("Password").evaluate("field => field === document.activeElement")


def test_signing_out_leads_to_signing_in_for_the_same_app(asking: Flow, page: Page) -> None:
    sign_in(asking, page)
    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("to continue to Ledger Sync").wait_for()


@pytest.mark.parametrize("width", [320, 375, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_permission_is_readable_without_scrolling_sideways(asking: Flow, chromium: Browser, width: int, scheme: Any) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    sign_in(asking, page)
    assert page.locator(".grant").count() == 26
    assert page.get_by_text("can make changes").count() == 23
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.locator(".who strong").evaluate("name => name.textContent = 'bookkeeping.department@northlight.example.com'")
    assert page.locator(".who").evaluate("who => who.scrollWidth <= who.clientWidth"), "a long address stays in its box"
    light = sum(page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")) > 3 * 128
    assert light == (scheme == "light")
    context.close()


def test_another_site_cannot_frame_the_page(asking: Flow, chromium: Browser, app_url: str) -> None:
    page = chromium.new_page()
    page.goto(app_url)
    with page.expect_console_message(lambda message: "frame" in message.text.lower()):
        page.evaluate("url => document.body.appendChild(Object.assign(document.createElement('iframe'), {src: url}))", link(asking))
    page.close()


def test_a_form_of_another_site_signs_nobody_in(asking: Flow, page: Page, app_url: str) -> None:
    page.goto(app_url)
    page.evaluate(
        "url => { document.body.innerHTML = `<form method=post><input name=step value=allow></form>`;"
        " document.forms[0].action = url; document.forms[0].submit() }",
        link(asking),
    )
    page.get_by_role("heading", name="Please try again").wait_for()


def test_pages_load_nothing_from_elsewhere(asking: Flow, page: Page) -> None:
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    sign_in(asking, page)
    assert all(url.startswith(asking.place.url) for url in loaded)
    assert any("/_/style.css" in url for url in loaded)
    assert call("GET", f"{asking.place.url}/_/style.css").status_code == 200
