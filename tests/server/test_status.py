"""The status machine of invoices (semantics 3): the clock begins on 2026-03-10 in the business's zone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.server.bodies import client, invoice, line, pay, refused
from tests.support.ledger import entries, everything

if TYPE_CHECKING:
    from tests.support.tenant import Tenant

STATUS_WORDS = "Status must be one of 'draft', 'sent', 'viewed' or 'disputed'."


def state(found: Any) -> tuple[int, str, str, str]:
    return found["status"], found["display_status"], found["payment_status"], found["v3_status"]


def now(server: Tenant, invoiceid: int) -> tuple[int, str, str, str]:
    """Read the state of one invoice, and see that searching agrees with it."""
    found = server.read("invoice", invoiceid)
    listed = server.found("invoice", **{"search[v3_status]": found["v3_status"]})
    assert invoiceid in [each["id"] for each in listed], "searched by its own status"
    return state(found)


def put(server: Tenant, invoiceid: int, **fields: Any) -> Any:
    return server.put(f"invoices/invoices/{invoiceid}", {"invoice": fields})


def test_st_01_a_draft_is_never_overdue(server: Tenant) -> None:
    made = invoice(server, line("1", "100.00"), status=1, create_date="2026-03-09")
    assert now(server, made["id"]) == (1, "draft", "unpaid", "draft")
    assert made["fulfillment_date"] is None
    assert entries(server, "invoice", made["id"]) == 0


def test_st_02_to_08_the_life_of_an_invoice(server: Tenant) -> None:
    made = invoice(server, line("1", "100.00"), status=1, create_date="2026-03-10", due_offset_days=3)
    number = made["id"]
    sent = server.change("invoice", number, action_mark_as_sent=True)
    assert state(sent) == now(server, number) == (2, "sent", "unpaid", "sent"), "ST-02"
    assert sent["fulfillment_date"] == "2026-03-10"
    assert entries(server, "invoice", number) == 1
    before = everything(server)
    server.clock.pass_time(days=3)
    assert now(server, number) == (2, "sent", "unpaid", "sent"), "ST-03: the due date itself is not overdue"
    server.clock.pass_time(days=1)
    assert now(server, number) == (2, "sent", "unpaid", "overdue"), "ST-04"
    assert server.read("invoice", number)["updated"] == sent["updated"]
    assert everything(server) == before, "the day alone writes nothing"
    pay(server, number, "50.00", date="2026-03-14")
    assert now(server, number) == (2, "sent", "partial", "overdue"), "ST-05"
    put(server, number, due_offset_days=30)
    assert now(server, number) == (2, "sent", "partial", "partial"), "ST-06"
    last = pay(server, number, "50.00", date="2026-03-13")
    assert now(server, number) == (4, "sent", "paid", "paid"), "ST-07"
    assert server.read("invoice", number)["date_paid"] == "2026-03-13"
    server.change("payment", last["id"], vis_state=1)
    assert now(server, number) == (2, "sent", "partial", "partial"), "ST-08"
    assert server.read("invoice", number)["date_paid"] is None


def test_st_03_the_day_is_that_of_the_business(server: Tenant) -> None:
    west = server.another(timezone="Pacific/Honolulu")
    east = server.another(timezone="Pacific/Auckland")
    made = [invoice(each, line("1", "1.00"), create_date="2026-03-10") for each in (west, east)]
    server.clock.set("2026-03-10 20:00:00")
    found = [each.read("invoice", one["id"])["v3_status"] for each, one in zip((west, east), made, strict=True)]
    assert found == ["sent", "overdue"], "in Auckland it is the 11th already"


def test_st_09_vis_state_is_a_phase_of_its_own(server: Tenant) -> None:
    made = invoice(server, notes="before")
    status, body, headers = put(server, made["id"], vis_state=0, notes="x")
    assert (status, body["response"]["result"]["invoice"]["notes"]) == (200, "before")
    assert headers["x-bursar-ignored-fields"] == "notes"


def test_st_10_mark_as_sent_is_a_phase_of_its_own(server: Tenant) -> None:
    made = invoice(server, status=1, notes="before")
    status, body, headers = put(server, made["id"], notes="x", action_mark_as_sent=True)
    found = body["response"]["result"]["invoice"]
    assert (status, found["notes"], found["status"]) == (200, "before", 2)
    assert headers["x-bursar-ignored-fields"] == "notes"


@pytest.mark.parametrize("status", [4, 5, 6, 7, 8, 9, -1])
def test_st_11_only_four_states_can_be_written(server: Tenant, status: int) -> None:
    made = invoice(server, line("1", "5.00"))
    before = everything(server)
    answer = put(server, made["id"], status=status)
    assert refused(answer) == (422, 1004, "status")
    assert answer[1]["response"]["errors"][0]["message"] == STATUS_WORDS
    assert everything(server) == before


@pytest.mark.parametrize("status", ["sent", "2", 2.0, True, [2], {"value": 2}])
def test_st_12_a_state_is_a_number(server: Tenant, status: Any) -> None:
    made = invoice(server, line("1", "5.00"))
    answer = put(server, made["id"], status=status)
    assert refused(answer) == (422, 1015, "status")
    assert answer[1]["response"]["errors"][0]["message"] == "The field 'status' must be a number."


def test_st_13_an_invoice_of_nothing_gets_overdue_too(server: Tenant) -> None:
    made = invoice(server, create_date="2026-03-09")
    assert now(server, made["id"]) == (2, "sent", "unpaid", "overdue")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param(0, (0, "sent", "unpaid", "disputed"), id="0 is disputed"),
        pytest.param(1, (1, "draft", "unpaid", "draft"), id="1 is a draft again"),
        pytest.param(2, (2, "sent", "unpaid", "sent"), id="2 is sent"),
        pytest.param(3, (3, "viewed", "unpaid", "viewed"), id="3 is viewed"),
    ],
)
def test_a_state_is_written(server: Tenant, written: int, expected: tuple[int, str, str, str]) -> None:
    made = invoice(server, line("1", "5.00"), create_date="2026-03-10")
    assert state(server.change("invoice", made["id"], status=written)) == now(server, made["id"]) == expected


def test_back_to_draft_takes_the_invoice_out_of_the_books(server: Tenant) -> None:
    made = invoice(server, line("1", "5.00"))
    server.change("invoice", made["id"], status=1)
    assert entries(server, "invoice", made["id"]) == 2, "booked and reversed"
    assert server.read("invoice", made["id"])["fulfillment_date"] is None
    server.change("invoice", made["id"], status=2)
    assert entries(server, "invoice", made["id"]) == 3


def test_an_invoice_with_payments_does_not_become_a_draft(server: Tenant) -> None:
    made = invoice(server, line("1", "5.00"))
    pay(server, made["id"], "1.00")
    assert refused(put(server, made["id"], status=1)) == (422, 1004, "status")
    assert now(server, made["id"])[2] == "partial"


def test_a_disputed_invoice_is_sent_again(server: Tenant) -> None:
    made = invoice(server, line("1", "5.00"), create_date="2026-03-10")
    assert server.change("invoice", made["id"], status=0)["dispute_status"] == "disputed"
    assert state(server.change("invoice", made["id"], status=2)) == (2, "sent", "unpaid", "sent")


def test_any_unpaid_invoice_is_disputed_also_a_draft(server: Tenant) -> None:
    made = invoice(server, line("1", "5.00"), create_date="2026-03-10", status=1)
    assert state(server.change("invoice", made["id"], status=0)) == (0, "draft", "unpaid", "disputed")
    assert entries(server, "invoice", made["id"]) == 0
    assert state(server.change("invoice", made["id"], status=1)) == (1, "draft", "unpaid", "draft")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({}, 1, id="nothing said"),
        pytest.param({"status": 1}, 1, id="status 1"),
        pytest.param({"status": 2}, 2, id="status 2"),
        pytest.param({"action_mark_as_sent": True}, 2, id="marked as sent"),
        pytest.param({"action_mark_as_sent": False}, 1, id="not marked as sent"),
        pytest.param({"action_email": True}, 2, id="mailed"),
        pytest.param({"action_email": True, "email_recipients": ["x@y.example"], "action_mark_as_sent": True}, 2, id="mailed and marked"),
    ],
)
def test_a_new_invoice_is_a_draft_unless_it_is_sent_at_once(server: Tenant, fields: dict[str, Any], expected: int) -> None:
    body = {"customerid": client(server), "create_date": "2026-03-10", "lines": [line("1", "5.00")], **fields}
    made = server.create("invoice", **body)
    assert made["status"] == expected
    assert made["fulfillment_date"] == (None if expected == 1 else "2026-03-10")
    assert entries(server, "invoice", made["id"]) == expected - 1
    assert server.read("invoice", made["id"]) == made


@pytest.mark.parametrize("status", [0, 3, 4, 8])
def test_a_new_invoice_is_neither_viewed_nor_disputed_nor_paid(server: Tenant, status: int) -> None:
    body = {"customerid": client(server), "create_date": "2026-03-10", "status": status}
    assert refused(server.post("invoices/invoices", {"invoice": body})) == (422, 1004, "status")
    assert server.found("invoice") == []


def test_marking_a_sent_invoice_again_changes_nothing(server: Tenant) -> None:
    made = invoice(server, line("1", "5.00"))
    server.change("invoice", made["id"], status=3)
    before = everything(server)
    server.clock.pass_time(seconds=5)
    assert server.change("invoice", made["id"], action_mark_as_sent=True)["status"] == 3
    after = everything(server)
    assert {name: after[name] for name in after if name != "outbox"} == {name: before[name] for name in before if name != "outbox"}


def test_a_viewed_invoice_keeps_that_when_paid_in_part(server: Tenant) -> None:
    made = invoice(server, line("1", "5.00"), create_date="2026-03-10")
    server.change("invoice", made["id"], status=3)
    pay(server, made["id"], "1.00")
    assert now(server, made["id"]) == (3, "viewed", "partial", "partial")


def test_every_status_is_searched_as_it_is_shown(server: Tenant) -> None:
    customer = client(server)

    def made(day: str = "2026-03-10", **fields: Any) -> int:
        return int(invoice(server, line("1", "5.00"), customerid=customer, create_date=day, **fields)["id"])

    expected = {
        "draft": made(status=1),
        "sent": made(),
        "overdue": made("2026-03-09"),
        "viewed": made(),
        "disputed": made(),
        "partial": made(),
        "paid": made(),
        "deposit-partial": made(deposit_amount="2.00"),
        "deposit-paid": made(deposit_amount="2.00"),
        "retry": made(autobill_status="retry", auto_bill=True),
        "failed": made(autobill_status="failed", auto_bill=True),
        "autopaid": made(autobill_status="success", auto_bill=True),
        "pending": made(last_order_status="pending"),
        "declined": made(last_order_status="declined"),
    }
    server.change("invoice", expected["viewed"], status=3)
    server.change("invoice", expected["disputed"], status=0)
    for name, amount in (("partial", "1"), ("paid", "5"), ("deposit-partial", "1"), ("deposit-paid", "2"), ("autopaid", "5")):
        pay(server, expected[name], amount)
    for name, number in expected.items():
        assert [each["id"] for each in server.found("invoice", **{"search[v3_status]": name})] == [number], name
        assert server.read("invoice", number)["v3_status"] == name
    shown = {server.read("invoice", number)["status"] for number in expected.values()}
    assert shown == {0, 1, 2, 3, 4, 5, 6, 7}, "8 is never printed"
