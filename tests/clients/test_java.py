"""What the Java SDK sends and reads, written by hand from the contract (accounting 9.3, platform 2.1 and 2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.clients.program import price, today
from tests.clients.wire import Answer, send
from tests.oauth.place import Browser

if TYPE_CHECKING:
    from tests.clients.running import Running


class Java(NamedTuple):
    """The SDK's way of asking: JSON with numbers as numbers."""

    running: Running

    def ask(self, verb: str, path: str, body: Any = None) -> Answer:
        headers = {
            "Host": self.running.url.partition("//")[2],
            "Accept-Encoding": "gzip",
            "Authorization": f"Bearer {self.running.access_token}",
            "User-Agent": f"FreshBooks java sdk/0.9.0 client_id {self.running.client_id} Google-HTTP-Java-Client/1.42.3 (gzip)",
        }
        if body is not None:
            headers["Content-Type"] = "application/json; charset=UTF-8"
        return send(self.running.url, verb, self.running.below(path), headers, body)

    def one(self, verb: str, path: str, noun: str, body: Any = None) -> dict[str, Any]:
        found: dict[str, Any] = self.ask(verb, path, None if body is None else {noun: body}).result[noun]
        return found


@pytest.fixture
def java(running: Running) -> Java:
    return Java(running)


def test_numbers_go_as_numbers(java: Java) -> None:
    client = java.one("POST", "users/clients", "client", {"organization": "Java & Co", "currency_code": "CAD"})
    line = {"name": "Hours", "qty": 1.5, "unit_cost": {"amount": 33.33, "code": "CAD"}, "taxName1": "HST", "taxAmount1": 13.0}
    body = {"customerid": client["id"], "create_date": today(), "discount_value": 0, "lines": [line], "due_offset_days": 10}
    invoice = java.one("POST", "invoices/invoices?include%5B%5D=lines", "invoice", body)
    # 1.5 x 33.33 = 49.995, rounded 50.00; HST 13 % = 6.50
    assert (invoice["amount"], invoice["lines"][0]["qty"], invoice["lines"][0]["taxAmount1"]) == (price("56.50"), "1.5", "13")
    payment = {"amount": {"amount": 56.5, "code": "CAD"}, "date": today(), "invoiceid": invoice["id"], "type": "Bank Transfer"}
    assert java.one("POST", "payments/payments", "payment", payment)["amount"] == price("56.50")
    assert java.one("GET", f"invoices/invoices/{invoice['id']}", "invoice")["status"] == 4


def test_encoded_searches_includes_and_sorts(java: Java) -> None:
    clients = [java.one("POST", "users/clients", "client", {"fname": name, "email": "java@example.net"})["id"] for name in ("Ba", "Ab")]
    listed = java.ask(
        "GET",
        f"users/clients?search%5Buserids%5D%5B%5D={clients[0]}&search%5Buserids%5D%5B%5D={clients[1]}"
        "&search%5Bemail_like%5D=JAVA%40&include%5B%5D=outstanding_balance&sort=client_id_asc&page=1&per_page=10",
    ).result
    assert [client["id"] for client in listed["clients"]] == clients
    assert listed["clients"][0]["outstanding_balance"] == []


def test_taxes_and_invoices_are_really_deleted_others_by_a_put(java: Java) -> None:
    client = java.one("POST", "users/clients", "client", {"organization": "To go"})
    tax = java.one("POST", "taxes/taxes", "tax", {"name": f"Java {client['id']}", "amount": 4.5})
    invoice = java.one("POST", "invoices/invoices", "invoice", {"customerid": client["id"], "create_date": today()})
    for path in (f"taxes/taxes/{tax['id']}", f"invoices/invoices/{invoice['id']}"):
        assert java.ask("DELETE", path).body == {"response": {}}
    assert java.ask("GET", f"taxes/taxes/{tax['id']}").status == 404
    assert java.one("GET", f"invoices/invoices/{invoice['id']}", "invoice")["vis_state"] == 1
    assert java.one("PUT", f"users/clients/{client['id']}", "client", {"vis_state": 1})["vis_state"] == 1


@pytest.mark.parametrize("sort", ["-updated", "updated_desc", "organization_name_asc", "garbage", "", "%00"])
def test_any_sort_is_taken(java: Java, sort: str) -> None:
    assert len(java.ask("GET", f"users/clients?sort={sort}").result["clients"]) == 15


@pytest.mark.parametrize("flag", ["true", "True", "1"])
def test_any_spelling_of_yes_is_taken(java: Java, flag: str) -> None:
    bare = java.ask("GET", f"users/clients?has_credit={flag}").result["total"]
    assert bare == java.ask("GET", f"users/clients?search[has_credit]={flag}").result["total"] > 0
    assert java.ask("GET", "users/clients?has_credit=false").result["total"] > bare


def test_the_authorize_address_is_not_encoded(running: Running) -> None:
    """The address goes into a browser as it is, which encodes the blanks between the scopes and nothing else."""
    query = (
        f"client_id={running.client_id}&response_type=code&redirect_uri={running.redirect_uri}&scope=user:profile:read%20user:items:read"
    )
    browser = Browser(running.url)
    assert browser.get("/service/auth/oauth/authorize", query).status_code == 200
    refused = browser.sign_in(running.owner_email, running.owner_password)
    assert "The requested scope is invalid, unknown, or malformed" in refused.text
    allowed = query.replace("user:items:read", "user:billable_items:read")
    browser.get("/service/auth/oauth/authorize", allowed)
    code = browser.press("allow").answer["code"]
    body = {
        "client_id": running.client_id,
        "client_secret": running.client_secret,
        "code": code,
        "grant_type": "authorization_code",
        "redirect_uri": running.redirect_uri,
    }
    headers = {"Host": running.url.partition("//")[2], "Content-Type": "application/json; charset=UTF-8"}
    answer = send(running.url, "POST", "/service/auth/oauth/token", headers, body)
    assert (answer.status, answer.body["scope"]) == (200, "user:profile:read user:billable_items:read")


def test_a_slash_behind_authorize_is_the_same_page(running: Running) -> None:
    query = f"client_id={running.client_id}&response_type=code&redirect_uri={running.redirect_uri}"
    for path in ("/oauth/authorize", "/oauth/authorize/", "/service/auth/oauth/authorize"):
        page = Browser(running.url).get(path, query)
        assert (page.status_code, "Sign in" in page.text) == (200, True)
