"""Mails on their way: sent after the commit, again after a failure, by one worker at a time."""

from __future__ import annotations

import re
import stat
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
import requests
from aiosmtpd.smtp import AuthResult

from bursar.app import Application
from bursar.delivery.outlets import SmtpOutlet
from bursar.settings import Smtp
from bursar.store.pg import open_pg
from tests.delivery.office import Post, Working, mails, until
from tests.support.place import KEY
from tests.support.tenant import Tenant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

    from tests.delivery.conftest import Hire, Postal

MINUTE_S = 60


def ask(tenant: Tenant, *recipients: str, **fields: Any) -> Any:
    """Create an invoice that is mailed."""
    customer = tenant.create("client", fname="Ann", email="ann@acme.example")["id"]
    lines = [{"name": "Work", "qty": 1, "unit_cost": {"amount": "50.00"}}]
    to = list(recipients) or ["ann@acme.example"]
    return tenant.create(
        "invoice", customerid=customer, create_date="2026-03-03", lines=lines, action_email=True, email_recipients=to, **fields
    )


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def is_sent(found: list[dict[str, Any]]) -> bool:
    return bool(found) and all(mail["sent_us"] for mail in found)


def put_off_until(tenant: Tenant, moment_us: int) -> list[dict[str, Any]]:
    return until(tenant, lambda found: found[0]["next_us"] == moment_us)


def test_a_mailed_invoice_arrives_with_a_link_that_opens_it(sending: Tenant, post: Post) -> None:
    made = ask(sending, email_subject="About ::invoice number::")
    message = post.box.next()
    assert message["Subject"] == f"About {made['invoice_number']}"
    link = re.search(r"https?://\S+", text_of(message))
    assert link is not None
    assert f"Invoice {made['invoice_number']}" in requests.get(link[0], timeout=10).text
    until(sending, is_sent)
    assert sending.read("invoice", made["id"])["display_status"] == "viewed"


def test_everybody_named_gets_it(sending: Tenant, post: Post) -> None:
    ask(sending, "ann@acme.example", "bob@acme.example")
    assert [each.addr_spec for each in post.box.next()["To"].addresses] == ["ann@acme.example", "bob@acme.example"]


def test_what_waited_while_nobody_worked_is_sent_at_the_start(books: Tenant, post: Post, hire: Hire) -> None:
    tenant = books.under(smtp=post.smtp)
    ask(tenant)
    assert [mail["sent_us"] for mail in mails(tenant)] == [None]
    hire(tenant)
    assert post.box.next()["To"].addresses[0].addr_spec == "ann@acme.example"


def test_a_mail_that_fails_is_tried_after_1_5_and_30_minutes_and_then_given_up(books: Tenant, post: Post, hire: Hire) -> None:
    post.box.refuses["ann@acme.example"] = "451 try later"
    tenant = books.under(smtp=post.smtp)
    working = hire(tenant)
    ask(tenant)
    for attempt, minutes in enumerate((1, 5, 30), start=1):
        (mail,) = put_off_until(tenant, tenant.clock.now_us() + minutes * MINUTE_S * 1_000_000)
        assert mail["attempts"] == attempt
        assert "451" in mail["failure"]
        tenant.clock.pass_time(seconds=minutes * MINUTE_S)
        working.look()
    (mail,) = until(tenant, lambda found: found[0]["next_us"] is None)
    assert (mail["attempts"], mail["sent_us"]) == (4, None)
    assert "451" in mail["failure"]


def test_a_mail_server_that_was_away_is_found_again(books: Tenant, post: Post, hire: Hire) -> None:
    nowhere = Post()
    nowhere.close()
    tenant = books.under(smtp=nowhere.smtp)
    away = hire(tenant)
    ask(tenant)
    (mail,) = until(tenant, lambda found: found[0]["failure"])
    assert mail["sent_us"] is None
    away.stop()
    hire(tenant, SmtpOutlet(Smtp(**post.smtp)))
    tenant.clock.pass_time(seconds=MINUTE_S)
    hire(tenant, SmtpOutlet(Smtp(**post.smtp)))
    assert post.box.next()["To"].addresses[0].addr_spec == "ann@acme.example"


