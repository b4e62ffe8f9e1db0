"""Every switch of the contract's table of doubts, in each of its positions; the first is what the product does unless told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from bursar.domain.policy import CHOICES
from bursar.settings import Events, Wire
from tests.contract.objects import DAY, HOUR, category, client, line, made, sent_invoice
from tests.contract.wire import path_of
from tests.server.bodies import refused
from tests.support.ledger import rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.tenant import Tenant

pytestmark = pytest.mark.unverified


class Position(NamedTuple):
    """One position of a switch, and what is seen in it."""

    switch: str
    value: Any
    seen: Any


def error_shape(server: Tenant) -> Any:
    status, body, _ = server.get("users/clients/4711")
    return status, body


CLASSIC = {
    "response": {"errors": [{"errno": 1012, "field": "userid", "message": "Client not found.", "object": "client", "value": "4711"}]}
}
GRPC = {
    "code": 5,
    "message": "Client not found.",
    "details": [
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "1012",
            "domain": "accounting.api.freshbooks.com",
            "metadata": {"object": "client", "message": "Client not found.", "value": "4711", "field": "userid"},
        }
    ],
}


def keys_of_401(server: Tenant) -> Any:
    status, body, _ = server.get("users/clients", token="nobody's")
    return status, sorted(body)


def until_the_day(server: Tenant) -> Any:
    for day in ("2026-03-02", "2026-03-03", "2026-03-04"):
        server.create("invoice", customerid=client(server), create_date=day)
    return sorted(each["create_date"] for each in server.found("invoice", **{"search[date_max]": "2026-03-03"}))


def until_the_moment(server: Tenant) -> Any:
    """Search by a timestamp, whose ``_max`` is exclusive in either position."""
    moment = server.create("item", name="Pen")["updated"]
    return tuple(len(server.found("item", **{f"search[updated_{end}]": moment})) for end in ("max", "min"))


def two_phases_at_once(server: Tenant) -> Any:
    invoice, person = sent_invoice(server), client(server, note="Before")
    found = server.change("invoice", invoice, vis_state=2, notes="After")
    other = server.change("client", person, vis_state=2, note="After")
    return (found["vis_state"], found["notes"]), (other["vis_state"], other["note"])


def events_of_a_payment(server: Tenant) -> Any:
    invoice = sent_invoice(server)
    before = len(rows(server, "outbox"))
    server.create("payment", invoiceid=invoice, amount={"amount": "80"}, date=DAY)
    return [event for _, event in sorted(rows(server, "outbox", "id", "event"))][before:]


def invoice_of(server: Tenant, *lines: dict[str, Any], **fields: Any) -> Any:
    return server.create("invoice", **{"customerid": client(server), "create_date": DAY, "lines": list(lines), **fields})


def tax_of_three_lines(server: Tenant) -> Any:
    """0.10 at 5 % is half a cent of tax: three of them are 0.015, or three times 0.01."""
    three = [{"unit_cost": {"amount": "0.10"}, "taxName1": "GST", "taxAmount1": "5"}] * 3
    return invoice_of(server, *three)["amount"]["amount"]


def half_a_cent(server: Tenant) -> Any:
    return invoice_of(server, {"qty": "0.5", "unit_cost": {"amount": "0.25"}})["amount"]["amount"]


def half_a_yen(server: Tenant) -> Any:
    return invoice_of(server, {"qty": "0.5", "unit_cost": {"amount": "101", "code": "JPY"}}, currency_code="JPY")["amount"]["amount"]


def currency_of_euro_lines(server: Tenant) -> Any:
    status, body, _ = server.post(
        "invoices/invoices", {"invoice": {"customerid": client(server), "create_date": DAY, "lines": [line(unit_cost=EURO)]}}
    )
    return body["response"]["result"]["invoice"]["currency_code"] if status == 200 else body["response"]["errors"][0]["errno"]


EURO = {"amount": "10", "code": "EUR"}


def draft_of_a_renamed_client(server: Tenant) -> Any:
    person = client(server)
    draft = server.create("invoice", customerid=person, create_date=DAY)["id"]
    sent = server.create("invoice", customerid=person, create_date=DAY, status=2)["id"]
    server.change("client", person, organization="Bell")
    read = [server.read("invoice", each) for each in (draft, sent)]
    return [(each["organization"], each["current_organization"]) for each in read]


def second_client_of_an_address(server: Tenant) -> Any:
    client(server, email="same@acme.example")
    return server.post("users/clients", {"client": {"email": "same@acme.example"}})[0]


def short_put_on_an_hour(server: Tenant) -> Any:
    entry = made(server, "time_entry", full=True)
    where = path_of(server, "time_entry", "update", entry["id"])
    answers = [server.put(where, {"time_entry": body}) for body in ({**HOUR, "is_logged": True, "duration": 60}, {"duration": 90})]
    return [(status, body.get("time_entry", body).get("note", body)) for status, body, _ in answers]


def hours_of_9840_seconds(server: Tenant) -> Any:
    entry = made(server, "time_entry", body=HOUR | {"duration": 9840})["id"]
    (billed,) = invoice_of(server, {"modern_time_entries": [{"id": entry}]}, include=("lines",))["lines"]
    return billed["qty"]


def tax_of_a_discounted_line(server: Tenant) -> Any:
    """AMT-19: 0.954 is taxed, or 0.95."""
    line_ = {"unit_cost": {"amount": "1.06"}, "taxName1": "QST", "taxAmount1": "9.975"}
    return invoice_of(server, line_, discount_value="10")["amount"]["amount"]


def client_without_names(server: Tenant) -> Any:
    return server.create("client", email="pay@acme.example")["organization"]


def payment_on_a_draft(server: Tenant) -> Any:
    draft = server.create("invoice", customerid=client(server), create_date=DAY, lines=[line()])["id"]
    new = server.post("payments/payments", {"payment": {"invoiceid": draft, "amount": {"amount": "1"}, "date": DAY}})
    again = sent_invoice(server)
    payment = server.create("payment", invoiceid=again, amount={"amount": "1"}, date=DAY)["id"]
    server.change("payment", payment, vis_state=1)
    server.change("invoice", again, status=1)
    restored = server.put(f"payments/payments/{payment}", {"payment": {"vis_state": 0}})
    return [(answer[0], server.read("invoice", each)["status"]) for answer, each in ((new, draft), (restored, again))]


def day_of_a_payment_taken_back(server: Tenant) -> Any:
    invoice = sent_invoice(server)
    payment = server.create("payment", invoiceid=invoice, amount={"amount": "80"}, date=DAY)["id"]
    days = [server.read("invoice", invoice)["date_paid"]]
    server.change("payment", payment, amount={"amount": "60"})
    days.append(server.read("invoice", invoice)["date_paid"])
    more = server.change("invoice", invoice, lines=[{"unit_cost": {"amount": "90"}}])
    return [*days, more["date_paid"]]


def taxes_of_percentages(server: Tenant) -> Any:
    body = {"amount": {"amount": "113"}, "categoryid": category(server), "staffid": 1, "date": DAY, "taxName1": "HST", "taxPercent1": "13"}
    return server.create("expense", **body)["taxAmount1"]


def changed_deleted_objects(server: Tenant) -> Any:
    invoice, person = sent_invoice(server), client(server)
    server.remove("invoice", invoice)
    server.change("client", person, vis_state=1)
    places = (f"invoices/invoices/{invoice}", {"invoice": {"notes": "x"}}), (f"users/clients/{person}", {"client": {"note": "x"}})
    return [server.put(*place)[0] for place in places], server.read("invoice", invoice)["notes"]


SHORT = {"errno": 2001, "error": {"is_logged": "Field required", "started_at": "Field required"}}


SEEN: dict[str, Callable[[Tenant], Any]] = {
    "wire.accounting_errors": error_shape,
    "wire.accounting_401": keys_of_401,
    "wire.date_max": lambda server: (until_the_day(server), until_the_moment(server)),
    "wire.put_phases": two_phases_at_once,
    "wire.time_entry_put": short_put_on_an_hour,
    "events.derived": events_of_a_payment,
    "policy.hours_scale": hours_of_9840_seconds,
    "policy.tax_rounding": tax_of_three_lines,
    "policy.rounding": half_a_cent,
    "policy.zero_decimal_rounding": half_a_yen,
    "policy.currency_from_lines": currency_of_euro_lines,
    "policy.refresh_draft_snapshots": draft_of_a_renamed_client,
    "policy.unique_client_email": second_client_of_an_address,
    "policy.round_taxable": tax_of_a_discounted_line,
    "policy.organization_from_email": client_without_names,
    "policy.payment_on_draft": payment_on_a_draft,
    "policy.date_paid": day_of_a_payment_taken_back,
    "policy.contained_taxes": taxes_of_percentages,
    "policy.change_deleted": changed_deleted_objects,
}
POSITIONS = [
    Position("wire.accounting_errors", "classic", (404, CLASSIC)),
    Position("wire.accounting_errors", "grpc", (404, GRPC)),
    Position("wire.accounting_401", "both", (401, ["error", "error_description", "response"])),
    Position("wire.accounting_401", "live", (401, ["error", "error_description"])),
    Position("wire.date_max", "inclusive", (["2026-03-02", "2026-03-03"], (0, 1))),
    Position("wire.date_max", "exclusive", (["2026-03-02"], (0, 1))),
    Position("wire.put_phases", "documents", ((2, ""), (2, "After"))),
    Position("wire.put_phases", "all", ((2, "After"), (2, "After"))),
    Position("wire.time_entry_put", "replace", [(200, None), (422, SHORT)]),
    Position("wire.time_entry_put", "merge", [(200, "Layout"), (200, "Layout")]),
    *(Position("policy.hours_scale", scale, "2.733333"[: scale + 2]) for scale in (2, 1, 3, 4, 5, 6)),
    Position("policy.hours_scale", 0, "3"),
    Position("events.derived", "off", ["payment.create"]),
    Position("events.derived", "on", ["payment.create", "invoice.update"]),
    Position("policy.tax_rounding", "total", "0.32"),
    Position("policy.tax_rounding", "line", "0.33"),
    Position("policy.rounding", "half_up", "0.13"),
    Position("policy.rounding", "half_even", "0.12"),
    Position("policy.zero_decimal_rounding", "currency", "51.00"),
    Position("policy.zero_decimal_rounding", "cents", "50.50"),
    Position("policy.currency_from_lines", True, "EUR"),
    Position("policy.currency_from_lines", False, 1004),
    Position("policy.refresh_draft_snapshots", True, [("Bell", "Bell"), ("Acme", "Bell")]),
    Position("policy.refresh_draft_snapshots", False, [("Acme", "Bell"), ("Acme", "Bell")]),
    Position("policy.unique_client_email", False, 200),
    Position("policy.unique_client_email", True, 422),
    Position("policy.round_taxable", False, "1.05"),
    Position("policy.round_taxable", True, "1.04"),
    Position("policy.organization_from_email", True, "pay@acme.example"),
    Position("policy.organization_from_email", False, ""),
    Position("policy.payment_on_draft", "sends", [(200, 2)] * 2),
    Position("policy.payment_on_draft", "refused", [(422, 1)] * 2),
    Position("policy.date_paid", "cleared", [DAY, None, None]),
    Position("policy.date_paid", "kept", [DAY, DAY, DAY]),
    Position("policy.contained_taxes", True, {"amount": "13.00", "code": "USD"}),
    Position("policy.contained_taxes", False, None),
    Position("policy.change_deleted", False, ([422, 422], "")),
    Position("policy.change_deleted", True, ([200, 200], "x")),
]
# What this decides is not built yet: aging of receivables.
LATER = {"policy.aging_from"}


@pytest.mark.parametrize("position", [pytest.param(each, id=f"{each.switch} {str(each.value).lower()}") for each in POSITIONS])
def test_a_switch_does_what_it_says(server: Tenant, position: Position) -> None:
    part, _, name = position.switch.partition(".")
    assert SEEN[position.switch](server.under(**{part: {name: position.value}})) == position.seen


@pytest.mark.parametrize("switch", SEEN)
def test_the_first_position_is_the_default(server: Tenant, switch: str) -> None:
    first = next(each for each in POSITIONS if each.switch == switch)
    assert SEEN[switch](server) == first.seen


def test_every_switch_there_is_has_its_positions_here() -> None:
    offered = {f"wire.{name}": set(field.annotation.__args__) for name, field in Wire.model_fields.items()}  # type: ignore[union-attr] # every switch is a Literal
    offered |= {f"events.{name}": set(field.annotation.__args__) for name, field in Events.model_fields.items()}  # type: ignore[union-attr] # every switch is a Literal
    offered |= {f"policy.{name}": set(values) for name, values in CHOICES.items()}
    tried: dict[str, set[Any]] = {}
    for position in POSITIONS:
        tried.setdefault(position.switch, set()).add(position.value)
    assert tried == {switch: values for switch, values in offered.items() if switch not in LATER}


def test_the_table_of_doubts_names_every_switch() -> None:
    told = (Path(__file__).parents[2] / "docs/contract/README.md").read_text()
    assert [switch for switch in {*SEEN, *LATER} if f"`{switch}" not in told] == []


def test_a_grpc_refusal_of_a_body_and_of_nobody(server: Tenant) -> None:
    old = server.under(wire={"accounting_errors": "grpc"})
    status, body, _ = old.post("items/items", {"item": {}})
    assert (status, body["code"], body["details"][0]["reason"]) == (422, 3, "1001")
    status, body, _ = old.get("items/items", token="nobody's")
    assert (status, body["code"]) == (401, 16)


def test_a_delete_answers_as_its_family_does(server: Tenant) -> None:
    tax, invoice = server.create("tax", name="GST")["id"], sent_invoice(server)
    for path in (f"taxes/taxes/{tax}", f"invoices/invoices/{invoice}", f"invoices/invoices/{invoice}"):
        assert server.delete(path)[:2] == (200, {"response": {}})
    service = server.post(f"/comments/business/{server.business_id}/service", {"service": {"name": "Design"}})[1]["service"]["id"]
    assert server.delete(f"/comments/business/{server.business_id}/service/{service}")[:2] == (204, None)


def test_a_deleted_document_comes_back(server: Tenant) -> None:
    invoice = sent_invoice(server)
    estimate = server.create("estimate", customerid=client(server), create_date=DAY)["id"]
    for noun, object_id in (("invoice", invoice), ("estimate", estimate)):
        server.remove(noun, object_id)
        assert server.read(noun, object_id)["vis_state"] == 1
        assert server.change(noun, object_id, vis_state=0)["vis_state"] == 0
        events = [event for _, event in sorted(rows(server, "outbox", "id", "event"))]
        assert events[-2:] == [f"{noun}.delete", f"{noun}.update"]


def test_a_tax_that_is_hidden_is_gone_and_told_a_last_time(server: Tenant) -> None:
    tax = server.create("tax", name="GST", amount="5")
    assert server.change("tax", tax["id"], vis_state=1) == tax
    assert server.get(f"taxes/taxes/{tax['id']}")[0] == 404
    assert max(rows(server, "outbox", "id", "event"))[1] == "tax.delete"


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        pytest.param({}, 1, id="nothing"),
        pytest.param({"status": 1}, 1, id="status 1"),
        pytest.param({"status": 2}, 2, id="status 2"),
        pytest.param({"action_mark_as_sent": True}, 2, id="an action"),
    ],
)
def test_actions_of_a_create_run_once_it_is_there(server: Tenant, asked: dict[str, Any], status: int) -> None:
    invoice = server.create("invoice", customerid=client(server), create_date=DAY, notes="Kept", **asked)
    assert (invoice["status"], invoice["notes"]) == (status, "Kept")


def test_a_category_of_one_s_own_is_taken(server: Tenant) -> None:
    parent = server.found("category")[0]["id"]
    made = server.create("category", category="Inks", parentid=parent)
    assert (made["parentid"], made["is_editable"], server.found("category")[0]["is_editable"]) == (parent, True, False)
    assert refused(server.post("expenses/categories", {"category": {"category": " ", "parentid": parent}})) == (422, 1001, "category")


def test_an_opened_share_link_marks_an_invoice_viewed_and_tells_nobody(server: Tenant) -> None:
    invoice = sent_invoice(server)
    link = server.get(f"invoices/invoices/{invoice}/share_link")[1]["response"]["result"]["share_link"]["share_link"]
    before = len(rows(server, "outbox"))
    page = server.http.get(link, timeout=60)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert server.read("invoice", invoice)["status"] == 3
    assert len(rows(server, "outbox")) == before
