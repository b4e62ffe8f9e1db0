"""Letting people, businesses, apps and personal tokens in, and the one question that every request asks."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import pytest

from bursar.errors import Kind, Refusal
from bursar.oauth.passwords import matches
from bursar.oauth.registration import make_token, register_app, register_identity
from bursar.store.people import Business
from tests.oauth.place import CALLBACK, PASSWORD, START_US, Flow

if TYPE_CHECKING:
    from tests.oauth.place import Place

NUMBERS = itertools.count(1)


def business(name: str, accountid: str = "") -> Business:
    return Business(0, accountid, "", name, "EUR", "Europe/Berlin", "Germany", "yyyy-mm-dd", "active", "", "", "", START_US)


def caller(place: Place, token: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in place.run(place.people.caller(place.people.hash(token)))]


def test_a_request_learns_everything_about_its_caller_at_once(flow: Flow) -> None:
    place, mine = flow.place, flow.business
    second = place.run(place.people.add_business(business("Second"), flow.person.id))
    tokens = flow.pair(scope="user:clients:read")
    whom = (flow.person.id, "access", "user:profile:read user:clients:read", START_US + 43_200_000_000, None, flow.app.id)
    first_row = (*whom, mine.id, "owner", 1, mine.accountid, mine.uuid, "Lund & Daughters", "CAD", "America/Toronto", "Canada", "")
    second_row = (*whom, second.id, "owner", 1, second.accountid, second.uuid, "Second", "EUR", "Europe/Berlin", "Germany", "")
    assert sorted(caller(place, tokens["access_token"])) == [first_row, second_row]
    assert caller(place, tokens["refresh_token"]) == []
    assert caller(place, "at_unknown") == []


def test_a_caller_without_business_is_still_somebody(place: Place) -> None:
    person = place.run(register_identity(place.people, f"lone{next(NUMBERS)}@example.com", ("A", "B"), PASSWORD, START_US))
    token = place.run(make_token(place.people, person.id, "user:clients:read", "script", START_US, START_US + 5))
    whom = (person.id, "personal", "user:profile:read user:clients:read", START_US + 5, None, 0)
    assert caller(place, token) == [whom + (None,) * 10]


def test_a_revoked_token_says_when(place: Place, flow: Flow) -> None:
    token = place.run(make_token(place.people, flow.person.id, "", "script", START_US, None))
    place.run(place.people.revoke_token(place.people.hash(token), START_US + 7))
    assert caller(place, token)[0][4] == START_US + 7
    place.run(place.people.revoke_token(place.people.hash(token), START_US + 8))
    assert caller(place, token)[0][4] == START_US + 7, "the first time counts"


def test_a_business_gets_two_different_names_and_its_owner_as_staff_one(flow: Flow) -> None:
    place, made = flow.place, flow.business
    assert made.accountid is not None
    assert re.fullmatch(r"[A-Za-z][0-9A-Za-z]{5}", made.accountid)
    assert made.accountid != str(made.id)
    ((membership, known),) = place.run(place.people.memberships(flow.person.id))
    assert known == made
    assert (membership.role, membership.staff_id) == ("owner", 1)
    assert made in place.run(place.people.businesses())


def test_a_second_member_is_staff_two_and_cannot_come_in_twice(flow: Flow) -> None:
    place = flow.place
    other = place.run(register_identity(place.people, f"second{next(NUMBERS)}@example.com", ("C", "D"), PASSWORD, START_US))
    added = place.run(place.people.add_membership(flow.business.id, other.id, "business_employee", START_US))
    assert added.staff_id == 2
    assert [(member.staff_id, person.id) for member, person in place.run(place.people.members(flow.business.id))] == [
        (1, flow.person.id),
        (2, other.id),
    ]
    with pytest.raises(Refusal) as refused:
        place.run(place.people.add_membership(flow.business.id, other.id, "owner", START_US))
    assert refused.value.kind is Kind.DUPLICATE


def test_an_accountid_is_given_once(place: Place, flow: Flow) -> None:
    wanted = f"Acc{next(NUMBERS):03}"
    assert place.run(place.people.add_business(business("One", wanted), flow.person.id)).accountid == wanted
    with pytest.raises(Refusal) as refused:
        place.run(place.people.add_business(business("Two", wanted), flow.person.id))
    assert refused.value.kind is Kind.DUPLICATE
    assert [one.name for one in place.run(place.people.businesses()) if one.accountid == wanted] == ["One"]


def test_an_email_belongs_to_one_person_in_any_case(flow: Flow) -> None:
    with pytest.raises(Refusal) as refused:
        flow.place.run(register_identity(flow.place.people, flow.email.upper(), ("E", "F"), PASSWORD, START_US))
    assert refused.value.kind is Kind.DUPLICATE
    assert [person.email for person in flow.place.run(flow.place.people.identities())].count(flow.email) == 1


@pytest.mark.parametrize(
    ("email", "password"),
    [
        pytest.param("nobody", PASSWORD, id="no address"),
        pytest.param("a b@example.com", PASSWORD, id="an address with a blank"),
        pytest.param("a\nb@example.com", PASSWORD, id="an address with a line break"),
        pytest.param("short@example.com", "ninechars", id="a short password"),
        pytest.param("long@example.com", "x" * 513, id="a password without end"),
    ],
)
def test_a_person_is_not_registered_with(place: Place, email: str, password: str) -> None:
    with pytest.raises(Refusal):
        place.run(register_identity(place.people, email, ("A", "B"), password, START_US))


@pytest.mark.parametrize(
    ("uris", "scopes"),
    [
        pytest.param((), "user:clients:read", id="no address"),
        pytest.param(("http://app.example/",), "user:clients:read", id="an address that will not do"),
        pytest.param(("https://app.example/", "https://app.example/?x"), "user:clients:read", id="one address that will not do"),
        pytest.param((CALLBACK,), "user:clients:read user:yachts:read", id="a scope that does not exist"),
    ],
)
def test_an_app_is_not_registered_with(place: Place, uris: tuple[str, ...], scopes: str) -> None:
    known = len(place.run(place.people.apps()))
    with pytest.raises(Refusal):
        place.run(register_app(place.people, "App", uris, scopes, START_US, allow_http_localhost=False))
    assert len(place.run(place.people.apps())) == known


def test_a_token_is_not_made_with_a_scope_that_does_not_exist(flow: Flow) -> None:
    with pytest.raises(Refusal):
        flow.place.run(make_token(flow.place.people, flow.person.id, "user:yachts:read", "script", START_US, None))


def test_lists_show_a_token_by_its_name_and_last_four_signs(flow: Flow) -> None:
    text = flow.place.run(make_token(flow.place.people, flow.person.id, "user:clients:read", "nightly export", START_US, None))
    assert text.startswith("pt_")
    (shown,) = [token for token in flow.place.run(flow.place.people.tokens()) if token.identity_id == flow.person.id]
    assert (shown.kind, shown.name, shown.last_four, shown.expires_us) == ("personal", "nightly export", text[-4:], None)


def test_pruning_forgets_what_ended_and_nothing_else(flow: Flow) -> None:
    place = flow.place
    ended, open_code = flow.pair(), flow.code()
    kept = place.run(make_token(place.people, flow.person.id, "", "script", START_US, None))
    place.clock.pass_s(200)
    place.run(place.people.prune(place.clock.us))
    assert flow.opens(ended["access_token"])
    assert flow.exchange(open_code).status_code == 200
    place.clock.pass_s(43_200)
    place.run(place.people.prune(place.clock.us + 1))
    assert place.run(place.people.token(ended["access_token"])) is None
    assert flow.opens(kept)


@pytest.mark.parametrize(
    "password_hash",
    [pytest.param("", id="empty"), pytest.param("!", id="a sign for none"), pytest.param("$argon2id$v=19$m=8,t=1,p=1$x$y", id="broken")],
)
def test_a_hash_that_is_none_matches_nothing(password_hash: str) -> None:
    assert not matches(password_hash, "")
    assert not matches(password_hash, PASSWORD)
