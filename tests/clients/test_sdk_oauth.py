"""The official SDK from its authorize URL to a refreshed token: a person signs in and consents by the forms of the pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.clients.methods import calls
from tests.clients.program import connected, refusal
from tests.oauth.place import Browser

if TYPE_CHECKING:
    from freshbooks import Client

    from tests.clients.program import Program
    from tests.clients.running import Running

SCOPES = ["user:profile:read", "user:clients:read", "user:invoices:read"]
SPENT = "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization"


@pytest.fixture
def app(running: Running) -> Client:
    """The SDK of an app that nobody has let in yet."""
    sdk = connected(running).sdk
    sdk.access_token = None
    return sdk


def consented(app: Client, running: Running, scopes: list[str] | None = None) -> str:
    """Open the SDK's own URL in a browser, sign in, allow, and answer the code that the redirect brings."""
    url = urlsplit(app.get_auth_request_url(scopes))
    browser = Browser(f"{url.scheme}://{url.netloc}")
    browser.get(url.path, url.query)
    assert browser.sign_in(running.owner_email, running.owner_password).status_code == 200
    browser.press("allow")
    assert browser.page.headers["location"].partition("?")[0] == running.redirect_uri
    return browser.answer["code"]


@calls("get_auth_request_url")
def test_the_authorize_url(app: Client, running: Running) -> None:
    url = urlsplit(app.get_auth_request_url(SCOPES))
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{running.url}/oauth/authorize"
    assert parse_qs(url.query) == {
        "client_id": [running.client_id],
        "response_type": ["code"],
        "redirect_uri": [running.redirect_uri],
        "scope": [" ".join(SCOPES)],
    }


@calls("get_access_token", "refresh_access_token", "current_user")
def test_a_code_becomes_tokens_and_tokens_become_new_ones(program: Program, app: Client) -> None:
    code = consented(app, program.running, SCOPES)
    first = app.get_access_token(code)
    left = first.access_token_expires_at - datetime.now(UTC)
    assert timedelta(hours=11, minutes=58) < left <= timedelta(hours=12)
    assert app.current_user().email == program.running.owner_email
    assert app.clients.list(program.account).pages.total >= 30

    spent = refusal(lambda: app.get_access_token(code))
    assert (spent.status, spent.message.startswith(SPENT)) == (400, True)


@calls("refresh_access_token")
def test_a_refresh_token_works_once(app: Client, running: Running) -> None:
    first = app.get_access_token(consented(app, running))
    second = app.refresh_access_token()
    assert second.refresh_token != first.refresh_token
    assert second.access_token != first.access_token
    assert app.current_user().email == running.owner_email
    again = refusal(lambda: app.refresh_access_token(first.refresh_token))
    assert (again.status, again.message.startswith(SPENT)) == (400, True)
    assert app.refresh_access_token(second.refresh_token).access_token


@calls("get_access_token")
def test_a_token_opens_what_was_consented_to_and_nothing_else(app: Client, running: Running) -> None:
    app.get_access_token(consented(app, running, SCOPES))
    account = running.account_id
    assert app.clients.list(account).pages.total >= 30
    words = "Insufficient scope. Provided scopes: user:profile:read user:clients:read user:invoices:read. Required scopes: {}."
    for attempt, scope in (
        (lambda: app.clients.create(account, {"email": "x@example.org"}), "user:clients:write"),
        (lambda: app.invoices.delete(account, 1), "user:invoices:write"),
        (lambda: app.payments.list(account), "user:payments:read"),
        (lambda: app.taxes.get(account, 1), "user:taxes:read"),
        (lambda: app.items.update(account, 1, {}), "user:billable_items:write"),
    ):
        refused = refusal(attempt)
        assert (refused.status, refused.code, refused.message) == (403, 1003, words.format(scope))


@calls("get_access_token")
def test_a_code_goes_with_its_app_and_its_redirect(app: Client, running: Running) -> None:
    code = consented(app, running)
    app.redirect_uri = "http://127.0.0.1:8099/elsewhere"
    assert refusal(lambda: app.get_access_token(code)).status == 400
    app.client_secret = "wrong"
    refused = refusal(lambda: app.get_access_token(code))
    assert (refused.status, refused.message.startswith("Client authentication failed")) == (401, True)


def test_a_new_consent_ends_the_refresh_token_before(app: Client, running: Running) -> None:
    first = app.get_access_token(consented(app, running))
    app.get_access_token(consented(app, running))
    assert refusal(lambda: app.refresh_access_token(first.refresh_token)).status == 400


def test_the_pair_in_the_credentials_file_works(program: Program) -> None:
    assert program.sdk.current_user().email == program.running.owner_email
    assert len(program.running.refresh_token) == 64
