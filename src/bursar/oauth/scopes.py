"""The scopes an app may hold, what each means in plain words, and what a request for some of them comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

PROFILE: Final = "user:profile:read"
"""Always granted, asked for or not (platform 3)."""


class Words(NamedTuple):
    """What an object of scopes is called, and what reading and writing it allow; "" where there is no such scope."""

    title: str
    read: str
    write: str


class Line(NamedTuple):
    """One resource on the consent page: what the app may do with it, and whether that changes anything."""

    title: str
    allows: tuple[str, ...]
    writes: bool


# Platform 3: 19 objects with both, three to read only, uploads, account, riskhub, and the events that webhooks need here.
_WORDS: Final = {
    "profile": Words("Your profile", "See your name, e-mail address and the businesses you belong to", ""),
    "account": Words("Account", "See the settings of your account", "Change the settings of your account"),
    "business": Words("Business details", "See the details of your businesses", "Change the details of your businesses"),
    "teams": Words("Team", "See your team and their rates", "Invite, change and remove team members"),
    "clients": Words("Clients", "See your clients", "Add, change and remove clients"),
    "invoices": Words("Invoices", "See your invoices", "Create, send, change and delete invoices"),
    "estimates": Words("Estimates", "See your estimates", "Create, send, change and delete estimates"),
    "credit_notes": Words("Credit notes", "See your credit notes", "Create, change and delete credit notes"),
    "retainers": Words("Retainers", "See your retainers", "Create, change and delete retainers"),
    "payments": Words("Payments", "See payments you received", "Record, change and delete payments"),
    "online_payments": Words("Online payments", "See how clients can pay online", "Change how clients can pay online"),
    "other_income": Words("Other income", "See your other income", "Record, change and delete other income"),
    "expenses": Words("Expenses", "See your expenses", "Record, change and delete expenses"),
    "bills": Words("Bills", "See bills you have to pay", "Add, change and delete bills"),
    "bill_vendors": Words("Vendors", "See your vendors", "Add, change and remove vendors"),
    "bill_payments": Words("Bill payments", "See payments you made on bills", "Record, change and delete payments on bills"),
    "billable_items": Words("Items and services", "See your items and services", "Add, change and remove items and services"),
    "taxes": Words("Taxes", "See your taxes", "Add, change and remove taxes"),
    "journal_entries": Words("Ledger", "See your accounts and journal entries", "Make journal entries and change accounts"),
    "reports": Words("Reports", "See your reports", ""),
    "projects": Words("Projects", "See your projects", "Create, change and delete projects"),
    "time_entries": Words("Time tracking", "See your time entries", "Log, change and delete time entries"),
    "uploads": Words("Files", "See files attached to your books", "Upload files"),
    "notifications": Words("Notifications", "See your notifications", ""),
    "riskhub": Words("Reviews of risk", "See reviews of risk", "Take part in reviews of risk"),
    "events": Words("Webhooks", "See where news of changes is sent", "Have news of changes sent to other servers, and stop it"),
}


def _scopes(objects: dict[str, Words]) -> Iterable[str]:
    for name, words in objects.items():
        yield f"user:{name}:read"
        if words.write:
            yield f"user:{name}:write"


GRANTABLE: Final = tuple(_scopes(_WORDS))
_KNOWN: Final = frozenset(GRANTABLE)


def unknown(scopes: str) -> tuple[str, ...]:
    """Name the scopes that nobody can hold, for whoever registers an app or makes a token."""
    return tuple(scope for scope in scopes.split() if scope not in _KNOWN)


def beyond(asked: str, registered: str) -> tuple[str, ...]:
    """Name the scopes that are unknown or not enabled on an app; one of them, and nothing at all is granted (platform 2.2)."""
    return tuple(scope for scope in dict.fromkeys(asked.split()) if scope not in _enabled(registered))


def granted(asked: str, registered: str) -> tuple[str, ...]:
    """Work out what a consent grants, the profile first; asking for nothing asks for all that the app is registered with."""
    enabled = _enabled(registered)
    wanted = asked.split() or registered.split()
    return tuple(dict.fromkeys((PROFILE, *(scope for scope in wanted if scope in enabled))))


def _enabled(registered: str) -> frozenset[str]:
    return _KNOWN & {PROFILE, *registered.split()}


def lines(scopes: Iterable[str]) -> tuple[Line, ...]:
    """Say in words what scopes allow, one line per resource in the order of the books."""
    held = frozenset(scopes)
    found = []
    for name, words in _WORDS.items():
        reads, writes = f"user:{name}:read" in held, f"user:{name}:write" in held
        if reads or writes:
            allows = (words.read,) * reads + (words.write,) * writes
            found.append(Line(words.title, allows, writes))
    return tuple(found)
