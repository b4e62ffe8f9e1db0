"""The official SDK with services, their rates, and the tasks made together with them."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from freshbooks import FilterBuilder, PaginateBuilder
from freshbooks.models import VisState

from tests.clients.methods import calls
from tests.clients.program import including, just_now, price, refusal

if TYPE_CHECKING:
    from freshbooks.models import Result

    from tests.clients.program import Program

NUMBERS = count(1)
NOT_FOUND = (404, "Requested resource could not be found.")


def service(program: Program, **fields: Any) -> Result:
    """Offer a service nobody else of the tests has."""
    return program.sdk.services.create(program.business, {"name": f"Service {next(NUMBERS)}"} | fields)


@calls("services.create", "services.get")
def test_a_service(program: Program) -> None:
    made = program.sdk.services.create(program.business, {"name": "Mise en page"})
    assert (made.name, made.billable, made.project_default, made.vis_state) == ("Mise en page", False, False, VisState.ACTIVE)
    assert made.business_id == program.business
    assert program.sdk.services.get(program.business, made.id).data == made.data
    included = program.sdk.services.get(program.business, made.id, including("include_task_id"))
    assert included.data == made.data | {"task_id": included.task_id}
    task = program.sdk.tasks.get(program.account, included.task_id)
    assert (task.name, task.billable) == ("Mise en page", False)


@calls("services.list")
def test_services_are_listed_newest_first(program: Program) -> None:
    made = [service(program).id for _ in range(3)][::-1]
    listed = program.sdk.services.list(program.business)
    assert [each.id for each in listed][:3] == made
    assert (listed.pages.page, listed.pages.per_page) == (1, 50)
    page = program.sdk.services.list(program.business, [PaginateBuilder(2, 2), including("include_task_id")])
    assert (next(iter(page)).id, page.pages.total) == (made[2], listed.pages.total)
    assert all(type(each.task_id) is int for each in page)


@calls("services.update", "services.delete", "services.list", "services.get")
def test_a_service_changes_and_goes(program: Program) -> None:
    made = service(program)
    changed = program.sdk.services.update(program.business, made.id, {"name": "Print", "billable": True})
    assert changed.data == made.data | {"name": "Print", "billable": True}
    assert program.sdk.services.delete(program.business, made.id).data == {}
    assert made.id not in [each.id for each in program.sdk.services.list(program.business)]
    assert program.sdk.services.get(program.business, made.id).vis_state == VisState.DELETED


@calls("services.create", "services.get")
def test_services_refused(program: Program) -> None:
    refused = refusal(lambda: program.sdk.services.create(program.business, {"billable": True}))
    assert (refused.status, refused.code, refused.message) == (422, 2001, "Error: name Field required")
    missing = refusal(lambda: program.sdk.services.get(program.business, 999_999_999))
    assert (missing.status, missing.message) == NOT_FOUND


@calls("service_rates.create", "service_rates.get", "service_rates.update", "service_rates.list")
def test_the_rate_of_a_service(program: Program) -> None:
    made = service(program)
    missing = refusal(lambda: program.sdk.service_rates.get(program.business, made.id))
    assert (missing.status, missing.message) == NOT_FOUND
    rate = program.sdk.service_rates.create(program.business, made.id, {"rate": "85.00"})
    assert rate.data == {"rate": "85.00", "business_id": program.business, "service_id": made.id}
    assert program.sdk.service_rates.get(program.business, made.id).data == rate.data
    changed = program.sdk.service_rates.update(program.business, made.id, {"rate": 92.5})
    assert changed.data == rate.data | {"rate": "92.50"}
    listed = program.sdk.service_rates.list(program.business)
    assert ([each.data for each in listed if each.service_id == made.id], listed.data.keys()) == ([changed.data], {"service_rates"})


@calls("service_rates.create")
def test_a_rate_refused(program: Program) -> None:
    made = service(program)
    refused = refusal(lambda: program.sdk.service_rates.create(program.business, made.id, {}))
    assert (refused.status, refused.message) == (422, "Error: rate Field required")
    nowhere = refusal(lambda: program.sdk.service_rates.create(program.business, 999_999_999, {"rate": "1"}))
    assert (nowhere.status, nowhere.message) == NOT_FOUND


@calls("tasks.create", "tasks.get", "services.list")
def test_a_task_makes_a_service(program: Program) -> None:
    sent = {"name": f"Task {next(NUMBERS)}", "description": "By hand", "rate": price("40.00"), "billable": True}
    task = program.sdk.tasks.create(program.account, sent)
    assert (task.name, task.tname, task.tdesc, task.rate.data, task.billable) == (
        *(sent["name"], sent["name"], "By hand"),
        *(price("40.00"), True),
    )
    assert (task.id, task.tax1, task.tax2, task.vis_state) == (task.taskid, 0, 0, VisState.ACTIVE)
    assert just_now(task.updated)
    assert program.sdk.tasks.get(program.account, task.id).data == task.data
    newest = program.sdk.services.list(program.business, [including("include_task_id")])[0]
    assert (newest.name, newest.task_id, newest.billable) == (sent["name"], task.id, True)


@calls("tasks.update", "tasks.delete", "tasks.list", "tasks.get", "services.list")
def test_a_task_changes_and_goes_without_its_service(program: Program) -> None:
    name = f"Task {next(NUMBERS)}"
    task = program.sdk.tasks.create(program.account, {"name": name})
    mine = [FilterBuilder().equals("taskid", task.id)]
    changed = program.sdk.tasks.update(program.account, task.id, {"rate": price("12"), "tdesc": "Otherwise"})
    assert (changed.name, changed.rate.amount, changed.description) == (name, "12.00", "Otherwise")
    listed = program.sdk.tasks.list(program.account, mine)
    assert ([each.id for each in listed], listed.pages.total) == ([task.id], 1)
    assert program.sdk.tasks.delete(program.account, task.id).vis_state == VisState.DELETED
    assert len(program.sdk.tasks.list(program.account, mine)) == 0
    assert program.sdk.tasks.get(program.account, task.id).vis_state == VisState.DELETED
    assert name in [each.name for each in program.sdk.services.list(program.business)]


@calls("tasks.create", "tasks.get")
def test_tasks_refused(program: Program) -> None:
    refused = refusal(lambda: program.sdk.tasks.create(program.account, {"rate": price("1")}))
    assert (refused.status, refused.code, refused.field) == (422, 1001, "name")
    missing = refusal(lambda: program.sdk.tasks.get(program.account, 999_999_999))
    assert (missing.status, missing.code, missing.message) == (404, 1012, "Task not found.")
