"""What a starting server says: where it is, how to point a program at it, and something to try."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bursar.serving.run import Screen


def screen(shown: Screen, *, secrets: bool) -> str:
    """Write the first screen; the token is only in it where ``secrets`` may be seen."""
    token = shown.credentials.access_token if shown.credentials and secrets else "$FRESHBOOKS_ACCESS_TOKEN"
    lines = [
        f"bursar is ready at {shown.url}   data: {shown.settings.data}",
        f"  export FRESHBOOKS_API_URL={shown.url}",
        f"  export FRESHBOOKS_AUTH_URL={shown.url}",
        f'  curl -H "Authorization: Bearer {token}" {shown.url}/auth/api/v1/users/me',
    ]
    return "\n".join(lines)
