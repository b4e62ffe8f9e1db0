"""Clients that somebody else wrote find their way, and what they were given is nowhere in the database."""

from __future__ import annotations

import base64
import contextlib
import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from authlib.integrations.requests_client import OAuth2Session

from bursar.oauth.registration import make_token
from tests.oauth.place import CALLBACK, PASSWORD, START_US, Browser, Flow, call, opened

if TYPE_CHECKING:
    from pathlib import Path

VERIFIER = "a-verifier-of-at-least-forty-three-characters-000"


def authorised(flow: Flow, url: str) -> str:
    """Do in the browser what a person does with an authorize link; answer the address the app is called at."""
    browser = Browser("")
    browser.get(*url.split("?", 1))
    browser.sign_in(flow.email, PASSWORD)
    return str(browser.press("allow").page.headers["location"])


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_authlib_goes_from_metadata_to_revocation(flow: Flow, method: str) -> None:
    about = call("GET", f"{flow.place.url}/.well-known/oauth-authorization-server").json()
    assert method in about["token_endpoint_auth_methods_supported"]
    client: Any = OAuth2Session(
        flow.app.client_id,
        flow.secret,
        scope="user:clients:read",
        redirect_uri=CALLBACK,
        code_challenge_method="S256",
        token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
    )
    client.trust_env = False
    url, state = client.create_authorization_url(about["authorization_endpoint"], code_verifier=VERIFIER)
    called = authorised(flow, url)
    token = client.fetch_token(about["token_endpoint"], authorization_response=called, state=state, code_verifier=VERIFIER)
    assert flow.opens(token["access_token"])
    newer = client.refresh_token(about["token_endpoint"], refresh_token=token["refresh_token"])
    assert newer["scope"] == "user:profile:read user:clients:read"
    client.revoke_token(about["revocation_endpoint"], token=newer["access_token"])
    assert not flow.opens(newer["access_token"])


def test_authlib_is_refused_without_its_verifier(flow: Flow) -> None:
    from authlib.integrations.base_client import OAuthError

    client: Any = OAuth2Session(flow.app.client_id, flow.secret, redirect_uri=CALLBACK, code_challenge_method="S256")
    client.trust_env = False
    url, state = client.create_authorization_url(f"{flow.place.url}/oauth/authorize", code_verifier=VERIFIER)
    called = authorised(flow, url)
    with pytest.raises(OAuthError) as refused:
        client.fetch_token(f"{flow.place.url}/auth/oauth/token", authorization_response=called, state=state)
    assert refused.value.error == "invalid_grant"


def test_no_secret_stands_in_the_database(books_file: Path) -> None:
    with opened(books_file) as place:
        flow = Flow(place, 1)
        code = flow.code(state="state-of-the-app")
        tokens = flow.exchange(code).json()
        newer = flow.refresh(tokens["refresh_token"]).json()
        unused = flow.code()
        personal = place.run(make_token(place.people, flow.person.id, "user:clients:read", "script", START_US, None))
    stored = b"".join(path.read_bytes() for path in books_file.parent.glob("books.db*"))
    assert flow.email.encode() in stored, "the scan sees what is there"
    secrets = [code, unused, flow.secret, PASSWORD, personal]
    secrets += [pair[kind] for pair in (tokens, newer) for kind in ("access_token", "refresh_token")]
    for secret in secrets:
        for form in forms(secret):
            assert form not in stored


def forms(secret: str) -> list[bytes]:
    """Write a secret in every way that would still give it away to whoever has the file."""
    plain = secret.encode()
    found = [plain, base64.b64encode(plain).rstrip(b"="), hashlib.sha256(plain).digest(), hashlib.blake2b(plain, digest_size=32).digest()]
    with contextlib.suppress(ValueError):
        found.append(bytes.fromhex(secret))
    return found
