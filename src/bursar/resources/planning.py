"""The decisions about projects: opening, changing, removing (platform section 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bursar.catalogue import Change, Facts, facts
from bursar.catalogue.change import Forget
from bursar.errors import Kind, refuse

if TYPE_CHECKING:
    from bursar.catalogue.facts import Member
    from bursar.resources.clients import Client
    from bursar.resources.projects import Project
    from bursar.resources.services import Service


def service_ids(project: Any, _known: Any) -> set[int]:
    """Return the services a body names."""
    return {line.row["service_id"] for line in project.children.get("services", ())} if "services" in project.sent else set()


class Revising(Facts):
    """What changing a project rests on."""

    client: Client | None = facts.one("client", by="client_id")
    services: dict[int, Service] = facts.named("service", "id", service_ids)


class Opening(Revising):
    """What a new project rests on: also the people, and the services every project begins with."""

    members: dict[int, Member] = facts.members()
    defaults: tuple[Service, ...] = facts.many(
        "service", project_default=("=", 1), vis_state=("=", 0), when=lambda project, _: "services" not in project.sent
    )


POINTING = (("time_entry", "project_id"), ("expense", "projectid"), ("expense", "modern_projectid"))


class Closing(Facts):
    """What removing a project rests on: nothing, its entries stay behind."""


def start(project: Project, known: Opening) -> Change:
    """Open a project with a group of its own; the answer shows no list of invitations yet."""
    checked(project, known)
    line = type(project).lines["services"].record
    chosen = tuple(line.new(service_id=service.row["id"], billable=service.billable) for service in known.defaults)
    opened = project.replace(group=group(project, known), services=project.children.get("services", chosen))
    return Change(saves=(opened,), shows=opened.replace(group=opened.group | {"pending_invitations": None}))


def revise(project: Project, known: Revising) -> Change:
    """Change what was sent; the title must be sent."""
    checked(project, known)
    return Change(saves=(project,))


def close(project: Project, known: Closing) -> Change:
    """Remove a project for good; its entries and expenses stay, without it (semantics 5.2)."""
    del known
    return Change(removes=(project,), forgets=tuple(Forget(noun, column, project.row["id"]) for noun, column in POINTING))


def checked(project: Project, known: Revising) -> None:
    """Refuse a blank title, a deleted client, an internal project for a client, unknown services."""
    row, sent = project.row, project.sent
    if not project.title.strip():
        raise refuse(Kind.REQUIRED, "title")
    if known.client is not None and known.client.row["vis_state"] == 1 and project.changed("client_id"):
        raise refuse(Kind.DELETED, "client_id", row["client_id"], "client")
    if row["internal"] and row["client_id"]:
        if {"internal", "client_id"} <= sent:
            raise refuse(Kind.INVALID, "internal", value=True, text="An internal project has no client.")
        row.update({"client_id": None} if "internal" in sent else {"internal": 0})
    for number in service_ids(project, known):
        if number not in known.services:
            raise refuse(Kind.UNKNOWN, "services", number, "service")


def group(project: Project, known: Opening) -> dict[str, Any]:
    """Return the group of a new project: the owner of the business and whoever opens it."""
    people = (member for member in known.members.values() if member.role == "owner" or member.identity_id == known.identity)
    return {
        "id": project.row["id"],
        "members": [
            {
                "id": member.staff_id,
                "identity_id": member.identity_id,
                "role": member.role,
                "first_name": member.first_name,
                "last_name": member.last_name,
                "email": member.email,
                "company": known.business.name,
                "active": True,
            }
            for member in people
        ],
        "pending_invitations": [],
    }
