"""What a starting server says: where it is, how to point a program at it, and something to try."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bursar.serving.run import Screen

_COLUMN: Final = 48


def screen(shown: Screen, *, secrets: bool) -> str:
    """Write the first screen; tokens are only in it where ``secrets`` may be seen."""
    return "\n".join(_lines(shown, secrets=secrets))


def _lines(shown: Screen, *, secrets: bool) -> Iterator[str]:
    settings, url, credentials = shown.settings, shown.url, shown.credentials
    number = ".".join(version("bursar").split(".")[:2])
    place = "PostgreSQL" if settings.postgres else _short(str(settings.data))
    kind = "sample books" if credentials else f"{shown.businesses} business{'es' * (shown.businesses != 1)}"
    yield f"bursar {number} is ready".ljust(_COLUMN) + f" books: {place} ({'new, ' * shown.new}{kind})"
    yield f"  API       {url}"
    yield f"  export FRESHBOOKS_API_URL={url}"
    yield f"  export FRESHBOOKS_AUTH_URL={url}"
    if credentials and secrets:
        yield f"  account   {credentials.account_id}   business {credentials.business_id}   token {credentials.access_token}"
        yield f'  curl -H "Authorization: Bearer {credentials.access_token}" {url}/auth/api/v1/users/me'
        yield f"  sign in as {credentials.owner_email} with {credentials.owner_password}; all of it again: bursar env"
    elif credentials:
        yield f"  token and secrets: {_option('bursar env', shown)}"
    elif not shown.businesses:
        yield f"  There is no business in these books yet: {_option('bursar init', shown)}"
    else:
        yield f"  programs: {_option('bursar app add', shown)}   tokens: {_option('bursar token add', shown)}"


def _option(command: str, shown: Screen) -> str:
    """Add what a command needs to find these books."""
    from bursar.settings import HERE

    return command if shown.settings.data in (HERE, HERE.absolute()) else f"{command} --data {shown.settings.data}"


def _short(path: str) -> str:
    return path if path.startswith(("/", "~", ".")) else f"./{path}"
