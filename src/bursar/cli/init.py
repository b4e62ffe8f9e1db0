"""``bursar init``: empty production books with their owner."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bursar.cli import asking
from bursar.cli.business import CountryOption, CurrencyOption, TimezoneOption, ask, open_business
from bursar.cli.options import ConfigOption, DatabaseOption, DataOption, JsonOption, settings_of

if TYPE_CHECKING:
    from bursar.app import Application
    from bursar.store.people import Business

PasswordOption = Annotated[
    Path | None, typer.Option("--password-file", help="A file with the password; - is stdin. Without it one is made.", allow_dash=True)
]


def init(
    *,
    email: Annotated[str | None, typer.Option("--email", help="What the owner signs in with.")] = None,
    owner: Annotated[str | None, typer.Option("--owner", help="The owner's name.", metavar="NAME")] = None,
    password_file: PasswordOption = None,
    business: Annotated[str | None, typer.Option("--business", help="What the business is called.", metavar="NAME")] = None,
    currency: CurrencyOption = None,
    timezone: TimezoneOption = None,
    country: CountryOption = None,
    as_json: JsonOption = False,
    data: DataOption = None,
    database_url: DatabaseOption = None,
    config: ConfigOption = None,
) -> None:
    """Open empty books for a business of your own.

    Asks for what no option says.
    """
    from bursar.cli.books import not_shut_out, row_of, with_books
    from bursar.cli.talk import show, tell

    settings = settings_of(config, data=data, database_url=database_url, demo=False)
    sign_in = asking.asked(email, "--email", "Your e-mail address", asking.email)
    called = asking.asked(owner, "--owner", "Your name", asking.name)
    wanted = ask(business, currency, timezone, country)
    password, made = asking.password(password_file)

    async def work(application: Application) -> Business:
        from bursar.oauth.registration import register_identity, renew_password
        from bursar.serving import NotReady
        from bursar.serving.books import claim

        await claim(application)
        if await application.people.businesses():
            raise NotReady("These books are open already: bursar business add opens one more business in them.")
        first, _, last = called.partition(" ")
        person = await application.people.identity_by_email(sign_in)
        if person is None:
            person = await register_identity(application.people, sign_in, (first, last.strip()), password, application.clock.now_us())
        else:  # an earlier init was interrupted, or somebody was let in before
            not_shut_out(person)
            await renew_password(application.people, person, password)
        return await open_business(application, wanted, person)

    opened = with_books(settings, "share", work, make=True)
    show([row_of(opened) | ({"email": sign_in, "password": password} if made else {"email": sign_in})], as_json=as_json)
    if made:
        tell("The password was made for you and is shown this once.")
    tell(f"The books of {opened.name} are open. Next: bursar serve; bursar app add, bursar token add")
