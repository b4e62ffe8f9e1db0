"""Projects: work for a client or for oneself; declared ahead, answers come with time tracking (platform section 6)."""

from __future__ import annotations

from bursar.catalogue import Record, Resource, op
from bursar.catalogue import fields as f
from bursar.catalogue import filters as s

BILLING_METHODS = ("business_rate", "project_rate", "service_rate", "team_member_rate")
PROJECT_TYPES = ("fixed_price", "hourly_rate")
BILLED = ("unbilled", "partially_billed", "billed")


class Project(Record, noun="project"):
    """One project; ``budget`` is in seconds, ``fixed_price`` and ``rate`` are plain numbers."""

    active = f.Flag(default=True)
    billed_amount = f.Text(writable=False, default="0.00")
    billed_status = f.Text(writable=False, choices=BILLED, default="unbilled")
    billing_method = f.Text(nullable=True, choices=BILLING_METHODS, default="project_rate")
    budget = f.Int(nullable=True)
    client_id = f.Ref("client", none=None)
    complete = f.Flag()
    created_at = f.Instant("iso", auto="create", indexed=True)
    description = f.Text(nullable=True, most=65_535)
    due_date = f.Date(nullable=True)
    expense_markup = f.Percent()
    fixed_price = f.Decimal(nullable=True)
    group = f.Object(nullable=True, writable=False)
    group_id = f.Int(nullable=True, writable=False)
    id = f.Id()
    internal = f.Flag()
    logged_duration = f.Int(nullable=True, writable=False)
    project_manager_id = f.Int(nullable=True)
    project_type = f.Text(choices=PROJECT_TYPES, default="hourly_rate")
    rate = f.Decimal(nullable=True)
    retainer_id = f.Int(nullable=True)
    sample = f.Constant(False)  # noqa: FBT003 - the value shown
    service_estimate_type = f.Text(default="total_hours")
    services = f.Object(kind="array", default=[])
    title = f.Text(required=True)
    updated_at = f.Instant("iso", auto="save", indexed=True)


PROJECTS = Resource(
    record=Project,
    plural="projects",
    group="Projects",
    family="projects",
    path="projects",
    item="project",
    also=("projects",),
    scope="user:projects",
    soft=False,
    filters=s.eq("active", "complete", "internal", "client_id") | {"updated_since": s.Filter("min", ("updated_at",))},
    sorts={"title": "title", "due_date": "due_date", "created_at": "created_at"},
    operations=(
        op.list_("listed projects", row=26, built=False),
        op.get("looked at project {title}", row=27, built=False),
        op.create("created project {title}", row=28, event="project.create", built=False),
        op.update("changed project {title}", row=29, event="project.update", built=False),
        op.delete("deleted project {title}", row=30, event="project.delete", decide=op.remove, built=False),
    ),
)
