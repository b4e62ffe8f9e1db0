"""``bursar serve``: the server."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from bursar.cli.options import ConfigOption, DatabaseOption, DataOption, settings_of

Credentials = Annotated[Path | None, typer.Option("--credentials-file", help="Demo: write working credentials here too.", dir_okay=False)]
Host = Annotated[str | None, typer.Option("--host", help="The address to listen on.", show_default="127.0.0.1")]
Port = Annotated[int | None, typer.Option("--port", help="The port to listen on; 0 takes a free one.", show_default="8090")]
PrivateTargets = Annotated[
    bool | None,
    typer.Option(
        "--allow-private-targets/--no-private-targets",
        help="Whether webhooks may go to this machine and its network.",
        show_default="only with --demo",
    ),
]
PublicUrl = Annotated[str | None, typer.Option("--public-url", help="What every emitted link begins with.", metavar="URL")]
Fault = Annotated[
    list[str] | None,
    typer.Option("--fault", help="Demo: make calls fail, such as 5%:429 or invoices.*@100%x2:drop-after; may be repeated.", metavar="RULE"),
]
FaultSeed = Annotated[int | None, typer.Option("--fault-seed", help="Which calls fail; the same ones for the same seed.", show_default="1")]
Workers = Annotated[int | None, typer.Option("--workers", help="How many processes serve; several with PostgreSQL only.")]


def serve(
    *,
    demo: Annotated[bool, typer.Option("--demo", help="Serve sample books; an empty place gets new ones.")] = False,
    data: DataOption = None,
    host: Host = None,
    port: Port = None,
    database_url: DatabaseOption = None,
    credentials_file: Credentials = None,
    workers: Workers = None,
    public_url: PublicUrl = None,
    fault: Fault = None,
    fault_seed: FaultSeed = None,
    allow_private_targets: PrivateTargets = None,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Show no first screen.")] = False,
    config: ConfigOption = None,
) -> None:
    """Serve the books until told to stop."""
    settings = settings_of(
        config,
        demo=demo or None,
        data=data,
        host=host,
        port=port,
        database_url=database_url,
        workers=workers,
        public_url=public_url,
        fault=tuple(fault) if fault else None,
        fault_seed=fault_seed,
        allow_private_targets=allow_private_targets,
    )
    from bursar.cli.first_screen import screen
    from bursar.cli.talk import Progress, tell
    from bursar.serving.run import Screen, Talk
    from bursar.serving.run import serve as run

    def shown(ready: Screen) -> None:
        if not quiet:
            typer.echo(screen(ready, secrets=sys.stdout.isatty()))

    run(settings, credentials_file, Talk(tell, Progress(), shown))
