"""What a list of time entries tells about all of them: seconds by person, client, project and day (platform section 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    Group = Sequence[Any]


def totals(groups: Sequence[Sequence[Group]]) -> dict[str, Any]:
    """Make the totals of two tallies: by person, client and project; by person, day and client."""
    by_project, by_day = groups
    return {
        "total_logged": sum(group[4] or 0 for group in by_project),
        "total_unbilled": sum(group[5] or 0 for group in by_project),
        "total_logged_per_team_member": _per_member(by_project, by_day),
        "total_logged_per_client": _per_client(by_project),
    }


def _per_member(by_project: Sequence[Group], by_day: Sequence[Group]) -> list[dict[str, Any]]:
    """Nest the groups, which come sorted by their keys: another key begins another entry."""
    members: list[dict[str, Any]] = []
    member: dict[str, Any] = {}
    client: dict[str, Any] = {}
    for identity_id, client_id, project_id, _, seconds, _ in by_project:
        logged = seconds or 0
        if member.get("identity_id") != identity_id:
            member = {"identity_id": identity_id, "total_logged": 0, "total_logged_per_client": [], "total_logged_per_day": []}
            members.append(member)
            client = {}
        if not client or client["client_id"] != client_id:
            client = {"client_id": client_id, "total_logged": 0, "total_logged_per_project": []}
            member["total_logged_per_client"].append(client)
        client["total_logged_per_project"].append({"project_id": project_id, "total_logged": logged})
        client["total_logged"] += logged
        member["total_logged"] += logged
    _add_days({member["identity_id"]: member["total_logged_per_day"] for member in members}, by_day)
    return members


def _add_days(days: dict[int, list[dict[str, Any]]], by_day: Sequence[Group]) -> None:
    """Add the days of each person, which come sorted too; there may be tens of thousands, so a turn does little."""
    person: int | None = None
    date = ""
    entry: dict[str, Any] = {}
    mine: list[dict[str, Any]] = []
    clients: list[dict[str, Any]] = []
    for identity_id, day, client_id, _, seconds in by_day:
        logged = seconds or 0
        if day == date and identity_id == person:
            entry["total_logged"] += logged
            clients.append({"client_id": client_id, "total_logged": logged})
            continue
        if identity_id != person:
            person, mine = identity_id, days[identity_id]
        date, clients = day, [{"client_id": client_id, "total_logged": logged}]
        entry = {"date": day, "total_logged": logged, "total_logged_per_client": clients}
        mine.append(entry)


def _per_client(by_project: Sequence[Group]) -> list[dict[str, Any]]:
    clients: dict[int | None, dict[int, int]] = {}
    for identity_id, client_id, _, _, seconds, _ in by_project:
        members = clients.setdefault(client_id, {})
        members[identity_id] = members.get(identity_id, 0) + (seconds or 0)
    return [
        {
            "client_id": client_id,
            "total_logged": sum(members.values()),
            "total_logged_per_team_member": [{"identity_id": who, "total_logged": logged} for who, logged in members.items()],
        }
        for client_id, members in sorted(clients.items(), key=lambda each: (each[0] is not None, each[0] or 0))
    ]
