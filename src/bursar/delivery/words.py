"""The words of a mail: what stands in its templates, filled in (accounting section 3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from bursar.domain import spelling

if TYPE_CHECKING:
    from bursar.catalogue.record import Record
    from bursar.store.mails import Waiting
    from bursar.store.people import Business

_PLACE: Final = re.compile(r"::([a-z][a-z ]*)::", re.IGNORECASE)
_LONGEST_SUBJECT: Final = 500
SUBJECTS: Final = {
    "invoice": "::company name:: sent you invoice ::invoice number::",
    "estimate": "::company name:: sent you estimate ::estimate number::",
}
BODIES: Final = {
    "invoice": """Hello ::client name::,

::company name:: sent you invoice ::invoice number:: for ::invoice amount::. It is due on ::invoice due date::.

Thank you,
::company name::""",
    "estimate": """Hello ::client name::,

::company name:: sent you estimate ::estimate number:: for ::estimate amount::.

Thank you,
::company name::""",
}


class Words(NamedTuple):
    """A mail in plain words; ``link`` opens what it is about, "" where nothing does."""

    subject: str
    body: str
    link: str
    number: str


def words_of(mail: Waiting, document: Record, business: Business, link: str) -> Words:
    """Fill in what the caller wrote, or our own words where it wrote none."""
    row: dict[str, Any] = document.row
    named = values(mail.noun, row, business)
    subject = filled(mail.subject.strip() or SUBJECTS[mail.kind], named)
    body = filled(mail.body.strip() or BODIES[mail.kind], named)
    return Words(" ".join(subject.split())[:_LONGEST_SUBJECT], body, "" if link in body else link, row[f"{mail.noun}_number"])


def values(noun: str, row: dict[str, Any], business: Business) -> dict[str, str]:
    """Return what may stand between double colons, by name."""
    code, pattern = row["currency_code"], business.date_format
    client = f"{row['fname']} {row['lname']}".strip() or row["organization"] or "there"
    named = {
        "company name": business.name,
        "client name": client,
        f"{noun} number": row[f"{noun}_number"],
        f"{noun} amount": spelling.amount(row["amount"], code),
        f"{noun} date": spelling.day(row["create_date"], pattern),
    }
    if "due_date" in row:
        named |= {
            f"{noun} due date": spelling.day(row["due_date"], pattern),
            f"{noun} amount due": spelling.amount(row["outstanding"], code),
        }
    return named


def filled(template: str, named: dict[str, str]) -> str:
    """Put values into a text once; a name nobody knows stays as it was written."""
    return _PLACE.sub(lambda found: named.get(" ".join(found[1].lower().split()), found[0]), template)
