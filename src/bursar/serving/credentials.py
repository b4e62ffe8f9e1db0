"""What a program needs to use the demo books, in a file that only the owner of the directory can read."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Final

from bursar.serving.places import write_private

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE: Final = "demo.json"
_NAMES: Final = {"base_url": ("API_URL", "AUTH_URL")}
_PREFIX: Final = "FRESHBOOKS_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A working set: where the server is, one business under its three names, an app, its tokens, and the owner's sign-in."""

    base_url: str  # their name: credentials
    account_id: str
    business_id: int
    business_uuid: str
    client_id: str
    client_secret: str
    redirect_uri: str
    access_token: str
    refresh_token: str
    owner_email: str
    owner_password: str

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        write_private(path, json.dumps(asdict(self), indent=2) + "\n")


def variables(known: Mapping[str, str | int]) -> dict[str, str]:
    """Name values as programs look for them in their environment: the official SDKs read the first two."""
    named = ((word, str(value)) for name, value in known.items() for word in _NAMES.get(name, (name.upper(),)))
    return {f"{_PREFIX}{word}": value for word, value in named}


def read_credentials(path: Path) -> Credentials | None:
    """Read the file; None when there is none, or it was made by another version or cut short."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Credentials(**{field.name: found[field.name] for field in fields(Credentials)})
    except (OSError, ValueError, KeyError, TypeError):
        return None
