"""Systems: the business as the old accounting resource describes it (accounting-more section 9)."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from bursar.catalogue import Record, View
from bursar.catalogue import fields as f
from bursar.domain.instants import local, parse_datetime
from bursar.errors import Kind, refuse


class System(Record, noun="system"):
    """One system; its id is the business id. Nothing of hosting or billing is ever told: there is none."""

    id = f.Id()
    systemid = f.Alias("id")
    accountid = f.FromCall("accountid")
    business_uuid = f.Text(nullable=True)
    business_type = f.Constant(None)
    active = f.Constant(True)  # noqa: FBT003 - the value shown
    name = f.Text()
    email = f.Text()
    info_email = f.Text()
    bus_phone = f.Text()
    mob_phone = f.Constant("")
    fax = f.Constant("")
    street = f.Text()
    street2 = f.Text(nullable=True)
    city = f.Text()
    province = f.Text()
    code = f.Text()
    country = f.Text()
    currency_code = f.Text()
    timezone = f.Text()
    timezoneid = f.Constant(0)
    date = f.Instant("eastern")
    duration = f.Constant(0)
    dst = f.Flag()
    ip = f.Constant("")
    billing_status = f.Constant("active")
    auto_bill = f.Constant(0)
    test_system = f.Constant(False)  # noqa: FBT003 - the value shown
    modern_system = f.Constant(True)  # noqa: FBT003 - the value shown
    masterlock_billing = f.Constant(False)  # noqa: FBT003 - the value shown
    payment_amount = f.Money(writable=False)
    payment_frequency = f.Constant(0)
    gst_amount = f.Money(writable=False)
    discountid = f.Constant(None)
    referralid = f.Constant("")
    referring_url = f.Constant(None)
    landing_url = f.Constant(None)
    heard_about_us_via = f.Constant(None)
    salutation = f.Constant(None)
    num_clients = f.Constant(None)
    num_staff = f.Constant(None)
    size_limit = f.Constant(None)
    split_token = f.Constant(None)
    vat_name = f.Constant(None)
    vat_number = f.Constant(None)
    migrated_to_smux_at = f.Constant(None)


def show(about: Any, known: Any) -> System:
    """Describe the business of the path; any other id is UNKNOWN."""
    del about
    if known.call.object_id != known.books["id"]:
        raise refuse(Kind.UNKNOWN, "systemid", known.call.object_id, "system")
    return described(known.books, known.today)


def described(books: dict[str, Any], today: str) -> System:
    """Return a business as a system; ``books`` is its stored row."""
    address = address_of(books["address"])
    return System.new(
        id=books["id"],
        business_uuid=books["uuid"],
        name=books["name"],
        email=books["email"] or "",
        info_email=books["email"] or "",
        bus_phone=books["phone"] or "",
        street=address.street,
        street2=address.street2 or None,
        city=address.city,
        province=address.province,
        code=address.postal_code,
        country=books["country"] or "",
        currency_code=books["currency_code"],
        timezone=books["timezone"],
        date=books["created_us"],
        dst=keeps_summer_time(books["timezone"], today[:4]),
    )


def keeps_summer_time(zone: str, year: str) -> bool:
    """Whether clocks in a zone change between winter and summer."""
    winter, summer = (local(parse_datetime(f"{year}-{month}-01 12:00", "utc"), zone)[11:] for month in ("01", "07"))
    return winter != summer


class Address(NamedTuple):
    """Where a business is, by the names of its stored JSON; "" for what is not known. The country stands in a column of its own."""

    street: str
    street2: str
    city: str
    province: str
    postal_code: str


def address_of(text: str | None) -> Address:
    """Read the address of a business as it is stored: JSON text, or nothing."""
    stored = (msgspec.json.decode(text) if text else None) or {}
    return Address(*(stored.get(part) or "" for part in Address._fields))


SYSTEM = View(
    record=System,
    name="systems.get",
    group="Business",
    family="accounting",
    path="systems/systems/{id}",
    scope="user:business",
    phrase="looked at the system",
    show=show,
    loads="books",
    id_field="systemid",
)
