"""Services with their rates, and the tasks made together with them (platform section 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.tables import differences
from tests.time.asking import NOT_FOUND, at, change, create, events, listed, read, refused, remove, whole

if TYPE_CHECKING:
    from tests.support.tenant import Tenant

TASKS = "projects/tasks"


def task(server: Tenant, **fields: Any) -> Any:
    status, body, _ = server.post(TASKS, {"task": fields})
    assert status == 200, body
    return body["response"]["result"]["task"]


def tasks(server: Tenant) -> list[Any]:
    body = server.get(TASKS)[1]["response"]["result"]
    assert body.keys() == {"page", "pages", "per_page", "tasks", "total"}
    found: list[Any] = body["tasks"]
    return found


def rate_path(server: Tenant, service: int) -> str:
    return at(server, "comments", f"service/{service}/rate")


def test_a_service_is_as_its_table_says(server: Tenant) -> None:
    made = create(server, "service", name="Design")
    assert (made["name"], made["billable"], made["project_default"], made["vis_state"]) == ("Design", False, False, 0)
    assert made["business_id"] == server.business_id
    shown = [made, read(server, "service", made["id"]), *listed(server, "service"), change(server, "service", made["id"])]
    assert [text for each in shown for text in differences(each, "service")] == []
    included = read(server, "service", made["id"], include_task_id="true")
    assert differences(included, "service", ("include_task_id",)) == []


def test_services_are_listed_in_pages_of_fifty(server: Tenant) -> None:
    made = [create(server, "service", name=name)["id"] for name in ("Design", "Print", "Travel")]
    found = whole(server, "service")
    assert found["meta"] == {"sort": [], "total": 3, "per_page": 50, "page": 1, "pages": 1}
    assert [each["id"] for each in found["services"]] == made[::-1]
    assert [each["id"] for each in listed(server, "service", per_page=2, page=2)] == made[:1]


def test_a_service_makes_a_task_of_the_same_name_with_an_id_of_its_own(server: Tenant) -> None:
    task(server, name="Something else")
    made = create(server, "service", name="Design", billable=True)
    number = read(server, "service", made["id"], include_task_id="true")["task_id"]
    assert number != made["id"]
    found = server.get(f"{TASKS}/{number}")[1]["response"]["result"]["task"]
    assert (found["name"], found["tname"], found["billable"], found["rate"]) == ("Design", "Design", True, None)


def test_a_task_makes_a_service_of_the_same_name(server: Tenant) -> None:
    made = task(server, name="Layout", billable=False, rate={"amount": "95", "code": "USD"}, description="Pages")
    assert differences(made, "task") == []
    assert (made["tname"], made["tdesc"], made["rate"]) == ("Layout", "Pages", {"amount": "95.00", "code": "USD"})
    (service,) = listed(server, "service", include_task_id="true")
    assert (service["name"], service["billable"], service["task_id"]) == ("Layout", False, made["id"])


def test_deleting_one_leaves_the_other(server: Tenant) -> None:
    first, second = create(server, "service", name="Design"), create(server, "service", name="Print")
    remove(server, "service", first["id"])
    assert [each["id"] for each in listed(server, "service")] == [second["id"]]
    assert read(server, "service", first["id"])["vis_state"] == 1
    assert sorted(each["name"] for each in tasks(server)) == ["Design", "Print"]
    number = next(each["id"] for each in tasks(server) if each["name"] == "Print")
    assert server.put(f"{TASKS}/{number}", {"task": {"vis_state": 1}})[0] == 200
    assert [each["name"] for each in tasks(server)] == ["Design"]
    assert [each["id"] for each in listed(server, "service")] == [second["id"]]


@pytest.mark.parametrize("key", ["vis_state", "visState"])
def test_a_task_is_deleted_and_restored_under_both_names_of_its_state(server: Tenant, key: str) -> None:
    number = task(server, name="Layout")["id"]
    for state, names in ((1, []), (0, ["Layout"])):
        status, body, _ = server.put(f"{TASKS}/{number}", {"task": {key: state}})
        assert (status, body["response"]["result"]["task"]["vis_state"]) == (200, state)
        assert [each["name"] for each in tasks(server)] == names


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        pytest.param({"tname": "Second"}, "Second", id="the second name alone"),
        pytest.param({"name": "First", "tname": "Second"}, "Second", id="the second name last"),
        pytest.param({"tname": "Second", "name": "First"}, "First", id="the first name last"),
    ],
)
def test_the_last_of_two_names_wins(server: Tenant, sent: dict[str, str], name: str) -> None:
    assert (task(server, **sent)["name"], task(server, **sent)["tname"]) == (name, name)


@pytest.mark.parametrize("body", [{}, {"name": None}, {"name": ""}, {"name": "  "}])
def test_a_service_needs_a_name(server: Tenant, body: dict[str, Any]) -> None:
    assert refused(server.post(at(server, "comments", "service"), {"service": body})) == (422, {"name": "Field required"})


def test_a_rate_is_set_read_and_changed_under_its_service(server: Tenant) -> None:
    service = create(server, "service", name="Design")["id"]
    where = rate_path(server, service)
    assert refused(server.get(where)) == NOT_FOUND
    status, body, _ = server.post(where, {"service_rate": {"rate": "85"}})
    assert (status, body) == (200, {"service_rate": {"business_id": server.business_id, "rate": "85.00", "service_id": service}})
    assert differences(body["service_rate"], "service_rate") == []
    assert server.get(where)[1] == body
    assert server.put(where, {"service_rate": {"rate": 90.125}})[1]["service_rate"]["rate"] == "90.125"
    assert server.post(where, {"service_rate": {"rate": "70.00"}})[1]["service_rate"]["rate"] == "70.00"
    assert server.get(where)[1]["service_rate"]["rate"] == "70.00"


def test_all_rates_are_listed_without_meta_or_pages(server: Tenant) -> None:
    services = [create(server, "service", name=f"Service {number}")["id"] for number in range(52)]
    for service in services:
        server.post(rate_path(server, service), {"service_rate": {"rate": "10.00"}})
    status, body, headers = server.get(at(server, "comments", "service_rates"), params={"per_page": 5, "page": 2})
    assert (status, body.keys()) == (200, {"service_rates"})
    assert sorted(each["service_id"] for each in body["service_rates"]) == services
    assert headers["X-Bursar-Ignored-Fields"] == "per_page,page"


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        pytest.param(None, "Field required", id="missing"),
        pytest.param("dear", "Input should be a valid decimal", id="no number"),
        pytest.param("-1", "Input should be greater than or equal to 0", id="negative"),
    ],
)
def test_a_rate_that_is_none_is_refused(server: Tenant, rate: Any, text: str) -> None:
    service = create(server, "service", name="Design")["id"]
    assert refused(server.post(rate_path(server, service), {"service_rate": {"rate": rate}})) == (422, {"rate": text})


def test_the_rate_of_no_service_is_not_found(server: Tenant) -> None:
    stranger = server.another()
    theirs = create(stranger, "service", name="Design")["id"]
    for service in (0, 4711, theirs):
        for method in ("GET", "POST", "PUT"):
            answer = server.call(method, rate_path(server, service), json={"service_rate": {"rate": "1"}})
            assert refused(answer) == NOT_FOUND, (service, method)


@pytest.mark.parametrize("derived", ["off", "on"])
def test_services_have_events_and_a_task_tells_of_the_service_it_makes(server: Tenant, derived: str) -> None:
    server = server.under(events={"derived": derived})
    first = create(server, "service", name="Design")["id"]
    change(server, "service", first, name="Art")
    remove(server, "service", first)
    task(server, name="Layout")
    second = listed(server, "service")[0]["id"]
    assert events(server) == [("service.create", first), ("service.update", first), ("service.delete", first), ("service.create", second)]
