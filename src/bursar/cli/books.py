"""Books opened for one command and closed after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bursar.app import Application
    from bursar.settings import Settings
    from bursar.store.opening import Mode
    from bursar.store.people import Business, Identity

T = TypeVar("T")


def with_books(settings: Settings, mode: Mode, work: Callable[[Application], Awaitable[T]], *, make: bool = False) -> T:
    """Open the books, do one thing with them and close them; "share" may write beside a running server."""
    from bursar.cli.talk import tell
    from bursar.serving.books import open_application
    from bursar.serving.loop import run

    async def work_on_books() -> T:
        application = await open_application(settings, mode, make=make, told=tell)
        try:
            return await work(application)
        finally:
            await application.driver.close()

    done: T = run(work_on_books())
    return done


async def chosen_business(application: Application, business_id: int | None) -> Business:
    """Find the business that is meant; without an id the only one. Raises NotFound, and NotReady when there are several."""
    from bursar.serving import NotFound, NotReady

    businesses = await application.people.businesses()
    if business_id is not None:
        found = next((business for business in businesses if business.id == business_id), None)
        if found is None:
            raise NotFound(f"There is no business {business_id}; bursar business list shows them.")
        return found
    if not businesses:
        raise NotReady("There is no business in these books yet: bursar init")
    if len(businesses) > 1:
        raise NotReady("There are several businesses; say which one with --business ID (bursar business list).")
    return businesses[0]


async def chosen_person(application: Application, email: str | None) -> Identity:
    """Find the person that is meant; without an e-mail address the only one. Raises NotFound and NotReady."""
    from bursar.serving import NotFound, NotReady

    if email is not None:
        found = await application.people.identity_by_email(email)
        if found is None or found.revoked_us is not None:
            raise NotFound(f"Nobody signs in as {email}; bursar user list shows who does.")
        return found
    people = [person for person in await application.people.identities() if person.revoked_us is None]
    if not people:
        raise NotReady("Nobody can sign in to these books yet: bursar init")
    if len(people) > 1:
        raise NotReady("Several people can sign in; say who with --user EMAIL (bursar user list).")
    return people[0]


def not_shut_out(person: Identity) -> None:
    """Refuse somebody who was shut out: only a word of its own lets them in again. Raises NotReady."""
    from bursar.serving import NotReady

    if person.revoked_us is not None:
        raise NotReady(f"{person.email} was shut out of these books: bursar user restore {person.email}")


def scopes_of(chosen: list[str] | None) -> str:
    """Return the scopes asked for, separated by blanks; without any all there are."""
    from bursar.oauth.scopes import GRANTABLE

    return " ".join(word for scope in chosen or GRANTABLE for word in scope.split())


def row_of(business: Business) -> dict[str, Any]:
    """Show a business."""
    names = {"business_id": business.id, "account_id": business.accountid, "name": business.name}
    return names | {"currency": business.currency_code, "timezone": business.timezone, "country": business.country, "uuid": business.uuid}
