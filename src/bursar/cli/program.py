"""The program: its commands put together, and what ends it turned into an exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from bursar.cli import (
    app,
    backup,
    business,
    completion,
    deliveries,
    doctor,
    env,
    init,
    listen,
    migrate,
    rate,
    serve,
    snapshot,
    token,
    trigger,
    user,
    verify,
)
from bursar.cli.settings_listed import WithSettings

if TYPE_CHECKING:
    from bursar.errors import Refusal

DONE: Final = 0
FAILED: Final = 1
USAGE: Final = 2
NOT_FOUND: Final = 3
NOT_READY: Final = 4
INTERRUPTED: Final = 130

program = typer.Typer(
    name="bursar",
    help="A self-hosted accounting server that speaks the FreshBooks wire protocol. Without a command it serves.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
program.command(cls=WithSettings)(serve.serve)
for command in (
    init.init,
    env.env,
    doctor.doctor,
    verify.verify,
    backup.backup,
    backup.restore,
    migrate.migrate,
    trigger.trigger,
    listen.listen,
    deliveries.work,
):
    program.command()(command)
for module in (business, user, app, token, rate, snapshot, deliveries):
    program.add_typer(module.commands, name=module.__name__.rpartition(".")[2])
program.add_typer(snapshot.clock, name="clock")
program.command()(completion.completion)


def show_version(*, wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        from importlib.metadata import version

        typer.echo(f"bursar {version('bursar')}")
        raise typer.Exit


@program.callback()
def root(
    *, _version: Annotated[bool, typer.Option("--version", help="Show the version and exit.", is_eager=True, callback=show_version)] = False
) -> None:
    """Hold what belongs to no command."""


def run(arguments: list[str]) -> int:
    """Run a command line; answers the exit code (0 done, 1 failed, 2 usage, 3 not found, 4 not ready, 130 interrupted)."""
    completion.answer_shells()
    try:
        outcome = program(with_command(arguments), prog_name="bursar", standalone_mode=False)
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
