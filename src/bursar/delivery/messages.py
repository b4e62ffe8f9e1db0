"""What a receiver gets: form fields in their order, and a signature over the same fields in the same order (platform 9.3, 9.4)."""

from __future__ import annotations

import base64
import hmac
import json
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlencode

from bursar.domain.events import VERIFY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bursar.store.deliveries import Due

SIGNATURE: Final = "X-FreshBooks-Hmac-SHA256"
EVENT_ID: Final = "X-Bursar-Event-Id"
_FORM: Final = "application/x-www-form-urlencoded"

Fields = tuple[tuple[str, str], ...]


class Message(NamedTuple):
    """One request to be sent."""

    body: bytes
    headers: Mapping[str, str]


def message(due: Due, secret: str) -> Message:
    """Write the request of a delivery; the event's id travels in a header, never in what is signed."""
    fields = form(due, secret)
    headers = {"Content-Type": _FORM, SIGNATURE: signature(fields, secret), EVENT_ID: str(due.event_id)}
    return Message(urlencode(fields).encode(), headers)


def form(due: Due, secret: str) -> Fields:
    """Return the fields: of an event what it is about and who did it, of a verification the code."""
    about = (("name", due.event), ("object_id", str(due.object_id)), ("account_id", due.account_id or ""))
    person = ("user_id", str(due.user_id or 0))
    if due.event == VERIFY:
        return (*about, person, ("verifier", secret))
    return (*about, ("business_id", str(due.business_id)), ("identity_id", str(due.identity_id)), person)


def signature(fields: Sequence[tuple[str, str]], secret: str) -> str:
    """Sign the fields as the JSON object that Python's ``json.dumps`` makes of them."""
    text = json.dumps(dict(fields))
    return base64.b64encode(hmac.digest(secret.encode(), text.encode(), "sha256")).decode()
