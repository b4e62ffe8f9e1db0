"""The program: its commands put together, and what ends it turned into an exit code."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated, Final

import typer

from bursar.cli.serve import serve

FAILED: Final = 1
NOT_READY: Final = 4
INTERRUPTED: Final = 130

program = typer.Typer(
    name="bursar",
    help="A self-hosted accounting server that speaks the FreshBooks wire protocol. Without a command it serves.",
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
program.command()(serve)


@program.callback()
def root(
    *,
    show_version: Annotated[bool, typer.Option("--version", help="Show the version and exit.", is_eager=True)] = False,
) -> None:
    """Hold what belongs to no command."""
    if show_version:
        typer.echo(f"bursar {version('bursar')}")
        raise typer.Exit


def run(arguments: list[str]) -> int:
    """Run a command line; answers the exit code (0 done, 1 failed, 2 usage, 3 not found, 4 not ready, 130 interrupted)."""
    try:
        outcome = program(with_command(arguments), standalone_mode=False)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        code = _code(error)
        if code is None:
            raise
        typer.echo(f"bursar: {error}", err=True)
        return code
    return outcome if isinstance(outcome, int) else 0


def with_command(arguments: list[str]) -> list[str]:
    """Put ``serve`` before options that no command precedes: ``bursar --demo`` serves."""
    of_root = ("-h", "--help", "--version", "--install-completion", "--show-completion")
    bare = not arguments or (arguments[0].startswith("-") and not arguments[0].startswith(of_root))
    return ["serve", *arguments] if bare else arguments


def _code(error: Exception) -> int | None:
    """Find the exit code of an expected end; None for a fault of ours, which shows its trace."""
    from bursar.serving import NotReady

    if isinstance(error, NotReady):
        return NOT_READY
    return None


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
