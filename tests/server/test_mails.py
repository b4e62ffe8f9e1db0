"""Mails and events that a change leaves behind, committed with it (accounting section 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.server.bodies import client, invoice, line, pay, refused
from tests.support.ledger import everything, rows

if TYPE_CHECKING:
    from tests.support.tenant import Tenant


def mails(server: Tenant) -> list[tuple[str, list[str], str, str, int]]:
    """Kind, recipients, subject, body and object of the mails waiting, oldest first."""
    found = sorted(rows(server, "mails", "id", "kind", "recipients", "subject", "body", "object_id"))
    return [(kind, msgspec.json.decode(to), subject, body, number) for _, kind, to, subject, body, number in found]


def events(server: Tenant) -> list[str]:
    return [event for _, event in sorted(rows(server, "outbox", "id", "event"))]


@pytest.mark.parametrize("noun", ["invoice", "estimate"])
@pytest.mark.parametrize("at_once", [pytest.param(True, id="on create"), pytest.param(False, id="on update")])
def test_a_document_is_mailed(server: Tenant, noun: str, at_once: bool) -> None:
    body = {"customerid": client(server), "create_date": "2026-03-03", "lines": [line("1", "5.00")]}
    action = {
        "action_email": True,
        "email_recipients": ["ann@acme.example", "bob@acme.example"],
        f"{noun}_customized_email": {"subject": "Hello", "body": "For you"},
    }
    made = server.create(noun, **body, **(action if at_once else {}))
    if not at_once:
        assert mails(server) == []
        made = server.change(noun, made["id"], **action)
    assert made["status"] == 2
    assert mails(server) == [(noun, ["ann@acme.example", "bob@acme.example"], "Hello", "For you", made["id"])]
    assert f"{noun}.sendByEmail" in events(server)


def test_without_recipients_the_client_is_written_to(server: Tenant) -> None:
    made = invoice(server, customerid=client(server, email="pay@acme.example"), status=1)
    server.change("invoice", made["id"], action_email=True, email_subject="Old style", email_body="words")
    assert mails(server) == [("invoice", ["pay@acme.example"], "Old style", "words", made["id"])]


@pytest.mark.parametrize("noun", ["invoice", "estimate"])
@pytest.mark.parametrize(
    ("recipients", "problem"),
    [
        pytest.param(None, (422, 1001), id="nobody"),
        pytest.param([], (422, 1001), id="an empty list"),
        pytest.param(["no address"], (422, 1004), id="no address"),
        pytest.param(["a@b.example\r\nbcc: x@y.example"], (422, 1004), id="a header in disguise"),
        pytest.param("ann@acme.example", (422, 1035), id="no list"),
        pytest.param(["a@b.example"] * 51, (422, 1017), id="a crowd"),
    ],
)
def test_a_mail_is_refused(server: Tenant, noun: str, recipients: Any, problem: tuple[int, int]) -> None:
    made = server.create(noun, customerid=client(server, email=""), create_date="2026-03-03")
    before = everything(server)
    answer = server.put(f"{noun}s/{noun}s/{made['id']}", {noun: {"action_email": True, "email_recipients": recipients}})
    assert refused(answer) == (*problem, "email_recipients")
    assert everything(server) == before, "not even sent"


def test_a_viewed_invoice_stays_viewed_when_mailed_again(server: Tenant) -> None:
    made = invoice(server, line("1", "5.00"))
    server.change("invoice", made["id"], status=3)
    assert server.change("invoice", made["id"], action_email=True)["status"] == 3


def test_a_payment_notice_goes_out_when_asked_for(server: Tenant) -> None:
    made = invoice(server, line("1", "5.00"))
    pay(server, made["id"], "1.00")
    assert mails(server) == []
    row = pay(server, made["id"], "1.00", send_client_notification=True)
    assert mails(server) == [("payment", ["pay@acme.example"], "", "", row["id"])]


def test_every_change_raises_its_event(server: Tenant) -> None:
    customer = client(server)
    made = invoice(server, line("1", "5.00"), customerid=customer)
    row = pay(server, made["id"], "1.00")
    server.change("payment", row["id"], vis_state=1)
    server.change("invoice", made["id"], notes="x")
    server.change("invoice", made["id"], vis_state=1)
    server.change("invoice", made["id"], vis_state=0)
    server.remove("invoice", made["id"])
    tax = server.create("tax", name="HST", amount="13")["id"]
    server.remove("tax", tax)
    assert events(server) == [
        "client.create",
        "invoice.create",
        "payment.create",
        "payment.update",
        *["invoice.update"] * 3,
        "invoice.delete",
        "tax.create",
        "tax.delete",
    ]
