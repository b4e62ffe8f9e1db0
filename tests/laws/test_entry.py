"""Who gets in, and what everybody else is told: the same for every operation of the catalogue, in its family's words."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import pytest

from bursar.oauth.scopes import GRANTABLE, PROFILE
from bursar.store.grants import REFRESH, Token
from tests.contract.objects import made
from tests.contract.wire import id_of, message
from tests.laws.walking import EVERY, KEYED, SINGLE, WITH_JSON, Address, all_scopes_but, those, token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.tenant import Tenant

TEXT = "This action requires authentication to continue."
LIVE = {"error": "unauthenticated", "error_description": TEXT}
UNAUTHENTICATED: dict[str, dict[str, Any]] = {
    "accounting": LIVE | {"response": {"errors": [{"errno": 1003, "field": "", "message": TEXT, "object": "", "value": ""}]}},
    "auth": LIVE,
    "projects": LIVE,
    "timetracking": LIVE,
    "comments": LIVE,
    "events": {"errno": 401, "message": "invalid_token: The request token failed to authenticate or validate.", "details": []},
    "payments": {"error_type": "unauthorized", "message": "Authentication is required to complete this request."},
    "uploads": {"error": "unauthenticated"},
}
NOBODY_S_ID = 999_999_999


def refused(address: Address, answer: Any) -> Any:
    """Check that an answer is JSON of the address's family, and return its body."""
    _, body, headers = answer
    assert headers["content-type"] == address.family.content_type.decode()
    return body


@pytest.mark.parametrize("address", EVERY)
def test_nobody_gets_in_without_a_token(server: Tenant, address: Address) -> None:
    path = address.path(server)
    answer = server.http.request(address.method, server.url + path, timeout=60)
    assert (answer.status_code, answer.json()) == (401, UNAUTHENTICATED[address.family.name])
    assert answer.headers["content-type"] == address.family.content_type.decode()


@pytest.mark.parametrize("address", EVERY)
def test_a_token_that_holds_no_more_is_no_token(server: Tenant, address: Address) -> None:
    people = server.application.people
    expired = token(server, GRANTABLE, lives_s=60)
    revoked = token(server, GRANTABLE)
    refresh = secrets.token_hex(32)
    now = server.clock.now_us()
    kept = Token(people.hash(refresh), REFRESH, 0, server.identity_id, " ".join(GRANTABLE), "", refresh[-4:], b"", b"", now, None)
    server.place.run(people.add_token(kept))
    server.place.run(people.revoke_token(people.hash(revoked), now))
    server.clock.pass_time(seconds=60)
    for text in (expired, revoked, refresh, "nonsense"):
        status, body, _ = address.ask(server, token=text)
        assert (status, body) == (401, UNAUTHENTICATED[address.family.name])


def others_of(address: Address) -> Iterator[str]:
    """Yield the scopes that do as well for some of a resource's rows."""
    narrowed = getattr(address.resource, "narrowed", None)
    if narrowed is not None:
        for value in narrowed.values:
            yield from (scope for access in ("read", "write") for scope in narrowed.scopes(value, access))


@pytest.mark.unverified
@pytest.mark.parametrize("address", those(lambda address: address.scope != PROFILE))
def test_a_scope_that_is_missing_is_named_beside_those_held(server: Tenant, address: Address) -> None:
    covered = getattr(address.resource, "covered_by", ())
    others = set(others_of(address))
    held = [scope for scope in all_scopes_but(address.scope) if scope.rpartition(":")[0] not in covered and scope not in others]
    answer = address.ask(server, token=token(server, held))
    body = refused(address, answer)
    provided = " ".join(dict.fromkeys((PROFILE, *held)))
    assert answer[0] == 403
    assert message(address.family.name, body) == f"Insufficient scope. Provided scopes: {provided}. Required scopes: {address.scope}."


@pytest.mark.parametrize("address", SINGLE)
def test_an_unknown_id_one_of_other_books_and_what_is_no_id_are_answered_alike(server: Tenant, address: Address) -> None:
    other = server.another()
    foreign = an_id_of(other, address)
    for object_id in (NOBODY_S_ID, foreign, 0, -1, "abc", 2**63, "1.5"):
        answer = address.ask(server, object_id)
        body = refused(address, answer)
        assert answer[0] == 404
        if address.family.name == "accounting":
            (error,) = body["response"]["errors"]
            assert (error["errno"], error["value"]) == (1012, str(object_id))
            assert error["field"] == address.resource.id_field


def an_id_of(other: Tenant, address: Address) -> int:
    noun = getattr(address.resource, "of", "") or address.resource.record.noun
    if noun == "system":
        return other.business_id
    if noun == "staff":  # every business has a staff 1: only a second one would be foreign
        return NOBODY_S_ID - 1
    return id_of(noun, made(other, noun))


@pytest.mark.unverified
@pytest.mark.parametrize("address", KEYED)
def test_books_that_are_unknown_or_somebody_else_s_are_answered_alike(server: Tenant, address: Address) -> None:
    other = server.another()
    foreign = {"account": other.account_id, "business": str(other.business_id), "uuid": other.business_uuid}[address.family.key]
    wrong_kind = {"account": str(server.business_id), "business": server.account_id, "uuid": server.account_id}[address.family.key]
    for key in (foreign, wrong_kind, "nobody", server.account_id.swapcase()):
        answer = address.ask(server, key=key)
        body = refused(address, answer)
        assert answer[0] == 404
        if address.family.name == "accounting":
            wanted = {"errno": 1012, "field": "accountid", "message": "Account not found.", "object": "account", "value": key}
            assert body == {"response": {"errors": [wanted]}}


@pytest.mark.unverified
@pytest.mark.parametrize("address", EVERY)
def test_other_methods_are_refused_with_those_that_are_offered(server: Tenant, address: Address) -> None:
    path = address.path(server)
    offered = {each.values[0].method for each in EVERY if each.values[0].path(server) == path}
    for method in {"GET", "POST", "PUT", "DELETE", "PATCH"} - offered:
        answer = server.call(method, path)
        body = refused(address, answer)
        assert answer[0] == (422 if address.family.name == "uploads" else 405)
        assert set(answer[2]["allow"].split(", ")) == offered
        if address.family.name == "accounting":
            assert (body["response"]["errors"][0]["errno"], body["response"]["errors"][0]["message"]) == (405, "Method not allowed.")


@pytest.mark.parametrize("address", EVERY)
def test_a_trailing_slash_leads_nowhere(server: Tenant, address: Address) -> None:
    answer = server.call(address.method, address.path(server) + "/")
    refused(address, answer)
    assert answer[0] == 404


@pytest.mark.parametrize("address", WITH_JSON)
def test_a_body_that_is_no_json_is_refused_in_the_family_s_words(server: Tenant, address: Address) -> None:
    for text in (b"", b"{", b"\xff\xfe", b"[" * 200_000, b'{"a": NaN}'):
        answer = address.ask(server, json=None, data=text)
        refused(address, answer)
        assert answer[0] == 400, text[:20]


@pytest.mark.parametrize("address", WITH_JSON)
def test_a_body_beyond_a_mebibyte_is_refused_unread(server: Tenant, address: Address) -> None:
    answer = address.ask(server, json=None, data=b'{"a": "' + b"x" * 2**20 + b'"}')
    refused(address, answer)
    assert answer[0] == 413
