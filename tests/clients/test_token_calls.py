"""The token call in every form that clients are known to send it: form, JSON, multipart, Basic (platform 2.5 and 15.1)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from tests.clients.program import connected
from tests.clients.running import bare
from tests.clients.test_sdk_oauth import consented

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.clients.running import Running


def basic(running: Running) -> dict[str, str]:
    """Write the credentials of the app as HTTP Basic has them."""
    text = f"{running.client_id}:{running.client_secret}".encode()
    return {"Authorization": "Basic " + base64.b64encode(text).decode()}


def secrets(running: Running) -> dict[str, str]:
    return {"client_id": running.client_id, "client_secret": running.client_secret}


FORMS = [
    pytest.param(lambda running, fields: {"data": secrets(running) | fields}, id="a form"),
    pytest.param(lambda running, fields: {"json": secrets(running) | fields}, id="JSON"),
    pytest.param(
        lambda running, fields: {"files": {name: (None, value) for name, value in (secrets(running) | fields).items()}}, id="multipart"
    ),
    pytest.param(lambda running, fields: {"data": fields, "headers": basic(running)}, id="a form, with Basic"),
    pytest.param(lambda running, fields: {"json": fields, "headers": basic(running)}, id="JSON, with Basic"),
]


@pytest.mark.parametrize("address", ["/auth/oauth/token", "/service/auth/oauth/token"])
@pytest.mark.parametrize("sent", FORMS)
def test_exchange_then_refresh(running: Running, sent: Callable[..., Any], address: str) -> None:
    url = running.url + address
    code = consented(connected(running).sdk, running)
    exchange = {"grant_type": "authorization_code", "code": code, "redirect_uri": running.redirect_uri}
    first = bare("POST", url, **sent(running, exchange))
    assert first.status_code == 200, first.text
    pair = first.json()
    assert (pair["token_type"], pair["expires_in"], len(pair["refresh_token"])) == ("Bearer", 43200, 64)
    assert pair["direct_buy_tokens"] == {}

    without_redirect = {"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]}
    second = bare("POST", url, **sent(running, without_redirect))
    assert second.status_code == 200, second.text
    assert second.json()["scope"] == pair["scope"]
    assert bare("POST", url, **sent(running, without_redirect)).json()["error"] == "invalid_grant"
    for token in (pair["access_token"], second.json()["access_token"]):
        answer = bare("GET", f"{running.url}/auth/api/v1/users/me", headers={"Authorization": f"Bearer {token}"})
        assert answer.json()["response"]["email"] == running.owner_email


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        pytest.param({"grant_type": "password"}, 400, "unsupported_grant_type", id="another grant"),
        pytest.param({}, 400, "invalid_request", id="no grant"),
        pytest.param({"grant_type": "authorization_code", "redirect_uri": "x"}, 400, "invalid_request", id="no code"),
        pytest.param({"grant_type": "authorization_code", "redirect_uri": "x", "code": "y"}, 400, "invalid_grant", id="no such code"),
        pytest.param({"grant_type": "refresh_token", "refresh_token": "0" * 64}, 400, "invalid_grant", id="no such refresh token"),
        pytest.param({"grant_type": "refresh_token", "refresh_token": "0", "client_id": "who"}, 401, "invalid_client", id="no such app"),
    ],
)
@pytest.mark.parametrize("sent", FORMS[:3])
def test_refusals_are_json(running: Running, sent: Callable[..., Any], fields: dict[str, str], status: int, error: str) -> None:
    answer = bare("POST", f"{running.url}/auth/oauth/token", **sent(running, fields))
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"]


@pytest.mark.parametrize("sent", FORMS[:2])
def test_a_revoked_token_is_dead_at_once(running: Running, sent: Callable[..., Any]) -> None:
    sdk = connected(running).sdk
    token = sdk.get_access_token(consented(sdk, running)).access_token
    assert bare("POST", f"{running.url}/auth/oauth/revoke", **sent(running, {"token": token})).json() == {}
    me = f"{running.url}/auth/api/v1/users/me"
    assert bare("GET", me, headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert bare("POST", f"{running.url}/auth/oauth/revoke", **sent(running, {"token": "unknown"})).json() == {}
