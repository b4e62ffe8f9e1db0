"""Clients, and what documents copy of them (semantics 3.3, accounting section 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.server.bodies import client, invoice, line, pay, refused

if TYPE_CHECKING:
    from tests.support.tenant import Tenant

NAMES = (("Bo", "Young"), ("Ada", "Byron"), ("Bo", "Adams"), ("Ada", "Zane"))
ADDRESS = {
    "fname": "Ada",
    "lname": "Stone",
    "organization": "Stone Works",
    "p_street": "1 Hill Road",
    "p_street2": "Unit 2",
    "p_city": "Guelph",
    "p_province": "Ontario",
    "p_code": "N1G 1A1",
    "p_country": "Canada",
    "vat_name": "VAT",
    "vat_number": "CA 123",
}
COPIED = {
    "street": "p_street",
    "street2": "p_street2",
    "city": "p_city",
    "province": "p_province",
    "code": "p_code",
    "country": "p_country",
    **{name: name for name in ("fname", "lname", "organization", "vat_name", "vat_number")},
}


@pytest.mark.parametrize("noun", ["invoice", "estimate"])
def test_a_document_copies_its_client(server: Tenant, noun: str) -> None:
    customer = client(server, **ADDRESS, language="fr")
    made = server.create(noun, customerid=customer, create_date="2026-03-03")
    assert {name: made[name] for name in COPIED} == {name: ADDRESS[source] for name, source in COPIED.items()}
    assert (made["language"], made["current_organization"], made["address"]) == ("fr", "Stone Works", "")


def test_what_the_client_lacks_is_empty_on_the_document(server: Tenant) -> None:
    made = invoice(server, customerid=client(server, vat_name=None, vat_number=None))
    assert {made[name] for name in COPIED} == {"", "Acme"}


def test_the_body_beats_the_client(server: Tenant) -> None:
    made = invoice(server, customerid=client(server, **ADDRESS), organization="Other Works", city="Hamilton")
    assert (made["organization"], made["city"], made["street"]) == ("Other Works", "Hamilton", "1 Hill Road")


def test_drafts_follow_their_client_and_sent_invoices_do_not(server: Tenant) -> None:
    customer = client(server, **ADDRESS)
    draft, sent = (invoice(server, line("1", "5.00"), customerid=customer, status=status) for status in (1, 2))
    estimate = server.create("estimate", customerid=customer, create_date="2026-03-03")
    server.clock.pass_time(seconds=60)
    server.change("client", customer, organization="New Works", p_city="Toronto")
    followed = [server.read(noun, each["id"]) for noun, each in (("invoice", draft), ("estimate", estimate))]
    for after in followed:
        assert (after["organization"], after["city"], after["current_organization"]) == ("New Works", "Toronto", "New Works")
        assert after["updated"] != draft["updated"]
    kept = server.read("invoice", sent["id"])
    assert (kept["organization"], kept["city"], kept["current_organization"]) == ("Stone Works", "Guelph", "New Works")
    assert kept["updated"] == sent["updated"]


@pytest.mark.parametrize("noun", ["invoice", "estimate"])
def test_a_draft_that_comes_back_knows_its_client_s_name(server: Tenant, noun: str) -> None:
    customer = client(server)
    made = server.create(noun, customerid=customer, create_date="2026-03-03")["id"]
    server.remove(noun, made)
    server.change("client", customer, organization="Acme Two")
    assert server.change(noun, made, vis_state=0)["organization"] == "Acme Two"


def test_a_client_edit_that_no_document_copies_moves_no_draft(server: Tenant) -> None:
    customer = client(server, **ADDRESS)
    draft = invoice(server, customerid=customer, status=1)
    server.clock.pass_time(seconds=60)
    server.change("client", customer, note="pays late")
    assert server.read("invoice", draft["id"]) == draft


def test_drafts_stay_as_they_are_when_the_policy_says_so(server: Tenant) -> None:
    customer = client(server, **ADDRESS)
    draft = invoice(server, customerid=customer, status=1)
    server.under(policy={"refresh_draft_snapshots": False}).change("client", customer, organization="New Works")
    after = server.read("invoice", draft["id"])
    assert (after["organization"], after["current_organization"]) == ("Stone Works", "New Works")


def test_a_document_moved_to_another_client_copies_that_one(server: Tenant) -> None:
    draft = invoice(server, customerid=client(server, **ADDRESS), status=1)
    after = server.change("invoice", draft["id"], customerid=client(server, organization="Beta"))
    assert (after["organization"], after["city"], after["current_organization"]) == ("Beta", "", "Beta")


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        pytest.param({"fname": "Test", "lname": "Client"}, ["testclient", "testclient2", "testclient3"], id="made of the names"),
        pytest.param({"organization": "Zoë & Co"}, ["zoco", "zoco2"], id="made of the organization"),
        pytest.param({"email": "jo.doe@x.example"}, ["jodoe", "jodoe2"], id="made of the e-mail"),
        pytest.param({"username": "Chosen", "email": "a@b.example"}, ["chosen", "chosen2"], id="chosen"),
    ],
)
def test_user_names_are_unique(server: Tenant, fields: dict[str, Any], names: list[str]) -> None:
    assert [server.create("client", **fields)["username"] for _ in names] == names
    assert server.another().create("client", **fields)["username"] == names[0]


def test_a_client_without_names_still_has_a_user_name(server: Tenant) -> None:
    first, second = (server.create("client", note="nobody") for _ in range(2))
    assert first["username"] != second["username"]
    assert first["id"] == first["userid"]


def test_an_email_is_shared_unless_the_policy_forbids_it(server: Tenant) -> None:
    first, second = (server.create("client", email="one@acme.example") for _ in range(2))
    strict = server.under(policy={"unique_client_email": True})
    assert refused(strict.post("users/clients", {"client": {"email": "one@acme.example"}})) == (422, 1029, "email")
    assert strict.change("client", second["id"], note="keeps its own")["email"] == first["email"]


def test_defaults_of_a_client(server: Tenant) -> None:
    made = server.another(currency_code="CAD").create("client", fname="Ada", email="a@b.example")
    assert {name: made[name] for name in ("currency_code", "language", "organization", "p_city", "home_phone", "vis_state")} == {
        "currency_code": "CAD",
        "language": "en",
        "organization": "",
        "p_city": "",
        "home_phone": None,
        "vis_state": 0,
    }


def test_a_client_without_names_goes_by_its_email(server: Tenant) -> None:
    made = server.create("client", email="pay@acme.example")
    assert (made["organization"], made["username"]) == ("pay@acme.example", "pay")
    assert server.create("client", email="pay@acme.example", lname="Byron")["organization"] == ""
    assert server.change("client", made["id"], organization="")["organization"] == ""


def test_clients_of_one_first_name_are_ordered_by_their_last(server: Tenant) -> None:
    names = {server.create("client", fname=fname, lname=lname)["id"]: f"{fname} {lname}" for fname, lname in NAMES}
    for order in ("asc", "desc"):
        found = [names[each["id"]] for each in server.found("client", sort=f"fullname_{order}")]
        assert found == sorted(names.values(), reverse=order == "desc")


def test_contacts_come_and_go_with_their_client(server: Tenant) -> None:
    people = [{"fname": "Ann", "email": "ann@acme.example"}, {"fname": "Bob", "email": "bob@acme.example"}]
    made = server.create("client", organization="Acme", contacts=people, include=["contacts"])
    assert [each["email"] for each in made["contacts"]] == ["ann@acme.example", "bob@acme.example"]
    assert len({each["contactid"] for each in made["contacts"]}) == 2
    assert "contacts" not in server.read("client", made["id"])
    after = server.change("client", made["id"], contacts=people[1:], include=["contacts"])
    assert [each["fname"] for each in after["contacts"]] == ["Bob"]
    assert server.change("client", made["id"], note="x", include=["contacts"])["contacts"] == after["contacts"]


def owing(server: Tenant) -> dict[str, int]:
    """Make clients that owe and own different amounts, by name: 9 yen is less than 2 dollars, though it is more minor units."""
    made = {name: client(server, organization=name) for name in ("none", "yen", "late", "early", "credit")}
    invoice(server, line("1", "9", code="JPY"), customerid=made["yen"], currency_code="JPY", due_offset_days=30)
    invoice(server, line("1", "2.00"), customerid=made["late"])
    invoice(server, line("1", "700.00"), customerid=made["late"], status=1)
    invoice(server, line("1", "50.00"), customerid=made["early"], due_offset_days=3000)
    pay(server, invoice(server, line("1", "5.00"), customerid=made["credit"])["id"], "25.00")
    server.clock.pass_time(days=10)
    return made


@pytest.mark.unverified
@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        pytest.param("outstanding", ["none", "credit", "late", "yen", "early"], id="what is owed"),
        pytest.param("overdue", ["none", "yen", "early", "credit", "late"], id="what is overdue"),
        pytest.param("credit", ["none", "yen", "late", "early", "credit"], id="what is left of credits"),
    ],
)
def test_clients_are_ordered_by_a_balance_ties_by_id(server: Tenant, key: str, wanted: list[str]) -> None:
    made = owing(server)
    names = {number: name for name, number in made.items()}
    for order, expected in (("asc", wanted), ("desc", wanted[::-1])):
        pages = [server.get("users/clients", params={"sort": f"{key}_{order}", "per_page": 2, "page": page})[1] for page in (1, 2, 3)]
        results = [page["response"]["result"] for page in pages]
        assert [names[each["id"]] for result in results for each in result["clients"]] == expected
        assert {(result["total"], result["pages"]) for result in results} == {(5, 3)}
    found = server.found("client", sort=f"{key}_desc", **{"search[user_like]": "late"})
    assert [each["id"] for each in found] == [made["late"]]


@pytest.mark.unverified
def test_clients_are_ordered_by_their_primary_contact(server: Tenant) -> None:
    names = {server.create("client", organization="Acme", fname=fname, lname=lname)["id"]: f"{fname} {lname}" for fname, lname in NAMES}
    assert [names[each["id"]] for each in server.found("client", sort="primarycontact_asc")] == sorted(names.values())


@pytest.mark.unverified
def test_the_last_activity_of_a_client_is_told_when_asked_for(server: Tenant) -> None:
    customer, other = client(server), client(server)
    asked = "last_activity"
    assert server.read("client", customer, asked)[asked] is None
    made = invoice(server, line("1", "50.00"), customerid=customer)
    server.clock.pass_time(seconds=60)
    later = server.create("estimate", customerid=customer, create_date="2026-03-03")["updated"]
    assert later > made["updated"]
    assert server.read("client", customer, asked)[asked] == later
    server.clock.pass_time(seconds=60)
    pay(server, made["id"], "20.00")
    told = {each["id"]: each[asked] for each in server.found("client", **{"include[]": asked})}
    assert told == {customer: server.read("invoice", made["id"])["updated"], other: None}
    assert server.read("client", customer)[asked] is None
    assert server.change("client", customer, note="x", include=(asked,))[asked] == told[customer]
