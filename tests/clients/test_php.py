"""What the PHP SDK sends and reads, written by hand from the contract (accounting 1.1 and 9.3, platform 2.5)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.clients.program import connected, price, today
from tests.clients.test_sdk_oauth import consented
from tests.clients.wire import Answer, send

if TYPE_CHECKING:
    from tests.clients.running import Running

DAY = re.compile(r"\d{4}-\d\d-\d\d")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


class Php(NamedTuple):
    """The SDK's way of asking: ``Content-Type`` on every call, reads included."""

    running: Running

    def ask(self, verb: str, path: str, body: Any = None, token: str | None = None) -> Answer:
        headers = {
            "Host": self.running.url.partition("//")[2],
            "User-Agent": f"FreshBooks php sdk/0.9.0 client_id {self.running.client_id}",
            "Authorization": f"Bearer {self.running.access_token if token is None else token}",
            "Content-Type": "application/json",
        }
        return send(self.running.url, verb, self.running.below(path), headers, body)

    def one(self, verb: str, path: str, noun: str, body: Any = None) -> dict[str, Any]:
        found: dict[str, Any] = self.ask(verb, path, None if body is None else {noun: body}).result[noun]
        return found

    def client(self, **fields: Any) -> dict[str, Any]:
        return self.one("POST", "users/clients", "client", {"organization": "Société PHP", "email": "php@example.org"} | fields)

    def invoice(self, **fields: Any) -> dict[str, Any]:
        lines = [{"name": "Heures", "qty": 2, "unit_cost": {"amount": "33.50", "code": "CAD"}, "type": 0}]
        body = {"customerid": self.client()["id"], "create_date": today(), "lines": lines} | fields
        return self.one("POST", "invoices/invoices", "invoice", body)


@pytest.fixture
def php(running: Running) -> Php:
    return Php(running)


def test_a_content_type_on_a_read_is_of_no_account(php: Php) -> None:
    assert php.ask("GET", "users/clients").result["per_page"] == 15
    assert php.ask("GET", "users/clients?page=2&per_page=3").result["page"] == 2


def test_dates_have_the_one_form_it_parses(php: Php) -> None:
    invoice = php.invoice(due_offset_days=5)
    assert all(DAY.fullmatch(invoice[name]) for name in ("create_date", "due_date"))
    assert all(MOMENT.fullmatch(invoice[name]) for name in ("created_at", "updated"))
    client = php.client()
    assert all(MOMENT.fullmatch(client[name]) for name in ("signup_date", "updated"))


def test_numbers_have_the_types_it_casts_to(php: Php) -> None:
    invoice = php.invoice(discount_value=10.0, lines=[{"name": "x", "qty": 1.5, "unit_cost": {"amount": 20, "code": "CAD"}}])
    assert (invoice["amount"], invoice["discount_value"]) == (price("27.00"), "10")
    assert all(
        type(invoice[name]) is int for name in ("id", "customerid", "status", "due_offset_days", "estimateid", "ownerid", "vis_state")
    )
    lines = php.one("GET", f"invoices/invoices/{invoice['id']}?include[]=lines", "invoice")["lines"]
    assert [(line["qty"], line["amount"]) for line in lines] == [("1.5", price("30.00"))]


def test_an_invoice_is_deleted_and_the_answer_has_a_response(php: Php) -> None:
    invoice = php.invoice()
    answer = php.ask("DELETE", f"invoices/invoices/{invoice['id']}")
    assert (answer.status, answer.body) == (200, {"response": {}})
    assert php.one("GET", f"invoices/invoices/{invoice['id']}", "invoice")["vis_state"] == 1


@pytest.mark.parametrize(
    ("path", "noun", "made"),
    [
        pytest.param("users/clients", "client", {"email": "p@example.org"}, id="a client"),
        pytest.param("items/items", "item", {"name": "Objet"}, id="an item"),
    ],
)
def test_other_things_are_deleted_by_a_put(php: Php, path: str, noun: str, made: dict[str, Any]) -> None:
    number = php.one("POST", path, noun, made)["id"]
    assert php.one("PUT", f"{path}/{number}", noun, {"vis_state": 1})["vis_state"] == 1


def test_a_tax_is_deleted_by_a_put_that_answers_its_last_state(php: Php) -> None:
    tax = php.one("POST", "taxes/taxes", "tax", {"name": f"TVA {php.client()['id']}", "amount": 20, "number": "FR 1", "compound": False})
    assert php.one("PUT", f"taxes/taxes/{tax['id']}", "tax", {"vis_state": 1}) == tax
    gone = php.ask("GET", f"taxes/taxes/{tax['id']}")
    assert (gone.status, gone.error["errno"], gone.error["message"]) == (404, 1012, "Tax not found.")
    assert php.ask("PUT", f"taxes/taxes/{tax['id']}", {"tax": {"vis_state": 1}}).status == 404


