"""What a PUT applies and what it drops (accounting fact 3, sections 1.5 and 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.server.bodies import client, invoice, line, refused
from tests.support.ledger import balances, everything, rows

if TYPE_CHECKING:
    from tests.support.tenant import Tenant

FLAGS, NO = ("action_email", "action_mark_as_sent"), (False, "false")


def document(server: Tenant, noun: str) -> Any:
    body = {"customerid": client(server), "create_date": "2026-03-03", "notes": "before", "lines": [line("1", "5.00")]}
    return server.create(noun, **body)


def put(server: Tenant, noun: str, number: int, body: dict[str, Any]) -> tuple[Any, set[str]]:
    """Answer the object and the names the server said it ignored."""
    status, answer, headers = server.put(f"{noun}s/{noun}s/{number}", {noun: body})
    assert status == 200, answer
    ignored = headers.get("x-bursar-ignored-fields", "")
    return answer["response"]["result"][noun], set(filter(None, ignored.split(",")))


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        pytest.param({"vis_state": 2, "action_mark_as_sent": True, "notes": "x"}, {"vis_state": 2}, id="visibility beats all"),
        pytest.param({"vis_state": 0, "notes": "x"}, {"vis_state": 0, "notes": "before"}, id="even the visibility it has"),
        pytest.param({"ext_vis_state": 0, "vis_state": 2, "notes": "x"}, {"vis_state": 0, "notes": "before"}, id="the outer one first"),
        pytest.param({"action_mark_as_sent": True, "notes": "x"}, {"status": 2, "notes": "before"}, id="an action beats data"),
        pytest.param({"action_email": True, "notes": "x"}, {"status": 2, "notes": "before"}, id="a mail beats data"),
        pytest.param({"action_mark_as_sent": True, "status": 3}, {"status": 2}, id="an action beats a written state"),
        pytest.param({"action_email": False, "notes": "x"}, {"status": 1, "notes": "x"}, id="an action that is false is none"),
        pytest.param({"action_mark_as_sent": 0, "notes": "x"}, {"status": 1, "notes": "x"}, id="nor is one that is 0"),
        pytest.param({"action_email": "false", "notes": "x"}, {"status": 1, "notes": "x"}, id="nor is one that says false"),
        pytest.param({"vis_state": None, "notes": "x"}, {"vis_state": 0, "notes": "x"}, id="null is no visibility"),
        pytest.param({"notes": "x", "terms": "30 days"}, {"status": 1, "notes": "x", "terms": "30 days"}, id="data alone"),
    ],
)
def test_an_invoice_takes_one_phase(server: Tenant, body: dict[str, Any], kept: dict[str, Any]) -> None:
    made = document(server, "invoice")
    after, ignored = put(server, "invoice", made["id"], body)
    assert {name: after[name] for name in kept} == kept
    phases = ("ext_vis_state", "vis_state", "action_email", "action_mark_as_sent")
    first = next((name for name in phases if body.get(name) is not None and not (name in FLAGS and body[name] in NO)), None)
    assert ignored == (body.keys() - {first} if first else set())
    assert server.read("invoice", made["id"]) == after


def test_a_written_state_and_gateways_are_data(server: Tenant) -> None:
    made = document(server, "invoice")
    lines = [line("2", "5.00")]
    after, ignored = put(server, "invoice", made["id"], {"status": 2, "notes": "x", "allowed_gatewayids": [26, 26], "lines": lines})
    assert (after["status"], after["notes"], after["amount"]["amount"], ignored) == (2, "x", "10.00", set())
    assert after["fulfillment_date"] == after["create_date"]
    assert [each["gatewayid"] for each in server.read("invoice", made["id"], "allowed_gateways")["allowed_gateways"]] == [26]
    assert balances(server) == {"1200/1": "10.00", "4000/1": "-10.00"}
    fetched = {name: value for name, value in after.items() if name not in ("vis_state", "due_date")}
    after, _ = put(server, "invoice", made["id"], fetched | {"notes": "y"})
    assert (after["status"], after["notes"]) == (2, "y")


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        pytest.param({"vis_state": 2, "notes": "x"}, {"vis_state": 2, "notes": "before"}, id="visibility beats data"),
        pytest.param({"action_accept": True, "notes": "x"}, {"status": 5, "notes": "before", "accepted": True}, id="acceptance beats data"),
        pytest.param({"action_email": True, "notes": "x"}, {"status": 2, "notes": "before"}, id="a mail beats data"),
        pytest.param({"action_mark_as_sent": True, "notes": "x"}, {"status": 1, "notes": "x"}, id="there is no marking as sent"),
        pytest.param({"status": 5, "notes": "x"}, {"status": 1, "notes": "x"}, id="nor writing a state"),
    ],
)
def test_an_estimate_takes_one_phase(server: Tenant, body: dict[str, Any], kept: dict[str, Any]) -> None:
    made = document(server, "estimate")
    after, _ = put(server, "estimate", made["id"], body)
    assert {name: after[name] for name in kept} == kept
    assert server.read("estimate", made["id"]) == after


def test_every_phase_is_applied_when_the_switch_says_so(server: Tenant) -> None:
    made = document(server, "invoice")
    body = {"vis_state": 2, "action_mark_as_sent": True, "notes": "after"}
    after, ignored = put(server.under(wire={"put_phases": "all"}), "invoice", made["id"], body)
    assert (after["vis_state"], after["status"], after["notes"], ignored) == (2, 2, "after", set())
    assert server.read("invoice", made["id"]) == after


def test_deleting_with_data_applies_both_when_the_switch_says_so(server: Tenant) -> None:
    made = invoice(server, line("1", "5.00"))
    server.create("payment", invoiceid=made["id"], amount="5.00", date="2026-03-05")
    all_at_once = server.under(wire={"put_phases": "all"})
    after, _ = put(all_at_once, "invoice", made["id"], {"vis_state": 1, "notes": "gone"})
    assert (after["vis_state"], after["notes"]) == (1, "gone")
    assert server.found("payment") == []
    after, _ = put(all_at_once, "invoice", made["id"], {"vis_state": 0, "notes": "back"})
    assert (after["vis_state"], after["notes"], len(server.found("payment"))) == (0, "back", 1)


@pytest.mark.parametrize(
    ("noun", "body", "changed"),
    [
        pytest.param("client", {"vis_state": 2, "organization": "New"}, {"vis_state": 2, "organization": "New"}, id="client"),
        pytest.param("item", {"vis_state": 2, "name": "New"}, {"vis_state": 2, "name": "New"}, id="item"),
        pytest.param("tax", {"name": "New", "amount": 7}, {"name": "New", "amount": "7"}, id="tax"),
    ],
)
def test_elsewhere_visibility_and_data_go_together(server: Tenant, noun: str, body: dict[str, Any], changed: dict[str, Any]) -> None:
    number = server.create(noun, **({"organization": "Old"} if noun == "client" else {"name": "Old"}))["id"]
    after = server.change(noun, number, **body)
    assert {name: after[name] for name in changed} == changed


def test_only_the_keys_that_are_sent_change(server: Tenant) -> None:
    made = server.create("client", organization="Acme", email="a@b.example", p_city="Guelph", note="x", language="fr")
    after = server.change("client", made["id"], note=None, p_city="")
    assert after == made | {"note": None, "p_city": ""}


def test_null_means_not_sent_where_a_field_cannot_be_null(server: Tenant) -> None:
    made = invoice(server, line("1", "5.00"), notes="before")
    after = server.change("invoice", made["id"], notes=None, create_date=None, discount_value=None, customerid=None, terms=None)
    assert after == made | {"terms": None}


def test_what_has_no_effect_is_named(server: Tenant) -> None:
    body = {
        "customerid": client(server),
        "create_date": "2026-03-03",
        "amount": {"amount": "99"},
        "id": 7,
        "nonsense": 1,
        "lines": [line("1", "5.00", amount={"amount": "7"}, surprise=True)],
    }
    path = "invoices/invoices?search[nonsense]=1&include[]=nothing&color=red"
    status, answer, headers = server.post(path, {"invoice": body})
    assert status == 200
    assert answer["response"]["result"]["invoice"]["amount"]["amount"] == "5.00"
    ignored = set(headers["x-bursar-ignored-fields"].split(","))
    assert ignored >= {"amount", "id", "nonsense", "lines.amount", "lines.surprise", "color"}
    assert "customerid" not in ignored


def test_names_of_ignored_fields_cannot_break_the_headers(server: Tenant) -> None:
    body = {"organization": "Acme", "a\r\nset-cookie: x": 1, "naïve": 2, "x" * 5000: 3, "": 4}
    status, _, headers = server.post("users/clients", {"client": body})
    assert status == 200
    assert "set-cookie" not in headers
    assert len(headers["x-bursar-ignored-fields"]) <= 1000


def test_a_body_of_a_fetched_object_is_taken_back(server: Tenant) -> None:
    customer = client(server)
    fetched = server.read("client", customer)
    assert server.change("client", customer, **fetched) == fetched
    item = server.create("item", name="Nails", unit_cost={"amount": "1.50"}, inventory="7", qty="2")
    assert server.change("item", item["id"], **item) == item


def test_lines_are_replaced_as_a_whole(server: Tenant) -> None:
    made = invoice(server, line("1", "5.00"), line("2", "7.00"), include=["lines"])
    after = server.change("invoice", made["id"], lines=[line("3", "1.00", name="Only")], include=["lines"])
    assert [(each["name"], each["lineid"], each["amount"]["amount"]) for each in after["lines"]] == [("Only", 1, "3.00")]
    assert after["amount"]["amount"] == "3.00"
    assert server.change("invoice", made["id"], discount_value="10", include=["lines"])["lines"] == after["lines"]
    assert server.change("invoice", made["id"], lines=[])["amount"]["amount"] == "0.00"
    assert len(rows(server, "invoice_lines")) == 0


def test_lines_come_only_when_asked_for(server: Tenant) -> None:
    made = invoice(server, line("1", "5.00"))
    for answer in (made, server.read("invoice", made["id"]), server.change("invoice", made["id"], notes="x"), *server.found("invoice")):
        assert not {"lines", "presentation", "attachments", "owner"} & answer.keys()


def test_an_action_must_be_a_flag(server: Tenant) -> None:
    made = invoice(server, status=1)
    before = everything(server)
    for name in ("action_mark_as_sent", "action_email"):
        answer = server.put(f"invoices/invoices/{made['id']}", {"invoice": {name: {"yes": 1}}})
        assert refused(answer) == (422, 1031, name)
    assert everything(server) == before
    assert server.change("invoice", made["id"], action_mark_as_sent="true")["status"] == 2


@pytest.mark.parametrize("at_once", [pytest.param(True, id="on create"), pytest.param(False, id="on update")])
def test_gateways_are_switched_on_and_off(server: Tenant, at_once: bool) -> None:
    include = ["allowed_gateways"]
    made = invoice(server, include=include, **({"allowed_gatewayids": [30, 7]} if at_once else {}))
    if not at_once:
        assert made["allowed_gateways"] == []
        made = server.change("invoice", made["id"], allowed_gatewayids=[30, 7], include=include)
    assert [(each["gatewayid"], each["gateway_name"]) for each in made["allowed_gateways"]] == [(30, "fbpay"), (7, "paypal")]
    assert server.change("invoice", made["id"], allowed_gatewayids=[], include=include)["allowed_gateways"] == []
    answer = server.put(f"invoices/invoices/{made['id']}", {"invoice": {"allowed_gatewayids": [31]}})
    assert refused(answer) == (422, 1004, "allowed_gatewayids")
