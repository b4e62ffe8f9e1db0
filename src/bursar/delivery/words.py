"""The words of a mail: what stands in its templates, filled in (accounting section 3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from bursar.domain import spelling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bursar.store.mails import Waiting
    from bursar.store.people import Business

_PLACE: Final = re.compile(r"::([a-z][a-z ]*)::", re.IGNORECASE)
_LONGEST_SUBJECT: Final = 500
SUBJECTS: Final = {
    "invoice": "::company name:: sent you invoice ::invoice number::",
    "estimate": "::company name:: sent you estimate ::estimate number::",
    "payment": "::company name:: received your payment for invoice ::invoice number::",
    "reminder": "Reminder: invoice ::invoice number:: of ::company name::",
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
    "payment": """Hello ::client name::,

::company name:: received your payment of ::payment amount:: for invoice ::invoice number::. Still to be paid: ::invoice amount due::.

Thank you,
::company name::""",
    "reminder": """Hello ::client name::,

this is a reminder of invoice ::invoice number:: of ::company name::, due on ::invoice due date::. Still to be paid: ::invoice amount due::.

Thank you,
::company name::""",
}


class Words(NamedTuple):
    """A mail in plain words; ``link`` opens what ``label`` says, "" where nothing does."""

    subject: str
    body: str
    link: str = ""
    label: str = ""


def words_of(mail: Waiting, business: Business, rows: Mapping[str, dict[str, Any]], link: str) -> Words:
    """Fill in what the caller wrote, or our own words where it wrote none; ``rows`` are the stored rows it is about, by noun."""
    named = {"company name": business.name}
    for noun, row in rows.items():
        named |= values(noun, row, business.date_format)
    subject = filled(mail.subject.strip() or SUBJECTS[mail.kind], named)
    body = filled(mail.body.strip() or BODIES[mail.kind], named)
    label = f"View invoice {named.get('invoice number', '')}"
    return Words(" ".join(subject.split())[:_LONGEST_SUBJECT], body, "" if link in body else link, label)


def values(noun: str, row: dict[str, Any], pattern: str) -> dict[str, str]:
    """Return what may stand between double colons for a row, by name."""
    code = row["currency_code"]
    named = {f"{noun} amount": spelling.amount(row["amount"], code)}
    if noun == "payment":
        return named | {"payment date": spelling.day(row["date"], pattern)}
    named["client name"] = f"{row['fname']} {row['lname']}".strip() or row["organization"] or "there"
    named[f"{noun} number"] = row[f"{noun}_number"]
    named[f"{noun} date"] = spelling.day(row["create_date"], pattern)
    if "due_date" in row:
        named["invoice due date"] = spelling.day(row["due_date"], pattern)
        named["invoice amount due"] = spelling.amount(row["outstanding"], code)
    return named


def filled(template: str, named: Mapping[str, str]) -> str:
    """Put values into a text once; a name nobody knows stays as it was written."""
    return _PLACE.sub(lambda found: named.get(" ".join(found[1].lower().split()), found[0]), template)
