"""Who the caller is: ``users/me`` with its three identifiers (platform section 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from bursar.catalogue import Facts, Record, View
from bursar.catalogue import fields as f
from bursar.domain.instants import iso_z
from bursar.resources.systems import address_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FEATURES = {"staff.limit": -1, "retainers.access": True, "clients.limit": -1, "advanced_accounting.access": False}


class Identity(Record, noun="identity", table="identities"):
    """The answer of ``users/me``; every member is present, since one SDK breaks on a missing key."""

    id = f.Id()
    identity_id = f.Alias("id")
    identity_uuid = f.Text()
    profile = f.Object()
    first_name = f.Text()
    last_name = f.Text()
    email = f.Text()
    language = f.Text()
    confirmed_at = f.Instant("iso_z", nullable=True)
    created_at = f.Instant("iso_z")
    unconfirmed_email = f.Constant(None)
    setup_complete = f.Constant(True)  # noqa: FBT003 - the value shown
    phone_numbers = f.Object(kind="array")
    addresses = f.Object(kind="array")
    profession = f.Object(nullable=True)
    links = f.Object()
    permissions = f.Object()
    groups = f.Object(kind="array")
    subscription_statuses = f.Object()
    business_statuses = f.Object()
    integrations = f.Constant({})
    business_memberships = f.Object(kind="array")
    identity_origin = f.Constant(None)
    roles = f.Object(kind="array")
    timezone = f.Text(nullable=True)
    otp_required_for_login = f.Constant(False)  # noqa: FBT003 - the value shown
    otp_delivery_method = f.Constant(None)


def show(about: Any, known: Any) -> Identity:
    """Fill the answer from the person and the books it belongs to (``known.person``, ``known.members``, ``known.projects``)."""
    del about
    person = known.person
    accounts = [books for books in known.members if books["accountid"]]
    timezone = person["timezone"] or (known.members[0]["timezone"] if known.members else None)
    return Identity.new(
        id=person["id"],
        identity_uuid=person["uuid"],
        first_name=person["first_name"],
        last_name=person["last_name"],
        email=person["email"],
        language=person["language"] or "en",
        confirmed_at=person["confirmed_us"],
        created_at=person["created_us"],
        timezone=timezone,
        profile=profile(person, timezone),
        phone_numbers=[],
        addresses=[None],
        profession=None,
        links={"me": f"/service/auth/api/v1/users?id={person['id']}", "roles": f"/service/auth/api/v1/users/role/{person['id']}"},
        permissions={books["accountid"]: FEATURES for books in accounts},
        groups=[each for books in known.members for each in groups(person, books, known.projects[books["business_id"]])],
        subscription_statuses={books["accountid"]: "active" for books in accounts},
        business_statuses={books["accountid"]: "active" for books in accounts},
        business_memberships=[membership(books) for books in known.members],
        roles=[role(person, books) for books in accounts],
    )


def profile(person: dict[str, Any], timezone: str | None) -> dict[str, Any]:
    """Return the ``profile`` member."""
    return {
        "address": None,
        "first_name": person["first_name"],
        "has_password": True,
        "is_email_confirmed": person["confirmed_us"] is not None,
        "last_name": person["last_name"],
        "phone_number": None,
        "profession": None,
        "professions": [],
        "setup_complete": True,
        "time_format": 0,
        "timezone": timezone,
    }


def groups(person: dict[str, Any], books: dict[str, Any], projects: Iterable[tuple[int, str]]) -> Iterator[dict[str, Any]]:
    """Return the groups that the person is in: that of the business, and one for each project it takes part in."""
    yield group(person, books, books["business_id"], books["role"])
    for number, stored in projects:
        members = msgspec.json.decode(stored)["members"] if stored else ()
        yield from (group(person, books, number, each["role"]) for each in members if each["identity_id"] == person["id"])


def group(person: dict[str, Any], books: dict[str, Any], number: int, role: str) -> dict[str, Any]:
    """Return one group, by its number and what the person is in it."""
    return {
        "active": True,
        "business_id": books["business_id"],
        "group_id": number,
        "id": number,
        "identity_id": person["id"],
        "identity_uuid": person["uuid"],
        "role": role,
    }


def membership(books: dict[str, Any]) -> dict[str, Any]:
    """Return one entry of ``business_memberships``; the login token of the real service is never given."""
    return {
        "business": business(books),
        "fasttrack_token": "",
        "id": books["business_id"],
        "role": books["role"],
        "unacknowledged_change": False,
    }


def business(books: dict[str, Any]) -> dict[str, Any]:
    """Return a business: ``id`` is the businessId, ``account_id`` the accountId, and they are not the same."""
    return {
        "account_id": books["accountid"],
        "active": True,
        "address": {"country": books["country"], "id": books["business_id"], **address_of(books["address"])._asdict()},
        "advanced_accounting_enabled": False,
        "billing_country_code": books["country"] or None,
        "business_clients": [],
        "business_type": None,
        "business_uuid": books["uuid"],
        "date_format": books["date_format"] or "yyyy-mm-dd",
        "first_day_of_week": 0,
        "id": books["business_id"],
        "industry": None,
        "name": books["name"],
        "number_format": None,
        "phone_number": {"id": books["business_id"], "phone_number": books["phone"]} if books["phone"] else None,
        "status": books["status"] or "active",
        "timezone": books["timezone"],
    }


def role(person: dict[str, Any], books: dict[str, Any]) -> dict[str, Any]:
    """Return the person's role in an accounting account; the owner is its administrator, staff 1."""
    return {
        "accountid": books["accountid"],
        "created_at": iso_z(books["created_us"]),
        "id": books["business_id"],
        "links": {"destroy": f"/service/auth/api/v1/users/role/{books['business_id']}"},
        "role": "admin" if books["role"] == "owner" else books["role"],
        "systemid": books["business_id"],
        "userid": books["staff_id"] or person["id"],
    }


ME = View(
    record=Identity,
    name="identity.me",
    group="Identity",
    family="auth",
    path="users/me",
    scope="user:profile",
    phrase="looked at its own identity",
    show=show,
    facts=Facts,
    loads="person",
)
