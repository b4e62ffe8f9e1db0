"""``bursar doctor``: whether everything a server needs is in order."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import typer

from bursar.cli.options import ConfigOption, DatabaseOption, DataOption, JsonOption, settings_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bursar.app import Application
    from bursar.settings import Settings

OK: Final = 0
NOT_READY: Final = 4
_READY_S: Final = 5
_WRITTEN: Final = 1_761_955_200  # 1 November 2025: no clock that is right shows an earlier time


class Finding(NamedTuple):
    """What was looked at, whether it is in order, and what is to be said about it."""

    what: str
    ok: bool
    text: str


def doctor(
    *,
    ready: Annotated[str | None, typer.Option("--ready", help="Ask the server there whether it is ready.", metavar="URL")] = None,
    as_json: JsonOption = False,
    data: DataOption = None,
    database_url: DatabaseOption = None,
    config: ConfigOption = None,
) -> int:
    """Look whether all is in order; exits with 4 when not.

    Settings, secret key, database, clock, webhooks and mail; with --ready a running server.
    """
    from bursar.cli.talk import show

    if ready is not None:
        findings = [_answer(ready)]
    else:
        from bursar.serving.loop import run

        findings = run(_look(settings_of(config, data=data, database_url=database_url)))
    plain = [{"": "ok" if each.ok else "BAD", "what": each.what, "finding": each.text} for each in findings]
    show([each._asdict() for each in findings] if as_json else plain, as_json=as_json)
    return OK if all(each.ok for each in findings) else NOT_READY


def _answer(url: str) -> Finding:
    """Ask a server."""
    from urllib.error import HTTPError, URLError
    from urllib.request import urlopen

    address = f"{url.rstrip('/')}/_/ready"
    if not address.startswith(("http://", "https://")):
        raise typer.BadParameter(f"{url} is no URL.", param_hint="--ready")
    try:
        with urlopen(address, timeout=_READY_S) as reply:  # noqa: S310 - http or https, checked above
            return Finding("server", reply.status == 200, f"{address} answers {reply.status}")
    except HTTPError as error:
        return Finding("server", ok=False, text=f"{address} answers {error.code}: {error.read(500).decode('utf-8', 'replace')}")
    except (URLError, OSError) as error:
        return Finding("server", ok=False, text=f"{address} does not answer: {getattr(error, 'reason', error)}")


async def _look(settings: Settings) -> list[Finding]:
    from bursar.serving import NotReady
    from bursar.serving.books import open_application
    from bursar.store.driver import Unavailable

    findings = [Finding("clock", time.time() > _WRITTEN, time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()))]
    findings.append(_settings(settings))
    try:
        application = await open_application(settings, "read")
    except (NotReady, Unavailable) as error:
        return [*findings, Finding("books", ok=False, text=str(error))]
    try:
        findings += [each async for each in _books(application)]
    finally:
        await application.driver.close()
    return [*findings, await _mail(settings)]


def _settings(settings: Settings) -> Finding:
    from bursar.serving import NotReady
    from bursar.serving.run import check

    try:
        check(settings)
    except NotReady as error:
        return Finding("settings", ok=False, text=str(error))
    return Finding("settings", ok=True, text=f"flags, variables, {settings.config}" if settings.config.is_file() else "flags, variables")


async def _books(application: Application) -> AsyncIterator[Finding]:
    from bursar.store.migrations import known

    settings = application.settings
    place = "PostgreSQL" if settings.postgres else str(settings.data)
    yield Finding("books", ok=True, text=f"{place}, schema {known()[-1]}")
    yield Finding("secret key", ok=True, text="from the settings" if settings.secret_key else "kept beside the books")
    businesses = await application.people.businesses()
    names = ", ".join(business.name for business in businesses)
    yield Finding("business", bool(businesses), names or "there is none yet: bursar init")
    yield await _targets(application)


async def _targets(application: Application) -> Finding:
    """Say where webhooks may go; sample books are served with --demo, which nobody repeats here."""
    from bursar.serving.books import DEMO, mode_of

    settings = application.settings
    chosen = "allow_private_targets" in settings.model_fields_set
    allowed = settings.allow_private_targets if chosen else await mode_of(application) == DEMO
    text = "may go to this machine and its network (allow_private_targets)" if allowed else "go to public addresses only"
    return Finding("webhooks", ok=True, text=text)


async def _mail(settings: Settings) -> Finding:
    import asyncio

    smtp = settings.smtp
    if not smtp.host:
        return Finding("mail", ok=True, text="no smtp.host: mails are caught in the data directory")
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(smtp.host, smtp.port), _READY_S)
        writer.close()
    except (OSError, TimeoutError) as error:
        return Finding("mail", ok=False, text=f"{smtp.host} port {smtp.port} cannot be reached: {error}")
    return Finding("mail", ok=True, text=f"{smtp.host} port {smtp.port}")
