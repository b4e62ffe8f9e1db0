"""``bursar migrate``: the newest schema for an existing database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bursar.cli.options import ConfigOption, DatabaseOption, DataOption, settings_of

if TYPE_CHECKING:
    from bursar.settings import Settings


def migrate(*, data: DataOption = None, database_url: DatabaseOption = None, config: ConfigOption = None) -> None:
    """Bring the database to the newest schema.

    A start of the server does it too. Make a backup first: there is no way back but that.
    """
    from bursar.cli.talk import tell
    from bursar.serving.loop import run

    settings = settings_of(config, data=data, database_url=database_url)
    tell(run(_migrate(settings)))


async def _migrate(settings: Settings) -> str:
    from bursar.cli.talk import tell
    from bursar.serving import NotReady
    from bursar.serving.books import place_of
    from bursar.serving.places import prepare_directory
    from bursar.store.migrations import known
    from bursar.store.opening import open_driver
    from bursar.store.schema import WrongSchema

    prepare_directory(settings.data)
    try:
        driver = await open_driver(place_of(settings), "serve", migrate=True, told=tell)
    except WrongSchema as error:
        raise NotReady(str(error)) from error
    await driver.close()
    return f"The database has schema {known()[-1]}, the newest."
