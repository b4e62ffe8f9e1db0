"""The token address: exchange, refresh, every way to send them, every refusal (platform 2.5-2.7, 2.9)."""

from __future__ import annotations

import contextlib
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import apsw
import pytest

from bursar.oauth.failure import BROKEN, INVALID_CLIENT, INVALID_GRANT, MALFORMED, UNAVAILABLE, UNSUPPORTED_GRANT_TYPE
from tests.oauth.place import START_US, Flow, call, opened

if TYPE_CHECKING:
    from pathlib import Path

    import requests


def token_url(flow: Flow, address: str = "/auth/oauth") -> str:
    return f"{flow.place.url}{address}/token"


def test_a_code_becomes_exactly_the_pair_that_clients_expect(flow: Flow) -> None:
    response = flow.exchange(flow.code(scope="user:invoices:write"))
    tokens = response.json()
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert list(tokens) == ["access_token", "token_type", "expires_in", "refresh_token", "scope", "created_at", "direct_buy_tokens"]
    assert re.fullmatch(r"[0-9a-f]{64}", tokens.pop("refresh_token"))
    assert len(tokens.pop("access_token")) >= 43
    assert tokens == {
        "token_type": "Bearer",
        "expires_in": 43200,
        "scope": "user:profile:read user:invoices:write",
        "created_at": START_US // 1_000_000,
        "direct_buy_tokens": {},
    }


def test_an_access_token_lasts_twelve_hours(flow: Flow) -> None:
    token = flow.pair()["access_token"]
    flow.place.clock.pass_s(43_199)
    assert flow.opens(token)
    flow.place.clock.pass_s(1)
    assert not flow.opens(token)


def send_form(url: str, fields: dict[str, str]) -> requests.Response:
    return call("POST", url, data=fields)


def send_json(url: str, fields: dict[str, str]) -> requests.Response:
    headers = {"Authorization": "Bearer undefined", "Api-Version": "alpha"}  # as the Node SDK
    return call("POST", url, json=fields, headers=headers)


def send_json_with_empty_bearer(url: str, fields: dict[str, str]) -> requests.Response:
    return call("POST", url, json=fields, headers={"Authorization": "Bearer "})  # as the PHP SDK


def send_multipart(url: str, fields: dict[str, str]) -> requests.Response:
    parts = {name: (None, value) for name, value in fields.items()}
    return call("POST", url, files=parts)


def send_basic(url: str, fields: dict[str, str]) -> requests.Response:
    body = {name: value for name, value in fields.items() if not name.startswith("client_")}
    return call("POST", url, data=body, auth=(fields["client_id"], fields["client_secret"]))


@pytest.mark.parametrize("address", ["/auth/oauth", "/service/auth/oauth"])
@pytest.mark.parametrize(
    "send",
    [
        pytest.param(send_form, id="form"),
        pytest.param(send_json, id="json with a useless bearer"),
        pytest.param(send_json_with_empty_bearer, id="json with an empty bearer"),
        pytest.param(send_multipart, id="multipart"),
        pytest.param(send_basic, id="basic credentials"),
    ],
)
def test_both_grants_work_in_every_encoding_on_both_addresses(flow: Flow, send: Any, address: str) -> None:
    fields = {"grant_type": "authorization_code", "code": flow.code(), "redirect_uri": "https://app.example/callback"}
    first = send(token_url(flow, address), fields | flow.credentials())
    assert first.status_code == 200, first.text
    fields = {"grant_type": "refresh_token", "refresh_token": first.json()["refresh_token"]}
    second = send(token_url(flow, address), fields | flow.credentials())
    assert second.status_code == 200, second.text
    assert second.json()["scope"] == first.json()["scope"]


def test_a_code_works_once_and_a_second_use_ends_what_the_first_gave(flow: Flow) -> None:
    code = flow.code()
    tokens = flow.exchange(code).json()
    newer = flow.refresh(tokens["refresh_token"]).json()
    assert flow.opens(newer["access_token"])
    again = flow.exchange(code)
    assert (again.status_code, again.json()) == (400, INVALID_GRANT.body())
    assert not flow.opens(tokens["access_token"])
    assert not flow.opens(newer["access_token"])
    assert flow.refresh(newer["refresh_token"]).status_code == 400


def test_a_code_lasts_five_minutes(flow: Flow) -> None:
    in_time, late = flow.code(), flow.code()
    flow.place.clock.pass_s(299)
    assert flow.exchange(in_time).status_code == 200
    flow.place.clock.pass_s(1)
    assert flow.exchange(late).json() == INVALID_GRANT.body()


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"redirect_uri": "https://app.example/callback/"}, id="another redirect address"),
        pytest.param({"code": "0" * 64}, id="no such code"),
        pytest.param({"code": "\u00fc\0"}, id="no code at all"),
    ],
)
def test_a_code_is_refused_with(flow: Flow, changes: dict[str, str]) -> None:
    code = flow.code()
    refused = flow.exchange(code, **changes)
    assert (refused.status_code, refused.json()) == (400, INVALID_GRANT.body())
    assert flow.exchange(code).status_code == 200


