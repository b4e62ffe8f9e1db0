"""How an invoice may be paid online: stored for each invoice, refused in the words of the family (accounting-more section 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bursar.oauth.registration import make_token
from tests.server.bodies import invoice, line

if TYPE_CHECKING:
    from tests.support.tenant import Tenant

NOTHING = {
    "allow_partial_payments": False,
    "entity_id": None,
    "entity_type": "invoice",
    "gateway_info": None,
    "gateway_name": None,
    "has_ach_transfer": False,
    "has_acss_debit": False,
    "has_bacs_debit": False,
    "has_credit_card": False,
    "has_paypal_smart_checkout": False,
    "has_sepa_debit": False,
    "stripe_acss_payment_options": None,
}


def defaults(server: Tenant, query: str = "?entity_type=invoice") -> tuple[int, Any]:
    return server.get(f"/payments/account/{server.account_id}/payment_options{query}")[:2]


def options(server: Tenant, invoice_id: int, sent: Any = None) -> tuple[int, Any]:
    path = f"/payments/account/{server.account_id}/invoice/{invoice_id}/payment_options"
    return (server.get(path) if sent is None else server.post(path, sent))[:2]


@pytest.mark.unverified
def test_an_account_offers_nothing_by_itself(server: Tenant) -> None:
    assert defaults(server) == (200, {"payment_options": NOTHING})
    assert defaults(server, "") == (200, {"payment_options": NOTHING})


def test_an_invoice_begins_with_nothing(server: Tenant) -> None:
    made = invoice(server, line("1", "5.00"))
    assert options(server, made["id"]) == (200, {"payment_options": {**NOTHING, "entity_id": str(made["id"])}})


def test_options_are_kept_and_changed_one_by_one(server: Tenant) -> None:
    made = invoice(server, line("1", "5.00"))
    chosen = {"gateway_name": "stripe", "entity_type": "invoice", "entity_id": made["id"], "has_credit_card": True}
    expected = {**NOTHING, "entity_id": str(made["id"]), "gateway_name": "stripe", "has_credit_card": True}
    assert options(server, made["id"], chosen) == (200, {"payment_options": expected})
    expected |= {"has_ach_transfer": True, "has_credit_card": False}
    assert options(server, made["id"], {"has_ach_transfer": True, "has_credit_card": False}) == (200, {"payment_options": expected})
    assert options(server, made["id"]) == (200, {"payment_options": expected})


def test_options_belong_to_their_invoice_alone(server: Tenant) -> None:
    made, other = invoice(server, line("1", "5.00")), invoice(server, line("1", "5.00"))
    options(server, made["id"], {"has_credit_card": True, "entity_id": other["id"]})
    assert options(server, made["id"])[1]["payment_options"]["has_credit_card"] is True
    assert options(server, other["id"])[1]["payment_options"]["has_credit_card"] is False


def test_what_only_the_server_says_is_ignored(server: Tenant) -> None:
    made = invoice(server, line("1", "5.00"))
    path = f"/payments/account/{server.account_id}/invoice/{made['id']}/payment_options"
    _, body, headers = server.post(path, {"gateway_info": {"id": "x"}, "has_acss_debit": True, "nonsense": 1})
    assert (body["payment_options"]["gateway_info"], body["payment_options"]["has_acss_debit"]) == (None, False)
    assert set(headers["X-Bursar-Ignored-Fields"].split(",")) == {"gateway_info", "has_acss_debit", "nonsense"}


@pytest.mark.parametrize(
    ("sent", "field", "inner"),
    [
        pytest.param({"gateway_name": "cash"}, "gateway_name", "type_error.enum", id="an unknown gateway"),
        pytest.param({"entity_type": "estimate"}, "entity_type", "type_error.enum", id="an unknown entity"),
        pytest.param({"has_credit_card": "perhaps"}, "has_credit_card", "type_error.bool", id="no flag"),
        pytest.param([1], "body", "type_error.dict", id="no object"),
    ],
)
def test_refusals(server: Tenant, sent: Any, field: str, inner: str) -> None:
    made = invoice(server, line("1", "5.00"))
    status, body = options(server, made["id"], sent)
    assert (status, body["error_type"]) == (400, "validation")
    assert [(error["field"], error["error_type"]) for error in body["errors"]] == [(field, inner)]
    assert body["message"] == body["errors"][0]["message"]
    assert options(server, made["id"])[1]["payment_options"] == {**NOTHING, "entity_id": str(made["id"])}


def test_a_bad_entity_of_the_defaults(server: Tenant) -> None:
    status, body = defaults(server, "?entity_type=estimate")
    assert (status, body["error_type"], body["errors"][0]["error_type"]) == (400, "validation", "type_error.enum")
    assert body["errors"][0]["field"] == "entity_type"


@pytest.mark.parametrize("sent", [None, {"has_credit_card": True}], ids=["reading", "writing"])
def test_an_invoice_that_is_not_there(server: Tenant, sent: Any) -> None:
    other = server.another()
    theirs = invoice(other, line("1", "5.00"))
    for unknown in (99_999_999, theirs["id"] if theirs["id"] != 1 else 99_999_998):
        status, body = options(server, unknown, sent)
        assert (status, body["error_type"]) == (404, "not_found")


def test_a_deleted_invoice_takes_no_options(server: Tenant) -> None:
    made = invoice(server, line("1", "5.00"))
    server.remove("invoice", made["id"])
    assert options(server, made["id"], {"has_credit_card": True})[0] == 400


def test_a_repeated_choice_with_a_key_is_made_once(server: Tenant) -> None:
    made = invoice(server, line("1", "5.00"))
    path = f"/payments/account/{server.account_id}/invoice/{made['id']}/payment_options"
    key = {"Idempotency-Key": "once"}
    first = server.post(path, {"has_credit_card": True}, headers=key)
    options(server, made["id"], {"has_credit_card": False})
    assert server.post(path, {"has_credit_card": True}, headers=key)[:2] == first[:2]
    assert options(server, made["id"])[1]["payment_options"]["has_credit_card"] is False
    assert server.post(path, {"has_credit_card": False}, headers=key)[0] == 422


@pytest.mark.parametrize(
    ("scope", "reading", "writing"),
    [
        pytest.param("user:online_payments:read", 200, 403, id="to read"),
        pytest.param("user:online_payments:write", 403, 200, id="to write"),
        pytest.param("user:invoices:write", 403, 403, id="another"),
    ],
)
def test_the_scopes(server: Tenant, scope: str, reading: int, writing: int) -> None:
    made = invoice(server, line("1", "5.00"))
    people = server.application.people
    token = server.place.run(make_token(people, server.identity_id, scope, "narrow", server.clock.now_us(), None))
    path = f"/payments/account/{server.account_id}/invoice/{made['id']}/payment_options"
    assert server.get(path, token=token)[0] == reading
    assert server.post(path, {"has_credit_card": True}, token=token)[0] == writing
