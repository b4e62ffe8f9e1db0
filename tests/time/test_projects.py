"""Projects: every verb under both spellings, services, group, lists; what stays when one goes (platform section 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.tables import differences
from tests.server.bodies import client
from tests.time.asking import NOT_FOUND, at, change, create, events, listed, path, read, refused, remove, whole

if TYPE_CHECKING:
    from tests.support.tenant import Tenant


def unlike(shown: dict[str, Any], *, in_list: bool = False) -> list[str]:
    """Say what differs from the field table: lists show the group's id alone, single objects the group."""
    return differences(shown, "project", renamed={"group" if in_list else "group_id": ""})


def test_a_project_is_as_its_table_says(server: Tenant) -> None:
    made = create(server, "project", title="Website")
    number = made["id"]
    assert [*unlike(made), *unlike(read(server, "project", number)), *unlike(change(server, "project", number, title="Site"))] == []
    assert unlike(listed(server, "project")[0], in_list=True) == []
    assert (made["created_at"], made["updated_at"]) == ("2026-03-10T15:00:00", "2026-03-10T15:00:00")


def test_a_full_project_keeps_what_it_was_given(server: Tenant) -> None:
    sent = {
        "title": "Website",
        "description": "All of it",
        "due_date": "2027-03-05",
        "client_id": client(server),
        "budget": 36_000,
        "fixed_price": "1200",
        "rate": "95.5",
        "billing_method": "service_rate",
        "project_type": "fixed_price",
        "project_manager_id": server.identity_id,
        "active": False,
        "expense_markup": "12.5",
        "service_estimate_type": "by_service",
        "retainer_id": None,
    }
    made = create(server, "project", **sent)
    assert {name: made[name] for name in sent} == sent | {"fixed_price": "1200.00", "rate": "95.50"}
    assert unlike(read(server, "project", made["id"])) == []


@pytest.mark.parametrize("spelling", ["project", "projects"])
def test_every_verb_answers_under_both_spellings(server: Tenant, spelling: str) -> None:
    where = at(server, "projects", spelling)
    status, body, _ = server.post(where, {"project": {"title": "Website"}})
    assert status == 200
    one = f"{where}/{body['project']['id']}"
    assert server.get(one)[1]["project"]["title"] == "Website"
    assert server.put(one, {"project": {"title": "Site"}})[1]["project"]["title"] == "Site"
    assert server.delete(one)[:2] == (204, None)
    assert refused(server.get(one)) == NOT_FOUND


def test_abilities_stand_beside_a_project(server: Tenant) -> None:
    made = create(server, "project", title="Website")["id"]
    answers = [
        server.post(at(server, "projects", "project"), {"project": {"title": "Other"}}),
        server.get(path(server, "project", made)),
        server.put(path(server, "project", made), {"project": {"title": "Site"}}),
    ]
    for _, body, _ in answers:
        assert body.keys() == {"project", "abilities"}
        assert {"name": "can_track_time", "value": True} in body["abilities"]
        assert len({each["name"] for each in body["abilities"]}) == 22
    assert whole(server, "project").keys() == {"meta", "projects"}


def test_a_project_has_a_group_with_the_owner_in_it(server: Tenant) -> None:
    made = create(server, "project", title="Website")
    (member,) = made["group"]["members"]
    assert made["group"]["pending_invitations"] is None
    assert (member["identity_id"], member["role"], member["active"]) == (server.identity_id, "owner", True)
    assert (member["first_name"], member["last_name"], member["company"]) == ("Olive", "Owner", server.business.name)
    for shown in (read(server, "project", made["id"]), change(server, "project", made["id"], title="Site")):
        assert shown["group"] == made["group"] | {"pending_invitations": []}
    assert listed(server, "project")[0]["group_id"] == made["group"]["id"]


def test_the_group_can_be_left_out(server: Tenant) -> None:
    number = create(server, "project", title="Website")["id"]
    assert "group" not in read(server, "project", number, skip_group="true")
    assert "group" in read(server, "project", number, skip_group="false")


