"""What a command was not told and has to ask: on a terminal by a prompt, elsewhere by naming the missing option."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def asked(given: str | None, option: str, question: str, check: Callable[[str], str], default: str | None = None) -> str:
    """Return an answer that ``check`` accepts; it raises BadParameter with the reason when it does not."""
    if given is not None:
        return _checked(given, option, check)
    if not sys.stdin.isatty():
        if default is not None:
            return default
        raise typer.BadParameter(f"Missing option {option}.")
    while True:
        answer = typer.prompt(question, default=default, err=True).strip()
        try:
            return check(answer)
        except typer.BadParameter as error:
            typer.echo(f"  {error.message}", err=True)


def password(path: Path | None) -> tuple[str, bool]:
    """Return the password and whether it was made here: from a file ("-" is stdin), by a prompt, or a random one."""
    import secrets

    from bursar.errors import Refusal
    from bursar.oauth.registration import check_password

    if path is not None:
        return (sys.stdin.readline() if str(path) == "-" else path.read_text(encoding="utf-8")).rstrip("\r\n"), False
    while sys.stdin.isatty():
        typed: str = typer.prompt("Password (empty: make one)", default="", hide_input=True, show_default=False, err=True)
        if not typed:
            break
        try:
            check_password(typed)
        except Refusal as refused:
            typer.echo(f"  {refused.problems[0].text}", err=True)
            continue
        if typer.prompt("Once more", hide_input=True, err=True) == typed:
            return typed, False
        typer.echo("  That was another one.", err=True)
    return secrets.token_urlsafe(12), True


def _checked(given: str, option: str, check: Callable[[str], str]) -> str:
    try:
        return check(given.strip())
    except typer.BadParameter as error:
        raise typer.BadParameter(error.message, param_hint=option) from None


def name(given: str) -> str:
    """Accept anything that is a name."""
    if not given or not given.isprintable():
        raise typer.BadParameter("A name has one character or more.")
    return given


def email(given: str) -> str:
    """Accept what may be an e-mail address."""
    from bursar.errors import Refusal
    from bursar.oauth.registration import check_email

    try:
        check_email(given)
    except Refusal as refused:
        raise typer.BadParameter(refused.problems[0].text) from None
    return given


def currency(given: str) -> str:
    """Accept an ISO 4217 code."""
    from bursar.domain.money import is_currency

    if not is_currency(given.upper()):
        raise typer.BadParameter(f"{given} is no ISO 4217 currency code (CAD, EUR, USD …).")
    return given.upper()


def timezone(given: str) -> str:
    """Accept a time zone of the IANA database."""
    from zoneinfo import available_timezones

    if given not in available_timezones():
        raise typer.BadParameter(f"{given} is no time zone (America/Toronto, Europe/Berlin …).")
    return given


def country(given: str) -> str:
    """Accept an ISO 3166 code."""
    from babel import Locale

    territories = Locale("en").territories
    if len(given) != 2 or given.upper() not in territories:
        raise typer.BadParameter(f"{given} is no ISO 3166 country code (CA, DE, US …).")
    return given.upper()
