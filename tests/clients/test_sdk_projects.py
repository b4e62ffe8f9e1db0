"""The official SDK with projects, which it keys by the id of the business."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from freshbooks import FilterBuilder, IncludesBuilder, PaginateBuilder, SortBuilder

from tests.clients.methods import calls
from tests.clients.program import including, just_now, price, refusal

if TYPE_CHECKING:
    from tests.clients.program import Program


def of(client_id: int) -> FilterBuilder:
    """Narrow a list to one client."""
    narrowed = FilterBuilder()
    narrowed.equals("client_id", client_id)
    return narrowed


@calls("projects.create", "projects.get")
def test_a_project(program: Program) -> None:
    client, service = program.client(), program.sdk.services.create(program.business, {"name": "Layout", "billable": True})
    sent: dict[str, Any] = {
        "title": "Zürich — la façade",
        "description": "Drawings and supervision",
        "due_date": "2027-03-05",
        "client_id": client.id,
        "budget": 36_000,
        "rate": "95.00",
        "billing_method": "project_rate",
        "project_type": "hourly_rate",
        "expense_markup": "12.5",
        "services": [{"id": service.id}],
    }
    project = program.sdk.projects.create(program.business, sent)
    plain = {name: value for name, value in sent.items() if name != "services"}
    assert {name: project.data[name] for name in plain} == plain
    assert (project.due_date, project.client_id, project.budget) == (date(2027, 3, 5), client.id, 36_000)
    assert just_now(project.created_at)
    assert project.created_at == project.updated_at
    assert (project.active, project.complete, project.internal, project.sample, project.fixed_price) == (True, False, False, False, None)
    assert (project.billed_amount, project.billed_status, project.logged_duration) == ("0.00", "unbilled", None)
    assert project.data["services"] == [
        {
            "business_id": program.business,
            "id": service.id,
            "name": "Layout",
            "billable": True,
            "project_default": False,
            "vis_state": 0,
        }
    ]
    me = program.sdk.current_user()
    (member,) = project.group.members
    assert (member.identity_id, member.email, member.company, member.role) == (me.id, me.email, "Northlight Studio", "owner")
    assert project.group.pending_invitations is None
    read = program.sdk.projects.get(program.business, project.id)
    assert read.data == project.data | {"group": project.data["group"] | {"pending_invitations": []}}


@calls("projects.create")
def test_title_and_client_suffice(program: Program) -> None:
    client = program.client()
    project = program.sdk.projects.create(program.business, {"title": "Attic", "client_id": client.id})
    assert (project.title, project.client_id, project.project_type, project.billing_method) == (
        "Attic",
        client.id,
        "hourly_rate",
        "project_rate",
    )
    assert (project.service_estimate_type, project.expense_markup, project.budget) == ("total_hours", "0", None)


@calls("projects.get")
def test_the_group_is_left_out_and_logged_time_put_in(program: Program) -> None:
    project = program.project()
    for seconds in (600, 900):
        program.log(seconds, project_id=project.id)
    asked = program.sdk.projects.get(program.business, project.id, including("skip_group", "include_logged_duration"))
    assert ("group" in asked.data, asked.logged_duration) == (False, 1500)


@calls("projects.update")
def test_a_change_needs_the_title_and_keeps_what_it_does_not_bring(program: Program) -> None:
    client = program.client()
    project = program.project(client_id=client.id, rate="80")
    refused = refusal(lambda: program.sdk.projects.update(program.business, project.id, {"budget": 60}))
    assert (refused.status, refused.code, refused.message) == (422, 2001, "Error: title Field required")
    changed = program.sdk.projects.update(program.business, project.id, {"title": "Cellar", "budget": 60, "complete": True})
    assert (changed.title, changed.budget, changed.complete, changed.client_id, changed.rate) == ("Cellar", 60, True, client.id, "80.00")
    assert changed.created_at == project.created_at


@calls("projects.update", "projects.get")
def test_a_whole_project_goes_back(program: Program) -> None:
    read = program.sdk.projects.get(program.business, program.project(client_id=program.client().id).id)
    sent = program.sdk.projects.update(program.business, read.id, read.data)
    assert {name: value for name, value in sent.data.items() if name != "updated_at"} == {
        name: value for name, value in read.data.items() if name != "updated_at"
    }


@calls("projects.list")
def test_projects_of_a_client_in_pages_and_order(program: Program) -> None:
    client = program.client()
    made = {title: program.project(title=title, client_id=client.id).id for title in ("Cellar", "Attic", "Door")}
    listed = program.sdk.projects.list(program.business, [of(client.id)])
    assert [each.id for each in listed] == list(made.values())[::-1]
    assert (listed.pages.page, listed.pages.pages, listed.pages.per_page, listed.pages.total) == (1, 1, 30, 3)
    assert [each.group_id is not None for each in listed] == [True] * 3
    second = program.sdk.projects.list(program.business, [of(client.id), PaginateBuilder(2, 2)])
    assert ([each.title for each in second], second.pages.pages, second.pages.total) == (["Cellar"], 2, 3)
    down = program.sdk.projects.list(program.business, [of(client.id), SortBuilder().descending("title")])
    assert ([each.title for each in down], down.data["meta"]["sort"]) == (["Door", "Cellar", "Attic"], ["-title"])


@calls("projects.list", "projects.update")
@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        pytest.param(lambda each: each.boolean("active", value=False), ["Asleep"], id="inactive, as Python prints it"),
        pytest.param(lambda each: each.boolean("complete", value=True), ["Done"], id="archived"),
        pytest.param(lambda each: each.date_time("updated_since", "2020-10-17T13:14:07"), ["Asleep", "Open"], id="changed since"),
        pytest.param(lambda each: each.date_time("updated_since", "2090-10-17T13:14:07"), [], id="changed later"),
        pytest.param(lambda each: each.like("title", "nothing"), ["Asleep", "Open"], id="a search, which means nothing here"),
    ],
)
def test_projects_are_found_by(program: Program, narrowed: Any, expected: list[str]) -> None:
    client = program.client()
    program.project(title="Open", client_id=client.id)
    program.project(title="Asleep", client_id=client.id, active=False)
    program.sdk.projects.update(program.business, program.project(client_id=client.id).id, {"title": "Done", "complete": True})
    assert [each.title for each in program.sdk.projects.list(program.business, [narrowed(of(client.id))])] == expected


@calls("projects.list")
def test_a_list_tells_logged_time_when_asked(program: Program) -> None:
    client = program.client()
    project, other = program.project(client_id=client.id), program.project(client_id=client.id)
    program.log(1200, project_id=project.id)
    includes: IncludesBuilder = including("include_logged_duration")
    listed = program.sdk.projects.list(program.business, [of(client.id), includes])
    assert [(each.id, each.logged_duration) for each in listed] == [(other.id, 0), (project.id, 1200)]


@calls("projects.delete", "projects.get", "projects.update")
def test_a_deleted_project_is_gone_and_leaves_its_entries(program: Program) -> None:
    project = program.project()
    entry = program.log(project_id=project.id)
    assert program.sdk.projects.delete(program.business, project.id).data == {}
    for call in (
        lambda: program.sdk.projects.get(program.business, project.id),
        lambda: program.sdk.projects.update(program.business, project.id, {"title": "back"}),
        lambda: program.sdk.projects.delete(program.business, project.id),
    ):
        refused = refusal(call)
        assert (refused.status, refused.message) == (404, "Requested resource could not be found.")
    assert program.sdk.time_entries.get(program.business, entry.id).project_id is None


@calls("projects.create")
@pytest.mark.parametrize(
    ("sent", "status", "message"),
    [
        pytest.param({}, 422, "Error: title Field required", id="without a title"),
        pytest.param(
            {"title": "x", "project_type": "flat_rate"}, 422, "Error: project_type Input should be a valid value", id="a bad type"
        ),
        pytest.param({"title": "x", "client_id": 999_999_999}, 404, "Requested resource could not be found.", id="a client that is none"),
    ],
)
def test_projects_refused(program: Program, sent: dict[str, Any], status: int, message: str) -> None:
    refused = refusal(lambda: program.sdk.projects.create(program.business, sent))
    assert (refused.status, refused.message) == (status, message)


@calls("projects.list", "projects.get")
def test_projects_of_nobody(program: Program) -> None:
    for call in (lambda: program.sdk.projects.list(999_999_999), lambda: program.sdk.projects.get(999_999_999, 1)):
        assert refusal(call).status == 404


@calls("projects.get", "invoices.create", "invoices.delete")
def test_a_project_tells_what_is_billed_of_it(program: Program) -> None:
    client = program.client()
    project = program.project(client_id=client.id, rate="80.00")
    first, second = (program.log(seconds, project_id=project.id, client_id=client.id) for seconds in (3600, 5400))

    def billed() -> tuple[str, str]:
        read = program.sdk.projects.get(program.business, project.id)
        return read.billed_amount, read.billed_status

    assert billed() == ("0.00", "unbilled")
    lines = [{"name": "Work", "modern_time_entries": [{"id": first.id}]}]
    invoice = program.invoice(client.id, lines=lines)
    assert (invoice.amount.data, billed()) == (price("80.00"), ("80.00", "partially_billed"))
    program.invoice(client.id, lines=[{"name": "Work", "modern_time_entries": [{"id": second.id}]}])
    assert billed() == ("200.00", "billed")
    program.sdk.invoices.delete(program.account, invoice.id)
    assert billed() == ("120.00", "partially_billed")
