"""``bursar business``: the businesses in the books."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from bursar.cli import asking
from bursar.cli.options import ConfigOption, DatabaseOption, DataOption, JsonOption, settings_of

if TYPE_CHECKING:
    from bursar.app import Application
    from bursar.store.people import Business, Identity

CurrencyOption = Annotated[str | None, typer.Option("--currency", help="Its currency, ISO 4217.", metavar="CODE")]
TimezoneOption = Annotated[str | None, typer.Option("--timezone", help="Its time zone.", metavar="ZONE")]
CountryOption = Annotated[str | None, typer.Option("--country", help="Its country, ISO 3166.", metavar="CODE")]

commands = typer.Typer(help="The businesses in the books.", no_args_is_help=True, rich_markup_mode=None)


class Wanted(NamedTuple):
    """What a new business is to be."""

    name: str
    currency: str
    timezone: str
    country: str


@commands.command("add")
def add(
    *,
    name: Annotated[str | None, typer.Option("--name", help="What it is called.")] = None,
    currency: CurrencyOption = None,
    timezone: TimezoneOption = None,
    country: CountryOption = None,
    owner: Annotated[str | None, typer.Option("--owner", help="Who owns it, when several people can sign in.", metavar="EMAIL")] = None,
    as_json: JsonOption = False,
    data: DataOption = None,
    database_url: DatabaseOption = None,
    config: ConfigOption = None,
) -> None:
    """Open one more business with empty books."""
    from bursar.cli.books import chosen_person, row_of, with_books
    from bursar.cli.talk import show

    settings = settings_of(config, data=data, database_url=database_url)
    wanted = ask(name, currency, timezone, country)

    async def work(application: Application) -> Business:
        return await open_business(application, wanted, await chosen_person(application, owner))

    show([row_of(with_books(settings, "share", work))], as_json=as_json)


@commands.command("list")
def list_(
    *, as_json: JsonOption = False, data: DataOption = None, database_url: DatabaseOption = None, config: ConfigOption = None
) -> None:
    """List the businesses."""
    from bursar.cli.books import row_of, with_books
    from bursar.cli.talk import show

    settings = settings_of(config, data=data, database_url=database_url)
    businesses = with_books(settings, "read", lambda application: application.people.businesses())
    show(map(row_of, businesses), as_json=as_json)


def ask(name: str | None, currency: str | None, timezone: str | None, country: str | None) -> Wanted:
    """Ask for what a business is to be, unless it is given."""
    return Wanted(
        asking.asked(name, "--name", "Name of the business", asking.name),
        asking.asked(currency, "--currency", "Currency (ISO 4217)", asking.currency),
        asking.asked(timezone, "--timezone", "Time zone", asking.timezone),
        asking.asked(country, "--country", "Country (ISO 3166)", asking.country),
    )


async def open_business(application: Application, wanted: Wanted, owner: Identity) -> Business:
    """Open a business: its three names, its owner as staff 1 and the built-in expense categories."""
    from bursar import opening
    from bursar.store.people import Business

    draft = Business(
        id=0,
        accountid=None,
        uuid="",
        name=wanted.name,
        currency_code=wanted.currency,
        timezone=wanted.timezone,
        country=wanted.country,
        date_format="yyyy-mm-dd",
        status="active",
        address="",
        phone="",
        email=owner.email,
        created_us=application.clock.now_us(),
    )
    return await opening.open_business(application.people, application.store, draft, owner)