def test_who_is_refused_for_good_is_not_bothered_again(sending: Tenant, post: Post) -> None:
    post.box.refuses["gone@acme.example"] = "550 no such person"
    ask(sending, "gone@acme.example")
    (mail,) = until(sending, lambda found: found[0]["failure"])
    assert (mail["next_us"], mail["sent_us"]) == (None, None)
    assert "550 no such person" in mail["failure"]


def test_one_refused_recipient_keeps_nobody_else_from_the_mail(sending: Tenant, post: Post) -> None:
    post.box.refuses["gone@acme.example"] = "550 no such person"
    ask(sending, "gone@acme.example", "ann@acme.example")
    post.box.next()
    (mail,) = until(sending, is_sent)
    assert "gone@acme.example: 550" in mail["failure"]


def test_a_bad_mail_does_not_hold_up_the_next(sending: Tenant, post: Post) -> None:
    post.box.refuses["ann@acme.example"] = "451 try later"
    ask(sending)
    ask(sending, "bob@acme.example")
    assert post.box.next()["To"].addresses[0].addr_spec == "bob@acme.example"


def test_the_mail_of_a_worker_that_died_comes_due_again(books: Tenant, post: Post, hire: Hire) -> None:
    tenant = books.under(smtp=post.smtp)
    ask(tenant)
    place, clock = tenant.place, tenant.clock
    lease_us = 300_000_000
    claimed = place.run(tenant.application.mails.claim(clock.now_us(), clock.now_us() + lease_us, 8))
    assert [mail.attempts for mail in claimed] == [1]
    working = hire(tenant)
    ask(tenant, "bob@acme.example")
    assert post.box.next()["To"].addresses[0].addr_spec == "bob@acme.example", "the claimed one waits for its worker"
    clock.pass_time(seconds=300)  # as long as the claim holds
    working.look()
    assert post.box.next()["To"].addresses[0].addr_spec == "ann@acme.example"
    assert [mail["attempts"] for mail in until(tenant, is_sent)] == [2, 1]


