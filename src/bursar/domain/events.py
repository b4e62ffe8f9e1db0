"""The names of events, and which objects of scopes they are about (platform 9.6)."""

from __future__ import annotations

from itertools import product
from typing import Final

OBJECTS: Final = {
    "bill": "bills",
    "bill_vendor": "bill_vendors",
    "category": "expenses",
    "client": "clients",
    "credit_note": "credit_notes",
    "estimate": "estimates",
    "expense": "expenses",
    "invoice": "invoices",
    "item": "billable_items",
    "payment": "payments",
    "project": "projects",
    "recurring": "invoices",
    "service": "billable_items",
    "tax": "taxes",
    "time_entry": "time_entries",
}
"""The nouns that have events, and the object of scopes that each is about."""

VERBS: Final = ("create", "update", "delete")
EVENTS: Final = (*(".".join(name) for name in product(OBJECTS, VERBS)), "estimate.sendByEmail", "invoice.sendByEmail")
EVERY: Final = "all"
"""Subscribes to every event; an extension, from the list of the Classic API."""

SUBSCRIPTIONS: Final = (*OBJECTS, *EVENTS, EVERY)
"""What a callback may be registered for: a bare noun stands for all its events."""

VERIFY: Final = "callback.verify"
"""The name of the message that brings a callback its code; nobody subscribes to it."""


def noun_of(event: str) -> str:
    """Return what an event or a subscription is about."""
    return event.partition(".")[0]


def scopes_of(subscription: str, access: str = "read") -> frozenset[str]:
    """Return the scopes that a subscription needs where ``user:events`` is not asked for: those of what it tells about."""
    objects = OBJECTS.values() if subscription == EVERY else (OBJECTS[noun_of(subscription)],)
    return frozenset(f"user:{each}:{access}" for each in objects)
