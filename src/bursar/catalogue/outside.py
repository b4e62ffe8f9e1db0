"""Fields about the world outside: addresses that things are sent to, and the secrets shared with who is there."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from bursar.catalogue.field import Field
from bursar.catalogue.scalars import Text
from bursar.domain.targets import against_url
from bursar.errors import Kind

LONGEST_URL = 2_083


class Url(Text):
    """An absolute http or https URL; it is refused in the words of platform section 10."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"most": LONGEST_URL, **options})
        self.plain = False

    def parse(self, raw: Any) -> Any:
        if not isinstance(raw, str):
            raise self._bad(raw, "URL input should be a string or URL")
        if len(raw) > self.most:
            raise self._bad(raw, f"URL should have at most {self.most} characters", Kind.TOO_LONG, self.most)
        why = against(raw)
        if why:
            raise self._bad(raw, why)
        return raw

    def sent_schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "uri", "maxLength": self.most, "pattern": "^https?://[^/]"}

    def _bad(self, raw: Any, words: str, kind: Kind = Kind.INVALID, limit: int = 0) -> Exception:
        return self.wrong(raw, kind, f"{self.name}: {words}", limit)


def against(url: str) -> str:
    """Say why a text is no URL that something can be sent to, "" when it is one."""
    try:
        split = urlsplit(url)
        _ = split.port
    except ValueError:
        return "Input should be a valid URL, invalid port number" if ":" in url else "Input should be a valid URL"
    if not split.scheme:
        return "Input should be a valid URL, relative URL without a base"
    if split.scheme not in ("http", "https"):
        return "URL scheme should be 'http' or 'https'"
    if not split.hostname:
        return "Input should be a valid URL, empty host"
    if against_url(url, private=True):  # whether it may lead inside is asked where it is connected
        return "Input should be a valid URL"
    return ""


class Secret(Field[str]):
    """A secret of the row's own, made by the store when the column is empty and kept encrypted; never shown, never sent.

    Decisions see it only as a fact they ask for (``facts.opened``); emptying it asks for a new one.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"writable": False, "shown": False, "default": "", "auto": "save", **options})
