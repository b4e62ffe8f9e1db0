"""How every family says that it cannot serve now: 503 in its own shape, when to come again, and not a word of why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from tests.durability.sending import Answer, Office, Send

TEXT: Final = "The server cannot store anything right now. Try again shortly."


class Probe(NamedTuple):
    """A request of a family, and the body with which it is turned away."""

    method: str
    path: str
    body: Any


PROBES: Final = (
    Probe(
        "GET",
        "/accounting/account/{account}/invoices/invoices",
        {"response": {"errors": [{"errno": 503, "field": "", "message": TEXT, "object": "invoice", "value": ""}]}},
    ),
    Probe(
        "POST",
        "/accounting/account/{account}/users/clients",
        {"response": {"errors": [{"errno": 503, "field": "", "message": TEXT, "object": "client", "value": ""}]}},
    ),
    Probe("GET", "/auth/api/v1/users/me", {"error": "temporarily_unavailable", "error_description": TEXT}),
    Probe("GET", "/projects/business/{business}/projects", {"errno": 503, "message": TEXT}),
    Probe("GET", "/timetracking/business/{business}/time_entries", {"errno": 503, "message": TEXT}),
    Probe("GET", "/comments/business/{business}/services", {"errno": 503, "message": TEXT}),
    Probe("GET", "/events/account/{account}/events/callbacks", {"errno": 503, "message": TEXT, "details": []}),
    Probe("GET", "/payments/account/{account}/invoice/1/payment_options", {"error_type": "unavailable", "message": TEXT}),
    Probe("POST", "/uploads/account/{account}/images", {"error": TEXT}),
    Probe(
        "GET",
        "/accounting/businesses/{uuid}/ledger_accounts/accounts",
        {"errors": {"message": TEXT, "status": 503, "details": []}},
    ),
)


def turned_away(answer: Answer) -> bool:
    """Tell whether an answer is the 503 of the accounting family; no other failure will do."""
    if answer.status == 200:
        return False
    assert_turned_away(answer)
    [error] = answer.body["response"]["errors"]
    assert (error["errno"], error["message"]) == (503, TEXT)
    return True


def assert_turned_away(answer: Answer) -> None:
    """Make sure of a 503 in JSON that says when to come again."""
    assert answer.status == 503, answer
    assert "json" in answer.headers["content-type"]
    assert int(answer.headers["retry-after"]) >= 1


async def check_every_family(send: Send, office: Office) -> None:
    """Make sure that each family words it as it words all its refusals."""
    for probe in PROBES:
        path = probe.path.format(account=office.account_id, business=office.business_id, uuid=office.business_uuid)
        answer = await send(probe.method, path, {} if probe.method == "POST" else None, office.headers())
        assert_turned_away(answer)
        assert answer.body == probe.body, path
    token = await send(
        "POST", "/auth/oauth/token", {"grant_type": "refresh_token", "refresh_token": "x", "client_id": "a", "client_secret": "b"}
    )
    assert_turned_away(token)
    assert token.body["error"] == "temporarily_unavailable"
