"""``bursar verify``: the books proved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bursar.cli.options import ConfigOption, DatabaseOption, DataOption, settings_of

if TYPE_CHECKING:
    from bursar.app import Application


def verify(
    *,
    every: Annotated[bool, typer.Option("--all", help="Name everything that does not agree, not only the first.")] = False,
    data: DataOption = None,
    database_url: DatabaseOption = None,
    config: ConfigOption = None,
) -> int:
    """Prove the books; exits with 1 when they do not agree.

    Computes all totals, statuses, balances and counts again, and names the first thing that does not agree.
    """
    from bursar.cli.books import with_books
    from bursar.cli.talk import tell

    settings = settings_of(config, data=data, database_url=database_url)

    async def work(application: Application) -> list[str]:
        from bursar.store.verify import verify as prove

        found = []
        async for each in prove(application.store, settings.chosen_policy()):
            found.append(str(each))
            if not every:
                break
        return found

    found = with_books(settings, "read", work)
    for each in found:
        typer.echo(each)
    tell("The books do not agree." if found else "The books agree: documents, postings, balances, counts.")
    return 1 if found else 0
