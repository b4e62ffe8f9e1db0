"""The same addresses within the whole product: a token opens the books until it is revoked, and no other address answers pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bursar.oauth.passwords import hash_password
from bursar.oauth.registration import register_app
from tests.oauth.place import CALLBACK, PASSWORD, Browser, call

if TYPE_CHECKING:
    from tests.support.tenant import Tenant


def test_a_consent_opens_the_callers_books_until_the_token_is_revoked(server: Tenant) -> None:
    people, run = server.application.people, server.place.run
    run(people.set_password(server.identity_id, hash_password(PASSWORD)))
    person = run(people.identity(server.identity_id))
    assert person is not None
    app, secret = run(register_app(people, "App", [CALLBACK], "user:clients:read", 1, allow_http_localhost=False))
    credentials = {"client_id": app.client_id, "client_secret": secret}

    browser = Browser(server.url)
    browser.get("/oauth/authorize", {"client_id": app.client_id, "response_type": "code", "redirect_uri": CALLBACK})
    browser.sign_in(person.email, PASSWORD)
    code = browser.press("allow").answer["code"]
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    tokens = call("POST", f"{server.url}/auth/oauth/token", json=fields | credentials).json()

    def status(path: str) -> int:
        return call("GET", server.url + path, headers={"Authorization": f"Bearer {tokens['access_token']}"}).status_code

    account = f"/accounting/account/{server.account_id}"
    assert status("/auth/api/v1/users/me") == 200
    assert status(f"{account}/users/clients") == 200
    assert status(f"{account}/invoices/invoices") == 403
    assert call("POST", f"{server.url}/auth/oauth/revoke", json=credentials | {"token": tokens["access_token"]}).json() == {}
    assert status("/auth/api/v1/users/me") == 401
    assert status(f"{account}/users/clients") == 401


@pytest.mark.parametrize(
    "address", ["/auth/oauth/token", "/service/auth/oauth/token", "/auth/oauth/revoke", "/service/auth/oauth/introspect"]
)
def test_the_addresses_of_programs_answer_json_whatever_comes(server: Tenant, address: str) -> None:
    for method in ("GET", "PUT", "DELETE", "POST"):
        answer = call(method, server.url + address)
        assert answer.status_code in ({400, 401} if method == "POST" else {405})
        assert answer.json()["error"] == ("invalid_client" if answer.status_code == 401 else "invalid_request")
