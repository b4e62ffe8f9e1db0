"""Reminders on their days: to the primary contact, never retroactive (semantics 2.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.agenda.test_late_fees import late, later
from tests.server.bodies import client, pay
from tests.support.ledger import rows

if TYPE_CHECKING:
    from tests.support.tenant import Tenant


def reminding(*delays: int, **more: Any) -> dict[str, Any]:
    return {"late_fee": None, "late_reminders": [{"delay": delay, "body": f"about {delay}", **more} for delay in delays]}


def mails(books: Tenant) -> list[tuple[Any, ...]]:
    """Recipients, body and day (UTC) of the mails, oldest first; all of them were sent."""
    found = sorted(rows(books, "mails", "id", "kind", "recipients", "body", "created_us", "sent_us"))
    assert all(kind == "reminder" and sent == made for _, kind, _, _, made, sent in found)
    return [(to, body, made // 86_400_000_000) for _, _, to, body, made, _ in found]


def days(books: Tenant) -> list[int]:
    """Days from the 10th of March on which reminders were sent."""
    return [day - 20_522 for _, _, day in mails(books)]


def test_three_are_sent_around_the_due_date(books: Tenant) -> None:
    made = late(books, due_offset_days=10, **reminding(-3, 1, 20))
    later(books, 60)
    assert mails(books)[0][:2] == ('["pay@acme.example"]', "about -3")
    assert days(books) == [7, 11, 30]
    assert books.read("invoice", made["id"])["updated"] == made["updated"], "nothing that anybody sees was changed"


def test_none_is_retroactive(books: Tenant) -> None:
    late(books, create_date="2026-03-01", **reminding(0, 8, 12))
    later(books, 30)
    assert days(books) == [3]


def test_none_is_sent_for_days_on_which_it_was_a_draft_or_paid(books: Tenant) -> None:
    draft = late(books, status=1, **reminding(1, 9))
    paid = late(books, **reminding(2, 8))
    payment = pay(books, paid["id"], "250.00", date="2026-03-10")
    later(books, 5)
    books.change("invoice", draft["id"], status=2)
    books.change("payment", payment["id"], vis_state=1)
    later(books, 30)
    assert sorted(days(books)) == [8, 9]


@pytest.mark.parametrize(
    ("customer", "fields"),
    [
        pytest.param({"allow_late_notifications": False}, {}, id="unwanted"),
        pytest.param({"email": ""}, {}, id="nobody to write to"),
        pytest.param({}, {"enabled": False}, id="switched off"),
    ],
)
def test_who_is_not_reminded(books: Tenant, customer: dict[str, Any], fields: dict[str, Any]) -> None:
    late(books, customerid=client(books, **customer), **reminding(1, **fields))
    later(books, 30)
    assert mails(books) == []


def test_a_moved_due_date_moves_them(books: Tenant) -> None:
    made = late(books, **reminding(5))
    later(books, 6)
    books.change("invoice", made["id"], due_offset_days=20)
    later(books, 60)
    assert days(books) == [5, 25]