def test_whole_objects_with_nulls_go_back(php: Php) -> None:
    client = php.client(note="à garder", p_city="Québec")
    blanked = dict.fromkeys(("home_phone", "vat_name", "company_size", "retainer_id", "p_city", "bus_phone"))
    changed = php.one("PUT", f"users/clients/{client['id']}", "client", {**client, **blanked, "lname": "Tremblay"})
    assert (changed["lname"], changed["note"]) == ("Tremblay", "à garder")
    assert (changed["home_phone"], changed["vat_name"]) == (None, None)
    assert (changed["p_city"], changed["bus_phone"]) == ("Québec", "")


def test_payments_of_an_invoice(php: Php) -> None:
    invoice = php.invoice(status=2)
    body = {"amount": {"amount": "67.00"}, "date": today(), "invoiceid": invoice["id"], "type": "Check", "send_client_notification": False}
    payment = php.one("POST", "payments/payments", "payment", body)
    assert (payment["amount"], payment["type"], payment["send_client_notification"]) == (price("67.00"), "Check", False)
    assert php.one("GET", f"invoices/invoices/{invoice['id']}", "invoice")["payment_status"] == "paid"


def test_errors_are_read_from_the_first_of_the_list(php: Php) -> None:
    missing = php.ask("GET", "users/clients/999999999")
    assert (missing.status, missing.error) == (
        404,
        {"errno": 1012, "field": "userid", "message": "Client not found.", "object": "client", "value": "999999999"},
    )
    for token in ("", " ", "nonsense"):
        refused = php.ask("GET", "users/clients", token=token)
        assert (refused.status, refused.error["errno"], refused.body["error"]) == (401, 1003, "unauthenticated")


def test_who_i_am(php: Php) -> None:
    me = php.ask("GET", "/auth/api/v1/users/me").body["response"]
    assert me["business_memberships"][0]["business"]["account_id"] == php.running.account_id
    assert type(me["id"]) is int


def test_tokens_are_asked_for_in_json_with_half_a_bearer(running: Running) -> None:
    code = consented(connected(running).sdk, running)
    headers = {"Host": running.url.partition("//")[2], "Authorization": "Bearer ", "Content-Type": "application/json"}
    body = {
        "client_id": running.client_id,
        "client_secret": running.client_secret,
        "grant_type": "authorization_code",
        "redirect_uri": running.redirect_uri,
        "code": code,
    }
    answer = send(running.url, "POST", "/auth/oauth/token", headers, body)
    assert answer.status == 200
    assert {"access_token", "refresh_token", "token_type", "expires_in", "scope", "created_at"} <= answer.body.keys()
    assert type(answer.body["created_at"]) is int


def test_projects_have_their_plural_path_for_every_verb(php: Php) -> None:
    where = f"/projects/business/{php.running.business_id}/projects"
    body = {"title": "Étude", "client_id": php.client()["id"], "budget": 7200, "project_type": "fixed_price", "fixed_price": "1500.5"}
    made = php.ask("POST", where, {"project": body}).body["project"]
    assert (made["title"], made["budget"], made["fixed_price"], made["group"]["pending_invitations"]) == ("Étude", 7200, "1500.50", None)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", made["created_at"])
    one = f"{where}/{made['id']}"
    assert php.ask("GET", f"{one}?skip_group=true").body["project"].get("group") is None
    assert php.ask("PUT", one, {"project": {"title": "Étude II", "complete": True}}).body["project"]["client_id"] == made["client_id"]
    listed = php.ask("GET", f"{where}?complete=true&client_id={made['client_id']}&include_logged_duration=true&sort=-due_date").body
    assert [(each["title"], each["logged_duration"], each["group_id"]) for each in listed["projects"]] == [
        ("Étude II", 0, made["group"]["id"])
    ]
    assert listed["meta"]["sort"] == ["-due_date"]
    assert php.ask("DELETE", one).status == 204
    gone = php.ask("GET", one)
    assert (gone.status, gone.body) == (404, {"error": "Requested resource could not be found."})


def test_hours_are_logged_changed_and_deleted(php: Php) -> None:
    where = f"/timetracking/business/{php.running.business_id}/time_entries"
    body = {"is_logged": True, "started_at": "2026-03-09T14:00:00Z", "duration": 5400, "note": "Épreuves", "client_id": php.client()["id"]}
    made = php.ask("POST", where, {"time_entry": body}).body["time_entry"]
    assert {name: made[name] for name in body} == body
    listed = php.ask("GET", f"{where}?client_id={made['client_id']}&started_from=2026-03-09T14:00:00Z").body
    assert (listed["time_entries"], listed["meta"]["total_logged"]) == ([made], 5400)
    assert php.ask("PUT", f"{where}/{made['id']}", {"time_entry": {**made, "duration": 60}}).body["time_entry"] == made | {"duration": 60}
    assert php.ask("DELETE", f"{where}/{made['id']}").status == 204
