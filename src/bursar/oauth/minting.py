"""Fresh secrets. Access tokens are short and opaque: clients may not look into them, so there is nothing to look at."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final, NamedTuple

from bursar.oauth.grant import Minted

if TYPE_CHECKING:
    from bursar.store.people import People

_BYTES: Final = 32


class Pair(NamedTuple):
    """An access and a refresh token as the app gets them, once."""

    access: str
    refresh: str

    def minted(self, people: People) -> Minted:
        """Hash them for keeping."""
        return Minted(people.hash(self.access), people.hash(self.refresh), self.access[-4:])


def new_pair() -> Pair:
    """Draw an access token of 256 bits and a refresh token of 64 lowercase hex signs (platform 2.6)."""
    return Pair("at_" + secrets.token_urlsafe(_BYTES), secrets.token_hex(_BYTES))


def new_personal() -> str:
    """Draw a token for a program of one's own; the prefix tells secret scanners and people what it is."""
    return "pt_" + secrets.token_urlsafe(_BYTES)


def new_secret() -> str:
    """Draw a code, client id or client secret: 64 lowercase hex signs."""
    return secrets.token_hex(_BYTES)
