"""What somebody finds in the sample books."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from bursar.domain.policy import DEFAULT
from bursar.store.verify import Verifier
from tests.time.asking import listed, read, whole

if TYPE_CHECKING:
    from tests.support.tenant import Tenant

TODAY = "2026-03-10"
STATUSES = {
    "draft": 10,
    "sent": 9,
    "viewed": 8,
    "partial": 5,
    "paid": 120,
    "autopaid": 16,
    "overdue": 15,
    "deposit-partial": 3,
    "deposit-paid": 4,
    "disputed": 2,
    "pending": 2,
    "declined": 2,
    "retry": 2,
    "failed": 2,
}


def everything(books: Tenant, noun: str, **query: Any) -> list[Any]:
    """Answer all pages of a list."""
    found: list[Any] = []
    page = 1
    while more := books.found(noun, page=page, **query):
        found += more
        page += 1
    return found


def money(amount: dict[str, str]) -> Decimal:
    return Decimal(amount["amount"])


@pytest.mark.parametrize(
    ("noun", "number"),
    [("client", 30), ("invoice", 200), ("estimate", 20), ("expense", 125), ("item", 17), ("tax", 3), ("category", 58)],
)
def test_the_lists_hold_a_small_business(northlight: Tenant, noun: str, number: int) -> None:
    assert len(everything(northlight, noun)) == number


@pytest.mark.parametrize(("status", "number"), STATUSES.items())
def test_invoices_are_in_every_status(northlight: Tenant, status: str, number: int) -> None:
    found = everything(northlight, "invoice", **{"search[v3_status]": status})
    assert [invoice["v3_status"] for invoice in found] == [status] * number


def test_nothing_but_these_statuses(northlight: Tenant) -> None:
    assert sum(STATUSES.values()) == 200
    assert {invoice["v3_status"] for invoice in everything(northlight, "invoice")} == set(STATUSES)


def test_estimates_are_in_every_state(northlight: Tenant) -> None:
    states = [estimate["display_status"] for estimate in everything(northlight, "estimate")]
    assert {state: states.count(state) for state in set(states)} == {"draft": 3, "sent": 4, "viewed": 3, "accepted": 4, "invoiced": 6}


def test_expenses_are_internal_waiting_billed_or_recouped(northlight: Tenant) -> None:
    statuses = [expense["status"] for expense in everything(northlight, "expense")]
    assert {status: statuses.count(status) for status in set(statuses)} == {0: 116, 1: 3, 2: 1, 4: 5}


@pytest.mark.parametrize(
    ("noun", "state", "number"),
    [
        pytest.param("client", 2, 1, id="an archived client"),
        pytest.param("client", 1, 1, id="a deleted client"),
        pytest.param("invoice", 2, 3, id="archived invoices"),
        pytest.param("invoice", 1, 2, id="deleted invoices"),
        pytest.param("item", 2, 1, id="an archived item"),
    ],
)
def test_some_things_are_put_away(northlight: Tenant, noun: str, state: int, number: int) -> None:
    assert len(everything(northlight, noun, **{"search[vis_state]": state})) == number


def test_the_books_end_today_and_began_two_years_ago(northlight: Tenant) -> None:
    invoices = everything(northlight, "invoice")
    assert max(invoice["create_date"] for invoice in invoices) == TODAY
    assert min(invoice["create_date"] for invoice in invoices) < "2024-05-01"
    assert max(payment["date"] for payment in everything(northlight, "payment")) <= TODAY


def test_documents_were_written_on_their_day(northlight: Tenant) -> None:
    for invoice in everything(northlight, "invoice"):
        assert invoice["created_at"][:10] == (invoice["create_date"] if invoice["create_date"] != TODAY else "2026-03-09")
        assert invoice["created_at"] <= invoice["updated"] < "2026-03-10 11:00:00"


def test_numbers_follow_the_days(northlight: Tenant) -> None:
    deleted = northlight.found("invoice", **{"search[vis_state]": 1})
    invoices = sorted([*everything(northlight, "invoice"), *deleted], key=lambda invoice: str(invoice["invoice_number"]))
    assert [invoice["invoice_number"] for invoice in invoices] == [f"{number:07d}" for number in range(1, 203)]
    days = [invoice["create_date"] for invoice in invoices]
    assert days == sorted(days)


def test_no_weekend_work(northlight: Tenant) -> None:
    from datetime import date

    days = {invoice["create_date"] for invoice in everything(northlight, "invoice")}
    assert {date.fromisoformat(day).weekday() for day in days} <= {0, 1, 2, 3, 4}


def test_clients_are_billed_in_their_currency_with_their_taxes(northlight: Tenant) -> None:
    currencies = {client["id"]: client["currency_code"] for client in everything(northlight, "client")}
    assert sorted(currencies.values()).count("USD") == 5
    assert sorted(currencies.values()).count("EUR") == 3
    for invoice in everything(northlight, "invoice", **{"include[]": "lines"}):
        assert invoice["currency_code"] == currencies.get(invoice["customerid"], "CAD")
        taxes = [(line["taxName1"], line["taxAmount1"]) for line in invoice["lines"] if line["type"] == 0]
        domestic = {("HST", "13"), ("GST", "5")} if invoice["currency_code"] == "CAD" else {("", "0")}
        assert set(taxes) <= domestic


def test_every_cent_is_accounted_for(northlight: Tenant) -> None:
    paid: dict[int, Decimal] = {}
    for payment in everything(northlight, "payment"):
        if payment["invoiceid"] is not None:
            paid[payment["invoiceid"]] = paid.get(payment["invoiceid"], Decimal()) + money(payment["amount"])
    for invoice in everything(northlight, "invoice"):
        assert money(invoice["paid"]) == paid.get(invoice["id"], 0)
        assert money(invoice["amount"]) == money(invoice["paid"]) + money(invoice["outstanding"])
        assert money(invoice["amount"]) > 0


def test_a_client_paid_too_much_and_used_most_of_it(northlight: Tenant) -> None:
    (client,) = everything(northlight, "client", has_credit="true", **{"include[]": "credit_balance"})
    assert client["organization"] == "Boulangerie Côté & Filles"
    assert client["credit_balance"] == [{"amount": {"amount": "35.00", "code": "CAD"}}]
    (used,) = everything(northlight, "payment", **{"search[from_credit]": "true"})
    assert (used["amount"], used["type"]) == ({"amount": "115.00", "code": "CAD"}, "Credit")
    (first,) = [payment for payment in everything(northlight, "payment") if payment["overpaymentid"]]
    second = northlight.read("payment", first["overpaymentid"])
    assert (second["amount"]["amount"], second["invoiceid"], second["creditid"]) == ("150.00", None, used["creditid"])


def test_expenses_were_billed_with_their_markup(northlight: Tenant) -> None:
    for expense in everything(northlight, "expense"):
        if expense["status"] < 2:
            continue
        invoice = northlight.read("invoice", expense["invoiceid"], "lines")
        (line,) = [line for line in invoice["lines"] if line["expenseid"] == expense["id"]]
        marked_up = money(expense["amount"]) * (100 + Decimal(expense["markup_percent"])) / 100
        assert abs(money(line["amount"]) - marked_up) <= Decimal("0.005")
        assert invoice["customerid"] == expense["clientid"]


def test_projects_are_for_clients_and_one_for_the_studio(northlight: Tenant) -> None:
    open_, done = listed(northlight, "project", per_page=100), listed(northlight, "project", complete="true")
    assert (len(open_) > 5, len(done) > 0) == (True, True)
    (own,) = [project for project in (*open_, *done) if project["internal"]]
    assert (own["title"], own["client_id"]) == ("Studio website", None)
    statuses = {project["billed_status"] for project in (*open_, *done)}
    assert statuses == {"unbilled", "partially_billed", "billed"}


def test_hours_stand_behind_the_lines_that_bill_them(northlight: Tenant) -> None:
    services = {service["id"]: service["name"] for service in listed(northlight, "service")}
    billed = 0
    for invoice in everything(northlight, "invoice", **{"include[]": "lines"}):
        for line in invoice["lines"]:
            entries = [read(northlight, "time_entry", each["id"]) for each in line["modern_time_entries"]]
            if not entries:
                continue
            billed += len(entries)
            assert sum(entry["duration"] for entry in entries) == Decimal(line["qty"]) * 3600
            assert {(services[entry["service_id"]], entry["client_id"]) for entry in entries} == {(line["name"], invoice["customerid"])}
            assert all(entry["billed"] and entry["local_started_at"][:10] <= invoice["create_date"] for entry in entries)
            assert {entry["project_id"] for entry in entries} == {line["modern_project_id"]}
    assert whole(northlight, "time_entry", billed="true")["meta"]["total"] == billed > 100


def test_some_hours_are_still_to_be_billed_and_a_timer_runs(northlight: Tenant) -> None:
    assert whole(northlight, "time_entry", billed="false", billable="true")["meta"]["total_unbilled"] > 3600
    (timer,) = listed(northlight, "timer")
    assert (timer["is_running"], timer["time_entries"][0]["started_at"][:10]) == (True, "2026-03-09")


def test_every_service_has_its_rate(northlight: Tenant) -> None:
    rates = northlight.get(f"/comments/business/{northlight.business_id}/service_rates")[1]["service_rates"]
    assert {each["service_id"] for each in rates} == {service["id"] for service in listed(northlight, "service")}
    assert len(rates) == 6


def test_tracked_items_were_sold(northlight: Tenant) -> None:
    left = {item["sku"]: Decimal(item["inventory"]) for item in northlight.found("item") if item["sku"]}
    assert left.keys() == {"NL-POSTER", "NL-CARDS", "NL-TOTE", "NL-NOTE"}
    sold = {
        sku: Decimal(started) - left[sku] for sku, started in (("NL-POSTER", 600), ("NL-CARDS", 80), ("NL-TOTE", 1500), ("NL-NOTE", 900))
    }
    assert all(0 < number < 600 for number in sold.values())


def test_foreign_money_is_booked_at_the_rate_of_its_month(northlight: Tenant) -> None:
    async def booked() -> list[tuple[str, int, int]]:
        table = northlight.application.store.table("entries")
        core = table.select().where(table.c.business_id == northlight.business_id)
        rows = await northlight.place.driver.fetch(northlight.application.store.compile(core), {})
        names = [column.name for column in table.columns]
        return [tuple(dict(zip(names, row, strict=True))[name] for name in ("currency_code", "debit", "base_debit")) for row in rows]

    entries = northlight.place.run(booked())
    worth = {code: [own / debit for of, debit, own in entries if of == code and debit > 1_000_00] for code in ("USD", "EUR", "CAD")}
    assert set(worth["CAD"]) == {1}
    assert all(1.2 < rate < 1.5 for rate in worth["USD"])
    assert len({round(rate, 3) for rate in worth["USD"]}) > 5
    assert all(1.3 < rate < 1.65 for rate in worth["EUR"])


def test_the_books_prove_right(northlight: Tenant) -> None:
    async def wrong() -> list[str]:
        verifier = Verifier(northlight.application.store, DEFAULT, northlight.business_id)
        return [str(found) async for found in verifier.disagreements()]

    assert northlight.place.run(wrong()) == []


@pytest.mark.parametrize("table", ["mails", "deliveries"])
def test_nothing_of_two_years_goes_out_now(northlight: Tenant, table: str) -> None:
    async def waiting() -> int:
        found = northlight.application.store.table(table)
        core = found.select().where(found.c.business_id == northlight.business_id)
        return len(await northlight.place.driver.fetch(northlight.application.store.compile(core), {}))

    assert northlight.place.run(waiting()) == 0


def test_callbacks_wait_for_their_code_at_addresses_nobody_can_own(northlight: Tenant) -> None:
    callbacks = northlight.get(f"/events/account/{northlight.account_id}/events/callbacks")[1]["response"]["result"]["callbacks"]
    assert [each["event"] for each in callbacks] == ["time_entry", "payment.create", "invoice"]
    assert {each["verified"] for each in callbacks} == {False}
    assert {urlsplit(each["uri"]).hostname.rpartition(".")[2] for each in callbacks} == {"example"}
    assert all("2024" < each["updated_at"] < TODAY for each in callbacks)
