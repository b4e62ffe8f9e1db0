"""Staff: the people of the business, in the old accounting shape; the owner of the account is staff 1."""

from __future__ import annotations

from bursar.catalogue import Change, Facts, Record, Resource, op
from bursar.catalogue import fields as f
from bursar.domain.when import row
from bursar.errors import Kind, refuse

OWNER = 1


class Staff(Record, noun="staff", table="staffs"):
    """One person."""

    id = f.Id()
    userid = f.Alias("id")
    accounting_systemid = f.FromCall("accountid")
    api_token = f.Constant(None)
    fname = f.Text()
    lname = f.Text()
    display_name = f.Computed(("fname", "lname"), lambda fname, lname: f"{fname} {lname}".strip(), {"type": "string"})
    username = f.Text(writable=False)
    email = f.Text(writable=False)
    role = f.Text(writable=False, default="admin")
    level = f.Constant(1)
    organization = f.Text()
    language = f.Text(writable=False, default="en")
    currency_code = f.Text(writable=False, nullable=True)
    rate = f.Text(nullable=True)
    note = f.Text(nullable=True, most=65_535)
    bus_phone = f.Text()
    home_phone = f.Text(nullable=True)
    mob_phone = f.Text()
    fax = f.Text()
    p_street = f.Text()
    p_street2 = f.Text()
    p_city = f.Text()
    p_province = f.Text()
    p_code = f.Text()
    p_country = f.Text()
    num_logins = f.Constant(0)
    last_login = f.Constant(None)
    signup_date = f.Instant("eastern", auto="create")
    updated = f.Instant("eastern", auto="save")
    vis_state = f.Int(choices=(0, 1, 2), effect="visibility")


def change(staff: Staff, known: Facts) -> Change:
    """Save a person; the owner cannot be deleted."""
    del known
    if staff.row["id"] == OWNER and staff.row["vis_state"] == 1:
        raise refuse(Kind.INVALID, "vis_state", 1, text="The owner of the account cannot be deleted.")
    return Change(saves=(staff,))


STAFF = Resource(
    record=Staff,
    plural="staffs",
    group="Staff",
    id_field="userid",
    family="accounting",
    path="users/staffs",
    scope="user:teams",
    hidden=row.vis_state == 1,
    operations=(
        op.list_("listed staff"),
        op.get("looked at staff member {display_name}"),
        op.update("changed staff member {display_name}", decide=change),
    ),
)