def test_a_code_of_another_app_is_refused_and_stays_good_for_its_own(flow: Flow) -> None:
    code = flow.code()
    other, secret = flow.register("Other")
    refused = flow.exchange(code, client_id=other.client_id, client_secret=secret)
    assert refused.json() == INVALID_GRANT.body()
    assert flow.exchange(code).status_code == 200


VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # the example of RFC 7636, appendix B


@pytest.mark.unverified
@pytest.mark.parametrize(
    ("verifier", "status"),
    [
        pytest.param(VERIFIER, 200, id="the right verifier"),
        pytest.param(VERIFIER[:-1] + "l", 400, id="a wrong verifier"),
        pytest.param(CHALLENGE, 400, id="the challenge instead"),
        pytest.param(None, 400, id="no verifier"),
    ],
)
def test_a_code_with_a_challenge_wants(flow: Flow, verifier: str | None, status: int) -> None:
    code = flow.code(code_challenge=CHALLENGE, code_challenge_method="S256")
    assert flow.exchange(code, code_verifier=verifier).status_code == status


def test_a_verifier_without_a_challenge_is_ignored(flow: Flow) -> None:
    assert flow.exchange(flow.code(), code_verifier=VERIFIER).status_code == 200


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"grant_type": None}, (400, "invalid_request", "Missing required parameter: grant_type."), id="no grant type"),
        pytest.param({"code": None}, (400, "invalid_request", "Missing required parameter: code."), id="no code"),
        pytest.param({"code": ""}, (400, "invalid_request", "Missing required parameter: code."), id="empty code"),
        pytest.param(
            {"redirect_uri": None}, (400, "invalid_request", "Missing required parameter: redirect_uri."), id="no redirect address"
        ),
        pytest.param({"client_id": None}, (401, *INVALID_CLIENT[1:3]), id="no client id"),
        pytest.param({"client_secret": None}, (401, *INVALID_CLIENT[1:3]), id="no client secret"),
        pytest.param({"client_id": "nobody"}, (401, *INVALID_CLIENT[1:3]), id="unknown client"),
        pytest.param({"client_id": "n\0body \ud7ff"}, (401, *INVALID_CLIENT[1:3]), id="client id that is none"),
        pytest.param({"client_secret": "wrong"}, (401, *INVALID_CLIENT[1:3]), id="wrong secret"),
        pytest.param({"grant_type": "password"}, (400, *UNSUPPORTED_GRANT_TYPE[1:3]), id="password grant"),
        pytest.param({"grant_type": "client_credentials"}, (400, *UNSUPPORTED_GRANT_TYPE[1:3]), id="client credentials grant"),
    ],
)
def test_an_exchange_is_refused_with_exact_words(flow: Flow, changes: dict[str, str | None], expected: tuple[int, str, str]) -> None:
    refused = flow.exchange("0" * 64, **changes)
    status, error, text = expected
    assert (refused.status_code, refused.json()) == (status, {"error": error, "error_description": text})
    assert refused.headers["content-type"] == "application/json; charset=utf-8"


def test_a_refresh_without_its_token_says_so(flow: Flow) -> None:
    refused = flow.refresh("")
    assert refused.json() == {"error": "invalid_request", "error_description": "Missing required parameter: refresh_token."}


def test_wrong_basic_credentials_are_told_which_scheme_to_use(flow: Flow) -> None:
    refused = flow.post("token", {"grant_type": "refresh_token", "refresh_token": "x"}, auth=(flow.app.client_id, "wrong"))
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Basic")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param(b"{", "application/json", id="broken json"),
        pytest.param(b"[1]", "application/json", id="json that is no object"),
        pytest.param(b"[" * 60_000, "application/json", id="json without bottom"),
        pytest.param(b'{"grant_type": "\xff"}', "application/json", id="json in another encoding"),
        pytest.param(b"grant_type=%ff", "application/x-www-form-urlencoded", id="form in another encoding"),
        pytest.param(b"grant_type=refresh_token&grant_type=password", "application/x-www-form-urlencoded", id="a parameter twice"),
        pytest.param(b"a=1&" * 200, "application/x-www-form-urlencoded", id="too many parameters"),
        pytest.param(b"--x\r\nnonsense", "multipart/form-data; boundary=y", id="broken multipart"),
        pytest.param(b"--x", "multipart/form-data", id="multipart without boundary"),
    ],
)
def test_a_body_that_cannot_be_read_is_malformed(flow: Flow, body: bytes, content_type: str) -> None:
    refused = call("POST", token_url(flow), data=body, headers={"Content-Type": content_type})
    assert (refused.status_code, refused.json()) == (400, MALFORMED.body())


def test_a_body_without_end_is_refused(flow: Flow) -> None:
    refused = call("POST", token_url(flow), data=b"a" * 70_000, headers={"Content-Type": "text/plain"})
    assert (refused.status_code, refused.json()["error"]) == (413, "invalid_request")


