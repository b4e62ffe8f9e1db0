"""What a write leaves behind: one event of its name, or nothing at all; the same when it runs twice, nothing when it runs dry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pytest

from bursar.errors import Refusal
from tests.contract.objects import DAY, SORTS, changed, client, line, made, sent_invoice
from tests.contract.wire import BOOK, NOUNS, id_of, path_of, those_that, verbs, wrapped
from tests.laws.driving import Repeating, over, send
from tests.support.ledger import everything, rows

if TYPE_CHECKING:
    from bursar.app import Application
    from tests.support.tenant import Tenant

WRITES = [pytest.param(noun, verb, id=f"{noun} {verb}") for noun in NOUNS for verb in ("create", "update", "delete") if verb in verbs(noun)]
# What differs between two things made one after the other, beside everything that ends in "id".
OWN = {"created_at", "updated", "updated_at", "version", "uuid", "signup_date", "tax1", "tax2", "email", "jwt", "username"}
# A task is made with its service, which is the one that has events, and a timer is made of time entries; these are not the answer.
BESIDE = {("task", "create"): "service.create", ("timer", "update"): "time_entry.update", ("timer", "delete"): "time_entry.delete"}


def events(server: Tenant) -> list[Any]:
    """Return name, object and identity of every event, oldest first."""
    return [
        (name, about, identity) for _, name, about, identity in sorted(rows(server, "outbox", "id", "event", "object_id", "identity_id"))
    ]


def declared(noun: str, verb: str) -> str:
    return next(operation.event for operation in BOOK.resources[noun].operations if operation.verb == verb)


def ask(server: Tenant, noun: str, verb: str) -> tuple[Any, int]:
    """Make what a write needs; answers its body and the id in its path."""
    sort = SORTS[noun]
    if verb == "create":
        assert sort.plain
        return sort.plain(server), sort.within(server)
    mine = id_of(noun, made(server, noun))
    return (None if verb == "delete" else sort.update(server) | touched(noun)), mine


def touched(noun: str) -> dict[str, Any]:
    """Return a change that every resource of this kind takes."""
    changes: dict[str, dict[str, Any]] = {
        "invoice": {"notes": "Changed"},
        "client": {"note": "Changed"},
        "expense": {"vendor": "Changed"},
        "estimate": {"notes": "Changed"},
        "payment": {"note": "Changed"},
        "item": {"description": "Changed"},
        "tax": {"number": "Changed"},
        "staff": {"note": "Changed"},
        "task": {"description": "Changed"},
        "service": {"billable": True},
        "service_rate": {"rate": "17.25"},
        "project": {"description": "Changed"},
        "time_entry": {"note": "Changed"},
        "timer": {"is_running": False},
        "callback": {"event": "tax"},
    }
    return changes[noun]


def perform(server: Tenant, noun: str, verb: str, body: Any, object_id: int) -> Any:
    method = {"create": "POST", "update": "PUT", "delete": "DELETE"}[verb]
    return server.call(method, path_of(server, noun, verb, object_id), json=None if body is None else wrapped(noun, body))


@pytest.mark.parametrize(("noun", "verb"), WRITES)
def test_a_write_leaves_exactly_the_event_it_declares(server: Tenant, noun: str, verb: str) -> None:
    body, object_id = ask(server, noun, verb)
    before = len(events(server))
    status, answer, _ = perform(server, noun, verb, body, object_id)
    assert status in (200, 204), answer
    new = events(server)[before:]
    name = declared(noun, verb) or BESIDE.get((noun, verb), "")
    assert [event for event, _, _ in new] == [name] * bool(name)
    if declared(noun, verb):
        about = made_id(noun, answer) if verb == "create" else object_id
        assert new == [(name, about, server.identity_id)]


def made_id(noun: str, answer: Any) -> int:
    inner = answer["response"]["result"] if "response" in answer else answer
    return id_of(noun, inner[BOOK.resources[noun].wrapper])


MAILED = {
    "invoice": {"action_email": True, "email_recipients": ["pay@acme.example"]},
    "estimate": {"action_email": True, "email_recipients": ["pay@acme.example"]},
}


@pytest.mark.parametrize("noun", MAILED)
@pytest.mark.parametrize("verb", ["create", "update"])
def test_a_mailed_document_leaves_two_events_and_one_mail(server: Tenant, noun: str, verb: str) -> None:
    body, object_id = ask(server, noun, verb)
    before = len(events(server))
    status, _, _ = perform(server, noun, verb, (body if verb == "create" else {}) | MAILED[noun], object_id)
    assert status == 200
    assert [event for event, _, _ in events(server)[before:]] == [f"{noun}.{verb}", f"{noun}.sendByEmail"]
    assert len(rows(server, "mails")) == 1


def test_what_moves_along_with_a_payment_raises_nothing(server: Tenant) -> None:
    invoice = sent_invoice(server)
    before = len(events(server))
    server.create("payment", invoiceid=invoice, amount={"amount": "100"}, date=DAY)
    assert [event for event, _, _ in events(server)[before:]] == ["payment.create"]


def refusals(server: Tenant) -> dict[str, tuple[str, str, dict[str, Any], int]]:
    """Return writes that are refused late: after everything was read and loaded, by a rule."""
    gone = client(server)
    server.change("client", gone, vis_state=1)
    paid = sent_invoice(server)
    server.create("payment", invoiceid=paid, amount={"amount": "80"}, date=DAY)
    dead = sent_invoice(server)
    server.remove("invoice", dead)
    tax = server.create("tax", name="GST")["name"]
    new = {"customerid": client(server), "create_date": DAY}
    less = [line(unit_cost={"amount": "-5"})]
    return {
        "an invoice for a deleted client": ("invoice", "create", new | {"customerid": gone}, 0),
        "a total below nought": ("invoice", "create", new | {"lines": less}, 0),
        "a deposit above the total": ("invoice", "create", new | {"deposit_amount": {"amount": "5"}}, 0),
        "less than what was paid": ("invoice", "update", {"lines": []}, paid),
        "data of a deleted invoice": ("invoice", "update", {"notes": "x"}, dead),
        "a mail to nobody": ("invoice", "create", new | {"action_email": True, "email_recipients": ["nobody"]}, 0),
        "a draft of a paid invoice": ("invoice", "update", {"status": 1}, paid),
        "a payment of nothing": ("payment", "create", {"invoiceid": paid, "amount": {"amount": "0"}, "date": DAY}, 0),
        "a payment on a deleted invoice": ("payment", "create", {"invoiceid": dead, "amount": {"amount": "1"}, "date": DAY}, 0),
        "a credit that is not there": (
            "payment",
            "create",
            {"invoiceid": paid, "amount": {"amount": "1"}, "date": DAY, "from_credit": True},
            0,
        ),
        "a second tax of a name": ("tax", "create", {"name": tax}, 0),
        "an item without a name": ("item", "create", {"name": " "}, 0),
        "the owner deleted": ("staff", "update", {"vis_state": 1}, 1),
    }


def test_a_refused_write_leaves_nothing(server: Tenant) -> None:
    for what, (noun, verb, body, object_id) in refusals(server).items():
        before = everything(server)
        status, answer, _ = perform(server, noun, verb, body, object_id)
        assert status == 422, (what, status, answer)
        assert everything(server) == before, what


@pytest.mark.parametrize(("noun", "verb"), WRITES)
def test_a_dry_run_answers_and_leaves_nothing(server: Tenant, noun: str, verb: str) -> None:
    body, object_id = ask(server, noun, verb)
    before = everything(server)
    dry = send(server, server.application, noun, verb, body, object_id, dry=True)
    assert everything(server) == before
    wet = send(server, server.application, noun, verb, body, object_id)
    assert everything(server) != before
    assert dry.status == wet.status
    assert without_ids(dry.body) == without_ids(wet.body)


def without_ids(body: Any) -> Any:
    """Leave out what differs between two things made one after the other."""
    if isinstance(body, msgspec.Raw | msgspec.Struct):
        return without_ids(msgspec.json.decode(msgspec.json.encode(body)))
    if isinstance(body, dict):
        return {name: without_ids(value) for name, value in body.items() if name not in OWN and not name.endswith("id")}
    return [without_ids(each) for each in body] if isinstance(body, list) else body


@pytest.mark.parametrize(("noun", "verb"), WRITES)
def test_a_dry_run_is_refused_like_a_real_one(server: Tenant, noun: str, verb: str) -> None:
    nobody = 999_999_999
    if verb == "create":
        with pytest.raises(Refusal):
            send(server, server.application, noun, verb, {"vis_state": "gone", "parentid": nobody}, nobody, dry=True)
    else:
        with pytest.raises(Refusal):
            send(server, server.application, noun, verb, {}, nobody, dry=True)


@pytest.mark.parametrize(("noun", "verb"), WRITES)
def test_a_write_that_runs_twice_counts_once(server: Tenant, noun: str, verb: str) -> None:
    repeating = over(server, Repeating(server.place.driver))
    plain = counted(server, server.application, noun, verb)
    assert counted(server, repeating, noun, verb) == plain
    assert sum(plain.rows.values()) or verb != "create"


class Counted(NamedTuple):
    """What one write changed: how many rows of which table, which events, and the answer."""

    rows: dict[str, int]
    events: list[str]
    status: int
    body: Any


def counted(server: Tenant, application: Application, noun: str, verb: str) -> Counted:
    books = server.another(name="Acme & Sons")
    body, object_id = ask(books, noun, verb)
    full = SORTS[noun].full if verb == "create" else None
    body = full(books) if full else body
    before = {name: len(found) for name, found in everything(books).items()}
    known = len(events(books))
    reply = send(books, application, noun, verb, body, object_id)
    more = {name: len(found) - before[name] for name, found in everything(books).items()}
    return Counted(more, [event[0] for event in events(books)[known:]], reply.status, without_ids(reply.body))


@pytest.mark.parametrize("noun", [noun for noun in those_that("update") if noun != "service_rate"])
def test_an_update_that_changes_nothing_moves_nothing(server: Tenant, noun: str) -> None:
    thing = made(server, noun)
    server.clock.pass_time(seconds=5)
    status, _, _ = changed(server, noun, id_of(noun, thing), {})
    assert status == 200
    found = server.get(path_of(server, noun, "get", id_of(noun, thing)))[1]
    assert (found["response"]["result"] if "response" in found else found)[BOOK.resources[noun].wrapper] == thing
