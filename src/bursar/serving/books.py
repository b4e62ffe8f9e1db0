"""Opens the books that the settings name, as an application."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final

from bursar.app import Application
from bursar.serving import NotReady
from bursar.serving.places import BOOKS, prepare_directory, secret_key
from bursar.store.kept import Kept
from bursar.store.opening import Place, open_driver
from bursar.store.schema import WrongSchema
from bursar.surfaces.http.faults import BadFault

if TYPE_CHECKING:
    from collections.abc import Callable

    from bursar.settings import Settings
    from bursar.store.opening import Mode

DEMO: Final = "demo"
PRODUCTION: Final = "production"
_MODE: Final = "mode"
_KEY: Final = "key"
_EMPTY: Final = "There are no books in {place}. Open some with: bursar init (or look around with: bursar serve --demo)"


class HalfOpen(NotReady):
    """The sample books were not finished; nobody has used them."""


def place_of(settings: Settings) -> Place:
    """Say where the settings have the books."""
    return Place(settings.data / BOOKS, settings.database_url, settings.group_commit)


async def open_application(
    settings: Settings, mode: Mode, *, make: bool = False, told: Callable[[str], None] = lambda _text: None
) -> Application:
    """Open the books; ``make`` makes directory, key and tables where they are missing, and brings an older schema forward.

    Raises NotReady with words for whoever typed the command, and Unavailable.
    """
    if make:
        prepare_directory(settings.data)
    place = place_of(settings)
    try:
        driver = await open_driver(place, mode, migrate=make, told=told)
    except FileNotFoundError:
        raise NotReady(_EMPTY.format(place=settings.data)) from None
    except WrongSchema as error:
        raise NotReady(str(error)) from error
    try:
        application = Application(settings, driver, secret_key(settings, make=make))
        await _check_key(application, make=make)
        await application.snapshots.find_clock()
    except BadFault as error:
        await driver.close()
        raise NotReady(str(error)) from error
    except BaseException:
        await driver.close()
        raise
    return application


async def claim(application: Application) -> bool:
    """Make sure the books are of the kind that the settings ask for, and say whether they were opened for the first time.

    Demo books are open to everybody who reads their file of secrets, so neither kind is ever served as the other.
    Raises NotReady.
    """
    kept = Kept(application.driver, application.tables)
    wanted = DEMO if application.settings.demo else PRODUCTION
    found = await kept.get(_MODE)
    if found and found != wanted:
        advice = "add --demo, or choose another --data" if found == DEMO else "leave out --demo, or choose another --data"
        raise NotReady(f"The books in {application.settings.data} are {found} books: {advice}.")
    if not found:
        await kept.keep(_MODE, wanted)
    return not found


async def mode_of(application: Application) -> str:
    """Say what kind the books are: "demo", "production", or "" when nothing was opened in them yet."""
    return await Kept(application.driver, application.tables).get(_MODE)


async def _check_key(application: Application, *, make: bool) -> None:
    """Notice a key that is not the one the books were opened with, before every token fails for no visible reason."""
    kept = Kept(application.driver, application.tables)
    print_now = hashlib.blake2b(b"fingerprint", key=application.key, digest_size=8).hexdigest()
    print_then = await kept.get(_KEY)
    if not print_then and make:
        await kept.keep(_KEY, print_now)
    elif print_then and not hmac.compare_digest(print_then, print_now):
        raise NotReady("These books were opened with another secret key: put that one back, or no token and no sign-in works.")
