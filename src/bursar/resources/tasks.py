"""Tasks: the accounting side of services, with a rate and taxes (accounting-more section 12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bursar.catalogue import Change, Facts, Record, Resource, facts, op
from bursar.catalogue import fields as f
from bursar.catalogue import filters as s
from bursar.domain.when import row
from bursar.errors import Kind, refuse

if TYPE_CHECKING:
    from bursar.resources.services import Service


def same(text: str | None) -> str | None:
    """Return a value under its second name."""
    return text


class Task(Record, noun="task"):
    """One task; ``tname`` and ``tdesc`` are second names, on the wire and in bodies."""

    billable = f.Flag(default=True)
    currency_code = f.Text(shown=False, writable=False)
    description = f.Text(nullable=True, default="", most=10_000, alias="tdesc")
    id = f.Id()
    name = f.Text(required=True, alias="tname")
    rate = f.Price(nullable=True)
    taskid = f.Alias("id")
    tax1 = f.Ref("tax", indexed=False)
    tax2 = f.Ref("tax", indexed=False)
    tdesc = f.Computed(("description",), same, {"type": ["string", "null"]})
    tname = f.Computed(("name",), same, {"type": "string"})
    updated = f.Instant("eastern", auto="save", indexed=True)
    vis_state = f.Int(choices=(0, 1, 2), effect="visibility", alias="visState")


class Planning(Facts):
    """What a new task rests on."""

    service: Service = facts.new("service")


def plan(task: Task, known: Planning) -> Change:
    """Make a task and its service; the service is the one that has events."""
    service = known.service.replace(name=named(task), billable=task.billable, task_id=task.row["id"])
    return Change(saves=(task, service), others=(("service.create", service),))


def change(task: Task, known: Facts) -> Change:
    """Save a task that has a name; hiding it leaves its service in place."""
    del known
    named(task)
    return Change(saves=(task,))


def named(task: Task) -> str:
    """Return the name; raises REQUIRED for a blank one."""
    if not task.name.strip():
        raise refuse(Kind.REQUIRED, "name")
    return task.name


TASKS = Resource(
    record=Task,
    plural="tasks",
    group="Services",
    id_field="taskid",
    family="accounting",
    path="projects/tasks",
    scope="user:billable_items",
    hidden=row.vis_state == 1,
    filters=s.eq("vis_state", taskid="id") | s.like(name="name") | s.between(updated="updated"),
    sorts={"updated": "updated"},
    operations=(
        op.list_("listed tasks"),
        op.get("looked at task {name}"),
        op.create("added the task {name}", decide=plan, facts=Planning),
        op.update("changed the task {name}", decide=change),
    ),
)
