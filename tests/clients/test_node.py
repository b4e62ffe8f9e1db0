"""What the Node SDK 4.1.0 sends and reads, written by hand from the contract (accounting 9.2, platform 2.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.clients.program import connected, price, today
from tests.clients.test_sdk_oauth import consented
from tests.clients.wire import Answer, send

if TYPE_CHECKING:
    from tests.clients.running import Running

PAGING = ("page", "pages", "per_page", "total")


class Node(NamedTuple):
    """The SDK's way of asking: raw brackets, ``Api-Version: alpha``, JSON."""

    running: Running

    def ask(self, verb: str, path: str, body: Any = None, *, bare: bool = False) -> Answer:
        """Send a request; ``bare`` leaves the type of the body out, as reads of projects and time do."""
        headers = {
            "Host": self.running.url.partition("//")[2],
            "Accept": "application/json, text/plain, */*",
            "Api-Version": "alpha",
            "Authorization": f"Bearer {self.running.access_token}",
            **({} if bare else {"Content-Type": "application/json"}),
            "User-Agent": f"FreshBooks nodejs sdk/4.1.0 client_id {self.running.client_id}",
        }
        return send(self.running.url, verb, self.running.below(path), headers, body)

    def one(self, verb: str, path: str, noun: str, body: Any = None) -> dict[str, Any]:
        """Answer the single object that the SDK reads; ``body`` is what goes below the noun."""
        found: dict[str, Any] = self.ask(verb, path, None if body is None else {noun: body}).result[noun]
        return found

    def client(self, **fields: Any) -> dict[str, Any]:
        return self.one("POST", "users/clients", "client", {"organization": "Node Works", "email": "node@example.org"} | fields)

    def invoice(self, **fields: Any) -> dict[str, Any]:
        line = {"name": "Work", "qty": 2, "unit_cost": {"amount": "50.00", "code": "CAD"}}
        body = {"customerid": self.client()["id"], "create_date": today(), "lines": [line], "status": 2} | fields
        return self.one("POST", "invoices/invoices", "invoice", body)


@pytest.fixture
def node(running: Running) -> Node:
    return Node(running)


