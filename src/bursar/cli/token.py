"""``bursar token``: personal access tokens, for programs of one's own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from bursar.cli.app import ScopeOption
from bursar.cli.options import ConfigOption, DatabaseOption, DataOption, JsonOption, settings_of

if TYPE_CHECKING:
    from bursar.app import Application
    from bursar.store.grants import Token

_UNITS: Final = {"m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_SECOND_US: Final = 1_000_000

commands = typer.Typer(help="Access tokens for programs of your own.", no_args_is_help=True, rich_markup_mode=None)


@commands.command("add")
def add(
    *,
    user: Annotated[str | None, typer.Option("--user", help="Whom it speaks for, when there are several.", metavar="EMAIL")] = None,
    name: Annotated[str, typer.Option("--name", help="What it is for.")] = "",
    scope: ScopeOption = None,
    expires_after: Annotated[str, typer.Option("--expires-after", help="30m, 8h, 90d, 4w; otherwise never.", metavar="TIME")] = "",
    as_json: JsonOption = False,
    data: DataOption = None,
    database_url: DatabaseOption = None,
    config: ConfigOption = None,
) -> None:
    """Make a token and print it, this once."""
    from bursar.cli.books import chosen_person, scopes_of, with_books
    from bursar.cli.talk import show

    settings = settings_of(config, data=data, database_url=database_url)
    lasts_s = seconds(expires_after)

    async def work(application: Application) -> str:
        from bursar.oauth.registration import make_token

        person, now_us = await chosen_person(application, user), application.clock.now_us()
        expires_us = now_us + lasts_s * _SECOND_US if lasts_s else None
        return await make_token(application.people, person.id, scopes_of(scope), name, now_us, expires_us)

    made = with_books(settings, "share", work)
    if as_json:
        show([{"token": made}], as_json=True)
    else:
        typer.echo(made)


@commands.command("list")
def list_(
    *, as_json: JsonOption = False, data: DataOption = None, database_url: DatabaseOption = None, config: ConfigOption = None
) -> None:
    """List access tokens that still open something: those of programs, and personal ones."""
    from bursar.cli.books import with_books
    from bursar.cli.talk import show

    async def work(application: Application) -> list[dict[str, Any]]:
        people = application.people
        names = {person.id: person.email for person in await people.identities()}
        apps = {app.id: app.name for app in await people.apps()}
        return [_shown(token, names, apps) for token in await _live(application)]

    show(with_books(settings_of(config, data=data, database_url=database_url), "read", work), as_json=as_json)


@commands.command("revoke")
def revoke(
    token: Annotated[str, typer.Argument(help="Its id from the list, or the token itself.")],
    *,
    data: DataOption = None,
    database_url: DatabaseOption = None,
    config: ConfigOption = None,
) -> None:
    """End a token at once."""
    from bursar.cli.books import with_books
    from bursar.cli.talk import tell

    async def work(application: Application) -> None:
        from bursar.serving import NotFound

        own = application.people.hash(token)
        found = [one for one in await _live(application) if one.hash == own or one.hash.hex().startswith(token)]
        if len(found) != 1:
            raise NotFound(f"{len(found) or 'No'} live tokens have that id; bursar token list shows them.")
        await application.people.revoke_token(found[0].hash, application.clock.now_us())

    with_books(settings_of(config, data=data, database_url=database_url), "share", work)
    tell("The token is revoked.")


def seconds(text: str) -> int:
    """Read a span of time such as 8h; 0 for none."""
    if not text:
        return 0
    found = re.fullmatch(r"([1-9]\d{0,5})([mhdw])", text.strip())
    if found is None:
        raise typer.BadParameter(f"{text} is no span of time; write 30m, 8h, 90d or 4w.", param_hint="--expires-after")
    return int(found[1]) * _UNITS[found[2]]


async def _live(application: Application) -> list[Token]:
    from bursar.oauth.grant import is_live

    now_us = application.clock.now_us()
    return [token for token in await application.people.tokens() if is_live(token, now_us)]


def _shown(token: Token, names: dict[int, str], apps: dict[int, str]) -> dict[str, Any]:
    from bursar.cli.talk import instant

    return {
        "id": token.hash.hex()[:12],
        "ends_in": token.last_four,
        "kind": token.kind,
        "for": names.get(token.identity_id),
        "name": token.name or apps.get(token.app_id),
        "scopes": len(token.scopes.split()),
        "made": instant(token.created_us),
        "expires": instant(token.expires_us),
    }
