"""Webhooks on their way: verified first, signed, in order for each object, at least once each, held up by nobody."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from bursar.store.deliveries import Share
from tests.delivery.hooks import SECOND_US, Hooks, signed
from tests.delivery.receiver import Receiver
from tests.support.ledger import rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.tenant import Tenant

MINUTE_S = 60


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    yield running
    running.close()


@pytest.fixture
def hooks(books: Tenant, receiver: Receiver) -> Iterator[Hooks]:
    opened = Hooks(books, receiver)
    yield opened
    books.place.run(opened.worker.stop())


def client(tenant: Tenant, name: str = "Acme") -> int:
    return int(tenant.create("client", organization=name)["id"])


def names(hooks: Hooks, path: str = "/hook") -> list[tuple[str, str]]:
    return [(each.fields["name"], each.fields["object_id"]) for each in hooks.events(path)]


def test_the_code_comes_after_the_answer_and_nothing_else_before_it_is_given_back(hooks: Hooks, receiver: Receiver) -> None:
    callback_id = hooks.register("client")
    client(hooks.tenant)
    hooks.drain()
    assert receiver.got == [], "the answer may still be under way"
    code = hooks.code(callback_id)
    (sent,) = receiver.got
    assert [name for name, _ in sent.form] == ["name", "object_id", "account_id", "user_id", "verifier"]
    assert (sent.fields["object_id"], sent.fields["account_id"]) == (str(callback_id), hooks.tenant.account_id)
    assert len(code) == 33
    assert code.isalnum()
    assert signed(sent, code)
    assert hooks.put(callback_id, verifier=code)[0] == 200
    hooks.drain()
    assert len(receiver.got) == 1, "what happened before is not told"
    made = client(hooks.tenant)
    hooks.drain()
    assert names(hooks) == [("client.create", str(made))]


@pytest.mark.unverified
def test_an_event_is_told_in_a_signed_form(hooks: Hooks) -> None:
    _, code = hooks.verified("client.create")
    made = client(hooks.tenant)
    hooks.drain()
    (event,) = hooks.events()
    tenant = hooks.tenant
    assert event.form == (
        ("name", "client.create"),
        ("object_id", str(made)),
        ("account_id", tenant.account_id),
        ("business_id", str(tenant.business_id)),
        ("identity_id", str(tenant.identity_id)),
        ("user_id", "1"),
    )
    assert signed(event, code)
    assert event.headers["content-type"] == "application/x-www-form-urlencoded"
    assert event.event_id.isdigit()


@pytest.mark.parametrize(
    ("subscription", "heard"),
    [
        pytest.param("client.update", ["client.update"], id="one event"),
        pytest.param("client", ["client.create", "client.update"], id="a noun"),
        pytest.param("all", ["client.create", "client.update", "tax.create"], id="everything"),
        pytest.param("bill", [], id="another noun"),
    ],
)
def test_what_a_subscription_hears(hooks: Hooks, subscription: str, heard: list[str]) -> None:
    hooks.verified(subscription)
    made = client(hooks.tenant)
    hooks.tenant.change("client", made, organization="Bolt")
    hooks.tenant.create("tax", name="HST", amount="13")
    hooks.drain()
    assert sorted(name for name, _ in names(hooks)) == heard


def test_events_about_one_object_come_in_their_order(hooks: Hooks, receiver: Receiver) -> None:
    hooks.verified("client")
    receiver.answers = lambda _received: 500
    first, second = client(hooks.tenant), client(hooks.tenant, "Bolt")
    hooks.tenant.change("client", first, organization="Crate")
    hooks.drain()
    assert sorted(names(hooks)) == [("client.create", str(first)), ("client.create", str(second))], "the update waits"
    receiver.answers = lambda _received: 204
    hooks.tenant.clock.pass_time(seconds=70)
    hooks.drain()
    assert [name for name, object_id in names(hooks) if object_id == str(first)] == ["client.create", "client.create", "client.update"]
    assert len({each.event_id for each in hooks.events() if each.fields["object_id"] == str(first)}) == 2, "the same event has the same id"
    assert {row["state"] for row in hooks.rows()} == {"delivered"}


@pytest.mark.parametrize("status", [301, 302, 400, 404, 410, 500])
def test_only_2xx_is_success(hooks: Hooks, receiver: Receiver, status: int) -> None:
    hooks.verified("client")
    receiver.answers = lambda _received: status
    client(hooks.tenant)
    hooks.drain()
    assert [each.path for each in receiver.got[1:]] == ["/hook"], "redirects are not followed"
    row = hooks.rows()[-1]
    assert (row["state"], row["status"], row["failure"]) == ("waiting", status, f"answered {status}")


@pytest.mark.unverified
def test_a_delivery_is_tried_six_times_and_then_given_up(hooks: Hooks, receiver: Receiver) -> None:
    callback_id, _ = hooks.verified("client")
    receiver.answers = lambda _received: 503
    client(hooks.tenant)
    for attempt, minutes in enumerate((1, 5, 30, 120, 720), start=1):
        hooks.drain()
        row = hooks.rows()[-1]
        wait_s = (row["next_us"] - hooks.tenant.clock.now_us()) / SECOND_US
        assert (row["state"], row["attempts"]) == ("waiting", attempt)
        assert abs(wait_s - minutes * MINUTE_S) <= minutes * MINUTE_S / 10
        hooks.tenant.clock.advance(row["next_us"] - hooks.tenant.clock.now_us())
    hooks.drain()
    row = hooks.rows()[-1]
    assert (row["state"], row["attempts"], row["next_us"]) == ("failed", 6, None)
    assert row["ended_us"] == hooks.tenant.clock.now_us()
    _, body, _ = hooks.tenant.get(f"{hooks.path}/{callback_id}")
    assert body["response"]["result"]["callback"]["verified"] is True, "the callback stays as it is"


def test_an_object_whose_event_was_given_up_goes_on(hooks: Hooks, receiver: Receiver) -> None:
    hooks.verified("client")
    receiver.answers = lambda received: 500 if received.fields["name"] == "client.create" else 200
    made = client(hooks.tenant)
    hooks.tenant.change("client", made, organization="Bolt")
    for _ in range(6):
        hooks.drain()
        hooks.tenant.clock.pass_time(seconds=50_000)
    assert [name for name, _ in names(hooks)] == ["client.create"] * 6 + ["client.update"]


def test_a_receiver_that_is_not_there_is_tried_again(hooks: Hooks) -> None:
    nowhere = Receiver()
    nowhere.close()
    hooks.register("client", uri=nowhere.url)
    hooks.tenant.clock.pass_time(seconds=1)
    hooks.drain()
    (row,) = hooks.rows()
    assert (row["state"], row["status"], row["attempts"]) == ("waiting", None, 1)
    assert row["failure"]


def test_one_slow_receiver_holds_up_no_other(hooks: Hooks, receiver: Receiver) -> None:
    hooks.verified("client", "/slow")
    hooks.verified("tax", "/quick")
    gate = threading.Event()

    def answer(received: Any) -> int:
        if received.path == "/slow":
            gate.wait(10)
        return 200

    receiver.answers = answer
    for number in range(40):
        client(hooks.tenant, f"Client {number}")
    hooks.tenant.place.run(begin(hooks))
    try:
        receiver.wait(32, "/slow")  # verification included: as many as there may be at once
        hooks.tenant.create("tax", name="HST", amount="13")
        assert receiver.wait(2, "/quick")[-1].fields["name"] == "tax.create"
        gate.set()
        hooks.until(lambda found: all(row["state"] == "delivered" for row in found))
    finally:
        gate.set()
        hooks.tenant.place.run(hooks.worker.stop())
    assert len(hooks.events("/slow")) == 40


def test_however_many_are_slow_no_quick_one_waits(hooks: Hooks, receiver: Receiver) -> None:
    """All of them at one address, which many callbacks share: that of a service that passes webhooks on."""
    for number in range(40):
        hooks.verified("client", f"/slow/{number}")
    hooks.verified("tax", "/quick")
    gate = threading.Event()

    def answer(received: Any) -> int:
        if received.path.startswith("/slow"):
            gate.wait(20)
        return 200

    receiver.answers = answer
    before = len(receiver.got)
    for number in range(2):
        client(hooks.tenant, f"Client {number}")
    hooks.tenant.place.run(begin(hooks))
    try:
        receiver.wait(before + 70)
        hooks.tenant.create("tax", name="HST", amount="13")
        assert receiver.wait(2, "/quick")[-1].fields["name"] == "tax.create"
        (row,) = (each for each in hooks.rows() if each["event"] == "tax.create")
        assert row["attempts"] == 1
        gate.set()
        hooks.until(lambda found: all(row["state"] == "delivered" for row in found))
    finally:
        gate.set()
        hooks.tenant.place.run(hooks.worker.stop())


def test_what_is_under_way_while_the_clock_is_moved_is_not_sent_twice(hooks: Hooks, receiver: Receiver) -> None:
    hooks.verified("tax")
    gate = threading.Event()

    def answer(received: Any) -> int:
        return 200 if gate.wait(20) else 500

    hooks.tenant.create("tax", name="HST", amount="13")
    receiver.answers = answer
    place, agenda = hooks.tenant.place, hooks.tenant.application.agenda
    place.run(begin(hooks))
    try:
        receiver.wait(2)
        to_us = hooks.tenant.clock.now_us() + 86_400 * SECOND_US
        with ThreadPoolExecutor(1) as beside:
            moving = beside.submit(place.run, agenda.advance(to_us))
            hooks.until(lambda _found: hooks.worker.turn.locked())
            for _ in range(100):  # whoever would send it again has the time to
                hooks.rows()
            gate.set()
            moving.result(30)
    finally:
        gate.set()
        place.run(hooks.worker.stop())
    assert [each.fields["name"] for each in hooks.events()] == ["tax.create"]
    assert [(row["state"], row["attempts"]) for row in hooks.rows() if row["event"] == "tax.create"] == [("delivered", 1)]


async def begin(hooks: Hooks) -> None:
    hooks.worker.start()


def test_an_edit_has_to_be_verified_anew_and_what_waited_goes_to_the_new_address(hooks: Hooks, receiver: Receiver) -> None:
    callback_id, first = hooks.verified("client")
    receiver.answers = lambda received: 500 if received.path == "/hook" else 200
    made = client(hooks.tenant)
    hooks.drain()
    status, body = hooks.put(callback_id, uri=receiver.url + "/moved")
    assert (status, body["response"]["result"]["callback"]["verified"]) == (200, False)
    client(hooks.tenant, "Unheard")
    hooks.tenant.clock.pass_time(seconds=70)
    hooks.drain()
    assert hooks.events("/moved") == []
    assert [row["state"] for row in hooks.rows()] == ["delivered", "held", "delivered"]
    second = hooks.code(callback_id)
    assert second != first
    assert hooks.put(callback_id, verifier=first)[0] == 422
    assert hooks.put(callback_id, verifier=second)[0] == 200
    hooks.drain()
    assert names(hooks, "/moved") == [("client.create", str(made))]
    assert signed(hooks.events("/moved")[0], second)


def test_an_edit_that_repeats_what_is_there_changes_nothing(hooks: Hooks, receiver: Receiver) -> None:
    callback_id, _ = hooks.verified("client")
    _, body = hooks.put(callback_id, event="client", uri=receiver.url + "/hook")
    assert body["response"]["result"]["callback"]["verified"] is True
    hooks.tenant.clock.pass_time(seconds=5)
    hooks.drain()
    assert len(receiver.got) == 1


def test_a_resent_code_is_the_same_and_takes_the_place_of_the_one_under_way(hooks: Hooks, receiver: Receiver) -> None:
    callback_id = hooks.register("client")
    receiver.answers = lambda _received: 500
    first = hooks.code(callback_id)
    receiver.answers = lambda _received: 200
    status, body = hooks.put(callback_id, resend=True, callback_id=callback_id)
    assert (status, body["response"]["result"]["callback"]["verified"]) == (200, False)
    assert hooks.code(callback_id) == first
    hooks.tenant.clock.pass_time(seconds=700)
    hooks.drain()
    assert len(receiver.got) == 2
    assert [row["state"] for row in hooks.rows()] == ["failed", "delivered"]


def test_a_deleted_callback_is_sent_nothing_more(hooks: Hooks, receiver: Receiver) -> None:
    callback_id, _ = hooks.verified("client")
    client(hooks.tenant)
    status, body, _ = hooks.tenant.delete(f"{hooks.path}/{callback_id}")
    assert (status, body) == (200, {"response": {"result": {}}})
    hooks.drain()
    assert len(receiver.got) == 1
    assert hooks.rows()[-1]["failure"] == "the callback was deleted"


def test_books_hear_of_their_own_events_alone(hooks: Hooks) -> None:
    hooks.verified("all", "/mine")
    other = Hooks(hooks.tenant.another(), hooks.receiver)
    other.verified("all", "/theirs")
    mine, theirs = client(hooks.tenant), client(other.tenant)
    hooks.drain()
    assert names(hooks, "/mine") == [("client.create", str(mine))]
    assert names(hooks, "/theirs") == [("client.create", str(theirs))]


def test_a_refused_change_tells_nothing(hooks: Hooks) -> None:
    hooks.verified("all")
    status, _, _ = hooks.tenant.post("taxes/taxes", {"tax": {}})
    assert status == 422
    hooks.drain()
    assert hooks.events() == []


def test_the_delivery_of_a_worker_that_died_comes_due_again(hooks: Hooks) -> None:
    hooks.verified("client")
    client(hooks.tenant)
    deliveries, clock = hooks.worker._deliveries, hooks.tenant.clock
    callback_id = hooks.rows()[-1]["callback_id"]

    async def claim() -> Any:
        return await deliveries.turn([], [], [Share(callback_id, 5)], clock.now_us(), clock.now_us() + 15 * SECOND_US)

    assert len(hooks.tenant.place.run(claim())) == 1
    hooks.drain()
    assert hooks.events() == [], "it is another's"
    clock.pass_time(seconds=15)
    hooks.drain()
    assert len(hooks.events()) == 1
    assert hooks.rows()[-1]["attempts"] == 2


def test_events_and_what_was_delivered_of_them_are_forgotten_after_thirty_days(hooks: Hooks, receiver: Receiver) -> None:
    hooks.verified("client")
    client(hooks.tenant)
    hooks.drain()
    pruner, clock = hooks.tenant.application.pruner, hooks.tenant.clock
    clock.pass_time(days=30)
    hooks.tenant.place.run(pruner.prune())
    assert len(hooks.rows()) == 2
    receiver.answers = lambda _received: 500
    client(hooks.tenant, "Still under way")
    hooks.drain()
    clock.pass_time(seconds=1)
    hooks.tenant.place.run(pruner.drain())
    assert [row["state"] for row in hooks.rows()] == ["waiting"]
    assert [event for (event,) in rows(hooks.tenant, "outbox", "event")] == ["client.create"]


def test_codes_are_forgotten_after_thirty_days_where_nothing_else_happened(hooks: Hooks) -> None:
    hooks.verified("client")
    pruner, clock = hooks.tenant.application.pruner, hooks.tenant.clock
    hooks.tenant.place.run(pruner.drain())
    due_us = hooks.tenant.place.run(pruner.next_due_us())
    clock.pass_time(days=30)
    assert due_us is not None
    assert clock.now_us() < due_us < clock.now_us() + 3_600 * SECOND_US
    hooks.tenant.place.run(pruner.prune())
    assert len(hooks.rows()) == 1
    clock.pass_time(seconds=1)
    hooks.tenant.place.run(pruner.prune())
    assert hooks.rows() == []
