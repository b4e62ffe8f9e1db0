"""Estimates: what a client would owe; they never stand in the ledger (semantics 5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bursar.catalogue import Change, Facts, Mail, Phase, Resource, facts, op
from bursar.catalogue import fields as f
from bursar.catalogue import filters as s
from bursar.catalogue.proof import Proof, compared
from bursar.domain.invoice_status import DRAFT, SENT, VIEWED
from bursar.domain.sequence import following
from bursar.domain.when import row
from bursar.errors import Kind, refuse
from bursar.resources import documents
from bursar.resources.documents import (
    Document,
    Line,
    check_recipients,
    reckoned_totals,
    with_client,
    with_files,
    with_lines,
    with_owner,
    with_style,
)
from bursar.resources.systems import System, described

if TYPE_CHECKING:
    from bursar.resources.clients import Client

ACCEPTED, INVOICED = 5, 6
SECTIONS = ("overview", "scope_of_work", "timeline", "custom")
DISPLAYED = {DRAFT: "draft", SENT: "sent", VIEWED: "viewed"}


class EstimateLine(Line, noun="estimate_line"):
    """One line of an estimate."""

    estimateid = f.Alias("parent_id")


def number(delivery: int, accepted: int, invoiced: int) -> int:
    """Return the numeric status: 1 draft, 2 sent, 3 viewed, 5 accepted, 6 invoiced."""
    return INVOICED if invoiced else ACCEPTED if accepted else delivery


def displayed(delivery: int, accepted: int, invoiced: int) -> str:
    """Return ``display_status``."""
    return "invoiced" if invoiced else "accepted" if accepted else DISPLAYED[delivery]


def sections(sent: list[Any]) -> list[Any]:
    """Return the sections of a proposal as they were sent; raises WRONG_TYPE or INVALID for one that is none."""
    for number, section in enumerate(sent):
        if not isinstance(section, dict):
            raise refuse(Kind.WRONG_TYPE, f"sections[{number}]", section)
        if section.get("type") not in (None, *SECTIONS):
            raise refuse(Kind.INVALID, f"sections[{number}].type", section["type"])
    return sent


class Estimate(Document, noun="estimate"):
    """One estimate. ``delivery`` is 1 draft, 2 sent, 3 viewed, as on invoices."""

    unique = (("estimate_number",),)

    accepted = f.Flag(writable=False)
    accounting_systemid = f.FromCall("accountid")
    delivery = f.Int(shown=False, writable=False, default=DRAFT)
    display_status = f.Computed(("delivery", "accepted", "invoiced"), displayed, {"type": "string"})
    estimate_number = f.Text(most=50)
    estimateid = f.Alias("id")
    invoiced = f.Flag(writable=False)
    modern_projectid = f.Constant(None)
    reply_status = f.Constant(None)
    require_client_signature = f.Flag()
    rich_proposal = f.Flag()
    stage = f.Derived(
        (((row.invoiced == 1), "6"), ((row.accepted == 1), "5"), ((row.delivery == VIEWED), "3"), ((row.delivery == SENT), "2")),
        "1",
        kept="statusid",
        shown=False,
    )
    status = f.Computed(("delivery", "accepted", "invoiced"), number, {"type": "integer"})
    ui_status = f.Derived(
        (((row.invoiced == 1), "invoiced"), ((row.accepted == 1), "accepted"), ((row.delivery != DRAFT), "open")), "draft"
    )

    lines = f.Lines(EstimateLine, include="lines")
    owner = f.Embed("staff", by="ownerid", include="owner")
    contacts = f.Constant([], include="contacts")
    comments = f.Constant([], include="comments")
    audit_logs = f.Constant([], include="audit_logs")
    project = f.Constant(None, include="project")
    invoices = f.Embed("invoice", their="estimateid", many=True, include="invoices")
    system = f.Ours(System, described, include="system")
    client = f.Embed("client", by="customerid", include="client")
    sections = f.Object(kind="array", include="sections", default=[], through=sections)
    signature = f.Constant(None, include="signature")
    direct_links = f.Constant({}, include="direct_links")

    estimate_customized_email = f.Action("object")
    action_accept = f.Action(effect="accept")


class Editing(documents.Drafting):
    """What changing an estimate rests on."""

    free: str | None = facts.free("estimate", "estimate_number", following)


class Drafting(Editing):
    """What writing a new estimate rests on: also the one before it, whose style it takes."""

    before: dict[str, Any] | None = facts.latest("estimate", "estimate_number", "style")
    free: str | None = facts.free("estimate", "estimate_number", following, after="before")


class Sending(Facts):
    """What sending an estimate rests on."""

    client: Client = facts.one("client", by="customerid")


def draft(estimate: Estimate, known: Drafting) -> Change:
    """Write a new estimate: a draft with its number, the client's snapshot and everything computed."""
    with_client(estimate, known)
    with_owner(estimate, known)
    estimate.row["estimate_number"] = estimate.row["estimate_number"] or known.free
    with_style(estimate, known.before)
    with_files(estimate, known)
    estimate.row["attachments"] = estimate.row["attachments"] or "[]"
    estimate.children.setdefault("lines", ())
    with_lines(estimate, known)
    return Change(saves=(estimate,), touches=(known.client,))


