"""Ending tokens, asking about them, and describing the server (platform 2.1, 2.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bursar.oauth.failure import INVALID_CLIENT, INVALID_TOKEN
from bursar.oauth.registration import make_token
from bursar.oauth.scopes import GRANTABLE
from tests.oauth.place import START_US, Flow, call

if TYPE_CHECKING:
    import requests

START_S = START_US // 1_000_000


def ask(flow: Flow, token: str, **changes: str) -> requests.Response:
    return flow.post("introspect", {**flow.credentials(), "token": token} | changes)


def test_a_revoked_access_token_is_dead_at_once_and_its_refresh_token_with_it(flow: Flow) -> None:
    tokens = flow.pair()
    revoked = flow.revoke(tokens["access_token"])
    assert (revoked.status_code, revoked.json()) == (200, {})
    assert not flow.opens(tokens["access_token"])
    assert flow.refresh(tokens["refresh_token"]).status_code == 400


def test_revoking_an_old_access_token_leaves_the_new_pair_alone(flow: Flow) -> None:
    old = flow.pair()
    new = flow.refresh(old["refresh_token"]).json()
    flow.revoke(old["access_token"])
    assert not flow.opens(old["access_token"])
    assert flow.opens(new["access_token"])
    assert flow.refresh(new["refresh_token"]).status_code == 200


def test_revoking_the_refresh_token_ends_everything_that_came_of_that_consent(flow: Flow) -> None:
    old = flow.pair()
    new = flow.refresh(old["refresh_token"]).json()
    assert flow.revoke(new["refresh_token"]).json() == {}
    assert not flow.opens(old["access_token"])
    assert not flow.opens(new["access_token"])
    assert flow.refresh(new["refresh_token"]).status_code == 400


@pytest.mark.parametrize("address", ["/auth/oauth", "/service/auth/oauth"])
def test_both_addresses_take_json(flow: Flow, address: str) -> None:
    tokens = flow.pair()
    fields = {**flow.credentials(), "token": tokens["access_token"]}
    revoked = call("POST", f"{flow.place.url}{address}/revoke", json=fields)
    assert (revoked.status_code, revoked.json()) == (200, {})
    assert not flow.opens(tokens["access_token"])


def test_revoking_twice_or_something_unknown_answers_the_same(flow: Flow) -> None:
    token = flow.pair()["access_token"]
    for text in (token, token, "nothing we ever gave"):
        revoked = flow.revoke(text)
        assert (revoked.status_code, revoked.json()) == (200, {})


def test_an_app_ends_only_its_own_tokens(flow: Flow) -> None:
    token = flow.pair()["access_token"]
    personal = flow.place.run(make_token(flow.place.people, flow.person.id, "user:clients:read", "script", START_US, None))
    flow.app, flow.secret = flow.register("Other")
    for text in (token, personal):
        assert flow.revoke(text).json() == {}
        assert flow.opens(text)


@pytest.mark.parametrize("name", ["revoke", "introspect"])
def test_strangers_and_empty_hands_are_refused(flow: Flow, name: str) -> None:
    token = flow.pair()["access_token"]
    stranger = flow.post(name, {"client_id": flow.app.client_id, "client_secret": "wrong", "token": token})
    assert (stranger.status_code, stranger.json()) == (401, INVALID_CLIENT.body())
    empty = flow.post(name, flow.credentials())
    assert (empty.status_code, empty.json()["error_description"]) == (400, "Missing required parameter: token.")
    assert flow.opens(token)


def test_an_app_may_ask_about_its_own_tokens(flow: Flow) -> None:
    tokens = flow.pair(scope="user:clients:read")
    known: dict[str, Any] = {"active": True, "scope": "user:profile:read user:clients:read", "client_id": flow.app.client_id}
    known |= {"sub": str(flow.person.id), "iat": START_S, "iss": flow.place.url}
    assert ask(flow, tokens["access_token"]).json() == known | {"token_type": "Bearer", "exp": START_S + 43_200}
    assert ask(flow, tokens["refresh_token"]).json() == known


@pytest.mark.parametrize("what", ["revoked", "expired", "unknown", "of another app"])
def test_of_other_tokens_an_app_learns_nothing(flow: Flow, what: str) -> None:
    token = flow.pair()["access_token"]
    if what == "revoked":
        flow.revoke(token)
    elif what == "expired":
        flow.place.clock.pass_s(43_200)
    elif what == "unknown":
        token = "at_unknown"
    else:
        flow.app, flow.secret = flow.register("Other")
    assert ask(flow, token).json() == {"active": False}


def test_a_bearer_may_ask_about_the_token_itself(flow: Flow) -> None:
    token = flow.pair(scope="user:clients:read")["access_token"]
    flow.place.clock.pass_s(10)
    shown = call("GET", f"{flow.place.url}/auth/oauth/token/info", headers={"Authorization": f"Bearer {token}"})
    assert shown.json() == {
        "resource_owner_id": flow.person.id,
        "scope": ["user:profile:read", "user:clients:read"],
        "expires_in": 43_190,
        "application": {"uid": flow.app.client_id},
        "created_at": START_S,
    }


@pytest.mark.parametrize("header", [None, "Bearer ", "Bearer unknown", "Basic eDp5", "Bearer \u00fc"])
def test_a_bearer_of_nothing_is_told_so_in_the_words_that_clients_know(flow: Flow, header: str | None) -> None:
    headers = {"Authorization": header.encode()} if header else {}
    refused = call("GET", f"{flow.place.url}/auth/oauth/token/info", headers=headers)
    expected = {"error": "invalid_token", "error_description": "The access token is invalid", "state": "unauthorized"}
    assert (refused.status_code, refused.json()) == (401, expected)
    assert refused.json() == INVALID_TOKEN.body()


def test_the_server_describes_itself(flow: Flow) -> None:
    url = flow.place.url
    shown = call("GET", f"{url}/.well-known/oauth-authorization-server").json()
    assert shown["issuer"] == url
    assert shown["code_challenge_methods_supported"] == ["S256"]
    assert shown["token_endpoint_auth_methods_supported"] == ["client_secret_basic", "client_secret_post"]
    assert shown["grant_types_supported"] == ["authorization_code", "refresh_token"]
    assert shown["response_types_supported"] == ["code"]
    assert shown["scopes_supported"] == list(GRANTABLE)
    for name in ("authorization", "token", "revocation", "introspection"):
        address = shown[f"{name}_endpoint"]
        assert address.startswith(f"{url}/service/auth/oauth/")
        assert call("POST", address).status_code in {400, 401}, "served"
