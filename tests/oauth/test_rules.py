"""The pure rules: scopes, redirect addresses, where a policy lets forms lead."""

from __future__ import annotations

import pytest

from bursar.oauth.redirect import answer, flaw, host_of, source_of
from bursar.oauth.scopes import GRANTABLE, beyond, granted, lines, unknown

BOTH = [
    "bill_payments",
    "bill_vendors",
    "billable_items",
    "bills",
    "business",
    "clients",
    "credit_notes",
    "estimates",
    "expenses",
    "invoices",
    "journal_entries",
    "online_payments",
    "other_income",
    "payments",
    "projects",
    "retainers",
    "taxes",
    "teams",
    "time_entries",
]


def test_exactly_the_scopes_of_the_contract_can_be_granted() -> None:
    documented = {f"user:{name}:{access}" for name in [*BOTH, "uploads"] for access in ("read", "write")}
    documented |= {"user:profile:read", "user:notifications:read", "user:reports:read"}
    assert len(documented) == 43
    beside = {f"user:{name}:{access}" for name in ("account", "riskhub", "events") for access in ("read", "write")}
    assert set(GRANTABLE) == documented | beside
    assert len(GRANTABLE) == 49


def test_every_scope_is_said_in_words_of_its_own() -> None:
    words = [lines([scope])[0] for scope in GRANTABLE]
    texts = [line.allows[0] for line in words]
    assert len(set(texts)) == len(GRANTABLE)
    assert all(text[0].isupper() and not text.endswith(".") and "_" not in text for text in texts)
    assert [line.writes for line in words] == [scope.endswith(":write") for scope in GRANTABLE]


def test_reading_and_writing_of_one_thing_is_one_line() -> None:
    (line,) = lines(["user:invoices:write", "user:invoices:read"])
    assert line.title == "Invoices"
    assert line.allows == ("See your invoices", "Create, send, change and delete invoices")
    assert line.writes


@pytest.mark.parametrize(
    ("asked", "registered", "refused"),
    [
        pytest.param("user:clients:read", "user:clients:read", (), id="what is enabled"),
        pytest.param("user:profile:read", "", (), id="the profile, always"),
        pytest.param("user:clients:write", "user:clients:read", ("user:clients:write",), id="writing where reading is enabled"),
        pytest.param("user:x:read user:x:read", "user:x:read", ("user:x:read",), id="what does not exist, though registered"),
    ],
)
def test_an_app_is_refused(asked: str, registered: str, refused: tuple[str, ...]) -> None:
    assert beyond(asked, registered) == refused


def test_a_default_never_grants_what_does_not_exist_any_more() -> None:
    assert granted("", "user:clients:read user:gone:read") == ("user:profile:read", "user:clients:read")
    assert unknown("user:clients:read user:gone:read") == ("user:gone:read",)


@pytest.mark.parametrize(
    ("uri", "fine"),
    [
        pytest.param("https://app.example/callback", True, id="https"),
        pytest.param("https://localhost:8765/callback", True, id="https on this machine"),
        pytest.param("https://app.example", True, id="no path"),
        pytest.param("https://[2001:db8::1]:8443/x", True, id="an IPv6 address"),
        pytest.param("https://app.example/a%20b", True, id="an encoded blank"),
        pytest.param("http://app.example/callback", False, id="http"),
        pytest.param("https://app.example/?x=1", False, id="a query"),
        pytest.param("https://app.example/?", False, id="an empty query"),
        pytest.param("https://app.example/#x", False, id="a fragment"),
        pytest.param("https://user@app.example/", False, id="a user name"),
        pytest.param("https:///callback", False, id="no host"),
        pytest.param("https://:443/", False, id="only a port"),
        pytest.param("https://app.example:x/", False, id="a port that is none"),
        pytest.param("https://app.example:99999/", False, id="a port that cannot be"),
        pytest.param("https://[::1/", False, id="half a bracket"),
        pytest.param("https://app.example\\@evil.example/", False, id="a backslash"),
        pytest.param("https://app.example/ x", False, id="a blank"),
        pytest.param("https://app.example/\nx", False, id="a line break"),
        pytest.param("https://\u0430pp.example/", False, id="a letter that only looks latin"),
        pytest.param("https://*.example/", False, id="a wildcard"),
        pytest.param("https://a;b.example/", False, id="a host that would end a policy"),
        pytest.param("/callback", False, id="a path"),
        pytest.param("javascript:alert(1)", False, id="a script"),
        pytest.param("com.example.app:/callback", False, id="a scheme of one's own"),
        pytest.param("urn:ietf:wg:oauth:2.0:oob", False, id="out of band"),
        pytest.param("https://app.example/" + "a" * 2000, False, id="too long"),
        pytest.param("", False, id="nothing"),
    ],
)
def test_a_redirect_address_may_be(uri: str, fine: bool) -> None:
    assert (flaw(uri, allow_http_localhost=False) == "") == fine
    assert (flaw(uri, allow_http_localhost=True) == "") == fine


@pytest.mark.unverified
@pytest.mark.parametrize(
    ("uri", "local"),
    [
        pytest.param("http://127.0.0.1:8765/callback", True, id="by number"),
        pytest.param("http://localhost/callback", True, id="by name"),
        pytest.param("http://[::1]:1/callback", True, id="by IPv6 number"),
        pytest.param("http://127.0.0.1.evil.example/", False, id="a name that begins like it"),
        pytest.param("http://localhost@evil.example/", False, id="a user name like it"),
        pytest.param("http://10.0.0.1/", False, id="a neighbour"),
        pytest.param("http://0.0.0.0/", False, id="all addresses"),
    ],
)
def test_plain_http_is_for_this_machine_where_allowed(uri: str, local: bool) -> None:
    assert flaw(uri, allow_http_localhost=False)
    assert (flaw(uri, allow_http_localhost=True) == "") == local


def test_an_answer_is_written_behind_the_address() -> None:
    assert answer("https://app.example/cb", "a&b", code="c") == "https://app.example/cb?code=c&state=a%26b"
    assert answer("https://app.example/cb", "", code="c") == "https://app.example/cb?code=c&state="
    assert answer("https://app.example/cb", None, code="c") == "https://app.example/cb?code=c"
    assert host_of("https://app.example:8443/cb") == "app.example:8443"


def test_a_policy_names_the_origin_or_where_it_has_no_words_the_scheme() -> None:
    assert source_of("https://app.example:8443/cb") == "https://app.example:8443"
    assert source_of("http://[::1]:8765/cb") == "http:"
