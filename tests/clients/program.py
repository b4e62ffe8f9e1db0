"""A program written with the official SDK, and the objects most tests begin with."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from freshbooks import Client, FreshBooksError, IncludesBuilder

if TYPE_CHECKING:
    from collections.abc import Callable

    from freshbooks.models import Result

    from tests.clients.running import Running

NUMBERS = count(1)


def today() -> str:
    """Answer the day where the demo business is."""
    return datetime.now(ZoneInfo("America/Toronto")).date().isoformat()


def just_now(moment: Any) -> bool:
    """Tell whether a time that the SDK read is that of the last minute."""
    return isinstance(moment, datetime) and abs((datetime.now(UTC) - moment).total_seconds()) < 60


def including(*names: str) -> IncludesBuilder:
    """Ask for more than what is always shown."""
    includes = IncludesBuilder()
    for name in names:
        includes.include(name)
    return includes


def price(amount: str, code: str = "CAD") -> dict[str, str]:
    return {"amount": amount, "code": code}


class Refused(NamedTuple):
    """What the SDK raised: HTTP status, errno, message, and the field and value of the first error."""

    status: int
    code: int | None
    message: str
    field: str
    value: str


def refusal(call: Callable[[], Any]) -> Refused:
    """Answer how the server refused a call, as the SDK tells it."""
    with pytest.raises(FreshBooksError) as caught:
        call()
    error = caught.value
    first = error.error_details[0] if error.error_details else {}
    return Refused(error.status_code, error.error_code, str(error), first.get("field", ""), first.get("value", ""))


def connected(running: Running) -> Program:
    """Make the SDK's client as a program does that knows the server by environment variables alone."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("FRESHBOOKS_API_URL", running.url)
        environment.setenv("FRESHBOOKS_AUTH_URL", running.url)
        sdk = Client(running.client_id, running.client_secret, running.redirect_uri, access_token=running.access_token)
    return Program(sdk, running)


class Program(NamedTuple):
    """The SDK's client and what it was told about the server."""

    sdk: Client
    running: Running

    @property
    def account(self) -> str:
        return self.running.account_id

    @property
    def business(self) -> int:
        return self.running.business_id

    def client(self, **fields: Any) -> Result:
        """Add a client nobody else of the tests has."""
        number = next(NUMBERS)
        return self.sdk.clients.create(self.account, {"organization": f"Client {number}", "email": f"c{number}@example.com"} | fields)

    def invoice(self, client_id: int, amount: str = "100.00", **fields: Any) -> Result:
        """Send an invoice of one line."""
        line = {"name": "Work", "qty": 1, "unit_cost": price(amount, fields.pop("code", "CAD"))}
        body = {"customerid": client_id, "create_date": today(), "lines": [line], "status": 2} | fields
        return self.sdk.invoices.create(self.account, body)

    def pay(self, invoice_id: int, amount: str, **fields: Any) -> Result:
        """Record a payment."""
        body = {"invoiceid": invoice_id, "amount": {"amount": amount}, "date": today()} | fields
        return self.sdk.payments.create(self.account, body)

    def project(self, **fields: Any) -> Result:
        """Open a project nobody else of the tests has."""
        return self.sdk.projects.create(self.business, {"title": f"Project {next(NUMBERS)}"} | fields)

    def log(self, seconds: int = 3600, **fields: Any) -> Result:
        """Log work."""
        return self.sdk.time_entries.create(self.business, {"started_at": "2026-03-09T14:00:00Z", "duration": seconds} | fields)


def iso(day: Any) -> str:
    """Write a date that the SDK read as the wire does."""
    assert isinstance(day, date), day
    return day.isoformat()
