"""``bursar backup`` and ``bursar restore``: the books in one file, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bursar.cli.options import ConfigOption, DatabaseOption, DataOption, settings_of

if TYPE_CHECKING:
    from bursar.settings import Settings


def backup(
    file: Annotated[Path, typer.Argument(help="The file to make.", dir_okay=False)],
    *,
    data: DataOption = None,
    database_url: DatabaseOption = None,
    config: ConfigOption = None,
) -> None:
    """Copy the books into one file, served or not.

    It is one SQLite file, from PostgreSQL too, and for its owner alone: the secret key is in it unless the settings have it.
    """
    from bursar.cli.talk import tell
    from bursar.serving.loop import run

    run(_backup(settings_of(config, data=data, database_url=database_url), file))
    tell(f"The books are in {file}, {file.stat().st_size / 1_000_000:.1f} MB.")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that bursar backup made.", dir_okay=False)],
    *,
    data: DataOption = None,
    database_url: DatabaseOption = None,
    config: ConfigOption = None,
) -> None:
    """Make books of a backup, where none are yet.

    What was backed up from SQLite can be restored into PostgreSQL, and the other way round.
    """
    from bursar.cli.talk import tell
    from bursar.serving.loop import run

    run(_restore(settings_of(config, data=data, database_url=database_url), file))
    tell("The books are restored. bursar verify proves them.")


async def _backup(settings: Settings, file: Path) -> None:
    from bursar.cli.talk import Progress
    from bursar.serving import NotReady
    from bursar.serving.books import open_application, place_of
    from bursar.serving.places import kept_key
    from bursar.store.upkeep import NoBackup
    from bursar.store.upkeep import backup as copy

    application = await open_application(settings, "read")  # makes sure of key and schema
    await application.driver.close()
    secret = "" if settings.secret_key else kept_key(settings.data)
    try:
        await copy(place_of(settings), file, secret, Progress())
    except NoBackup as error:
        raise NotReady(str(error)) from error


async def _restore(settings: Settings, file: Path) -> None:
    from bursar.cli.talk import Progress
    from bursar.serving import NotReady
    from bursar.serving.books import open_application, place_of
    from bursar.serving.places import keep_key, prepare_directory
    from bursar.store.schema import WrongSchema
    from bursar.store.upkeep import NoBackup
    from bursar.store.upkeep import restore as bring_back

    prepare_directory(settings.data)
    try:
        secret = await bring_back(file, place_of(settings), Progress())
    except (NoBackup, WrongSchema) as error:
        raise NotReady(str(error)) from error
    if secret and not settings.secret_key:
        keep_key(settings.data, secret)
    application = await open_application(settings, "read")  # makes sure that key and books belong together
    await application.driver.close()