def test_services_of_a_project_go_by_the_name_they_have_today(server: Tenant) -> None:
    first, second = create(server, "service", name="Design"), create(server, "service", name="Print", billable=True)
    made = create(
        server, "project", title="Website", services=[{"id": second["id"], "billable": False, "vis_state": 0}, {"id": first["id"]}]
    )
    shown = {"business_id": server.business_id, "project_default": False, "vis_state": 0}
    print_, design = (
        shown | {"id": second["id"], "name": "Print", "billable": False},
        shown | {"id": first["id"], "name": "Design", "billable": True},
    )
    assert made["services"] == [print_, design]
    change(server, "service", second["id"], name="Paper")
    assert [each["name"] for each in read(server, "project", made["id"])["services"]] == ["Paper", "Design"]
    assert [each["name"] for each in listed(server, "project")[0]["services"]] == ["Paper", "Design"]
    assert change(server, "project", made["id"], title="Site")["services"] == [print_ | {"name": "Paper"}, design]
    assert change(server, "project", made["id"], title="Site", services=[{"id": first["id"]}])["services"] == [design]


def test_a_project_without_services_begins_with_those_for_every_project(server: Tenant) -> None:
    default = create(server, "service", name="Design", project_default=True, billable=True)["id"]
    create(server, "service", name="Print")
    made = create(server, "project", title="Website")
    assert [(each["id"], each["project_default"], each["billable"]) for each in made["services"]] == [(default, True, True)]
    assert create(server, "project", title="Bare", services=[])["services"] == []


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        pytest.param({}, (422, {"title": "Field required"}), id="no title"),
        pytest.param({"title": None}, (422, {"title": "Field required"}), id="a title of null"),
        pytest.param({"title": " "}, (422, {"title": "Field required"}), id="a blank title"),
        pytest.param({"title": "x" * 256}, (422, {"title": "String should have at most 255 characters"}), id="a title too long"),
        pytest.param(
            {"client_id": "x", "due_date": "soon"},
            (422, {"title": "Field required", "client_id": "Input should be a valid integer", "due_date": "Input should be a valid date"}),
            id="everything at once",
        ),
        pytest.param({"title": []}, (422, {"title": "Input should be a valid string"}), id="a list for a title"),
        pytest.param(
            {"title": "x", "description": "x" * 65_536}, (422, {"description": "String should have at most 65535 characters"}), id="a book"
        ),
        pytest.param({"title": "x", "rate": "dear"}, (422, {"rate": "Input should be a valid decimal"}), id="no rate"),
        pytest.param({"title": "x", "services": {}}, (422, {"services": "Input should be a valid list"}), id="no list"),
        pytest.param({"title": "x", "services": [1]}, (422, {"services": "Input should be a valid dictionary"}), id="a number in a list"),
        pytest.param({"title": "x", "services": [{}] * 201}, (422, {"services": "List should have at most 200 items"}), id="a long list"),
        pytest.param({"title": "x", "due_date": "soon"}, (422, {"due_date": "Input should be a valid date"}), id="no date"),
        pytest.param({"title": "x", "budget": "much"}, (422, {"budget": "Input should be a valid integer"}), id="no number"),
        pytest.param({"title": "x", "project_type": "flat_rate"}, (422, {"project_type": "Input should be a valid value"}), id="no type"),
        pytest.param({"title": "x", "client_id": 4711}, NOT_FOUND, id="no client"),
        pytest.param({"title": "x", "services": [{"id": 4711}]}, NOT_FOUND, id="no service"),
        pytest.param({"title": "x", "services": [{}]}, NOT_FOUND, id="a service without an id"),
    ],
)
def test_a_project_is_refused(server: Tenant, sent: dict[str, Any], answer: Any) -> None:
    assert refused(server.post(at(server, "projects", "project"), {"project": sent})) == answer
    made = create(server, "project", title="Website")["id"]
    assert refused(server.put(path(server, "project", made), {"project": sent})) == answer
    assert read(server, "project", made)["title"] == "Website"


@pytest.mark.unverified
def test_a_put_must_bring_the_title_and_changes_only_what_it_brings(server: Tenant) -> None:
    made = create(server, "project", title="Website", client_id=client(server), budget=60)
    assert refused(server.put(path(server, "project", made["id"]), {"project": {"budget": 90}})) == (422, {"title": "Field required"})
    server.clock.pass_time(seconds=60)
    changed = change(server, "project", made["id"], title="Site")
    assert changed == read(server, "project", made["id"])
    moved = {"title": "Site", "updated_at": "2026-03-10T15:01:00", "group": made["group"] | {"pending_invitations": []}}
    assert changed == made | moved


def test_sending_back_what_was_read_changes_nothing(server: Tenant) -> None:
    service = create(server, "service", name="Design")["id"]
    made = create(server, "project", title="Website", client_id=client(server), services=[{"id": service}], rate="80")
    before = read(server, "project", made["id"])
    assert change(server, "project", made["id"], **before) == before


