"""What a list of time entries tells about all of them, held against the entries themselves."""

from __future__ import annotations

from collections import defaultdict
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tests.server.bodies import client
from tests.support.colleague import colleague
from tests.time.asking import create, listed, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.support.tenant import Tenant

Entry = dict[str, Any]


def grouped(entries: Iterable[Entry], key: Callable[[Entry], Any]) -> dict[Any, list[Entry]]:
    found: dict[Any, list[Entry]] = defaultdict(list)
    for entry in entries:
        found[key(entry)].append(entry)
    return dict(sorted(found.items(), key=lambda item: (item[0] is not None, item[0])))


def logged(entries: Iterable[Entry]) -> int:
    return sum(entry["duration"] or 0 for entry in entries)


def of_client(entry: Entry) -> Any:
    return entry["client_id"]


def of_member(entry: Entry) -> Any:
    return entry["identity_id"]


def reckoned(entries: list[Entry]) -> dict[str, Any]:
    """Work out the totals of some entries, one by one."""
    return {
        "total": len(entries),
        "total_logged": logged(entries),
        "total_unbilled": logged(each for each in entries if each["is_logged"] and each["billable"] and not each["billed"]),
        "total_logged_per_team_member": [
            {
                "identity_id": identity,
                "total_logged": logged(mine),
                "total_logged_per_client": [
                    {
                        "client_id": who,
                        "total_logged": logged(theirs),
                        "total_logged_per_project": [
                            {"project_id": project, "total_logged": logged(some)}
                            for project, some in grouped(theirs, lambda each: each["project_id"]).items()
                        ],
                    }
                    for who, theirs in grouped(mine, of_client).items()
                ],
                "total_logged_per_day": [
                    {
                        "date": day,
                        "total_logged": logged(some),
                        "total_logged_per_client": [
                            {"client_id": who, "total_logged": logged(theirs)} for who, theirs in grouped(some, of_client).items()
                        ],
                    }
                    for day, some in grouped(mine, lambda each: each["local_started_at"][:10]).items()
                ],
            }
            for identity, mine in grouped(entries, of_member).items()
        ],
        "total_logged_per_client": [
            {
                "client_id": who,
                "total_logged": logged(theirs),
                "total_logged_per_team_member": [
                    {"identity_id": identity, "total_logged": logged(some)} for identity, some in grouped(theirs, of_member).items()
                ],
            }
            for who, theirs in grouped(entries, of_client).items()
        ],
    }


@pytest.fixture
def worked(server: Tenant) -> Tenant:
    """Two people's entries for two clients, three projects and nobody, near midnight in two zones."""
    chance, people = Random(7), (server, colleague(server, timezone="Asia/Tokyo"))
    clients = [None, client(server), client(server)]
    projects = [None, *(create(server, "project", title=title)["id"] for title in ("Cellar", "Attic", "Door"))]
    for number in range(60):
        create(
            chance.choice(people),
            "time_entry",
            started_at=f"2026-03-0{chance.randint(1, 5)}T{chance.randint(0, 23):02}:30:00Z",
            duration=chance.randint(0, 7200),
            client_id=chance.choice(clients),
            project_id=chance.choice(projects),
            billable=chance.random() < 0.8,
            billed=chance.random() < 0.3,
            is_logged=number % 10 != 0,
        )
    create(server, "time_entry", started_at="2026-03-05T10:00:00Z", is_logged=False)
    return server


@pytest.mark.parametrize(
    "query",
    [
        pytest.param({"team": "true"}, id="everybody"),
        pytest.param({}, id="the caller alone"),
        pytest.param({"team": "true", "include_unlogged": "true"}, id="with what runs"),
        pytest.param({"team": "true", "billed": "false"}, id="not billed"),
        pytest.param({"team": "true", "billable": "true"}, id="billable"),
        pytest.param({"team": "true", "started_from": "2026-03-02", "started_to": "2026-03-03"}, id="two days"),
    ],
)
def test_totals_are_those_of_everything_the_list_finds(worked: Tenant, query: dict[str, Any]) -> None:
    found = whole(worked, "time_entry", **query)
    expected = reckoned(found["time_entries"])
    assert expected["total"] > 5
    assert {name: found["meta"][name] for name in expected} == expected
    page = whole(worked, "time_entry", **query, per_page=3, page=2)
    assert len(page["time_entries"]) == 3
    assert {name: page["meta"][name] for name in expected} == expected


def test_totals_of_one_client(worked: Tenant) -> None:
    who = next(each["client_id"] for each in listed(worked, "time_entry") if each["client_id"])
    found = whole(worked, "time_entry", team="true", client_id=who)
    expected = reckoned(found["time_entries"])
    assert {name: found["meta"][name] for name in expected} == expected


def test_totals_of_nothing(server: Tenant) -> None:
    assert whole(server, "time_entry") == {
        "meta": {
            "total": 0,
            "per_page": 0,
            "page": 1,
            "pages": 0,
            "total_logged": 0,
            "total_unbilled": 0,
            "total_logged_per_team_member": [],
            "total_logged_per_client": [],
        },
        "time_entries": [],
    }
