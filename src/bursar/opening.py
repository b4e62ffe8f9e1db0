"""What every new business begins with: its owner as staff 1 and the built-in expense categories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from bursar.catalogue.change import Change

if TYPE_CHECKING:
    from bursar.store.driver import Session
    from bursar.store.people import Business, Identity, People
    from bursar.store.store import Store
    from bursar.store.unit import Unit

OWNER: Final = 1


class Heading(NamedTuple):
    """A top-level category with the categories below it; cost of goods passes down."""

    category: str
    below: tuple[str, ...] = ()
    is_cogs: bool = False


CATEGORIES: Final = (
    Heading("Advertising"),
    Heading("Bank & Payment Fees", ("Bank Fees", "Card Processing Fees", "Interest")),
    Heading("Car & Truck Expenses", ("Fuel", "Vehicle Insurance", "Vehicle Lease", "Vehicle Repairs")),
    Heading("Contractors"),
    Heading(
        "Cost of Goods Sold",
        ("Cost of Materials", "Cost of Packaging", "Cost of Shipping", "Cost of Subcontractors", "Other Costs"),
        is_cogs=True,
    ),
    Heading("Education and Training", ("Books and Courses", "Conferences")),
    Heading("Employee Benefits", ("Health Insurance", "Retirement Plans")),
    Heading("Insurance", ("Business Insurance", "Liability Insurance")),
    Heading("Meals & Entertainment", ("Client Entertainment", "Restaurants")),
    Heading("Office Expenses & Postage", ("Furniture", "Hardware", "Office Supplies", "Postage and Courier", "Printing", "Software")),
    Heading("Other Expenses", ("Donations", "Memberships")),
    Heading("Personal"),
    Heading("Professional Services", ("Accounting", "Legal Fees")),
    Heading("Rent or Lease", ("Equipment Rental", "Office Space")),
    Heading("Taxes & Licences", ("Business Licences",)),
    Heading("Travel", ("Accommodation", "Airfare", "Taxi and Parking", "Train and Bus")),
    Heading("Utilities", ("Electricity and Heat", "Internet", "Phone")),
    Heading("Wages"),
)
"""The built-in categories, fewer than sixty in two levels as in every account of the service (accounting section 5)."""


async def open_business(people: People, store: Store, draft: Business, owner: Identity) -> Business:
    """Add a business with what it begins with, in one transaction; raises what ``People.add_business`` raises."""

    async def begin(session: Session, business: Business) -> None:
        await begin_books(store.joining(session, business.id, owner.id), business, owner)

    return await people.add_business(draft, owner.id, begin)


async def begin_books(unit: Unit, business: Business, owner: Identity) -> None:
    """Write what a new business begins with."""
    resources = unit.store.book.resources
    staff, category = resources["staff"].record, resources["category"].record
    person = staff.new(
        id=OWNER,
        fname=owner.first_name,
        lname=owner.last_name,
        email=owner.email,
        username=owner.email.partition("@")[0],
        language=owner.language,
        organization=business.name,
        currency_code=business.currency_code,
    )
    saves = [person]
    for heading in CATEGORIES:
        top = category.new(id=await unit.new_id("category"), category=heading.category, is_cogs=heading.is_cogs)
        saves.append(top)
        for name in heading.below:
            below = category.new(id=await unit.new_id("category"), category=name, is_cogs=heading.is_cogs, parentid=top.row["id"])
            saves.append(below)
    await unit.save(Change(saves=tuple(saves)))
