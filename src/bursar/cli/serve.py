"""``bursar serve``: the server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bursar.cli.options import ConfigOption, DatabaseOption, DataOption, settings_of


def serve(
    *,
    demo: Annotated[bool, typer.Option("--demo", help="Serve sample books; they are made in an empty directory.")] = False,
    data: DataOption = None,
    host: Annotated[str | None, typer.Option(help="The address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen on; 0 takes a free one.", show_default="8090")] = None,
    database_url: DatabaseOption = None,
    credentials_file: Annotated[Path | None, typer.Option(help="Demo: write working credentials here too.", dir_okay=False)] = None,
    workers: Annotated[int | None, typer.Option(help="How many processes serve; more than one with PostgreSQL only.")] = None,
    public_url: Annotated[str | None, typer.Option(help="What every emitted link begins with.", metavar="URL")] = None,
    config: ConfigOption = None,
) -> None:
    """Serve the books until told to stop."""
    from bursar.cli.first_screen import screen
    from bursar.serving.run import Talk
    from bursar.serving.run import serve as run

    given = {"data": data, "host": host, "port": port, "database_url": database_url, "workers": workers, "public_url": public_url}
    settings = settings_of(config, demo=demo or None, **given)
    talk = Talk(lambda text: typer.echo(text, err=True), lambda shown: typer.echo(screen(shown, secrets=False)))
    run(settings, credentials_file, talk)
