"""The program: its commands put together, and what ends it turned into an exit code."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Final

import typer

from bursar.cli.completion import answer_shells
from bursar.cli.settings_listed import WithSettings

if TYPE_CHECKING:
    from collections.abc import Collection

    from bursar.errors import Refusal

DONE: Final = 0
FAILED: Final = 1
USAGE: Final = 2
NOT_FOUND: Final = 3
NOT_READY: Final = 4
INTERRUPTED: Final = 130

_COMMANDS: Final = {
    "serve": "serve",
    "init": "init",
    "env": "env",
    "doctor": "doctor",
    "verify": "verify",
    "backup": "backup",
    "restore": "backup",
    "migrate": "migrate",
    "trigger": "trigger",
    "listen": "listen",
    "work": "deliveries",
    "completion": "completion",
}
"""Each command with the module that has a function of its name."""
_GROUPS: Final = {
    "business": ("business", "commands"),
    "user": ("user", "commands"),
    "app": ("app", "commands"),
    "token": ("token", "commands"),
    "rate": ("rate", "commands"),
    "snapshot": ("snapshot", "commands"),
    "deliveries": ("deliveries", "commands"),
    "clock": ("snapshot", "clock"),
}
"""Each group of commands with the module and the name that it has there."""


def program(words: Collection[str] = ()) -> typer.Typer:
    """Put the commands together: all of them, or only those named, so that no other is imported to run one."""
    whole = typer.Typer(
        name="bursar",
        help="A self-hosted accounting server that speaks the FreshBooks wire protocol. Without a command it serves.",
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    whole.callback()(root)
    for word, module in _COMMANDS.items():
        if not words or word in words:
            whole.command(word, cls=WithSettings if word == "serve" else None)(getattr(import_module(f"bursar.cli.{module}"), word))
    for word, (module, name) in _GROUPS.items():
        if not words or word in words:
            whole.add_typer(getattr(import_module(f"bursar.cli.{module}"), name), name=word)
    return whole


def show_version(*, wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        from importlib.metadata import version

        typer.echo(f"bursar {version('bursar')}")
        raise typer.Exit


def root(
    *, _version: Annotated[bool, typer.Option("--version", help="Show the version and exit.", is_eager=True, callback=show_version)] = False
) -> None:
    """Hold what belongs to no command."""


def run(arguments: list[str]) -> int:
    """Run a command line; answers the exit code (0 done, 1 failed, 2 usage, 3 not found, 4 not ready, 130 interrupted)."""
    completing, arguments = answer_shells(), with_command(arguments)
    wanted = () if completing or arguments[0] not in {*_COMMANDS, *_GROUPS} else arguments[:1]
    try:
        outcome = program(wanted)(arguments, prog_name="bursar", standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except Exception as error:
        ended = _expected(error)
        if ended is None:
            raise
        code, text = ended
        typer.echo(f"bursar: {text}", err=True)
        return code
    return outcome if isinstance(outcome, int) else DONE


def with_command(arguments: list[str]) -> list[str]:
    """Put ``serve`` before options that no command precedes: ``bursar --demo`` serves."""
    bare = not arguments or (arguments[0].startswith("-") and arguments[0] not in ("-h", "--help", "--version"))
    return ["serve", *arguments] if bare else arguments


def _expected(error: Exception) -> tuple[int, str] | None:
    """Find exit code and words for an end that is no fault of ours; a fault shows its trace."""
    if isinstance(error, typer.TyperException):
        return USAGE, error.format_message()
    from bursar.errors import Refusal
    from bursar.serving import NotFound, NotReady
    from bursar.store.driver import Unavailable

    if isinstance(error, Refusal):
        return FAILED, _words(error)
    codes: dict[type[Exception], int] = {NotFound: NOT_FOUND, NotReady: NOT_READY, Unavailable: FAILED}
    return next(((code, str(error)) for kind, code in codes.items() if isinstance(error, kind)), None)


def _words(refused: Refusal) -> str:
    """Say what a rule of the product has against it."""
    problem = refused.problems[0]
    if problem.text:
        return problem.text
    return f"{problem.noun}: {problem.field} {problem.value} is refused ({problem.kind.name.lower().replace('_', ' ')})."
