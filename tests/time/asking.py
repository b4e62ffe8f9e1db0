"""Short ways to ask the families that are keyed by business id: projects, time tracking, services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from bursar.store.statements import compile_statement

if TYPE_CHECKING:
    from tests.support.tenant import Answer, Tenant


class Kind(NamedTuple):
    """How one kind of object is asked for: family, path of the list, path of one object, key of one and of the list."""

    family: str
    many: str
    one: str
    single: str
    plural: str


KINDS = {
    "service": Kind("comments", "services", "service", "service", "services"),
    "project": Kind("projects", "projects", "project", "project", "projects"),
    "time_entry": Kind("timetracking", "time_entries", "time_entries", "time_entry", "time_entries"),
    "timer": Kind("timetracking", "timers", "timers", "timer", "timers"),
}


def at(server: Tenant, family: str, rest: str) -> str:
    """Write a path of a family for the business."""
    return f"/{family}/business/{server.business_id}/{rest}"


def path(server: Tenant, noun: str, object_id: int | None = None) -> str:
    """Write the path of a list, or of one object."""
    kind = KINDS[noun]
    return at(server, kind.family, kind.many if object_id is None else f"{kind.one}/{object_id}")


def create(server: Tenant, noun: str, **fields: Any) -> Any:
    """Create an object and answer it; fails when the server refuses."""
    kind = KINDS[noun]
    return one(noun, server.post(at(server, kind.family, kind.one), {kind.single: fields}))


def change(server: Tenant, noun: str, object_id: int, **fields: Any) -> Any:
    """Update an object and answer it; fails when the server refuses."""
    return one(noun, server.put(path(server, noun, object_id), {KINDS[noun].single: fields}))


def read(server: Tenant, noun: str, object_id: int, **query: Any) -> Any:
    """Answer one object."""
    return one(noun, server.get(path(server, noun, object_id), params=query))


def listed(server: Tenant, noun: str, **query: Any) -> list[Any]:
    """Answer the objects of a list."""
    found: list[Any] = whole(server, noun, **query)[KINDS[noun].plural]
    return found


def whole(server: Tenant, noun: str, **query: Any) -> Any:
    """Answer a list with its ``meta``."""
    status, body, _ = server.get(path(server, noun), params=query)
    assert status == 200, body
    return body


def remove(server: Tenant, noun: str, object_id: int) -> None:
    """Delete an object; fails when the server refuses."""
    status, body, headers = server.delete(path(server, noun, object_id))
    assert (status, body) == (204, None), body
    assert not headers.keys() & {"content-length", "content-type"}


def one(noun: str, answer: Answer) -> Any:
    """Take one object out of its envelope."""
    status, body, _ = answer
    assert status == 200, body
    return body[KINDS[noun].single]


def refused(answer: Answer) -> tuple[int, Any]:
    """Answer status and what was wrong: the texts by field of a validation, else the message."""
    status, body, _ = answer
    assert status >= 400, body
    if status == 422:
        assert body["errno"] == 2001
    error = body.get("error")
    return status, body["message"] if error is None else error


NOT_FOUND = (404, "Requested resource could not be found.")


def events(server: Tenant) -> list[tuple[str, int]]:
    """Answer the events of the business, oldest first."""
    table = server.application.store.table("outbox")
    chosen = select(table.c.event, table.c.object_id).where(table.c.business_id == server.business_id).order_by(table.c.id)
    rows = server.place.run(server.place.driver.fetch(compile_statement(chosen, server.place.dialect), {}))
    return [(row[0], row[1]) for row in rows]
