"""Clients: who is billed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bursar.catalogue import Change, Facts, Record, Resource, facts, op
from bursar.catalogue import fields as f
from bursar.catalogue import filters as s
from bursar.domain.invoice_status import DRAFT
from bursar.domain.when import row, today
from bursar.errors import Kind, refuse
from bursar.resources import reminding
from bursar.resources.documents import FOLLOWING, SNAPSHOT

if TYPE_CHECKING:
    from bursar.resources.estimates import Estimate
    from bursar.resources.invoices import Invoice

counted = row.vis_state != 1
overdue = row.stage.within("deposit-partial", "deposit-paid", "partial", "viewed", "sent") & (today > row.due_date)
MOST_NAMES = 200


class Contact(Record, noun="contact"):
    """Another person to write to at the client; one sent back with its id stays the same person."""

    contactid = f.Int(auto="create")
    email = f.Text()
    fname = f.Text()
    lname = f.Text()
    phone1 = f.Text(nullable=True)
    phone2 = f.Text(nullable=True)
    userid = f.Alias("contactid")


class Client(Record, noun="client"):
    """One client; ``id`` and ``userid`` are the same number."""

    unique = (("username",),)

    accounting_systemid = f.FromCall("accountid")
    allow_email_include_pdf = f.Flag()
    allow_late_fees = f.Flag(default=True)
    allow_late_notifications = f.Flag(default=True)
    bus_phone = f.Text()
    company_industry = f.Text(nullable=True)
    company_size = f.Text(nullable=True)
    currency_code = f.Currency()
    direct_link_token = f.Constant(None)
    email = f.Text(indexed=True)
    exceeds_client_limit = f.Constant(0)
    fax = f.Text()
    fname = f.Text()
    has_retainer = f.Constant(None)
    home_phone = f.Text(nullable=True)
    id = f.Id()
    language = f.Text(default="en", most=20)
    last_activity = f.AskedMoment(
        "eastern",
        of="updated",
        among={"invoice": "customerid", "estimate": "customerid", "expense": "clientid"},
        asked="last_activity",
        unverified=True,
    )
    last_login = f.Constant(None)
    level = f.Constant(0)
    lname = f.Text()
    mob_phone = f.Text()
    note = f.Text(nullable=True, most=65_535)
    notified = f.Constant(False)  # noqa: FBT003 - the value shown
    num_logins = f.Constant(0)
    number_format = f.Text(nullable=True)
    organization = f.Text()
    p_city = f.Text()
    p_code = f.Text()
    p_country = f.Text()
    p_province = f.Text()
    p_street = f.Text()
    p_street2 = f.Text()
    pref_email = f.Flag(default=True)
    pref_gmail = f.Flag()
    retainer_id = f.Constant(None)
    role = f.Constant("client")
    s_city = f.Text()
    s_code = f.Text()
    s_country = f.Text()
    s_province = f.Text()
    s_street = f.Text()
    s_street2 = f.Text()
    signup_date = f.Instant("utc", auto="create")
    statement_token = f.Constant(None)
    subdomain = f.Constant(None)
    updated = f.Instant("eastern", auto="save", indexed=True)
    userid = f.Alias("id")
    username = f.Text()
    uuid = f.Uuid()
    vat_name = f.Text(nullable=True)
    vat_number = f.Text(nullable=True)
    vis_state = f.Int(choices=(0, 1, 2), effect="visibility")

    outstanding_balance = f.Balance(
        "invoice", their="customerid", where=counted & (row.delivery != DRAFT), amount="outstanding", include="outstanding_balance"
    )
    credit_balance = f.Balance(
        "credit_note",
        their="clientid",
        where=counted & (row.parent_deleted == 0),
        amount="amount",
        less="used",
        include="credit_balance",
    )
    draft_balance = f.Balance(
        "invoice", their="customerid", where=counted & (row.delivery == DRAFT), amount="amount", include="draft_balance"
    )
    overdue_balance = f.Balance("invoice", their="customerid", where=counted & overdue, amount="outstanding", include="overdue_balance")
    grand_total_balance = f.Balance(
        "invoice", their="customerid", where=counted & (row.delivery != DRAFT), amount="amount", include="grand_total_balance"
    )
    late_reminders = f.Object(kind="array", include="late_reminders", default=[], through=reminding.late_reminders)
    late_fee = f.Object(nullable=True, include="late_fee", through=reminding.late_fee)
    contacts = f.Lines(Contact, include="contacts", most=100)


def wished_name(client: Client) -> str:
    """Return the user name a client would get: letters and digits of its names, else of its e-mail (accounting section 4)."""
    stored = client.row
    source = stored["username"] or f"{stored['fname']}{stored['lname']}" or stored["organization"] or stored["email"].partition("@")[0]
    return re.sub(r"[^a-z0-9]", "", source.lower())[:60] or f"client{stored['id']}"


def candidates(client: Any, _known: Any) -> set[str]:
    """Return the user names to try, in turn: the wished one, then with a number behind it."""
    wished = wished_name(client)
    if client.was is not None and not client.changed("username"):
        return set()
    return {wished, *(f"{wished}{number}" for number in range(2, MOST_NAMES)), f"{wished}{client.row['id']}"}


class Enrolling(Facts):
    """What stands against a user name or an e-mail."""

    taken: set[str] = facts.taken("client", "username", candidates)
    emails: set[str] = facts.taken(
        "client", "email", lambda client, known: {client.email} if known.policy.unique_client_email and client.email else set()
    )


def renamed(client: Any, known: Any) -> bool:
    """Whether something that documents copy has changed."""
    return bool(known.policy.refresh_draft_snapshots and client.changed(*(SNAPSHOT[name] for name in FOLLOWING)))


class Renaming(Enrolling):
    """What follows a client's names: its drafts."""

    invoices: tuple[Invoice, ...] = facts.many("invoice", customerid="id", delivery=("=", DRAFT), when=renamed)
    estimates: tuple[Estimate, ...] = facts.many("estimate", customerid="id", delivery=("=", DRAFT), when=renamed)


