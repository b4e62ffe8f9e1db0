"""``bursar deliveries``: what became of webhooks, and sending one again. ``bursar work``: a process that delivers and nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from bursar.cli.options import ConfigOption, DatabaseOption, DataOption, JsonOption, settings_of

if TYPE_CHECKING:
    from bursar.app import Application
    from bursar.store.delivery_log import Entry

State = Literal["waiting", "held", "delivered", "failed"]
NameArgument = Annotated[str, typer.Argument(metavar="ID", help="As the list shows it: 12-3.")]
_NAME: Final = re.compile(r"(\d{1,18})-(\d{1,18})")

commands = typer.Typer(help="What became of webhooks.", no_args_is_help=True, rich_markup_mode=None)


@commands.command("list")
def list_(
    *,
    state: Annotated[State | None, typer.Option(help="Only those in this state.")] = None,
    most: Annotated[int, typer.Option("--most", help="How many of the newest.", min=1, max=10_000)] = 50,
    as_json: JsonOption = False,
    data: DataOption = None,
    database_url: DatabaseOption = None,
    config: ConfigOption = None,
) -> None:
    """List the newest deliveries."""
    from bursar.cli.books import with_books
    from bursar.cli.talk import show

    async def work(application: Application) -> list[Entry]:
        return await application.delivery_log.listed(most, state or "")

    found = with_books(settings_of(config, data=data, database_url=database_url), "read", work)
    show([_row(entry) for entry in found], as_json=as_json)


@commands.command("show")
def show_(
    name: NameArgument,
    *,
    as_json: JsonOption = False,
    data: DataOption = None,
    database_url: DatabaseOption = None,
    config: ConfigOption = None,
) -> None:
    """Show all that is known of one delivery."""
    from bursar.cli.books import with_books
    from bursar.cli.talk import columns, show

    async def work(application: Application) -> Entry:
        return await _found(application, name)

    entry = with_books(settings_of(config, data=data, database_url=database_url), "read", work)
    row = _row(entry) | _more(entry)
    if as_json:
        show([row], as_json=True)
    else:
        typer.echo(columns([(key, "-" if value in (None, "") else str(value)) for key, value in row.items()]))


@commands.command("resend")
def resend(name: NameArgument, *, data: DataOption = None, database_url: DatabaseOption = None, config: ConfigOption = None) -> None:
    """Send a delivery that is over again, with all its attempts before it; whoever serves the books does so."""
    from bursar.cli.books import with_books
    from bursar.cli.talk import tell

    async def work(application: Application) -> bool:
        from bursar.domain.events import VERIFY
        from bursar.serving import NotReady

        entry = await _found(application, name)
        if entry.uri is None:
            raise NotReady("Its callback was deleted: there is nowhere to send it.")
        if not entry.verified and entry.event != VERIFY:
            raise NotReady("Its callback is to be verified first; what is held is sent then.")
        if entry.next_us is None:
            await application.delivery_log.again(entry, application.clock.now_us())
        return entry.next_us is None

    again = with_books(settings_of(config, data=data, database_url=database_url), "share", work)
    tell(f"The delivery {name} is sent again." if again else f"The delivery {name} is not over yet: it is tried again by itself.")


def work(*, data: DataOption = None, database_url: DatabaseOption = None, config: ConfigOption = None) -> None:
    """Deliver webhooks beside the servers (PostgreSQL).

    Until told to stop; as many processes as you like.
    """
    from bursar.serving import NotReady
    from bursar.serving.loop import run
    from bursar.serving.working import deliver

    settings = settings_of(config, data=data, database_url=database_url)
    if not settings.postgres:
        raise NotReady("SQLite has one writer: the server of these books delivers their webhooks itself. bursar work is for PostgreSQL.")
    run(deliver(settings))


async def _found(application: Application, name: str) -> Entry:
    """Find a delivery by its name. Raises NotFound."""
    from bursar.serving import NotFound

    parts = _NAME.fullmatch(name)
    entry = await application.delivery_log.one(int(parts[1]), int(parts[2])) if parts else None
    if entry is None:
        raise NotFound(f"There is no delivery {name}; bursar deliveries list shows them.")
    return entry


def _row(entry: Entry) -> dict[str, Any]:
    from bursar.cli.talk import instant

    what = {"id": entry.name, "event": entry.event, "object_id": entry.object_id, "state": entry.state}
    how = {"attempts": entry.attempts, "answer": entry.status if entry.status is not None else entry.failure}
    return {**what, **how, "raised": instant(entry.created_us), "uri": entry.uri}


def _more(entry: Entry) -> dict[str, Any]:
    from bursar.cli.talk import instant

    times = {"next": instant(entry.next_us), "ended": instant(entry.ended_us)}
    whose = {"business_id": entry.business_id, "callback_id": entry.callback_id, "identity_id": entry.identity_id}
    return {**times, "failure": entry.failure, **whose, "verified": None if entry.verified is None else bool(entry.verified)}
