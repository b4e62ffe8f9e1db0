"""What the Node SDK 4.1.0 sends and reads of projects, time entries, services and tasks, by hand (platform 5 to 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.clients.program import price
from tests.clients.test_node import Node

if TYPE_CHECKING:
    from tests.clients.running import Running

PROJECT: dict[str, Any] = {
    "title": "Façade",
    "description": None,
    "due_date": "2027-03-05T00:00:00.000Z",
    "client_id": None,
    "internal": False,
    "budget": "36000",
    "fixed_price": None,
    "rate": "95",
    "billing_method": "project_rate",
    "project_type": "hourly_rate",
    "project_manager_id": None,
    "active": True,
    "complete": False,
    "sample": False,
    "logged_duration": 7,
    "billed_amount": 9,
    "billed_status": "billed",
    "retainer_id": None,
    "expense_markup": "0",
}
"""What ``projects.create`` and ``update`` write: dates as moments, numbers as texts, read-only fields too."""


@pytest.fixture
def node(running: Running) -> Node:
    return Node(running)


def below(node: Node, family: str, path: str) -> str:
    return f"/{family}/business/{node.running.business_id}/{path}"


def one(node: Node, verb: str, family: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """Answer the single object the SDK reads, below the noun its body was sent below."""
    answer = node.ask(verb, below(node, family, path), body, bare=verb == "GET")
    assert answer.status == 200, answer.body
    return answer.body


def project(node: Node, **fields: Any) -> Any:
    return one(node, "POST", "projects", "project", {"project": PROJECT | {"client_id": node.client()["id"]} | fields})["project"]


def entry(node: Node, **fields: Any) -> Any:
    body = {"is_logged": True, "duration": 3600, "started_at": "2026-03-09T14:00:00.000Z", "timer": None} | fields
    return one(node, "POST", "timetracking", "time_entries", {"time_entry": body})["time_entry"]


def test_a_project_goes_with_a_moment_for_a_date_and_a_text_for_a_number(node: Node) -> None:
    made = project(node)
    assert (made["due_date"], made["budget"], made["rate"], made["billed_amount"]) == ("2027-03-05", 36_000, "95.00", "0.00")
    assert (made["billed_status"], made["logged_duration"], made["sample"]) == ("unbilled", None, False)
    read = one(node, "GET", "projects", f"project/{made['id']}")
    assert read["project"] | {"group": None} == made | {"group": None}
    assert len(read["abilities"]) == 22


def test_a_fetched_project_goes_back_as_the_sdk_writes_it(node: Node) -> None:
    made = project(node)
    sent = {name: made[name] for name in PROJECT} | {"id": made["id"], "title": "Roof", "due_date": "2027-04-01T22:00:00.000Z"}
    answer = node.ask("PUT", below(node, "projects", f"project/{made['id']}"), {"project": sent})
    changed = answer.body["project"]
    assert (changed["title"], changed["due_date"], changed["client_id"]) == ("Roof", "2027-04-01", made["client_id"])
    assert {"id", "sample", "logged_duration", "billed_amount", "billed_status"} <= set(
        answer.headers["x-bursar-ignored-fields"].split(",")
    )


def test_includes_are_bracketed_and_every_sort_has_a_minus(node: Node) -> None:
    client = node.client()["id"]
    made = [project(node, title=title, client_id=client) for title in ("Cellar", "Attic")]
    entry(node, project_id=made[0]["id"], client_id=client, duration=600)
    query = f"client_id={client}&include[]=include_logged_duration&sort=-title&page=1&per_page=5&search[title]=x"
    listed = one(node, "GET", "projects", f"projects?{query}")
    assert [(each["title"], each["logged_duration"]) for each in listed["projects"]] == [("Cellar", 600), ("Attic", 0)]
    assert listed["meta"] == {"sort": ["-title"], "total": 2, "per_page": 5, "page": 1, "pages": 1}


def test_projects_and_entries_are_really_deleted(node: Node) -> None:
    made = project(node)
    hour = entry(node, project_id=made["id"])
    for family, path in (("timetracking", f"time_entries/{hour['id']}"), ("projects", f"project/{made['id']}")):
        answer = node.ask("DELETE", below(node, family, path))
        assert (answer.status, answer.body) == (204, None)
        gone = node.ask("GET", below(node, family, path), bare=True)
        assert (gone.status, gone.body) == (404, {"error": "Requested resource could not be found."})


def test_a_start_has_thousandths(node: Node) -> None:
    made = entry(node, started_at="2026-03-09T14:00:00.250Z")
    assert (made["started_at"], made["local_started_at"]) == ("2026-03-09T14:00:00Z", "2026-03-09T10:00:00")
    assert one(node, "GET", "timetracking", f"time_entries/{made['id']}")["time_entry"] == made


def test_an_update_without_a_start_sends_null_and_is_refused(node: Node) -> None:
    made = entry(node, note="Layout")
    where = below(node, "timetracking", f"time_entries/{made['id']}")
    sent = {"is_logged": True, "duration": 60, "started_at": None, "note": "Shorter"}
    refused = node.ask("PUT", where, {"time_entry": sent})
    assert (refused.status, refused.body) == (422, {"errno": 2001, "error": {"started_at": "Field required"}})
    changed = node.ask("PUT", where, {"time_entry": sent | {"started_at": "2026-03-09T14:00:00.000Z"}}).body["time_entry"]
    assert (changed["duration"], changed["note"]) == (60, "Shorter")


def test_logged_work_without_a_duration_is_refused_in_the_words_it_shows(node: Node) -> None:
    sent = {"is_logged": True, "started_at": "2026-03-09T14:00:00.000Z", "duration": None}
    answer = node.ask("POST", below(node, "timetracking", "time_entries"), {"time_entry": sent})
    assert (answer.status, answer.body["error"]) == (422, {"duration": "Logged entries must have a duration"})


def test_entries_of_a_client_with_their_totals(node: Node) -> None:
    client = node.client()["id"]
    made = [entry(node, client_id=client, duration=seconds)["id"] for seconds in (600, 1200)]
    listed = one(node, "GET", "timetracking", f"time_entries?client_id={client}&billed=false&team=true")
    assert [each["id"] for each in listed["time_entries"]] == made[::-1]
    assert (listed["meta"]["total"], listed["meta"]["total_logged"], listed["meta"]["total_unbilled"]) == (2, 1800, 1800)
    assert "sort" not in listed["meta"]


def test_a_service_goes_with_its_name_alone_and_its_rate_below_it(node: Node) -> None:
    made = one(node, "POST", "comments", "service", {"service": {"name": "Layout"}})["service"]
    assert (made["name"], made["billable"]) == ("Layout", False)
    assert one(node, "GET", "comments", f"service/{made['id']}")["service"] == made
    assert made in one(node, "GET", "comments", "services")["services"]
    path = f"service/{made['id']}/rate"
    for verb, sent in (("POST", "85.00"), ("PUT", "90.50")):
        rate = one(node, verb, "comments", path, {"service_rate": {"rate": sent}})["service_rate"]
        assert rate == one(node, "GET", "comments", path)["service_rate"]
        assert (rate["rate"], rate["service_id"]) == (sent, made["id"])


def test_a_task_is_deleted_in_camel_case(node: Node) -> None:
    made = node.one("POST", "projects/tasks", "task", {"name": "Proofs", "rate": price("40"), "tdesc": "By hand", "billable": True})
    assert (made["tname"], made["description"], made["rate"]) == ("Proofs", "By hand", price("40.00"))
    assert node.one("PUT", f"projects/tasks/{made['id']}", "task", {"visState": 1})["vis_state"] == 1
    assert made["id"] not in [each["id"] for each in node.ask("GET", "projects/tasks?per_page=100").result["tasks"]]
