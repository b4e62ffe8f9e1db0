"""``bursar snapshot`` and ``bursar clock``: sample books in a known state, at a known time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from bursar.cli.options import ConfigOption, DataOption, JsonOption, settings_of

if TYPE_CHECKING:
    from bursar.settings import Settings

NameArgument = Annotated[str, typer.Argument(help="Small letters, digits, - and _.")]
_WAIT_S: Final = 600
"""The longest: a clock that moves by years has much to do on the way."""
UNITS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}

commands = typer.Typer(help="Sample books in a known state, while they are served.", no_args_is_help=True, rich_markup_mode=None)
clock = typer.Typer(help="The clock of sample books, while they are served.", invoke_without_command=True, rich_markup_mode=None)


@commands.command("save")
def save(name: NameArgument, *, data: DataOption = None, config: ConfigOption = None) -> None:
    """Keep the books as they are under a name, in the place of an older snapshot of that name."""
    from bursar.cli.talk import tell

    asked(settings_of(config, data=data), "snapshot", {"save": name})
    tell(f"The snapshot {name} is taken.")


@commands.command("load")
def load(name: NameArgument, *, data: DataOption = None, config: ConfigOption = None) -> None:
    """Bring the books, and their clock, back to a snapshot; whoever could sign in still can."""
    from bursar.cli.talk import tell

    asked(settings_of(config, data=data), "snapshot", {"load": name})
    tell(f"The books are those of the snapshot {name}.")


@commands.command("fork")
def fork(
    name: NameArgument,
    other: Annotated[str | None, typer.Argument(metavar="AS", help="The name of the other books; that of the snapshot otherwise.")] = None,
    *,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Make other books of a snapshot, for a server of their own; prints their data directory."""
    answer = asked(settings_of(config, data=data), "snapshot", {"fork": name, "as": other or name})
    typer.echo(answer["data"])


@commands.command("list")
def list_(*, as_json: JsonOption = False, data: DataOption = None, config: ConfigOption = None) -> None:
    """List the snapshots."""
    from bursar.cli.talk import show

    show(asked(settings_of(config, data=data), "snapshot", None)["snapshots"], as_json=as_json)


@commands.command("reset")
def reset(*, data: DataOption = None, config: ConfigOption = None) -> None:
    """Bring the books back to what they were when they were made."""
    from bursar.cli.talk import tell

    asked(settings_of(config, data=data), "reset", {})
    tell("The books are as they were made.")


@clock.callback()
def look(context: typer.Context, *, data: DataOption = None, config: ConfigOption = None) -> None:
    """Show the clock."""
    if context.invoked_subcommand is None:
        typer.echo(asked(settings_of(config, data=data), "clock", None)["now"])


@clock.command("advance")
def advance(
    step: Annotated[str, typer.Argument(help="How far: 90d, 12h, 30m, 45s, 2w.")], *, data: DataOption = None, config: ConfigOption = None
) -> None:
    """Move the clock forward; all that falls due on the way is done, in order, before this ends."""
    found = re.fullmatch(r"(\d{1,10})([smhdw])", step)
    if found is None:
        raise typer.BadParameter(f"{step!r} is no stretch of time; write 90d, 12h, 30m, 45s or 2w")
    seconds = int(found[1]) * UNITS[found[2]]
    typer.echo(asked(settings_of(config, data=data), "clock", {"advance_s": seconds})["now"])


@clock.command("set")
def set_(
    moment: Annotated[str, typer.Argument(help="A moment like 2026-05-01T12:00:00Z.")],
    *,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Move the clock forward to a moment, as ``advance`` does."""
    typer.echo(asked(settings_of(config, data=data), "clock", {"to": moment})["now"])


def asked(settings: Settings, what: str, body: dict[str, Any] | None) -> Any:
    """Ask the server of these books; raises NotReady when none answers, or when it refuses, with its words."""
    import json
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import ProxyHandler, Request, build_opener

    from bursar.serving import NotReady
    from bursar.serving.credentials import FILE, read_credentials

    known = read_credentials(settings.data / FILE)
    if known is None:
        raise NotReady(f"There are no sample books in {settings.data}: bursar serve --demo makes and serves some.")
    sent = None if body is None else json.dumps(body).encode()
    request = Request(f"{known.base_url}/_/test/{what}", sent, {"Content-Type": "application/json"})  # noqa: S310 - an address of ours
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=_WAIT_S) as answer:
            return json.load(answer)
    except HTTPError as error:
        text = error.read().decode(errors="replace")
        raise NotReady(_words(text)) from None
    except (OSError, HTTPException, ValueError) as error:
        raise NotReady(f"No server answers at {known.base_url} ({getattr(error, 'reason', error)}): bursar serve --demo") from None


def _words(text: str) -> str:
    import json

    try:
        return str(json.loads(text)["error"])
    except (ValueError, KeyError, TypeError):
        return "The server does not know how; is it a server of sample books, alone at its database?"
