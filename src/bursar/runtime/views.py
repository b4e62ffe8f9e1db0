"""What views show beyond rows: the person behind a call, its books."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bursar.runtime.call import Call
    from bursar.store.people import People


async def load(what: str, call: Call, people: People, known: Any) -> None:
    """Put what a view asks for into its facts: ``person`` the caller and its books, ``books`` the business of the path."""
    if what == "person":
        person = await people.identity(call.caller.identity)
        assert person is not None, "a token belongs to somebody"
        known.person = person._asdict()
        members = await people.memberships(call.caller.identity)
        known.members = [{**business._asdict(), **member._asdict(), "created_us": member.created_us} for member, business in members]
    elif what == "books":
        assert call.business is not None, "the path names the books"
        found = [business for member, business in await people.memberships(call.caller.identity) if business.id == call.business.id]
        known.books = found[0]._asdict()