def edit(estimate: Estimate, known: Editing) -> Change:
    """Change the data of an estimate; lines that are sent replace all lines."""
    if estimate.changed("customerid"):
        with_client(estimate, known)
    if "presentation" in estimate.asked:
        with_style(estimate, estimate.row)
    with_files(estimate, known)
    with_lines(estimate, known)
    return Change(saves=(estimate,))


def email(estimate: Estimate, known: Sending) -> Change:
    """Send the estimate by mail; it is sent then (accounting section 6)."""
    asked = estimate.asked
    if not asked.get("action_email"):
        return Change(saves=(estimate,))
    recipients = tuple(asked.get("email_recipients") or filter(None, [known.client.row["email"]]))
    if not recipients:
        raise refuse(Kind.REQUIRED, "email_recipients")
    check_recipients(recipients)
    own = asked.get("estimate_customized_email") or {}
    mail = Mail("estimate", recipients, str(own.get("subject") or "")[:500], str(own.get("body") or "")[:20_000])
    sent = estimate.replace(delivery=max(estimate.row["delivery"], SENT))
    return Change(saves=(sent,), mails=(mail,), events=("estimate.sendByEmail",))


def accept(estimate: Estimate, known: Facts) -> Change:
    """Accept the estimate on the client's behalf."""
    del known
    if not estimate.asked.get("action_accept"):
        return Change(saves=(estimate,))
    return Change(saves=(estimate.replace(accepted=True, delivery=max(estimate.row["delivery"], SENT)),))


def show_or_hide(estimate: Estimate, known: Facts) -> Change:
    """Set ``vis_state``."""
    del known
    return Change(saves=(estimate,))


MAIL_WORDS = frozenset({"email_recipients", "estimate_customized_email"})
ESTIMATES = Resource(
    record=Estimate,
    plural="estimates",
    group="Estimates",
    id_field="estimateid",
    family="accounting",
    path="estimates/estimates",
    scope="user:estimates",
    hidden=row.vis_state == 1,
    proof=Proof(lambda estimate, policy: compared(estimate, reckoned_totals(estimate, policy))),
    filters=s.eq("estimate_number", "customerid", "vis_state", estimateid="id", statusid="stage")
    | s.any_of(estimateids="id", customerids="customerid", statusids="statusid")
    | s.like(estimate_number_like="estimate_number", notes="notes")
    | s.between(date="create_date", updated="updated"),
    sorts={"updated": "updated"},
    operations=(
        op.list_("listed estimates", row=14),
        op.get("looked at estimate {estimate_number}", row=15),
        op.create(
            "created estimate {estimate_number} of {amount} for client {customerid}",
            row=16,
            event="estimate.create",
            decide=draft,
            facts=Drafting,
            phases=(Phase(frozenset({"action_email"}), email, Sending), Phase(frozenset({"action_accept"}), accept)),
        ),
        op.update(
            "changed estimate {estimate_number}",
            row=17,
            event="estimate.update",
            decide=edit,
            facts=Editing,
            phases=(
                Phase(frozenset({"vis_state"}), show_or_hide),
                Phase(frozenset({"action_email"}), email, Sending, MAIL_WORDS),
                Phase(frozenset({"action_accept"}), accept),
            ),
        ),
        op.unverified(
            op.delete("deleted estimate {estimate_number}", row=17, event="estimate.delete", decide=op.hide, risk=2),
            "whether a deleted one can be restored",
        ),
    ),
)
