"""Projects: work for a client or for oneself, with the services it uses and what of it is billed (platform section 6)."""

from __future__ import annotations

from typing import Any

from bursar.catalogue import Record, Resource, op
from bursar.catalogue import fields as f
from bursar.catalogue import filters as s
from bursar.domain.invoice_status import DRAFT
from bursar.domain.money import MILLION, price_text
from bursar.domain.when import row
from bursar.resources.planning import Closing, Opening, Revising, close, revise, start
from bursar.resources.time_entries import on_invoice, to_bill

BILLING_METHODS = ("business_rate", "project_rate", "service_rate", "team_member_rate")
PROJECT_TYPES = ("fixed_price", "hourly_rate")
UNBILLED, PARTIALLY_BILLED, BILLED = "unbilled", "partially_billed", "billed"
STATUSES = (UNBILLED, PARTIALLY_BILLED, BILLED)
ABILITIES = (
    "can_edit",
    "can_archive",
    "can_generate_invoice",
    "can_delete",
    "can_invite_team_member",
    "can_manage_services",
    "can_view_team_time",
    "can_edit_hourly_budget",
    "can_edit_client",
    "can_edit_project_manager",
    "can_view_invoices_tab",
    "can_view_fixed_price",
    "can_edit_fixed_price",
    "can_edit_end_date",
    "can_edit_flat_rate",
    "can_edit_project_type",
    "can_edit_service_estimate_type",
    "can_edit_title",
    "can_view_review_tab",
    "can_view_discuss_tab",
    "can_track_time",
    "can_create_comment",
)
TEN_THOUSANDTH = MILLION // 10_000


def plain_amount(ten_thousandths: int | None) -> str:
    """Return a sum of amounts without a currency."""
    return price_text((ten_thousandths or 0) * TEN_THOUSANDTH, "")


def billed_status(sent: int | None, by_hand: int, left: int) -> str:
    """Return how far a project is billed: wholly when nothing billable is left (semantics 5.2)."""
    if sent is None and not by_hand:
        return UNBILLED
    return PARTIALLY_BILLED if left else BILLED


def is_on(flag: int | None) -> bool:
    """Return a stored flag as it is shown."""
    return flag == 1


class ProjectService(Record, noun="project_service"):
    """One service of a project, under the name it has today."""

    billable = f.Flag(default=True)
    business_id = f.FromCall("business_id")
    id = f.Alias("service_id")
    name = f.Joined("service", by="service_id", of=("name",), through=lambda name: name or "")
    project_default = f.Joined("service", by="service_id", of=("project_default",), through=is_on, shape={"type": "boolean"})
    service_id = f.Int(shown=False, alias="id")
    vis_state = f.Int(choices=(0, 1))


class Project(Record, noun="project"):
    """One project; ``budget`` is in seconds, ``fixed_price`` and ``rate`` are plain numbers."""

    active = f.Flag(default=True)
    billed_amount = f.Computed(("sent_lines",), plain_amount, {"type": "string"})
    billed_status = f.Computed(("sent_lines", "by_hand", "left"), billed_status, {"type": "string", "enum": list(STATUSES)})
    billing_method = f.Text(nullable=True, choices=BILLING_METHODS, default="project_rate")
    budget = f.Int(nullable=True, least=0)
    client_id = f.Ref("client", none=None)
    complete = f.Flag()
    created_at = f.Instant("iso", auto="create", indexed=True)
    description = f.Text(nullable=True, most=65_535)
    due_date = f.Date(nullable=True)
    expense_markup = f.Percent(most=1_000 * MILLION)
    fixed_price = f.Decimal(nullable=True, least=0, cents=True)
    group = f.Object(nullable=True, writable=False, only="one", unless="skip_group")
    group_id = f.Alias("id", only="list")
    id = f.Id()
    internal = f.Flag()
    logged_duration = f.AskedSum(
        "time_entry", their="project_id", where=(row.active == 1) & (row.is_logged == 1), of="duration", asked="include_logged_duration"
    )
    project_manager_id = f.Int(nullable=True)
    project_type = f.Text(choices=PROJECT_TYPES, default="hourly_rate")
    rate = f.Decimal(nullable=True, least=0, cents=True)
    retainer_id = f.Int(nullable=True)
    sample = f.Constant(False)  # noqa: FBT003 - the value shown
    service_estimate_type = f.Text(default="total_hours")
    services = f.Lines(ProjectService, most=200)
    title = f.Text(required=True)
    updated_at = f.Instant("iso", auto="save", indexed=True)

    sent_lines = f.Summed(
        "invoice", lines="lines", their="modern_project_id", where=(row.delivery != DRAFT) & (row.vis_state != 1), of="amount"
    )
    by_hand = f.Present("time_entry", their="project_id", where=(row.active == 1) & (row.billed == 1) & ~on_invoice)
    left = f.Present("time_entry", their="project_id", where=to_bill)


def ability(name: str) -> dict[str, Any]:
    """Return what a caller may do with a project: whoever may come in at all may do everything."""
    return {"name": name, "value": True}


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
    hidden=row.complete == 1,
    beside={"abilities": [ability(name) for name in ABILITIES]},
    filters=s.eq("active", "complete", "internal", "client_id") | {"updated_since": s.Filter("min", ("updated_at",))},
    sorts={"title": "title", "due_date": "due_date", "created_at": "created_at"},
    operations=(
        op.list_("listed projects", row=26),
        op.get("looked at project {title}", row=27),
        op.create("created project {title}", row=28, event="project.create", decide=start, facts=Opening),
        op.needing(op.update("changed project {title}", row=29, event="project.update", decide=revise, facts=Revising), "title"),
        op.delete("deleted project {title}", row=30, event="project.delete", decide=close, facts=Closing),
    ),
)