def as_the_sdk_writes(invoice: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Answer the fields that ``invoices.update`` sends when it is given an invoice it read before."""
    names = (
        *("customerid", "create_date", "due_offset_days", "invoice_number", "currency_code", "language", "notes", "terms", "address"),
        *("fname", "lname", "organization", "street", "street2", "city", "province", "code", "country", "po_number", "template"),
        *("discount_value", "discount_description", "deposit_amount", "deposit_percentage", "ownerid", "status", "vis_state"),
    )
    return {name: invoice[name] for name in names} | changes


def test_brackets_are_raw_and_flags_bare(node: Node) -> None:
    ids = [node.client()["id"] for _ in range(2)]
    node.invoice(customerid=ids[1])
    query = (
        f"search[userids][]={ids[0]}&search[userids][]={ids[1]}&include[]=outstanding_balance&sort=organization_name_desc&page=1&per_page=5"
    )
    listed = node.ask("GET", f"users/clients?{query}").result
    assert [client["id"] for client in listed["clients"]] == ids[::-1]
    assert [listed[name] for name in PAGING] == [1, 1, 5, 2]
    owing = node.ask("GET", f"users/clients?{query}&has_outstanding=true").result["clients"]
    assert [client["outstanding_balance"] for client in owing] == [[{"amount": price("100.00")}]]


@pytest.mark.parametrize(
    ("path", "plural"),
    [
        ("users/clients", "clients"),
        ("invoices/invoices", "invoices"),
        ("expenses/expenses", "expenses"),
        ("expenses/categories", "categories"),
        ("payments/payments", "payments"),
        ("items/items", "items"),
    ],
)
def test_every_list_has_its_array_and_the_four_paging_keys(node: Node, path: str, plural: str) -> None:
    listed = node.ask("GET", path).result
    assert isinstance(listed[plural], list)
    assert all(type(listed[name]) is int for name in PAGING)
    assert listed["total"] >= len(listed[plural]) > 0
    read = node.ask("GET", f"{path}/{listed[plural][0]['id']}").result
    (single,) = read.values()
    assert single == listed[plural][0]


def test_a_fetched_invoice_sent_back_changes_nothing(node: Node) -> None:
    invoice = node.invoice(notes="before")
    answer = node.ask("PUT", f"invoices/invoices/{invoice['id']}", {"invoice": as_the_sdk_writes(invoice, notes="after")})
    assert answer.result["invoice"] == invoice
    ignored = answer.headers["x-bursar-ignored-fields"].split(",")
    assert {"notes", "customerid", "discount_value", "status"} <= set(ignored)
    assert "vis_state" not in ignored


def test_an_invoice_sent_back_without_its_visibility_is_changed(node: Node) -> None:
    invoice = node.invoice(notes="before", status=1)
    sent = as_the_sdk_writes(invoice, notes="after", discount_value="25")
    del sent["vis_state"], sent["status"]
    changed = node.one("PUT", f"invoices/invoices/{invoice['id']}", "invoice", sent)
    assert (changed["notes"], changed["amount"], changed["discount_value"]) == ("after", price("75.00"), "25")
    assert (changed["due_date"], changed["organization"]) == (invoice["due_date"], invoice["organization"])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"action_mark_as_sent": True}, 2, id="mark as sent"),
        pytest.param({"action_email": True, "email_recipients": ["to@example.org"], "email_include_pdf": False}, 2, id="mail"),
    ],
)
def test_an_action_goes_alone(node: Node, body: dict[str, Any], status: int) -> None:
    draft = node.invoice(status=1)
    sent = node.one("PUT", f"invoices/invoices/{draft['id']}", "invoice", body)
    assert (draft["status"], sent["status"], sent["amount"]) == (1, status, price("100.00"))


@pytest.mark.parametrize(
    ("path", "noun", "make"),
    [
        pytest.param("users/clients", "client", {"email": "gone@example.org"}, id="a client"),
        pytest.param("invoices/invoices", "invoice", None, id="an invoice"),
        pytest.param("items/items", "item", {"name": "Gone"}, id="an item"),
    ],
)
def test_delete_is_a_put_that_answers_the_object(node: Node, path: str, noun: str, make: dict[str, Any] | None) -> None:
    made = node.one("POST", path, noun, make) if make else node.invoice()
    gone = node.one("PUT", f"{path}/{made['id']}", noun, {"vis_state": 1})
    moved = ("updated", "version")
    assert {name: value for name, value in gone.items() if name not in moved} == {
        name: value for name, value in (made | {"vis_state": 1}).items() if name not in moved
    }
    listed = node.ask("GET", f"{path}?search[vis_state]=0&per_page=100").result
    assert made["id"] not in [each["id"] for each in next(value for value in listed.values() if isinstance(value, list))]


def test_a_whole_client_is_sent_back_under_other_names(node: Node) -> None:
    client = node.client(note="x")
    sent = {**client, "user_id": client["id"], "role": "admin", "num_logins": 7, "last_login": "2026-01-01 00:00:00", "fname": "Ny"}
    del sent["userid"]
    answer = node.ask("PUT", f"users/clients/{client['id']}", {"client": sent})
    changed = answer.result["client"]
    assert (changed["fname"], changed["role"], changed["num_logins"], changed["last_login"]) == ("Ny", "client", 0, None)
    assert {"user_id", "role", "num_logins", "last_login", "id"} <= set(answer.headers["x-bursar-ignored-fields"].split(","))


def test_items_carry_their_taxes_as_text(node: Node) -> None:
    tax = node.one("POST", "taxes/taxes", "tax", {"name": f"Text {node.client()['id']}", "amount": "7"})
    item = node.one("POST", "items/items", "item", {"name": "Clay", "tax1": str(tax["id"]), "inventory": "12", "qty": "1"})
    assert (item["tax1"], item["tax2"], item["inventory"]) == (tax["id"], 0, "12")
    sent = {"name": "Clay, wet", "tax1": "0", "tax2": str(tax["id"]), "inventory": "11.5", "vis_state": 2, "unit_cost": price("3")}
    changed = node.one("PUT", f"items/items/{item['id']}", "item", sent)
    assert (changed["name"], changed["tax1"], changed["tax2"], changed["vis_state"]) == ("Clay, wet", 0, tax["id"], 2)
    assert (changed["inventory"], changed["unit_cost"]) == ("11.5", price("3.00"))


def test_expenses_carry_their_ids_as_text(node: Node) -> None:
    category = node.ask("GET", "expenses/categories").result["categories"][3]["id"]
    client = node.client()
    body = {
        "amount": {"amount": "20.50", "code": "CAD"},
        "categoryid": str(category),
        "staffid": "1",
        "clientid": str(client["id"]),
        "date": "2026-01-05",
        "ext_systemid": 0,
        "background_jobid": None,
        "markup_percent": "0",
        "is_duplicate": False,
    }
    expense = node.one("POST", "expenses/expenses", "expense", body)
    assert (expense["categoryid"], expense["staffid"], expense["clientid"]) == (category, 1, client["id"])
    gone = node.one("PUT", f"expenses/expenses/{expense['id']}", "expense", {"vis_state": 1})
    assert (gone["vis_state"], gone["amount"]) == (1, price("20.50"))


def test_payments_are_updated_without_their_invoice(node: Node) -> None:
    invoice = node.invoice()
    body = {"amount": {"amount": "40", "code": "CAD"}, "invoiceid": str(invoice["id"]), "date": today(), "type": "Check"}
    payment = node.one("POST", "payments/payments", "payment", body)
    changed = node.one(
        "PUT",
        f"payments/payments/{payment['id']}",
        "payment",
        {
            "amount": {"amount": "45", "code": "CAD"},
            "creditid": None,
            "from_credit": False,
            "note": "",
            "overpaymentid": None,
            "type": "Cash",
        },
    )
    assert (changed["amount"], changed["type"], changed["invoiceid"]) == (price("45.00"), "Cash", invoice["id"])
    assert node.one("GET", f"invoices/invoices/{invoice['id']}", "invoice")["outstanding"] == price("55.00")


def test_the_share_link(node: Node) -> None:
    invoice = node.invoice()
    link = node.one("GET", f"invoices/invoices/{invoice['id']}/share_link?share_method=share_link", "share_link")
    assert (link["resourceid"], link["clientid"], link["share_method"]) == (invoice["id"], invoice["customerid"], "share_link")
    assert link["share_link"].startswith("http")


def test_payment_options_are_flat(node: Node) -> None:
    account = f"/payments/account/{node.running.account_id}"
    invoice = node.invoice()
    sent = {
        "entity_id": invoice["id"],
        "entity_type": "invoice",
        "gateway_name": "fbpay",
        "has_credit_card": True,
        "has_ach_transfer": True,
    }
    made = node.ask("POST", f"{account}/invoice/{invoice['id']}/payment_options", sent).body["payment_options"]
    assert (made["entity_id"], made["has_ach_transfer"], made["gateway_name"]) == (str(invoice["id"]), True, "fbpay")
    assert node.ask("GET", f"{account}/invoice/{invoice['id']}/payment_options").body["payment_options"] == made
    assert node.ask("GET", f"{account}/payment_options?entity_type=invoice").body["payment_options"]["entity_id"] is None


def test_errors_are_a_list_of_all(node: Node) -> None:
    answer = node.ask("POST", "users/clients", {"client": {"fname": "x" * 300, "lname": "y" * 300}})
    assert [(error["field"], error["errno"], error["object"]) for error in answer.body["response"]["errors"]] == [
        ("fname", 1017, "client"),
        ("lname", 1017, "client"),
    ]
    assert all(isinstance(error["value"], str) for error in answer.body["response"]["errors"])


def test_a_bad_token_is_told_in_every_way_it_reads(node: Node) -> None:
    stranger = Node(node.running._replace(access_token="undefined"))
    answer = stranger.ask("GET", "users/clients")
    words = "This action requires authentication to continue."
    assert (answer.status, answer.body["error"], answer.body["error_description"]) == (401, "unauthenticated", words)
    assert (answer.error["errno"], answer.error["message"]) == (1003, words)


def test_the_user_has_every_member_the_sdk_reads(node: Node) -> None:
    me = node.ask("GET", "/auth/api/v1/users/me").body["response"]
    business = me["business_memberships"][0]["business"]
    assert {"account_id", "address", "phone_number", "timezone", "business_clients"} <= business.keys()
    assert isinstance(business["business_clients"], list)
    assert all(role["accountid"] for role in me["roles"])
    assert {"phone_numbers", "profession", "groups", "links", "permissions", "subscription_statuses", "integrations"} <= me.keys()


def test_tokens_are_asked_for_in_json_beside_a_useless_bearer(running: Running) -> None:
    code = consented(connected(running).sdk, running)
    headers = {
        "Host": running.url.partition("//")[2],
        "Api-Version": "alpha",
        "Authorization": "Bearer undefined",
        "Content-Type": "application/json",
    }
    credentials = {"client_id": running.client_id, "client_secret": running.client_secret, "redirect_uri": running.redirect_uri}
    first = send(running.url, "POST", "/auth/oauth/token", headers, {**credentials, "grant_type": "authorization_code", "code": code})
    assert (first.status, first.body["token_type"], first.body["expires_in"]) == (200, "Bearer", 43200)
    refreshed = {**credentials, "grant_type": "refresh_token", "refresh_token": first.body["refresh_token"]}
    second = send(running.url, "POST", "/auth/oauth/token", headers, refreshed)
    assert second.status == 200
    assert second.body["refresh_token"] != first.body["refresh_token"]
    spent = send(running.url, "POST", "/auth/oauth/token", headers, refreshed)
    assert (spent.status, spent.body["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("path", ["users/clients", "invoices/invoices", "nowhere/at/all", "/auth/api/v1/nowhere", "/payments/nowhere"])
def test_whatever_is_asked_the_answer_is_json(node: Node, path: str) -> None:
    for verb in ("GET", "POST", "PUT", "DELETE"):
        answer = node.ask(verb, path, b"<html>" if verb != "GET" else None)
        assert answer.headers["content-type"].partition(";")[0].endswith("json")
        assert answer.status < 500
