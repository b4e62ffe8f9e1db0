"""Services: what hours are spent on; each is made together with the task of the same name (platform section 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bursar.catalogue import Change, Facts, Record, Resource, facts, op
from bursar.catalogue import fields as f
from bursar.domain.when import row
from bursar.errors import Kind, refuse

if TYPE_CHECKING:
    from bursar.resources.tasks import Task


class Service(Record, noun="service"):
    """One service; a ``project_default`` one belongs to every new project that names no services itself."""

    billable = f.Flag()
    business_id = f.FromCall("business_id")
    id = f.Id()
    name = f.Text(required=True)
    project_default = f.Flag()
    task_id = f.Ref("task", none=None, writable=False, include="include_task_id")
    vis_state = f.Int(choices=(0, 1), effect="visibility")


class Offering(Facts):
    """What a new service rests on."""

    task: Task = facts.new("task")


def offer(service: Service, known: Offering) -> Change:
    """Make a service and its task; from then on each goes its own way."""
    task = known.task.replace(name=named(service), billable=service.billable, currency_code=known.business.currency_code)
    return Change(saves=(service.replace(task_id=task.row["id"]), task))


def change(service: Service, known: Facts) -> Change:
    """Save a service that has a name."""
    del known
    named(service)
    return Change(saves=(service,))


def named(service: Service) -> str:
    """Return the name; raises REQUIRED for a blank one."""
    if not service.name.strip():
        raise refuse(Kind.REQUIRED, "name")
    return service.name


SERVICES = Resource(
    record=Service,
    plural="services",
    group="Services",
    family="comments",
    path="services",
    item="service",
    scope="user:billable_items",
    hidden=row.vis_state == 1,
    operations=(
        op.list_("listed services"),
        op.get("looked at service {name}"),
        op.create("added the service {name}", event="service.create", decide=offer, facts=Offering),
        op.update("changed the service {name}", event="service.update", decide=change),
        op.unverified(
            op.delete("deleted the service {name}", event="service.delete", decide=op.hide),
            "what a DELETE answers: nobody has seen one",
        ),
    ),
)