class Counting:
    """Counts what it is given."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()

    async def take(self, _message: EmailMessage, name: str) -> str:
        self.taken[name] += 1
        return ""


def test_workers_together_send_each_mail_once(books: Tenant, hire: Hire) -> None:
    for number in range(30):
        ask(books, f"client{number}@acme.example")
    outlet = Counting()
    for _ in range(4):
        hire(books, outlet)
    assert len(until(books, is_sent)) == 30
    assert sorted(outlet.taken.values()) == [1] * 30


@pytest.mark.parametrize("books", ["postgresql"], indirect=True)
def test_processes_that_share_a_database_send_each_mail_once(books: Tenant, postal: Postal) -> None:
    """Each process has connections of its own, and no way to know of the other but the database."""
    for number in range(30):
        ask(books, f"client{number}@acme.example")
    outlet, place = Counting(), books.place
    drivers = [place.run(open_pg(postal.postgresql_url)) for _ in range(3)]
    applications = [Application(place.application.settings, driver, KEY, place.clock) for driver in drivers]
    working = [Working(Tenant(place, books.url, application, books._opened), outlet) for application in applications]
    assert len(until(books, is_sent)) == 30
    for each in working:
        each.stop()
    for driver in drivers:
        place.run(driver.close())
    assert sorted(outlet.taken.values()) == [1] * 30


def test_a_stop_waits_for_the_mail_under_way_and_takes_no_other(books: Tenant, post: Post, hire: Hire) -> None:
    tenant = books.under(smtp=post.smtp)
    post.box.gate.clear()
    working = hire(tenant)
    ask(tenant)
    assert post.box.arrived.wait(20)
    ask(tenant, "bob@acme.example")
    stopping = working.stopping()
    post.box.gate.set()
    stopping.result(20)
    assert [bool(mail["sent_us"]) for mail in mails(tenant)] == [True, False]
    assert not working.worker.running


def test_a_document_that_is_gone_is_not_written_about(books: Tenant, post: Post, hire: Hire) -> None:
    tenant = books.under(smtp=post.smtp)
    made = ask(tenant)
    tenant.place.run(drop(tenant, made["id"]))
    hire(tenant)
    (mail,) = until(tenant, lambda found: found[0]["failure"])
    assert (mail["next_us"], mail["sent_us"]) == (None, None)


async def drop(tenant: Tenant, invoice_id: int) -> None:
    async def work(unit: Any) -> None:
        await unit.session.run(unit.store.plans["invoice"].delete, {"business_id": tenant.business_id, "id": invoice_id})

    await tenant.application.store.unit(tenant.business_id, 0, work)


def test_a_payment_is_thanked_for(sending: Tenant, post: Post) -> None:
    made = ask(sending)
    post.box.next()
    sending.create("payment", invoiceid=made["id"], amount={"amount": "20"}, date="2026-03-04", send_client_notification=True)
    assert "payment of 20.00 CAD" in text_of(post.box.next())


def test_a_refused_change_mails_nothing(sending: Tenant, post: Post) -> None:
    status, _, _ = sending.post("invoices/invoices", {"invoice": {"customerid": 99_999, "create_date": "2026-03-03", "action_email": True}})
    assert status == 404
    ask(sending, "bob@acme.example")
    assert post.box.next()["To"].addresses[0].addr_spec == "bob@acme.example"


@pytest.fixture
def guarded() -> Iterator[Post]:
    """A mail server that knows a password."""

    def known(*given: Any) -> AuthResult:
        return AuthResult(success=given[-1].password == b"right", handled=False)

    post = Post(authenticator=known, auth_require_tls=False)
    yield post
    post.close()


@pytest.mark.parametrize(("password", "reason"), [pytest.param("right", None, id="right"), pytest.param("wrong", "535", id="wrong")])
def test_signing_in_at_the_mail_server(books: Tenant, hire: Hire, guarded: Post, password: str, reason: str | None) -> None:
    tenant = books.under(smtp={**guarded.smtp, "username": "books", "password": password})
    hire(tenant)
    ask(tenant)
    (mail,) = until(tenant, lambda found: found[0]["sent_us"] or found[0]["failure"])
    assert (mail["failure"] is None) if reason is None else (reason in mail["failure"])


def test_without_a_mail_server_mails_are_caught(books: Tenant, hire: Hire, tmp_path: Path) -> None:
    tenant = books.under(data=str(tmp_path / "there"))
    hire(tenant)
    first, second = ask(tenant), ask(tenant, "bob@acme.example")
    until(tenant, lambda found: len(found) == 2 and is_sent(found))
    files = sorted((tmp_path / "there" / "mail").iterdir())
    assert [(file.suffix, stat.S_IMODE(file.stat().st_mode)) for file in files] == [(".eml", 0o600)] * 2
    status, body, _ = tenant.get("/_/mail")
    assert status == 200
    assert [(mail["to"], mail["subject"].rpartition(" ")[2]) for mail in body["mails"]] == [
        (["bob@acme.example"], second["invoice_number"]),
        (["ann@acme.example"], first["invoice_number"]),
    ]
    assert "/_/link/" in body["mails"][0]["text"]


def test_a_mail_caught_again_is_caught_once(books: Tenant, hire: Hire, tmp_path: Path) -> None:
    tenant = books.under(data=str(tmp_path / "there"))
    ask(tenant)
    claimed = tenant.place.run(tenant.application.mails.claim(tenant.clock.now_us(), tenant.clock.now_us(), 8))
    hire(tenant)
    until(tenant, is_sent)
    tenant.place.run(tenant.application.mails.later(claimed[0], 0, "as if nobody had noted it"))
    hire(tenant)
    until(tenant, lambda found: found[0]["attempts"] == 3 and found[0]["next_us"] is None)
    assert len(list((tmp_path / "there" / "mail").iterdir())) == 1
