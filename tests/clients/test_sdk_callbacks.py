"""The official SDK with callbacks; what they hear is received by a real HTTP server and checked as the SDK's documentation does it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import TYPE_CHECKING

import pytest
from freshbooks import FilterBuilder, FreshBooksError, PaginateBuilder

from tests.clients.methods import calls
from tests.clients.program import just_now
from tests.delivery.receiver import Receiver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.clients.program import Program
    from tests.delivery.receiver import Received


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    opened = Receiver()
    yield opened
    opened.close()


def is_signed(received: Received, verifier: str) -> bool:
    """Follow the recipe of the SDK's documentation: the form as a JSON object, HMAC with SHA-256, base64."""
    message = json.dumps(dict(received.form))
    made = base64.b64encode(hmac.new(verifier.encode(), message.encode(), hashlib.sha256).digest())
    return hmac.compare_digest(made.decode(), received.headers["x-freshbooks-hmac-sha256"])


def details(call: Callable[[], object]) -> tuple[int, int | None, list[str]]:
    with pytest.raises(FreshBooksError) as refused:
        call()
    return refused.value.status_code, refused.value.error_code, refused.value.error_details


@calls("callbacks.create", "callbacks.verify", "callbacks.get", "callbacks.delete")
def test_a_verified_callback_hears_of_changes(program: Program, receiver: Receiver) -> None:
    callbacks, account = program.sdk.callbacks, program.account
    made = callbacks.create(account, {"event": "payment.create", "uri": f"{receiver.url}/first"})
    assert (made.event, made.uri, made.verified, just_now(made.updated_at)) == ("payment.create", f"{receiver.url}/first", False, True)
    (code,) = receiver.wait(1, "/first")
    verifier = code.fields["verifier"]
    assert (code.fields["object_id"], is_signed(code, verifier)) == (str(made.callbackid), True)
    invoice = program.invoice(program.client().id, "50.00")
    program.pay(invoice.id, "10.00")
    assert details(lambda: callbacks.verify(account, made.callbackid, "not the code")) == (
        *(422, 422),
        ["verifier: Value error, Verification code does not match."],
    )
    assert callbacks.get(account, made.callbackid).verified is False
    assert callbacks.verify(account, made.callbackid, verifier).verified is True
    payment = program.pay(invoice.id, "20.00")
    heard = receiver.wait(2, "/first")[1]
    assert list(heard.fields) == ["name", "object_id", "account_id", "business_id", "identity_id", "user_id"]
    assert (heard.fields["name"], heard.fields["object_id"], heard.fields["account_id"]) == ("payment.create", str(payment.id), account)
    assert heard.fields["business_id"] == str(program.business)
    assert is_signed(heard, verifier)
    assert not is_signed(heard, "somebody else")
    callbacks.delete(account, made.callbackid)
    assert details(lambda: callbacks.get(account, made.callbackid))[:2] == (404, 404)


@calls("callbacks.update", "callbacks.resend_verification", "callbacks.list")
def test_an_edited_callback_is_verified_anew(program: Program, receiver: Receiver) -> None:
    callbacks, account = program.sdk.callbacks, program.account
    made = callbacks.create(account, {"event": "client", "uri": f"{receiver.url}/one"})
    (first,) = receiver.wait(1, "/one")
    callbacks.resend_verification(account, made.callbackid)
    again = receiver.wait(2, "/one")[1]
    assert again.fields["verifier"] == first.fields["verifier"]
    assert callbacks.verify(account, made.callbackid, first.fields["verifier"]).verified is True
    same = callbacks.update(account, made.callbackid, {"event": "client", "uri": f"{receiver.url}/one"})
    assert same.verified is True
    moved = callbacks.update(account, made.callbackid, {"uri": f"{receiver.url}/two"})
    assert (moved.uri, moved.event, moved.verified) == (f"{receiver.url}/two", "client", False)
    (other,) = receiver.wait(1, "/two")
    assert other.fields["verifier"] != first.fields["verifier"]
    only = FilterBuilder().equals("event", "client")
    mine = callbacks.list(account, builders=[only, PaginateBuilder(1, 100)])
    assert [each.callbackid for each in mine if each.uri.startswith(receiver.url)] == [made.callbackid]
    assert callbacks.list(account, builders=[PaginateBuilder(1, 1)]).pages.per_page == 1
    callbacks.delete(account, made.callbackid)


def test_what_is_no_event_and_no_address_is_named(program: Program) -> None:
    assert details(lambda: program.sdk.callbacks.create(program.account, {"event": "invoice.explode", "uri": "somewhere"})) == (
        *(422, 422),
        ["event: Value error, Unrecognized event.", "uri: Input should be a valid URL, relative URL without a base"],
    )
