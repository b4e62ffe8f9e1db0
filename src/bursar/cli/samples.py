"""What ``bursar trigger`` sends: one line for each noun that has events."""

from __future__ import annotations

from typing import Any, Final, NamedTuple


class Sample(NamedTuple):
    """A body that makes an object, and a field to change in it, "" where none can be.

    In texts ``{n}`` is a number that no other object has, ``{day}`` and ``{moment}`` are now, ``{code}`` the currency of the books; a
    text ``<client>`` is the id of a client there is, ``<new invoice>`` that of one made for this.
    """

    body: dict[str, Any]
    change: str = ""


_LINES: Final = [{"name": "Advice", "qty": "2", "unit_cost": {"amount": "80.00"}}]
SAMPLES: Final = {
    "category": Sample({"category": "Trigger {n}", "parentid": "<category>"}),
    "client": Sample({"organization": "Trigger {n}", "email": "trigger-{n}@example.com"}, "organization"),
    "estimate": Sample({"customerid": "<client>", "create_date": "{day}", "notes": "Trigger {n}", "lines": _LINES}, "notes"),
    "expense": Sample(
        {"amount": {"amount": "12.50"}, "categoryid": "<category>", "staffid": 1, "date": "{day}", "vendor": "Trigger {n}"}, "vendor"
    ),
    "invoice": Sample({"customerid": "<client>", "create_date": "{day}", "notes": "Trigger {n}", "lines": _LINES}, "notes"),
    "item": Sample({"name": "Trigger {n}", "unit_cost": {"amount": "20.00"}}, "name"),
    "payment": Sample({"invoiceid": "<new invoice>", "amount": {"amount": "10.00"}, "date": "{day}", "note": "Trigger {n}"}, "note"),
    "project": Sample({"title": "Trigger {n}"}, "title"),
    "service": Sample({"name": "Trigger {n}"}, "name"),
    "tax": Sample({"name": "Trigger {n}", "amount": "5"}, "name"),
    "time_entry": Sample({"started_at": "{moment}", "duration": 3600, "is_logged": True, "note": "Trigger {n}"}, "note"),
}
MAIL: Final = {"action_email": True, "email_recipients": ["trigger-{n}@example.com"]}