@pytest.mark.parametrize(
    ("sent", "day"),
    [("2027-03-05T00:00:00.000Z", "2027-03-05"), ("2027-03-05T10:20:30+02:00", "2027-03-05"), ("2027-03-05", "2027-03-05"), (None, None)],
)
def test_a_due_date_is_cut_to_its_day(server: Tenant, sent: str | None, day: str | None) -> None:
    assert create(server, "project", title="Website", due_date=sent)["due_date"] == day


def test_a_client_can_be_taken_off_a_project(server: Tenant) -> None:
    made = create(server, "project", title="Website", client_id=client(server))
    assert change(server, "project", made["id"], title="Website", client_id=None)["client_id"] is None


def test_an_internal_project_has_no_client(server: Tenant) -> None:
    customer = client(server)
    made = create(server, "project", title="Website", client_id=customer)
    internal = change(server, "project", made["id"], title="Website", internal=True)
    assert (internal["internal"], internal["client_id"]) == (True, None)
    external = change(server, "project", made["id"], title="Website", client_id=customer)
    assert (external["internal"], external["client_id"]) == (False, customer)
    answer = server.put(path(server, "project", made["id"]), {"project": {"title": "x", "internal": True, "client_id": customer}})
    assert refused(answer) == (422, {"internal": "An internal project has no client."})


def test_a_deleted_client_gets_no_new_project(server: Tenant) -> None:
    customer = client(server)
    made = create(server, "project", title="Old", client_id=customer)
    server.change("client", customer, vis_state=1)
    answer = server.post(at(server, "projects", "project"), {"project": {"title": "New", "client_id": customer}})
    assert refused(answer) == (422, {"client_id": "Object has been deleted"})
    assert change(server, "project", made["id"], title="Older", client_id=customer)["title"] == "Older"


@pytest.fixture
def shelf(server: Tenant) -> dict[str, int]:
    """Four projects, made in this order, with their due dates out of it."""
    customer = client(server)
    made = {}
    for title, due_date, more in (
        ("Cellar", None, {"client_id": customer}),
        ("Attic", "2027-05-01", {}),
        ("Door", "2027-01-01", {"internal": True}),
        ("Bath", None, {"active": False, "client_id": customer}),
    ):
        server.clock.pass_time(seconds=60)
        made[title] = create(server, "project", title=title, due_date=due_date, **more)["id"]
    return made


def titles(server: Tenant, **query: Any) -> list[str]:
    return [each["title"] for each in listed(server, "project", **query)]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        pytest.param(None, ["Bath", "Door", "Attic", "Cellar"], id="nothing: newest first"),
        pytest.param("title", ["Attic", "Bath", "Cellar", "Door"], id="title"),
        pytest.param("-title", ["Door", "Cellar", "Bath", "Attic"], id="title downwards"),
        pytest.param("due_date", ["Cellar", "Bath", "Door", "Attic"], id="due date, none first"),
        pytest.param("-due_date", ["Attic", "Door", "Bath", "Cellar"], id="due date downwards, none last"),
        pytest.param("created_at", ["Cellar", "Attic", "Door", "Bath"], id="age"),
        pytest.param("-created_at", ["Bath", "Door", "Attic", "Cellar"], id="age downwards"),
        pytest.param("title_asc", ["Cellar", "Attic", "Door", "Bath"], id="a spelling it does not know: oldest first"),
        pytest.param("updated_at:asc", ["Cellar", "Attic", "Door", "Bath"], id="a key it does not know: oldest first"),
    ],
)
def test_projects_are_sorted_by(server: Tenant, shelf: dict[str, int], sort: str | None, expected: list[str]) -> None:
    found = whole(server, "project", **({"sort": sort} if sort else {}))
    assert [each["title"] for each in found["projects"]] == expected
    assert found["meta"] == {"sort": [sort] if sort else [], "total": 4, "per_page": 30, "page": 1, "pages": 1}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param({"active": "false"}, ["Bath"], id="inactive"),
        pytest.param({"active": "True"}, ["Door", "Attic", "Cellar"], id="active, as Python prints it"),
        pytest.param({"internal": "1"}, ["Door"], id="internal"),
        pytest.param({"complete": "false"}, ["Bath", "Door", "Attic", "Cellar"], id="not archived"),
        pytest.param({"complete": "true"}, [], id="archived"),
        pytest.param({"updated_since": "2026-03-10T15:03:00"}, ["Bath", "Door"], id="changed since a moment"),
        pytest.param({"updated_since": "2026-03-11"}, [], id="changed since a day"),
        pytest.param({"title": "Attic", "search[active]": "false"}, ["Bath", "Door", "Attic", "Cellar"], id="what means nothing"),
        pytest.param({"per_page": 2, "page": 2}, ["Attic", "Cellar"], id="the second page"),
        pytest.param({"page": 0}, ["Bath", "Door", "Attic", "Cellar"], id="page 0 is the first"),
        pytest.param({"page": 9}, [], id="past the end"),
    ],
)
def test_projects_are_found_by(server: Tenant, shelf: dict[str, int], query: dict[str, Any], expected: list[str]) -> None:
    assert titles(server, **query) == expected