def enrol(client: Client, known: Enrolling) -> Change:
    """Save a new client under a free user name; one without any other name goes by its e-mail (accounting section 4)."""
    row = named(client, known).row
    if known.policy.organization_from_email and not (row["organization"] or row["fname"] or row["lname"]):
        row["organization"] = row["email"]
    return Change(saves=(client,))


def named(client: Client, known: Enrolling) -> Client:
    """Return the client with a user name nobody has; raises DUPLICATE for an e-mail when that must be unique."""
    if client.email in known.emails:
        raise refuse(Kind.DUPLICATE, "email", client.email)
    keep_contacts(client)
    if client.was is None or client.changed("username"):
        wished = wished_name(client)
        free = (name for name in (wished, *(f"{wished}{number}" for number in range(2, MOST_NAMES))) if name not in known.taken)
        client.row["username"] = next(free, f"{wished}{client.row['id']}")
    return client


def keep_contacts(client: Client) -> None:
    """Let sent contacts keep an id they had at this client; any other is a new person's."""
    if "contacts" not in client.sent:
        return
    had = {contact.row["contactid"] for contact in client.was.children.get("contacts", ())} if client.was else set()
    for contact in client.children["contacts"]:
        number = contact.row["contactid"]
        contact.row["contactid"] = number if number in had else 0
        had.discard(number)


def rename(client: Client, known: Renaming) -> Change:
    """Change a client; its drafts follow, also deleted ones, which may come back; sent documents stay as they were (semantics 3.3)."""
    copied = {name: client.row[SNAPSHOT[name]] or "" for name in FOLLOWING}
    drafts = tuple(document.replace(**copied) for document in (*known.invoices, *known.estimates))
    return Change(saves=(named(client, known), *drafts))


CLIENTS = Resource(
    record=Client,
    plural="clients",
    group="Clients",
    id_field="userid",
    family="accounting",
    path="users/clients",
    scope="user:clients",
    hidden=row.vis_state == 1,
    filters=s.eq("email", "username", "vis_state", userid="id")
    | s.any_of(userids="id")
    | s.like(
        fname_like="fname",
        lname_like="lname",
        organization_like="organization",
        email_like="email",
        note_like="note",
        address_like=("p_street", "p_street2", "p_city", "p_province", "p_code", "p_country"),
        phone_like=("home_phone", "mob_phone", "bus_phone", "fax"),
        user_like=("fname", "lname", "organization", "email"),
    )
    | s.between(updated="updated")
    | s.exists("credit_note", "clientid", has_credit=counted & (row.parent_deleted == 0) & (row.used < row.amount))
    | s.exists(
        "invoice",
        "customerid",
        has_draft=counted & (row.delivery == DRAFT),
        has_outstanding=counted & (row.delivery != DRAFT) & (row.outstanding > 0),
        has_overdue=counted & overdue & (row.outstanding > 0),
    ),
    sorts={
        "organization_name": "organization",
        "fullname": "fname lname",
        "email": "email",
        "updated": "updated",
        "client_id": "id",
        "bus_phone": "bus_phone",
        "primarycontact": "fname lname",
        "outstanding": "outstanding_balance",
        "overdue": "overdue_balance",
        "credit": "credit_balance",
    },
    operations=(
        op.list_("listed clients", row=6),
        op.get("looked at client {organization}", row=7),
        op.create("added client {organization}", row=8, event="client.create", decide=enrol, facts=Enrolling),
        op.update("changed client {organization}", row=9, event="client.update", decide=rename, facts=Renaming, risk=2),
    ),
)
