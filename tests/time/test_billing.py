"""Time on invoices: hours, rates, what is billed and what is free again (TIME-01 to 05, DEL-04, semantics 5.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.server.bodies import client, invoice
from tests.server.bodies import refused as refusal
from tests.support.ledger import everything
from tests.time.asking import change as put
from tests.time.asking import create, events, listed, path, read, refused, remove, whole

if TYPE_CHECKING:
    from tests.support.tenant import Tenant

START = "2026-03-09T14:00:00Z"


def log(server: Tenant, seconds: int = 3600, **fields: Any) -> int:
    return int(create(server, "time_entry", **{"started_at": START, "duration": seconds, **fields})["id"])


def line(*entries: int, **fields: Any) -> dict[str, Any]:
    return {"name": "Work", "modern_time_entries": [{"id": number} for number in entries], **fields}


def bill(server: Tenant, *lines: dict[str, Any], **fields: Any) -> Any:
    return invoice(server, *lines, include=("lines",), **fields)


def price(amount: str) -> dict[str, Any]:
    return {"unit_cost": {"amount": amount}}


def bill_refused(server: Tenant, *lines: dict[str, Any]) -> tuple[int, int, str]:
    """Try to bill and answer how that is refused."""
    body = {"customerid": client(server), "create_date": "2026-03-09", "lines": list(lines)}
    return refusal(server.post("invoices/invoices", {"invoice": body}))


def billed(server: Tenant, *entries: int) -> list[bool]:
    return [read(server, "time_entry", number)["billed"] for number in entries]


@pytest.mark.parametrize(
    ("seconds", "qty", "amount"),
    [pytest.param(9840, "2.73", "259.35", id="TIME-01"), pytest.param(5400, "1.5", "142.50", id="TIME-02")],
)
def test_a_line_without_a_quantity_takes_the_hours_of_its_entries(server: Tenant, seconds: int, qty: str, amount: str) -> None:
    number = log(server, seconds)
    (made,) = bill(server, line(number, **price("95.00")))["lines"]
    assert (made["qty"], made["amount"]["amount"], made["modern_time_entries"]) == (qty, amount, [{"id": number}])


def test_time_03_seconds_are_added_up_before_they_become_hours(server: Tenant) -> None:
    grouped = bill(server, line(log(server, 59), log(server, 59), **price("95.00")))
    assert [(each["qty"], each["amount"]["amount"]) for each in grouped["lines"]] == [("0.03", "2.85")]
    detailed = bill(server, line(log(server, 59), **price("95.00")), line(log(server, 59), **price("95.00")))
    assert [(each["qty"], each["amount"]["amount"]) for each in detailed["lines"]] == [("0.02", "1.90")] * 2
    assert detailed["amount"]["amount"] == "3.80"


def test_a_quantity_that_is_sent_stands(server: Tenant) -> None:
    (made,) = bill(server, line(log(server, 3600), qty="1", **price("95.00")), line(qty="3", **price("1")))["lines"][:1]
    assert (made["qty"], made["amount"]["amount"]) == ("1", "95.00")


def test_time_04_billed_entries_leave_the_unbilled_ones(server: Tenant) -> None:
    first, second = log(server, 600), log(server, 1200)
    assert whole(server, "time_entry", billed="false")["meta"]["total_unbilled"] == 1800
    bill(server, line(first, **price("95.00")))
    found = whole(server, "time_entry", billed="false")
    assert [each["id"] for each in found["time_entries"]] == [second]
    assert (found["meta"]["total_unbilled"], found["meta"]["total_logged"]) == (1200, 1200)
    assert whole(server, "time_entry")["meta"]["total_unbilled"] == 1200


def test_time_05_deleting_the_invoice_frees_them_and_restoring_it_bills_them_again(server: Tenant) -> None:
    number = log(server, 600)
    made = bill(server, line(number, **price("95.00")))
    server.remove("invoice", made["id"])
    assert [each["id"] for each in listed(server, "time_entry", billed="false")] == [number]
    server.change("invoice", made["id"], vis_state=0)
    assert billed(server, number) == [True]
    server.change("invoice", made["id"], vis_state=1)
    assert billed(server, number) == [False]


def test_del_04_an_invoice_that_is_deleted_frees_entry_and_expense(server: Tenant) -> None:
    customer = client(server)
    number = log(server, 600, client_id=customer)
    category = server.found("category")[0]["id"]
    amount = {"amount": "50.00"}
    expense = server.create("expense", amount=amount, categoryid=category, staffid=1, date="2026-03-03", clientid=customer)["id"]
    made = bill(server, line(number, **price("95.00")), {"type": 1, "expenseid": expense}, customerid=customer)
    assert (billed(server, number), server.read("expense", expense)["status"]) == ([True], 2)
    server.remove("invoice", made["id"])
    assert (billed(server, number), server.read("expense", expense)["status"]) == ([False], 1)
    server.change("invoice", made["id"], vis_state=0)
    assert (billed(server, number), server.read("expense", expense)["status"]) == ([True], 2)


def test_taking_a_line_away_frees_its_entries(server: Tenant) -> None:
    first, second, third = log(server), log(server), log(server)
    made = bill(server, line(first, **price("10")), line(second, **price("10")))
    server.change("invoice", made["id"], notes="nothing about lines")
    assert billed(server, first, second, third) == [True, True, False]
    server.change("invoice", made["id"], lines=[line(second, third, **price("10"))])
    assert billed(server, first, second, third) == [False, True, True]
    server.change("invoice", made["id"], lines=[])
    assert billed(server, first, second, third) == [False, False, False]


def test_sending_lines_back_as_they_were_read_keeps_them_billed(server: Tenant) -> None:
    number = log(server, 5400)
    made = bill(server, line(number, **price("95.00")))
    again = server.change("invoice", made["id"], lines=made["lines"], include=("lines",))
    assert again["lines"] == made["lines"]
    assert billed(server, number) == [True]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        pytest.param({"billed": True}, "The time entry is billed already.", id="marked by hand"),
        pytest.param({"billable": False}, "The time entry is not billable.", id="not billable"),
        pytest.param({"is_logged": False, "duration": None}, "The time entry is not logged yet.", id="still running"),
    ],
)
def test_an_entry_is_not_to_be_billed(server: Tenant, fields: dict[str, Any], text: str) -> None:
    number, customer = log(server, **fields), client(server)
    before = everything(server)
    body = {"customerid": customer, "create_date": "2026-03-09", "lines": [line(number, **price("95.00"))]}
    answer = server.post("invoices/invoices", {"invoice": body})
    assert refusal(answer) == (422, 1004, "modern_time_entries")
    assert answer[1]["response"]["errors"][0]["message"] == text
    assert everything(server) == before


@pytest.mark.parametrize("number", [10**30, 2**63])
def test_an_id_too_large_is_no_entry(server: Tenant, number: int) -> None:
    body = {"customerid": client(server), "create_date": "2026-03-09", "lines": [line(number, **price("95.00"))]}
    before = everything(server)
    answer = server.post("invoices/invoices", {"invoice": body})
    assert refusal(answer)[::2] == (422, "modern_time_entries")
    assert everything(server) == before


def test_an_entry_is_billed_once(server: Tenant) -> None:
    number = log(server)
    made = bill(server, line(number, **price("95.00")))
    for lines in ([line(number)], [line(number, number)]):
        answer = server.post(
            "invoices/invoices", {"invoice": {"customerid": made["customerid"], "create_date": "2026-03-09", "lines": lines}}
        )
        assert refusal(answer) == (422, 1004, "modern_time_entries")
    twice = [line(number, **price("95.00")), line(number, **price("95.00"))]
    assert refusal(server.put(f"invoices/invoices/{made['id']}", {"invoice": {"lines": twice}})) == (422, 1004, "modern_time_entries")


@pytest.mark.parametrize("entries", [[{"id": 4711}], [4711]], ids=["an object", "a number"])
def test_an_entry_nobody_knows_is_not_found(server: Tenant, entries: list[Any]) -> None:
    assert bill_refused(server, {"modern_time_entries": entries, **price("95.00")}) == (404, 1012, "modern_time_entries")


def test_a_removed_entry_cannot_be_billed(server: Tenant) -> None:
    number = log(server)
    remove(server, "time_entry", number)
    assert bill_refused(server, line(number, **price("95.00"))) == (404, 1012, "modern_time_entries")


@pytest.mark.parametrize("entries", [[{"number": 1}], ["x"], [None]])
def test_what_is_no_entry_is_refused(server: Tenant, entries: list[Any]) -> None:
    assert bill_refused(server, {"modern_time_entries": entries, **price("95.00")}) == (422, 1004, "modern_time_entries")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"duration": 60}, id="its duration"),
        pytest.param({"project_id": 1}, id="its project"),
        pytest.param({"billed": False}, id="that it is billed"),
        pytest.param({"is_logged": False, "duration": None}, id="that it is logged"),
        pytest.param({"active": False}, id="that it is there"),
    ],
)
def test_an_entry_on_an_invoice_keeps(server: Tenant, changes: dict[str, Any]) -> None:
    project = create(server, "project", title="Website")["id"]
    number = log(server)
    bill(server, line(number, **price("95.00")))
    sent = {"is_logged": True, "duration": 3600, "started_at": START} | changes
    sent |= {"project_id": project} if "project_id" in changes else {}
    before = read(server, "time_entry", number)
    answer = server.put(path(server, "time_entry", number), {"time_entry": sent})
    assert refused(answer) == (422, {"billed": "Entry is on an invoice."})
    assert refused(server.delete(path(server, "time_entry", number))) == (422, {"billed": "Entry is on an invoice."})
    assert read(server, "time_entry", number) == before


def test_a_short_put_keeps_client_and_project_of_an_entry_on_an_invoice(server: Tenant) -> None:
    customer, project = client(server), create(server, "project", title="Website")["id"]
    number = log(server, client_id=customer, project_id=project, note="Layout")
    made = bill(server, line(number, **price("95.00")), customerid=customer)
    changed = put(server, "time_entry", number, is_logged=True, duration=3600, started_at=START)
    assert (changed["client_id"], changed["project_id"], changed["note"]) == (customer, project, None)
    server.remove("invoice", made["id"])
    changed = put(server, "time_entry", number, is_logged=True, duration=3600, started_at=START)
    assert (changed["client_id"], changed["project_id"]) == (None, None)


def test_restoring_an_invoice_fails_as_a_whole_when_its_time_is_billed_elsewhere(server: Tenant) -> None:
    number = log(server)
    made = bill(server, line(number, **price("95.00")))
    server.remove("invoice", made["id"])
    bill(server, line(number, **price("80.00")))
    answer = server.put(f"invoices/invoices/{made['id']}", {"invoice": {"vis_state": 0}})
    assert refusal(answer) == (422, 1004, "vis_state")
    assert server.read("invoice", made["id"])["vis_state"] == 1


def test_restoring_an_invoice_goes_on_without_time_that_was_removed(server: Tenant) -> None:
    number = log(server)
    made = bill(server, line(number, **price("95.00")))
    server.remove("invoice", made["id"])
    remove(server, "time_entry", number)
    restored = server.change("invoice", made["id"], vis_state=0)
    assert (restored["vis_state"], restored["amount"]["amount"]) == (0, "95.00")


def status_of(server: Tenant, project: int) -> tuple[str, str]:
    """Answer what is billed of a project: alone and in the list."""
    found, each = read(server, "project", project), next(each for each in listed(server, "project") if each["id"] == project)
    assert (each["billed_amount"], each["billed_status"]) == (found["billed_amount"], found["billed_status"])
    return found["billed_amount"], found["billed_status"]


def test_a_project_follows_what_is_billed_of_it(server: Tenant) -> None:
    project = create(server, "project", title="Website", rate="80")["id"]
    first, second = log(server, 3600, project_id=project), log(server, 1800, project_id=project)
    log(server, 600, project_id=project, billable=False)
    assert status_of(server, project) == ("0.00", "unbilled")
    made = bill(server, line(first, **price("95.00")), {"name": "Else", "qty": 1, **price("5.00")}, status=1)
    assert [each["modern_project_id"] for each in made["lines"]] == [project, None]
    assert status_of(server, project) == ("0.00", "unbilled"), "a draft bills nothing yet"
    server.change("invoice", made["id"], action_mark_as_sent=True)
    assert status_of(server, project) == ("95.00", "partially_billed")
    rest = bill(server, line(second))
    assert status_of(server, project) == ("135.00", "billed")
    server.remove("invoice", rest["id"])
    assert status_of(server, project) == ("95.00", "partially_billed")
    server.change("invoice", made["id"], lines=[])
    assert status_of(server, project) == ("0.00", "unbilled")


def test_time_called_billed_by_hand_counts_as_billed(server: Tenant) -> None:
    project = create(server, "project", title="Website")["id"]
    log(server, project_id=project, billed=True)
    assert status_of(server, project) == ("0.00", "billed")
    log(server, project_id=project)
    assert status_of(server, project) == ("0.00", "partially_billed")


@pytest.mark.parametrize(
    ("project", "line_of"),
    [
        pytest.param({"rate": "80.00"}, ("1.5", "80.00", "120.00"), id="the project's rate"),
        pytest.param({"rate": "80.00", "billing_method": "business_rate"}, ("1.5", "80.00", "120.00"), id="another method with a rate"),
        pytest.param({"billing_method": "service_rate", "rate": "1"}, ("1.5", "60.00", "90.00"), id="the rate of the service"),
        pytest.param({"project_type": "fixed_price", "fixed_price": "500"}, ("1", "500.00", "500.00"), id="a fixed price, once"),
        pytest.param({}, ("1.5", "0.00", "0.00"), id="nothing"),
    ],
)
def test_a_line_without_a_price_takes(server: Tenant, project: dict[str, Any], line_of: tuple[str, str, str]) -> None:
    service = create(server, "service", name="Design")["id"]
    server.post(f"/comments/business/{server.business_id}/service/{service}/rate", {"service_rate": {"rate": "60.00"}})
    number = log(server, 5400, project_id=create(server, "project", title="Website", **project)["id"], service_id=service)
    (made,) = bill(server, line(number))["lines"]
    assert (made["qty"], made["unit_cost"]["amount"], made["amount"]["amount"]) == line_of


def test_a_fixed_price_is_billed_once(server: Tenant) -> None:
    project = create(server, "project", title="Website", project_type="fixed_price", fixed_price="500")["id"]
    first, second, third = (log(server, 3600, project_id=project) for _ in range(3))

    def prices(made: Any) -> list[str]:
        return [each["amount"]["amount"] for each in made["lines"]]

    made = bill(server, line(first), line(second))
    assert prices(made) == ["500.00", "0.00"]
    assert prices(bill(server, line(third))) == ["0.00"]
    assert prices(server.change("invoice", made["id"], lines=[line(first)], include=("lines",))) == ["500.00"]
    server.remove("invoice", made["id"])
    assert prices(bill(server, line(second))) == ["0.00"], "the third is on an invoice still"


def test_a_fixed_price_is_free_again_when_its_invoice_goes(server: Tenant) -> None:
    project = create(server, "project", title="Website", project_type="fixed_price", fixed_price="500")["id"]
    number = log(server, 3600, project_id=project)
    server.remove("invoice", bill(server, line(number))["id"])
    assert bill(server, line(number))["amount"]["amount"] == "500.00"


def test_services_that_cost_differently_need_a_price_on_one_line(server: Tenant) -> None:
    project = create(server, "project", title="Website", billing_method="service_rate")["id"]
    entries = []
    for rate in ("60.00", "70.00"):
        service = create(server, "service", name="Design")["id"]
        server.post(f"/comments/business/{server.business_id}/service/{service}/rate", {"service_rate": {"rate": rate}})
        entries.append(log(server, 3600, project_id=project, service_id=service))
    assert bill_refused(server, line(*entries)) == (422, 1001, "unit_cost")
    assert bill(server, line(entries[0]), line(entries[1]))["amount"]["amount"] == "130.00"


def test_amounts_of_all_currencies_are_added_up_as_plain_numbers(server: Tenant) -> None:
    project = create(server, "project", title="Website")["id"]
    for code, amount in (("USD", "10.25"), ("JPY", "100"), ("KWD", "1.125")):
        bill(server, line(log(server, project_id=project), qty=1, unit_cost={"amount": amount, "code": code}), currency_code=code)
    assert status_of(server, project) == ("111.375", "billed")


def test_an_estimate_bills_no_time_and_neither_does_what_is_made_of_it(server: Tenant) -> None:
    number, customer = log(server), client(server)
    estimate = server.create("estimate", customerid=customer, create_date="2026-03-09", lines=[line(number, **price("95.00"))])["id"]
    made = server.create("invoice", customerid=customer, create_date="2026-03-09", estimateid=estimate, include=("lines",))
    assert [each["modern_time_entries"] for each in made["lines"]] == [[]]
    assert billed(server, number) == [False]


def test_billing_time_tells_of_the_invoice_alone(server: Tenant) -> None:
    number = log(server)
    made = bill(server, line(number, **price("95.00")))
    server.remove("invoice", made["id"])
    told = [event for event in events(server) if not event[0].startswith("client")]
    assert told == [("time_entry.create", number), ("invoice.create", made["id"]), ("invoice.delete", made["id"])]
