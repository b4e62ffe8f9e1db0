"""``bursar rate``: what foreign money was worth, so that documents in it are booked in the business's own."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from bursar.cli.options import BusinessOption, ConfigOption, DatabaseOption, DataOption, JsonOption, settings_of

if TYPE_CHECKING:
    from bursar.app import Application
    from bursar.store.rates import Rate

_PLACES: Final = 9

commands = typer.Typer(help="What foreign money was worth.", no_args_is_help=True, rich_markup_mode=None)


@commands.command("load")
def load(
    file: Annotated[Path, typer.Argument(help="CSV with the columns code, date and rate.", exists=True, dir_okay=False)],
    *,
    business: BusinessOption = None,
    data: DataOption = None,
    database_url: DatabaseOption = None,
    config: ConfigOption = None,
) -> None:
    """Load rates from a file.

    A rate is what one unit of the code was worth from that day on, in the currency of the business. One that is known
    already is replaced.
    """
    from bursar.cli.books import chosen_business, with_books
    from bursar.cli.talk import tell

    settings = settings_of(config, data=data, database_url=database_url)
    found = read(file)

    async def work(application: Application) -> None:
        from bursar.store.rates import Rates

        tenant = await chosen_business(application, business)
        await Rates(application.driver, application.tables).load(tenant.id, found)

    with_books(settings, "share", work)
    tell(f"{len(found)} rates are loaded.")


@commands.command("list")
def list_(
    *,
    business: BusinessOption = None,
    as_json: JsonOption = False,
    data: DataOption = None,
    database_url: DatabaseOption = None,
    config: ConfigOption = None,
) -> None:
    """List the rates of a business."""
    from bursar.cli.books import chosen_business, with_books
    from bursar.cli.talk import show

    async def work(application: Application) -> list[Rate]:
        from bursar.store.rates import Rates

        tenant = await chosen_business(application, business)
        return await Rates(application.driver, application.tables).of(tenant.id)

    found = with_books(settings_of(config, data=data, database_url=database_url), "read", work)
    show([{"code": rate.currency_code, "date": rate.date, "rate": _text(rate.billionths)} for rate in found], as_json=as_json)


def read(file: Path) -> list[Rate]:
    """Read a CSV; BadParameter names the first line that will not do."""
    from bursar.domain.money import is_currency, parse_scaled
    from bursar.store.rates import Rate

    found = []
    with file.open(newline="", encoding="utf-8-sig") as lines:
        rows = csv.DictReader(lines)
        missing = {"code", "date", "rate"} - set(rows.fieldnames or ())
        if missing:
            raise typer.BadParameter(f"{file}: the first line names no column {', '.join(sorted(missing))}.")
        for row in rows:
            try:
                day = date.fromisoformat(row["date"].strip()).isoformat()
                rate = Rate(row["code"].strip().upper(), day, parse_scaled(row["rate"].strip(), _PLACES))
            except (ValueError, TypeError, AttributeError):
                rate = Rate("", "", 0)
            if not is_currency(rate.currency_code) or rate.billionths <= 0:
                raise typer.BadParameter(f"{file}, line {rows.line_num}: {_line(row)} is no code, date and rate.")
            found.append(rate)
    return found


def _line(row: dict[str, Any]) -> str:
    return ",".join(str(row.get(name)) for name in ("code", "date", "rate"))


def _text(billionths: int) -> str:
    whole, rest = divmod(billionths, 10**_PLACES)
    return f"{whole}.{rest:09d}".rstrip("0").removesuffix(".")
