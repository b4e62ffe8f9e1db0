"""``bursar env``: what a program needs to know, ready to be evaluated by a shell."""

from __future__ import annotations

import json
import shlex
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from bursar.cli.options import ConfigOption, DatabaseOption, DataOption, settings_of

if TYPE_CHECKING:
    from bursar.app import Application
    from bursar.settings import Settings


class Form(StrEnum):
    """How it is written."""

    env = "env"
    json = "json"
    toml = "toml"


def env(
    *,
    output: Annotated[Form, typer.Option("-o", "--output", help="Exports for a shell, a JSON object, or TOML.")] = Form.env,
    data: DataOption = None,
    database_url: DatabaseOption = None,
    config: ConfigOption = None,
) -> None:
    """Print what a program needs to know; no secrets of real books."""
    settings = settings_of(config, data=data, database_url=database_url)
    known = _demo(settings) or _production(settings)
    typer.echo(written(known, output))


def written(known: dict[str, str | int], form: Form) -> str:
    """Write values in one of the forms."""
    if form is Form.json:
        return json.dumps(known, indent=2)
    if form is Form.toml:
        return "\n".join(f"{name} = {json.dumps(value)}" for name, value in known.items())
    from bursar.serving.credentials import variables

    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables(known).items())


def _demo(settings: Settings) -> dict[str, str | int] | None:
    """Read the credentials that the last start of the demo wrote."""
    from dataclasses import asdict

    from bursar.serving.credentials import FILE, read_credentials

    found = read_credentials(settings.data / FILE)
    return asdict(found) if found else None


def _production(settings: Settings) -> dict[str, str | int]:
    """Say where the server is and what the businesses are called; secrets are shown where they are made, once."""
    from bursar.cli.books import with_books
    from bursar.serving.address import address_of

    async def work(application: Application) -> dict[str, str | int]:
        known: dict[str, str | int] = {"base_url": settings.public_url.rstrip("/") or address_of(settings.host, settings.port)}
        for number, business in enumerate(await application.people.businesses(), start=1):
            last = f"_{number}" if number > 1 else ""
            names = {"account_id": business.accountid, "business_id": business.id, "business_uuid": business.uuid}
            known |= {f"{name}{last}": value for name, value in names.items() if value is not None}
        return known

    return with_books(settings, "read", work)
