"""Options that many commands have, and the settings they come to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from bursar.settings import Settings

DataOption = Annotated[Path | None, typer.Option("--data", help="The data directory.", file_okay=False, show_default=False)]
ConfigOption = Annotated[Path | None, typer.Option("--config", help="A bursar.toml elsewhere.", dir_okay=False, show_default=False)]
DatabaseOption = Annotated[
    str | None, typer.Option("--database-url", help="PostgreSQL instead of a file.", metavar="URL", show_default=False)
]


def settings_of(config: Path | None, **given: Any) -> Settings:
    """Read the settings with what was ``given`` on the command line before all else."""
    from bursar.settings import Settings

    del config
    return Settings(**{name: value for name, value in given.items() if value is not None})
