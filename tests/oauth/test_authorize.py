"""The authorize address: what it asks a person, what it sends where, and what it never does (platform 2.2-2.4)."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import apsw
import pytest

from bursar.oauth.failure import ACCESS_DENIED, INVALID_SCOPE
from tests.oauth.place import CALLBACK, PASSWORD, Browser, Flow, call, opened

if TYPE_CHECKING:
    from pathlib import Path

    from tests.oauth.place import Place

ADDRESSES = ["/oauth/authorize", "/oauth/authorize/", "/service/auth/oauth/authorize"]
STATE = "a b&c=d?e#f/%C3%BC\u00fc+<script>"


@pytest.mark.parametrize("address", ADDRESSES)
def test_consent_sends_a_code_and_the_state_unchanged(flow: Flow, address: str) -> None:
    flow.browser.get(address, flow.query(state=STATE))
    flow.browser.sign_in(flow.email, PASSWORD)
    page = flow.browser.press("allow").page
    assert page.status_code == 302
    assert page.headers["location"].startswith(CALLBACK + "?")
    assert flow.browser.answer.keys() == {"code", "state"}
    assert flow.browser.answer["state"] == STATE
    assert flow.exchange(flow.browser.answer["code"]).status_code == 200


def test_without_a_state_none_is_sent(flow: Flow) -> None:
    flow.code()
    assert flow.browser.answer.keys() == {"code"}


def test_refusing_tells_the_app(flow: Flow) -> None:
    flow.consent(state="s")
    flow.browser.press("deny")
    denied = {"error": "access_denied", "error_description": ACCESS_DENIED.description, "state": "s"}
    assert flow.browser.page.headers["location"].startswith(CALLBACK + "?")
    assert flow.browser.answer == denied


def test_values_that_are_not_encoded_are_understood(flow: Flow) -> None:
    query = f"client_id={flow.app.client_id}&response_type=code&redirect_uri={CALLBACK}&scope=user:clients:read%20user:invoices:write"
    assert "%3A" not in query, "as the Java SDK writes it, and a browser encodes only the blank"
    flow.browser.get("/oauth/authorize", query)
    flow.browser.sign_in(flow.email, PASSWORD)
    tokens = flow.exchange(flow.browser.press("allow").answer["code"]).json()
    assert tokens["scope"] == "user:profile:read user:clients:read user:invoices:write"


@pytest.mark.parametrize(
    ("scope", "granted"),
    [
        pytest.param(None, "user:profile:read user:clients:read user:invoices:write", id="nothing: all that the app is registered for"),
        pytest.param("", "user:profile:read user:clients:read user:invoices:write", id="an empty list: the same"),
        pytest.param("user:clients:read", "user:profile:read user:clients:read", id="one: that one and the profile"),
        pytest.param("user:invoices:write user:profile:read", "user:profile:read user:invoices:write", id="the profile too"),
        pytest.param("user:clients:read  user:clients:read", "user:profile:read user:clients:read", id="one twice"),
    ],
)
def test_an_app_that_asks_for(flow: Flow, scope: str | None, granted: str) -> None:
    assert flow.pair(scope=scope)["scope"] == granted


@pytest.mark.parametrize(
    "scope",
    [
        pytest.param("user:clients:read user:yachts:read", id="one that does not exist"),
        pytest.param("user:profile:write", id="one that only sounds right"),
        pytest.param("user:clients:read user:expenses:read", id="one that is not enabled on the app"),
        pytest.param("admin:all:legacy", id="the one of old apps"),
        pytest.param("user:Clients:read", id="one in capitals"),
    ],
)
def test_nothing_is_granted_to_an_app_that_asks_for(flow: Flow, scope: str) -> None:
    at_first = flow.browser.get("/oauth/authorize", flow.query(scope=scope, state="s"))
    assert at_first.status_code == 200, "not before somebody has signed in"
    page = flow.browser.sign_in(flow.email, PASSWORD)
    assert page.status_code == 400
    assert INVALID_SCOPE.description in page.text
    assert 'value="allow"' not in page.text
    assert "error=invalid_scope" in page.text
    assert "state=s" in page.text
    assert flow.browser.press("allow").page.status_code == 403, "nor by pressing a button that is not there"


def test_the_page_says_who_asks_for_what_and_where_the_answer_goes(flow: Flow) -> None:
    page = flow.consent().text
    for text in [
        "Ledger Sync",
        "app.example",
        flow.email,
        "Lund &amp; Daughters",
        "See your clients",
        "Create, send, change and delete invoices",
    ]:
        assert text in page
    assert "Record, change and delete expenses" not in page
    assert page.count("can make changes") == 1
    assert page.count("view only") == 2


def test_names_are_text_and_never_markup(flow: Flow) -> None:
    flow.app, flow.secret = flow.register("<script>alert(1)</script>")
    page = flow.consent(state='"><script>alert(2)</script>').text
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        pytest.param({"client_id": "nobody"}, 400, id="an unknown app"),
        pytest.param({"client_id": "n\0body"}, 400, id="an app that cannot be"),
        pytest.param({"client_id": None}, 400, id="no app"),
        pytest.param({"redirect_uri": None}, 400, id="no address"),
        pytest.param({"redirect_uri": "https://evil.example/callback"}, 400, id="another host"),
        pytest.param({"redirect_uri": CALLBACK + "/"}, 400, id="a slash more"),
        pytest.param({"redirect_uri": CALLBACK + "?next=https://evil.example"}, 400, id="a query"),
        pytest.param({"redirect_uri": CALLBACK + "#x"}, 400, id="a fragment"),
        pytest.param({"redirect_uri": CALLBACK.replace("https", "http")}, 400, id="plain http"),
        pytest.param({"redirect_uri": CALLBACK.upper()}, 400, id="capitals"),
        pytest.param({"redirect_uri": "https://app.example@evil.example/callback"}, 400, id="the host as a user name"),
        pytest.param({"redirect_uri": "https://app.example.evil.example/callback"}, 400, id="the host as a beginning"),
        pytest.param({"redirect_uri": CALLBACK + "/../evil"}, 400, id="a path that climbs"),
        pytest.param({"redirect_uri": " " + CALLBACK}, 400, id="a blank before"),
        pytest.param({"redirect_uri": "javascript:alert(1)"}, 400, id="a script"),
        pytest.param({"redirect_uri": "urn:ietf:wg:oauth:2.0:oob"}, 400, id="out of band"),
    ],
)
def test_nobody_is_sent_anywhere_for(flow: Flow, changes: dict[str, str | None], status: int) -> None:
    for page in (flow.browser.get("/oauth/authorize", flow.query(**changes)), flow.browser.post(step="allow")):
        assert page.status_code == status
        assert "location" not in page.headers
        assert page.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_nobody_is_sent_anywhere_for_a_request_that_names_twice(flow: Flow, name: str) -> None:
    query = flow.query()
    page = flow.browser.get("/oauth/authorize", "&".join(f"{key}={value}" for key, value in [*query.items(), (name, query[name])]))
    assert page.status_code == 400


def test_a_withdrawn_app_is_unknown(flow: Flow) -> None:
    flow.place.run(flow.place.people.revoke_app(flow.app.id, flow.place.clock.us))
    assert flow.browser.get("/oauth/authorize", flow.query()).status_code == 400


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        pytest.param({"response_type": None}, "invalid_request", "Missing required parameter: response_type.", id="no response type"),
        pytest.param(
            {"response_type": "token"},
            "unsupported_response_type",
            "The authorization server does not support this response type.",
            id="a token at once",
        ),
        pytest.param({"code_challenge": "x" * 43}, "invalid_request", None, id="a challenge that is plain by default"),
        pytest.param({"code_challenge": "x" * 43, "code_challenge_method": "plain"}, "invalid_request", None, id="a plain challenge"),
        pytest.param({"code_challenge": "x" * 42, "code_challenge_method": "S256"}, "invalid_request", None, id="a short challenge"),
        pytest.param({"code_challenge_method": "S256"}, "invalid_request", None, id="a method without a challenge"),
    ],
)
def test_the_app_is_told_of(flow: Flow, changes: dict[str, str | None], error: str, text: str | None) -> None:
    page = flow.browser.get("/oauth/authorize", flow.query(state="s", **changes))
    assert page.status_code == 302
    assert page.headers["location"].startswith(CALLBACK + "?")
    assert flow.browser.answer["error"] == error
    assert flow.browser.answer["state"] == "s"
    assert text is None or flow.browser.answer["error_description"] == text


def test_the_app_is_told_when_it_says_something_twice(flow: Flow) -> None:
    query = flow.query() | {"state": "s"}
    page = flow.browser.get(
        "/oauth/authorize", "&".join(f"{key}={value}" for key, value in [*query.items(), ("scope", "a"), ("scope", "b")])
    )
    assert page.status_code == 302
    assert flow.browser.answer["error"] == "invalid_request"


@pytest.mark.parametrize("uri", ["http://127.0.0.1:8765/callback", "http://localhost/cb", "http://[::1]:9/cb"])
def test_programs_on_this_machine_are_answered_when_that_is_allowed(flow: Flow, uri: str) -> None:
    flow.app, flow.secret = flow.register("Command line", (uri,))
    page = flow.consent(redirect_uri=uri)
    assert "on this computer" in page.text
    location = flow.browser.press("allow").page.headers["location"]
    assert location.startswith(uri + "?code=")
    assert flow.exchange(flow.browser.answer["code"], redirect_uri=uri).status_code == 200


def test_programs_on_this_machine_are_refused_otherwise(strict: Place) -> None:
    flow = Flow(strict, 1)
    uri = "http://127.0.0.1:8765/callback"
    flow.app, flow.secret = flow.register("Command line", (uri,))
    page = flow.browser.get("/oauth/authorize", flow.query(redirect_uri=uri))
    assert page.status_code == 400
    assert "https://" in page.text


def test_every_page_forbids_frames_scripts_copies_and_referrers(flow: Flow) -> None:
    pages = [flow.browser.get("/oauth/authorize", flow.query()), flow.browser.post(step="sign_in", email="x", password="y")]
    pages += [flow.consent(), flow.browser.post(form="", step="allow"), flow.browser.get("/oauth/authorize", "client_id=x")]
    pages += [flow.consent(scope="user:yachts:read"), flow.browser.get("/oauth/authorize", flow.query()), flow.browser.press("deny").page]
    assert [page.status_code for page in pages] == [200, 401, 200, 403, 400, 400, 200, 302]
    for page in pages:
        policy = dict(part.strip().split(" ", 1) for part in page.headers["content-security-policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["style-src"] == "'self'"
        assert policy["frame-ancestors"] == "'none'"
        assert policy["base-uri"] == "'none'"
        assert "script-src" not in policy
        assert page.headers["x-frame-options"] == "DENY"
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"
        assert "style=" not in page.text
        assert "<script" not in page.text


def test_the_style_sheet_is_kept_by_browsers_under_its_version(flow: Flow) -> None:
    page = flow.browser.get("/oauth/authorize", flow.query()).text
    address = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    sheet = call("GET", flow.place.url + address)
    assert sheet.headers["content-type"].startswith("text/css")
    assert "immutable" in sheet.headers["cache-control"]
    assert "?v=" in address


def test_somebody_who_signed_in_is_not_asked_again_but_consents_each_time(flow: Flow) -> None:
    flow.pair()
    page = flow.browser.get("/oauth/authorize", flow.query())
    assert page.status_code == 200
    assert 'value="allow"' in page.text
    assert urlsplit(flow.browser.press("allow").page.headers["location"]).netloc == "app.example"


def test_one_person_cannot_use_the_form_of_another(flow: Flow) -> None:
    flow.consent()
    theirs = flow.browser.form_token
    other = Browser(flow.place.url)
    other.get("/oauth/authorize", flow.query())
    other.sign_in(flow.email, PASSWORD)
    assert other.post(form=theirs, step="allow").status_code == 403


def test_without_its_database_a_page_says_so(books_file: Path) -> None:
    with opened(books_file) as place:
        flow = Flow(place, 1)
        flow.consent()
        place.run(place.driver.close())
        page = flow.browser.press("allow").page
    assert page.status_code == 503
    assert page.headers["retry-after"]
    assert "cannot be reached" in page.text


def test_a_fault_of_ours_shows_a_page_and_no_trace(books_file: Path, caplog: pytest.LogCaptureFixture) -> None:
    with opened(books_file) as place:
        flow = Flow(place, 1)
        flow.consent()
        with contextlib.closing(apsw.Connection(str(books_file))) as connection:
            connection.execute("ALTER TABLE codes RENAME TO lost")
        page = flow.browser.press("allow").page
    assert page.status_code == 500
    assert "Traceback" not in page.text
    assert page.headers["x-frame-options"] == "DENY"
    assert "a page failed: /oauth/authorize" in caplog.text