def test_projects_are_found_by_client(server: Tenant, shelf: dict[str, int]) -> None:
    customer = read(server, "project", shelf["Cellar"])["client_id"]
    assert titles(server, client_id=customer) == ["Bath", "Cellar"]
    assert titles(server, client_id=4711) == []


def test_meta_tells_the_whole_list(server: Tenant, shelf: dict[str, int]) -> None:
    assert whole(server, "project", per_page=3, page=2)["meta"] == {"sort": [], "total": 4, "per_page": 3, "page": 2, "pages": 2}
    assert whole(server, "project", client_id=4711)["meta"] == {"sort": [], "total": 0, "per_page": 30, "page": 1, "pages": 0}
    assert whole(server, "project", per_page=1000)["meta"]["per_page"] == 100


def test_a_bad_filter_is_named(server: Tenant) -> None:
    words = "Input should be a valid datetime or date"
    for sent, more in (
        ("then", ", input is too short"),
        ("2027-3-11", ", input is too short"),
        ("2027-13-01", ""),
        ("not a day at all", ""),
    ):
        answer = server.get(path(server, "project"), params={"updated_since": sent})
        assert refused(answer) == (422, {"updated_since": words + more})


def test_an_archived_project_leaves_the_list_until_it_is_asked_for(server: Tenant, shelf: dict[str, int]) -> None:
    assert change(server, "project", shelf["Door"], title="Door", complete=True)["complete"] is True
    assert titles(server) == ["Bath", "Attic", "Cellar"]
    assert whole(server, "project")["meta"]["total"] == 3
    assert titles(server, complete="true") == ["Door"]
    assert read(server, "project", shelf["Door"])["complete"] is True
    answer = server.post(
        path(server, "time_entry"), {"time_entry": {"started_at": "2026-03-10T10:00:00Z", "duration": 60, "project_id": shelf["Door"]}}
    )
    assert refused(answer) == (422, {"project_id": "The project is archived."})


def test_a_removed_project_is_gone_and_its_entries_stay_without_it(server: Tenant) -> None:
    first, second = create(server, "project", title="First")["id"], create(server, "project", title="Second")["id"]
    entries = [
        create(server, "time_entry", started_at="2026-03-10T10:00:00Z", duration=60, project_id=project)["id"]
        for project in (first, first, second)
    ]
    remove(server, "project", first)
    assert refused(server.get(path(server, "project", first))) == NOT_FOUND
    assert refused(server.delete(path(server, "project", first))) == NOT_FOUND
    assert titles(server) == ["Second"]
    assert [read(server, "time_entry", number)["project_id"] for number in entries] == [None, None, second]


def test_logged_time_is_added_up_when_asked_for(server: Tenant) -> None:
    number, empty = create(server, "project", title="Website")["id"], create(server, "project", title="Nothing")["id"]
    for seconds in (600, 1200):
        create(server, "time_entry", started_at="2026-03-10T10:00:00Z", duration=seconds, project_id=number)
    gone = create(server, "time_entry", started_at="2026-03-10T10:00:00Z", duration=9, project_id=number)["id"]
    create(server, "time_entry", started_at="2026-03-10T14:00:00Z", is_logged=False, project_id=number)
    remove(server, "time_entry", gone)
    assert read(server, "project", number)["logged_duration"] is None
    assert read(server, "project", number, include_logged_duration="true")["logged_duration"] == 1800
    assert {each["id"]: each["logged_duration"] for each in listed(server, "project", include_logged_duration="True")} == {
        number: 1800,
        empty: 0,
    }
    assert [each["logged_duration"] for each in listed(server, "project")] == [None, None]


def test_projects_have_events(server: Tenant) -> None:
    number = create(server, "project", title="Website")["id"]
    change(server, "project", number, title="Site")
    remove(server, "project", number)
    assert events(server) == [("project.create", number), ("project.update", number), ("project.delete", number)]
