"""Callbacks as a program asks for them: names and addresses that are taken, words of refusals, scopes that open them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bursar.domain.events import EVENTS, OBJECTS, SUBSCRIPTIONS
from tests.contract.wire import BOOK

if TYPE_CHECKING:
    from tests.support.tenant import Tenant

URI = "https://hooks.example/in"
SEMANTIC = "The request was well-formed but was unable to be followed due to semantic errors."


def path(server: Tenant, callback_id: int | str = "") -> str:
    return f"/events/account/{server.account_id}/events/callbacks" + (f"/{callback_id}" if callback_id else "")


def register(server: Tenant, event: str = "invoice", uri: str = URI, **more: Any) -> tuple[int, Any]:
    status, body, _ = server.post(path(server), {"callback": {"event": event, "uri": uri}}, **more)
    return status, body


def made(server: Tenant, event: str = "invoice") -> int:
    return int(register(server, event)[1]["response"]["result"]["callback"]["callbackid"])


def test_the_names_are_those_of_the_contract_and_all_that_happens_is_among_them() -> None:
    assert (len(OBJECTS), len(EVENTS), len(SUBSCRIPTIONS)) == (15, 47, 63)
    assert {operation.event for _, operation in BOOK.operations() if operation.event} <= set(EVENTS)


def test_every_name_is_taken(server: Tenant) -> None:
    assert [name for name in SUBSCRIPTIONS if register(server, name)[0] != 200] == []


@pytest.mark.parametrize(
    "event", ["staff.create", "task.create", "invoice.pastdue.1", "invoice.dispute", "invoice.sendBySnailMail", "Invoice", "invoice.", ""]
)
def test_no_other_name_is(server: Tenant, event: str) -> None:
    details = ["event: Value error, Unrecognized event."]
    assert register(server, event) == (422, {"errno": 422, "message": SEMANTIC, "details": details})


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        pytest.param("hooks.example/in", "Input should be a valid URL, relative URL without a base", id="no scheme"),
        pytest.param("ftp://hooks.example", "URL scheme should be 'http' or 'https'", id="another scheme"),
        pytest.param("https:///in", "Input should be a valid URL, empty host", id="no host"),
        pytest.param("https://hooks.example:99999/", "Input should be a valid URL, invalid port number", id="no port"),
        pytest.param("https://ann:secret@hooks.example/", "Input should be a valid URL", id="a password"),
        pytest.param("https://hooks.example/a b", "Input should be a valid URL", id="a blank"),
        pytest.param("https://hooks.example/" + "a" * 2_062, "URL should have at most 2083 characters", id="too long"),
        pytest.param("https://a..b/", "Input should be a valid URL", id="a name with a gap"),
        pytest.param("http://0177.1/", "Input should be a valid URL", id="an address in an unusual way"),
        pytest.param("http://*.example.com/", "Input should be a valid URL", id="a name with a star"),
        pytest.param(7, "URL input should be a string or URL", id="a number"),
    ],
)
def test_an_address_that_will_not_do(server: Tenant, uri: Any, words: str) -> None:
    assert register(server, uri=uri) == (422, {"errno": 422, "message": SEMANTIC, "details": [f"uri: {words}"]})


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        pytest.param("http://127.0.0.1:8000/in", "127.0.0.1 is a loopback address", id="loopback"),
        pytest.param("http://localhost/in", "it leads to the machine itself", id="the machine by name"),
        pytest.param(
            "https://169.254.169.254/latest", "169.254.169.254 is a link-local address, where clouds keep their secrets", id="metadata"
        ),
        pytest.param("https://[fd00::1]/", "fd00::1 is a private address", id="IPv6"),
        pytest.param("http://93.184.216.34:25/", "port 25 belongs to another service", id="a port of mail"),
    ],
)
def test_real_books_take_no_address_that_nothing_would_be_sent_to(server: Tenant, uri: str, why: str) -> None:
    real = server.under(allow_private_targets=False)
    details = [f"uri: Value error, {why}."]
    assert register(real, uri=uri) == (422, {"errno": 422, "message": SEMANTIC, "details": details})
    status, body = register(real, uri="https://93.184.216.34/in")
    callback_id = body["response"]["result"]["callback"]["callbackid"]
    status, body, _ = real.put(path(server, callback_id), {"callback": {"event": "nothing", "uri": uri}})
    assert (status, set(body["details"])) == (422, {*details, "event: Value error, Unrecognized event."})
    assert register(server, uri=uri)[0] == 200


@pytest.mark.parametrize("length", [2_082, 2_083])
def test_an_address_as_long_as_may_be(server: Tenant, length: int) -> None:
    assert register(server, uri=URI + "a" * (length - len(URI)))[0] == 200


@pytest.mark.unverified
def test_everything_that_is_wrong_is_named_at_once(server: Tenant) -> None:
    _, body = register(server, "nothing", "nowhere")
    assert body["details"] == [
        "event: Value error, Unrecognized event.",
        "uri: Input should be a valid URL, relative URL without a base",
    ]


@pytest.mark.unverified
def test_a_wrong_code_is_refused_without_a_word_about_the_right_one(server: Tenant) -> None:
    callback_id = made(server)
    status, body, _ = server.put(path(server, callback_id), {"callback": {"verifier": "ü" * 33}})
    details = ["verifier: Value error, Verification code does not match."]
    assert (status, body) == (422, {"errno": 422, "message": SEMANTIC, "details": details})
    _, body, _ = server.get(path(server, callback_id))
    assert set(body["response"]["result"]["callback"]) == {"callbackid", "event", "uri", "verified", "updated_at"}
    assert body["response"]["result"]["callback"]["verified"] is False


def test_a_code_is_a_text(server: Tenant) -> None:
    status, body, _ = server.put(path(server, made(server)), {"callback": {"verifier": 7}})
    assert (status, body["details"]) == (422, ["verifier: Input should be a valid string"])


def test_verified_cannot_be_written(server: Tenant) -> None:
    callback_id = made(server)
    _, body, headers = server.put(path(server, callback_id), {"callback": {"verified": True}})
    assert body["response"]["result"]["callback"]["verified"] is False
    assert headers["X-Bursar-Ignored-Fields"] == "verified"


def test_the_secret_lies_encrypted(server: Tenant) -> None:
    from tests.support.ledger import rows

    made(server)
    ((sealed,),) = rows(server, "callbacks", "secret")
    code = server.application.store.vault.open(sealed)
    assert len(code) == 33
    assert code not in sealed


def test_a_token_with_the_scope_of_what_an_event_is_about_reaches_its_callbacks(server: Tenant) -> None:
    mine, other, every = made(server, "invoice.create"), made(server, "client"), made(server, "all")
    token = server.token_for("user:invoices:read")
    status, body, _ = server.get(path(server), token=token)
    assert (status, [each["callbackid"] for each in body["response"]["result"]["callbacks"]]) == (200, [mine])
    assert body["response"]["result"]["total"] == 1
    assert server.get(path(server, mine), token=token)[0] == 200
    assert register(server, "recurring.update", token=token)[0] == 200
    for hidden in (other, every):
        status, body, _ = server.get(path(server, hidden), token=token)
        assert status == 403
        assert body["message"].endswith("Required scopes: user:events:read.")
    assert server.put(path(server, mine), {"callback": {"event": "client"}}, token=token)[0] == 403
    assert server.put(path(server, mine), {"callback": {"resend": True}}, token=token)[0] == 200
    assert register(server, "client", token=token)[0] == 403
    assert server.delete(path(server, other), token=token)[0] == 403
    assert server.delete(path(server, other), token=server.token_for("user:clients:write"))[0] == 200
    assert server.get(path(server), token=server.token_for("user:reports:read"))[0] == 403


@pytest.mark.parametrize(
    ("chosen", "scopes", "status"),
    [
        pytest.param("seed", "user:events:read user:events:write", 200, id="seed, with its scope"),
        pytest.param("seed", "user:invoices:read", 403, id="seed, with the event's"),
        pytest.param("per_event", "user:events:read user:events:write", 403, id="per event, with that of all"),
        pytest.param("per_event", "user:invoices:read", 200, id="per event, with the event's"),
        pytest.param("both", "user:events:read user:events:write", 200, id="both, with that of all"),
    ],
)
@pytest.mark.unverified
def test_which_scopes_open_callbacks_can_be_chosen(server: Tenant, chosen: str, scopes: str, status: int) -> None:
    callback_id = made(server, "invoice.create")
    under, token = server.under(scopes={"events": chosen}), server.token_for(scopes)
    assert under.get(path(server), token=token)[0] == status
    assert under.get(path(server, callback_id), token=token)[0] == status
    assert register(under, "invoice", token=token)[0] == status
    assert under.put(path(server, callback_id), {"callback": {"resend": True}}, token=token)[0] == status