@pytest.mark.parametrize("name", ["token", "revoke", "introspect"])
def test_only_post_reaches(flow: Flow, name: str) -> None:
    refused = call("GET", f"{flow.place.url}/auth/oauth/{name}")
    assert (refused.status_code, refused.headers["allow"], refused.json()["error"]) == (405, "POST", "invalid_request")


def test_a_refresh_gives_a_new_pair_and_ends_only_the_old_refresh_token(flow: Flow) -> None:
    old = flow.pair(scope="user:clients:read")
    flow.place.clock.pass_s(60)
    new = flow.refresh(old["refresh_token"], scope="user:invoices:write").json()
    assert new["scope"] == old["scope"], "a refresh neither widens nor narrows"
    assert new["created_at"] == old["created_at"] + 60
    assert new["access_token"] != old["access_token"]
    assert flow.opens(old["access_token"])
    assert flow.opens(new["access_token"])
    again = flow.refresh(old["refresh_token"])
    assert (again.status_code, again.json()) == (400, INVALID_GRANT.body())


def test_a_refresh_token_does_not_age(flow: Flow) -> None:
    old = flow.pair()
    flow.place.clock.pass_s(400 * 24 * 3600)
    assert flow.refresh(old["refresh_token"]).status_code == 200


def test_a_new_consent_ends_the_refresh_token_before_it(flow: Flow) -> None:
    first, second = flow.pair(), flow.pair()
    assert flow.refresh(first["refresh_token"]).json() == INVALID_GRANT.body()
    assert flow.refresh(second["refresh_token"]).status_code == 200


def test_apps_do_not_end_each_others_refresh_tokens(flow: Flow) -> None:
    first = flow.pair()
    mine = (flow.app, flow.secret)
    flow.app, flow.secret = flow.register("Other")
    flow.pair()
    flow.app, flow.secret = mine
    assert flow.refresh(first["refresh_token"]).status_code == 200


def test_a_refresh_token_of_another_app_is_refused(flow: Flow) -> None:
    mine = flow.pair()
    other, secret = flow.register("Other")
    refused = flow.refresh(mine["refresh_token"], client_id=other.client_id, client_secret=secret)
    assert refused.json() == INVALID_GRANT.body()
    assert flow.refresh(mine["refresh_token"]).status_code == 200


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_a_token_is_good_for_one_thing_only(flow: Flow, kind: str) -> None:
    tokens = flow.pair()
    assert flow.opens(tokens[kind]) == (kind == "access_token")
    assert (flow.refresh(tokens[kind]).status_code == 200) == (kind == "refresh_token")


def test_of_two_refreshes_at_once_one_wins(flow: Flow) -> None:
    token = flow.pair()["refresh_token"]
    with ThreadPoolExecutor(8) as pool:
        statuses = [response.status_code for response in pool.map(flow.refresh, [token] * 8)]
    assert sorted(statuses) == [200] + [400] * 7


def test_of_two_exchanges_at_once_one_wins(flow: Flow) -> None:
    code = flow.code()
    with ThreadPoolExecutor(8) as pool:
        statuses = [response.status_code for response in pool.map(flow.exchange, [code] * 8)]
    assert sorted(statuses) == [200] + [400] * 7


def test_a_withdrawn_app_is_a_stranger(flow: Flow) -> None:
    tokens, code = flow.pair(), flow.code()
    flow.place.run(flow.place.people.revoke_app(flow.app.id, flow.place.clock.us))
    assert not flow.opens(tokens["access_token"])
    assert flow.exchange(code).json() == INVALID_CLIENT.body()
    assert flow.refresh(tokens["refresh_token"]).json() == INVALID_CLIENT.body()


def test_a_person_who_is_shut_out_takes_their_tokens_along(flow: Flow) -> None:
    code = flow.code()
    tokens = flow.pair()
    flow.place.run(flow.place.people.revoke_identity(flow.person.id, flow.place.clock.us))
    assert not flow.opens(tokens["access_token"])
    assert flow.exchange(code).json() == INVALID_GRANT.body()
    assert flow.refresh(tokens["refresh_token"]).json() == INVALID_GRANT.body()


def test_without_its_database_the_token_address_answers_json(books_file: Path) -> None:
    with opened(books_file) as place:
        flow = Flow(place, 1)
        token = flow.pair()["refresh_token"]
        place.run(place.driver.close())
        refused = flow.refresh(token)
        assert (refused.status_code, refused.json()) == (503, UNAVAILABLE.body())
        assert refused.headers["retry-after"]


def test_a_fault_of_ours_is_answered_in_json_and_logged(books_file: Path, caplog: pytest.LogCaptureFixture) -> None:
    with opened(books_file) as place:
        flow = Flow(place, 1)
        token = flow.pair()["refresh_token"]
        with contextlib.closing(apsw.Connection(str(books_file))) as connection:
            connection.execute("ALTER TABLE tokens RENAME TO lost")
        refused = flow.refresh(token)
        assert (refused.status_code, refused.json()) == (500, BROKEN.body())
    assert "an OAuth address failed: /auth/oauth/token" in caplog.text
