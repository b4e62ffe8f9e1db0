"""``bursar user``: who can sign in, and to which business."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from bursar.cli import asking
from bursar.cli.init import PasswordOption
from bursar.cli.options import BusinessOption, ConfigOption, DatabaseOption, DataOption, JsonOption, settings_of

if TYPE_CHECKING:
    from bursar.app import Application
    from bursar.store.people import Business, Identity

ROLES = ("owner", "business_manager", "business_employee", "business_accountant", "contractor")
"""The roles of the contract (platform section 4); a client of the business is no user of these books."""

EmailArgument = Annotated[str, typer.Argument(help="What they sign in with.")]

commands = typer.Typer(help="Who can sign in, and to which business.", no_args_is_help=True, rich_markup_mode=None)


@commands.command("add")
def add(
    *,
    email: Annotated[str | None, typer.Option("--email", help="What they sign in with.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="Their name.")] = None,
    role: Annotated[str, typer.Option("--role", help=f"Their role: {', '.join(ROLES)}.")] = "business_manager",
    business: BusinessOption = None,
    password_file: PasswordOption = None,
    as_json: JsonOption = False,
    data: DataOption = None,
    database_url: DatabaseOption = None,
    config: ConfigOption = None,
) -> None:
    """Let a person into a business; somebody who can sign in already keeps name and password."""
    from bursar.cli.books import chosen_business, not_shut_out, with_books
    from bursar.cli.talk import show, tell

    settings = settings_of(config, data=data, database_url=database_url)
    if role not in ROLES:
        raise typer.BadParameter(f"{role} is no role; there are {', '.join(ROLES)}.", param_hint="--role")
    sign_in = asking.asked(email, "--email", "Their e-mail address", asking.email)

    async def work(application: Application) -> dict[str, Any]:
        from bursar.oauth.registration import register_identity

        people, now_us = application.people, application.clock.now_us()
        tenant = await chosen_business(application, business)
        person, shown = await people.identity_by_email(sign_in), {"email": sign_in}
        if person is None:
            called = asking.asked(name, "--name", "Their name", asking.name)
            password, made = asking.password(password_file)
            first, _, last = called.partition(" ")
            person = await register_identity(people, sign_in, (first, last.strip()), password, now_us)
            shown |= {"password": password} if made else {}
        not_shut_out(person)
        membership = await people.add_membership(tenant.id, person.id, role, now_us)
        await _enlist(application, tenant, person, membership.staff_id)
        return shown | {"business_id": tenant.id, "role": role, "staff_id": membership.staff_id}

    added = with_books(settings, "share", work)
    show([added], as_json=as_json)
    if "password" in added:
        tell("The password was made for them and is shown this once.")


@commands.command("list")
def list_(
    *, as_json: JsonOption = False, data: DataOption = None, database_url: DatabaseOption = None, config: ConfigOption = None
) -> None:
    """List who can sign in, once for each business of theirs."""
    from bursar.cli.books import with_books
    from bursar.cli.talk import instant, show

    async def work(application: Application) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for person in await application.people.identities():
            names = {"email": person.email, "name": f"{person.first_name} {person.last_name}".strip()}
            mine = await application.people.memberships(person.id)
            places = [{"business_id": business.id, "role": membership.role} for membership, business in mine]
            rows += [names | place | {"revoked": instant(person.revoked_us)} for place in places or [{"business_id": None, "role": None}]]
        return rows

    show(with_books(settings_of(config, data=data, database_url=database_url), "read", work), as_json=as_json)


@commands.command("revoke")
def revoke(
    email: EmailArgument,
    *,
    data: DataOption = None,
    database_url: DatabaseOption = None,
    config: ConfigOption = None,
) -> None:
    """Shut a person out: no sign-in, and every token of theirs ends at once."""
    from bursar.cli.books import chosen_person, with_books
    from bursar.cli.talk import tell

    async def work(application: Application) -> None:
        person = await chosen_person(application, email)
        await application.people.revoke_identity(person.id, application.clock.now_us())

    with_books(settings_of(config, data=data, database_url=database_url), "share", work)
    tell(f"{email} is shut out.")


@commands.command("restore")
def restore(
    email: EmailArgument,
    *,
    data: DataOption = None,
    database_url: DatabaseOption = None,
    config: ConfigOption = None,
) -> None:
    """Let a person who was shut out sign in again; tokens of theirs that ended stay ended."""
    from bursar.cli.books import with_books
    from bursar.cli.talk import tell
    from bursar.serving import NotFound

    async def work(application: Application) -> None:
        person = await application.people.identity_by_email(email)
        if person is None or person.revoked_us is None:
            raise NotFound(f"Nobody was shut out as {email}; bursar user list shows who was.")
        await application.people.restore_identity(person.id)

    with_books(settings_of(config, data=data, database_url=database_url), "share", work)
    tell(f"{email} may sign in again.")


async def _enlist(application: Application, business: Business, person: Identity, staff_id: int) -> None:
    """Give a new member a row among the staff."""
    from bursar.catalogue.change import Change

    staff = application.book.resources["staff"].record.new(
        id=staff_id,
        fname=person.first_name,
        lname=person.last_name,
        email=person.email,
        username=person.email.partition("@")[0],
        language=person.language,
        organization=business.name,
        currency_code=business.currency_code,
    )
    await application.store.unit(business.id, person.id, lambda unit: unit.save(Change(saves=(staff,))))
