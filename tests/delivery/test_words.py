"""What a mail says."""

from __future__ import annotations

from email import policy
from email.parser import BytesParser
from typing import Any

import pytest

from bursar.delivery.letter import BadAddress, letter
from bursar.delivery.words import words_of
from bursar.store.mails import Waiting
from bursar.store.people import Business

BUSINESS = Business(
    40_001, "abc123", "6f1c", "Lund & <Daughters>", "CAD", "UTC", "CA", "dd/mm/yyyy", "active", "", "", "maya@lund.example", 0
)
INVOICE = {
    "id": 7,
    "uuid": "u",
    "fname": "Ann",
    "lname": "Acme",
    "organization": "Acme",
    "invoice_number": "INV-0007",
    "amount": 123_456,
    "outstanding": 100_000,
    "currency_code": "CAD",
    "create_date": "2026-03-01",
    "due_date": "2026-03-31",
}
ESTIMATE = {name: INVOICE[name] for name in ("fname", "lname", "organization", "amount", "currency_code", "create_date")}
ESTIMATE["estimate_number"] = "EST-9"
PAYMENT = {"amount": 23_456, "currency_code": "CAD", "date": "2026-03-09"}
LINK = "https://books.example/_/link/abc"


def mail(noun: str = "invoice", subject: str = "", body: str = "", recipients: tuple[str, ...] = ("ann@acme.example",)) -> Waiting:
    return Waiting(40_001, 3, noun, recipients, subject, body, noun, 7, 1_772_000_000_000_000, 1)


def said(subject: str = "", body: str = "", **rows: dict[str, Any]) -> tuple[str, str]:
    found = words_of(mail(subject=subject, body=body), BUSINESS, rows or {"invoice": INVOICE}, LINK)
    return found.subject, found.body


@pytest.mark.parametrize(
    ("template", "words"),
    [
        pytest.param("::company name::", "Lund & <Daughters>", id="the company"),
        pytest.param(
            "No ::invoice number:: of ::invoice date::", "No INV-0007 of 01/03/2026", id="number and date, as the business writes dates"
        ),
        pytest.param("::invoice amount:: due ::invoice due date::", "1,234.56 CAD due 31/03/2026", id="amount and due date"),
        pytest.param("::Invoice  Amount Due::", "1,000.00 CAD", id="any case and spacing"),
        pytest.param("Dear ::client name::", "Dear Ann Acme", id="the client"),
        pytest.param("::estimate number:: ::unknown:: :: ::x", "::estimate number:: ::unknown:: :: ::x", id="what nobody knows stays"),
    ],
)
def test_a_template_is_filled(template: str, words: str) -> None:
    assert said(template, template) == (words, words)


def test_what_was_filled_in_is_not_filled_again() -> None:
    sly = {**INVOICE, "fname": "::invoice amount::", "lname": ""}
    assert said("x", "Dear ::client name::", invoice=sly)[1] == "Dear ::invoice amount::"


def test_a_subject_is_one_line() -> None:
    assert said("Hello\r\nBcc: everybody@example.com")[0] == "Hello Bcc: everybody@example.com"


@pytest.mark.parametrize(
    ("noun", "rows", "subject", "phrases"),
    [
        pytest.param(
            "invoice",
            {"invoice": INVOICE},
            "Lund & <Daughters> sent you invoice INV-0007",
            ["1,234.56 CAD", "due on 31/03/2026"],
            id="invoice",
        ),
        pytest.param("estimate", {"estimate": ESTIMATE}, "Lund & <Daughters> sent you estimate EST-9", ["1,234.56 CAD"], id="estimate"),
        pytest.param(
            "payment",
            {"payment": PAYMENT, "invoice": INVOICE},
            "Lund & <Daughters> received your payment for invoice INV-0007",
            ["payment of 234.56 CAD", "Still to be paid: 1,000.00 CAD"],
            id="payment",
        ),
    ],
)
def test_our_own_words(noun: str, rows: dict[str, dict[str, Any]], subject: str, phrases: list[str]) -> None:
    found = words_of(mail(noun), BUSINESS, rows, "")
    assert found.subject == subject
    assert found.body.startswith("Hello Ann Acme,")
    assert [phrase for phrase in phrases if phrase not in found.body] == []
    assert "::" not in found.body


def written(**changes: Any) -> Any:
    waiting = mail(**changes)
    message = letter(waiting, words_of(waiting, BUSINESS, {"invoice": INVOICE}, LINK), BUSINESS, "books@example.com")
    return BytesParser(policy=policy.default).parsebytes(message.as_bytes())


def test_a_letter_comes_from_the_business_and_answers_go_there() -> None:
    message = written(subject="Für Ann", recipients=("ann@acme.example", "bob@acme.example"))
    assert [(each.display_name, each.addr_spec) for each in message["From"].addresses] == [("Lund & <Daughters>", "books@example.com")]
    assert message["Reply-To"].addresses[0].addr_spec == "maya@lund.example"
    assert [each.addr_spec for each in message["To"].addresses] == ["ann@acme.example", "bob@acme.example"]
    assert message["Subject"] == "Für Ann"


def test_every_attempt_has_the_same_message_id() -> None:
    assert written()["Message-ID"] == written()["Message-ID"]


def test_the_link_is_in_the_text_and_a_button_in_the_html() -> None:
    message = written()
    assert LINK in message.get_body(("plain",)).get_content()
    assert f'href="{LINK}"' in message.get_body(("html",)).get_content()


def test_a_link_the_writer_put_in_is_not_repeated() -> None:
    message = written(body=f"See {LINK}")
    assert message.get_body(("plain",)).get_content().count(LINK) == 1


def test_words_are_not_html() -> None:
    html = written(body="<script>alert(1)</script> ::company name::").get_body(("html",)).get_content()
    assert "<script>" not in html
    assert "Lund &amp; &lt;Daughters&gt;" in html


@pytest.mark.parametrize("recipient", ["a@b.example,c@d.example", "@example.com", "a b@example.com", "a@b.example\r\nBcc: c@d.example", ""])
def test_one_address_is_one_address(recipient: str) -> None:
    with pytest.raises(BadAddress):
        written(recipients=(recipient,))
