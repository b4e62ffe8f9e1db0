"""Options that many commands have, and the settings they come to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from bursar.settings import Settings

DataOption = Annotated[Path | None, typer.Option("--data", help="The data directory.", file_okay=False, show_default=False)]
ConfigOption = Annotated[Path | None, typer.Option("--config", help="The settings' file, bursar.toml otherwise.", dir_okay=False)]
DatabaseOption = Annotated[str | None, typer.Option("--database-url", help="The books are in PostgreSQL.", metavar="URL")]
BusinessOption = Annotated[int | None, typer.Option("--business", help="The business id, when there are several.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


def settings_of(config: Path | None, **given: Any) -> Settings:
    """Read the settings with what was ``given`` on the command line before all else. Raises NotReady."""
    from pydantic import ValidationError

    from bursar.serving import NotReady
    from bursar.settings import Settings

    if config and not config.is_file():
        raise NotReady(f"There is no file {config}.")
    chosen = {name: value for name, value in {**given, "config": config}.items() if value is not None}
    try:
        return Settings(**chosen)
    except ValidationError as error:
        raise NotReady("\n".join(_worded(each) for each in error.errors())) from None
    except (OSError, ValueError) as error:
        raise NotReady(f"The settings cannot be read: {error}") from error


def _worded(error: ErrorDetails) -> str:
    """Say what is wrong with a setting, without its value: it may be a secret."""
    name = ".".join(str(part) for part in error["loc"])
    text = error["msg"].removeprefix("Value error, ")
    return f"There is no setting {name}." if error["type"] == "extra_forbidden" else f"The setting {name} will not do: {text}."
