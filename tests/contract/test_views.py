"""Answers without rows of their own against their field tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.contract.objects import client, sent_invoice, uploaded
from tests.contract.tables import differences
from tests.time.asking import create, path, read

if TYPE_CHECKING:
    from tests.support.tenant import Tenant


def me(server: Tenant) -> Any:
    status, body, _ = server.get("/auth/api/v1/users/me")
    assert (status, body.keys()) == (200, {"response"})
    return body["response"]


def test_the_identity(server: Tenant) -> None:
    assert differences(me(server), "identity") == []


def test_its_businesses(server: Tenant) -> None:
    for membership in me(server)["business_memberships"]:
        assert membership.keys() == {"id", "role", "unacknowledged_change", "fasttrack_token", "business"}
        assert differences(membership["business"], "business") == []


@pytest.mark.parametrize(
    ("member", "keys"),
    [
        pytest.param(
            "profile",
            "setup_complete first_name last_name phone_number address profession professions has_password is_email_confirmed timezone"
            " time_format",
            id="the profile",
        ),
        pytest.param("links", "me roles", id="the links"),
        pytest.param("groups", "id group_id role identity_id identity_uuid business_id active", id="the groups"),
        pytest.param("roles", "id role systemid userid created_at links accountid", id="the roles"),
    ],
)
def test_what_is_nested_in_the_identity(server: Tenant, member: str, keys: str) -> None:
    found = me(server)[member]
    for each in found if isinstance(found, list) else [found]:
        assert each.keys() == set(keys.split())


def test_the_identity_is_in_the_group_of_its_business_and_of_each_project(server: Tenant) -> None:
    made = [create(server, "project", title=title)["id"] for title in ("Website", "Menu")]
    other = server.another()
    create(other, "project", title="Of somebody else")
    groups = me(server)["groups"]
    assert [each["group_id"] for each in groups] == [server.business_id, *made]
    assert [read(server, "project", number)["group"]["id"] for number in made] == made
    assert {(each["business_id"], each["identity_id"], each["role"], each["active"]) for each in groups} == {
        (server.business_id, server.identity_id, "owner", True)
    }


def test_the_identity_tells_where_its_business_is(server: Tenant) -> None:
    told = me(server.another())["business_memberships"][0]["business"]
    assert (told["address"]["street"], told["phone_number"]) == ("", None)
    place = '{"street":"388 Carlaw Ave","street2":"Unit 204","city":"Toronto","province":"Ontario","postal_code":"M4M 2T4"}'
    books = server.another(address=place, phone="416-555-0143")
    told = me(books)["business_memberships"][0]["business"]
    assert told["phone_number"] == {"id": books.business_id, "phone_number": "416-555-0143"}
    assert told["address"] == {**msgspec.json.decode(place), "country": "CA", "id": books.business_id}


def test_what_is_known_is_not_sent_again(server: Tenant) -> None:
    _, _, first = server.get("/auth/api/v1/users/me")
    assert first["cache-control"] == "max-age=0, private, must-revalidate"
    for known in (f'"other", {first["etag"]}', first["etag"].removeprefix("W/"), "*"):
        again = server.get("/auth/api/v1/users/me", headers={"If-None-Match": known})
        assert (again[0], again[1], again[2]["etag"]) == (304, None, first["etag"])
        assert not again[2].keys() & {"content-length", "content-type", "transfer-encoding"}
    create(server, "project", title="Website")
    status, body, now = server.get("/auth/api/v1/users/me", headers={"If-None-Match": first["etag"]})
    assert (status, "response" in body, now["etag"] == first["etag"]) == (200, True, False)


def test_business_families_tell_their_version(server: Tenant) -> None:
    mine, none = path(server, "project", create(server, "project", title="Website")["id"]), path(server, "project", 4711)
    answers = [server.get(mine), server.get(none), server.delete(mine)]
    assert [(status, bool(headers["x-version"])) for status, _, headers in answers] == [(200, True), (404, True), (204, True)]
    assert "content-length" not in answers[-1][2]


def test_the_system(server: Tenant) -> None:
    status, body, _ = server.get(f"systems/systems/{server.business_id}")
    assert status == 200
    assert differences(body["response"]["result"]["system"], "system") == []


def test_the_system_inside_a_document_is_the_same(server: Tenant) -> None:
    system = server.get(f"systems/systems/{server.business_id}")[1]["response"]["result"]["system"]
    assert server.read("invoice", sent_invoice(server), "system")["system"] == system
    estimate = server.create("estimate", customerid=client(server), create_date="2026-03-03", include=("system",))
    assert estimate["system"] == system
    assert [each["system"] for each in server.found("estimate", **{"include[]": "system"})] == [system]


def test_a_share_link(server: Tenant) -> None:
    status, body, _ = server.get(f"invoices/invoices/{sent_invoice(server)}/share_link?share_method=share_link")
    assert status == 200
    assert differences(body["response"]["result"]["share_link"], "share_link") == []


def test_payment_options(server: Tenant) -> None:
    payments = f"/payments/account/{server.account_id}"
    where = f"{payments}/invoice/{sent_invoice(server)}/payment_options"
    answers = [
        server.get(f"{payments}/payment_options?entity_type=invoice"),
        server.get(where),
        server.post(where, {"gateway_name": "stripe", "entity_type": "invoice", "has_credit_card": True}),
        server.get(where),
    ]
    for status, body, _ in answers:
        assert (status, body.keys()) == (200, {"payment_options"})
        assert differences(body["payment_options"], "payment_options") == []
    assert answers[3][1] == answers[2][1]


@pytest.mark.parametrize(("plural", "single", "beside"), [("images", "image", {"link"}), ("attachments", "attachment", set())])
def test_uploads(server: Tenant, plural: str, single: str, beside: set[str]) -> None:
    status, body = uploaded(server, plural)
    assert (status, body.keys()) == (201, {single} | beside)
    assert differences(body[single], "upload_file") == []
