"""``bursar app``: the programs that may ask people for access."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from bursar.cli import asking
from bursar.cli.options import ConfigOption, DatabaseOption, DataOption, JsonOption, settings_of

if TYPE_CHECKING:
    from bursar.app import Application

ScopeOption = Annotated[list[str] | None, typer.Option("--scope", help="A scope; may be repeated. Without any: all there are.")]

commands = typer.Typer(help="The programs that may ask people for access.", no_args_is_help=True, rich_markup_mode=None)


@commands.command("add")
def add(
    *,
    name: Annotated[str | None, typer.Option("--name", help="What people see when they are asked.")] = None,
    redirect_uri: Annotated[list[str] | None, typer.Option("--redirect-uri", help="Where answers go; may be repeated.")] = None,
    scope: ScopeOption = None,
    as_json: JsonOption = False,
    data: DataOption = None,
    database_url: DatabaseOption = None,
    config: ConfigOption = None,
) -> None:
    """Register a program; its secret is shown this once."""
    from bursar.cli.books import scopes_of, with_books
    from bursar.cli.talk import show

    settings = settings_of(config, data=data, database_url=database_url)
    called = asking.asked(name, "--name", "Name of the program", asking.name)
    uris = redirect_uri or [asking.asked(None, "--redirect-uri", "Redirect URI", str)]

    async def work(application: Application) -> dict[str, Any]:
        from bursar.oauth.registration import register_app
        from bursar.serving.books import DEMO, mode_of

        lenient = settings.oauth.allow_http_localhost or await mode_of(application) == DEMO
        app, secret = await register_app(
            application.people, called, uris, scopes_of(scope), application.clock.now_us(), allow_http_localhost=lenient
        )
        return {"name": app.name, "client_id": app.client_id, "client_secret": secret, "redirect_uris": app.redirect_uris}

    show([with_books(settings, "share", work)], as_json=as_json)


@commands.command("list")
def list_(
    *, as_json: JsonOption = False, data: DataOption = None, database_url: DatabaseOption = None, config: ConfigOption = None
) -> None:
    """List the programs, without their secrets."""
    from bursar.cli.books import with_books
    from bursar.cli.talk import instant, show

    async def work(application: Application) -> list[dict[str, Any]]:
        return [
            {
                "name": app.name,
                "client_id": app.client_id,
                "redirect_uris": app.redirect_uris,
                "scopes": len(app.scopes.split()),
                "added": instant(app.created_us),
                "revoked": instant(app.revoked_us),
            }
            for app in await application.people.apps()
        ]

    show(with_books(settings_of(config, data=data, database_url=database_url), "read", work), as_json=as_json)


@commands.command("revoke")
def revoke(
    client_id: Annotated[str, typer.Argument(help="The client id; its first signs are enough.")],
    *,
    data: DataOption = None,
    database_url: DatabaseOption = None,
    config: ConfigOption = None,
) -> None:
    """Shut a program out: every token it holds ends at once."""
    from bursar.cli.books import with_books
    from bursar.cli.talk import tell

    async def work(application: Application) -> str:
        from bursar.serving import NotFound

        found = [app for app in await application.people.apps() if app.client_id.startswith(client_id) and app.revoked_us is None]
        if len(found) != 1:
            raise NotFound(f"{len(found) or 'No'} programs have a client id that begins with {client_id}; bursar app list shows them.")
        await application.people.revoke_app(found[0].id, application.clock.now_us())
        return found[0].name

    tell(f"{with_books(settings_of(config, data=data, database_url=database_url), 'share', work)} is shut out.")
