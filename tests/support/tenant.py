"""One business on a running server, and how a client program speaks to it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from bursar import opening
from bursar.oauth.registration import make_token
from bursar.oauth.scopes import GRANTABLE
from bursar.store.people import Business, Identity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bursar.app import Application
    from bursar.store.unit import Unit
    from tests.support.clock import StandingClock
    from tests.support.place import Place

    Answer = tuple[int, Any, Mapping[str, str]]

PATHS = {
    "invoice": "invoices/invoices",
    "client": "users/clients",
    "expense": "expenses/expenses",
    "estimate": "estimates/estimates",
    "payment": "payments/payments",
    "item": "items/items",
    "tax": "taxes/taxes",
    "category": "expenses/categories",
}
LISTED = {"tax": "taxes", "category": "categories"}


class Opened(NamedTuple):
    """A new business with its owner and a token that may do everything."""

    business: Business
    identity_id: int
    token: str


async def open_books(application: Application, number: int, fields: Mapping[str, Any]) -> Opened:
    """Open books as the command line does: an owner, a business, staff 1, the built-in categories."""
    people, now = application.people, application.clock.now_us()
    owner = await people.add_identity(Identity(0, "", f"owner{number}@example.com", "Olive", "Owner", "", "en", "", now, now))
    draft = Business(0, None, "", f"Books {number}", "USD", "America/Toronto", "CA", "yyyy-mm-dd", "active", "", "", "", now)
    business = await opening.open_business(people, application.store, draft._replace(**fields), owner)
    token = await make_token(people, owner.id, " ".join(GRANTABLE), "test", now, None)
    return Opened(business, owner.id, token)


class Tenant:
    """A business as its client program sees it; ``place`` is the running server it lives on.

    Paths that begin with ``/`` are whole; others lie below ``/accounting/account/<accountid>/``.
    """

    def __init__(self, place: Place, url: str, application: Application, opened: Opened) -> None:
        self.place, self.url, self.application, self._opened = place, url, application, opened
        self.business, self.identity_id, self.token = opened
        self.business_id, self.business_uuid = self.business.id, self.business.uuid
        self.account_id = str(self.business.accountid)
        self.http = place.http

    @property
    def clock(self) -> StandingClock:
        """The clock of the server: it stands until a test moves it."""
        return self.place.clock

    def another(self, **books: Any) -> Tenant:
        """Open another business on the same server."""
        return self.place.tenant(**books)

    def apart(self) -> Tenant:
        """Answer the same books over a connection of their own, for requests at the same time."""
        same = Tenant(self.place, self.url, self.application, self._opened)
        same.http = self.place.connection()
        return same

    def under(self, **settings: Any) -> Tenant:
        """Answer the same books as a server with other settings shows them: ``under(wire={"put_phases": "all"})``."""
        return Tenant(self.place, *self.place.beside(**settings), self._opened)

    def call(self, method: str, path: str, *, json: Any = None, token: str | None = None, **more: Any) -> Answer:
        """Answer status, decoded body and headers of one request; keywords are those of ``requests``."""
        url = self.url + (path if path.startswith("/") else f"/accounting/account/{self.account_id}/{path}")
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"} | more.pop("headers", {})
        reply = self.http.request(method, url, json=json, headers=headers, timeout=60, **more)
        return reply.status_code, reply.json() if reply.content else None, reply.headers

    def get(self, path: str, **more: Any) -> Answer:
        """Send a GET."""
        return self.call("GET", path, **more)

    def post(self, path: str, json: Any = None, **more: Any) -> Answer:
        """Send a POST."""
        return self.call("POST", path, json=json, **more)

    def put(self, path: str, json: Any = None, **more: Any) -> Answer:
        """Send a PUT."""
        return self.call("PUT", path, json=json, **more)

    def delete(self, path: str, **more: Any) -> Answer:
        """Send a DELETE."""
        return self.call("DELETE", path, **more)

    def create(self, noun: str, **fields: Any) -> Any:
        """Create an object of the accounting core and answer it; fails when the server refuses."""
        return self._object(noun, self.post(PATHS[noun] + asked(fields), {noun: fields}))

    def change(self, noun: str, object_id: int, **fields: Any) -> Any:
        """Update an object and answer it; fails when the server refuses."""
        return self._object(noun, self.put(f"{PATHS[noun]}/{object_id}" + asked(fields), {noun: fields}))

    def read(self, noun: str, object_id: int, *include: str) -> Any:
        """Answer one object with what is included."""
        return self._object(noun, self.get(f"{PATHS[noun]}/{object_id}" + asked({"include": include})))

    def found(self, noun: str, **query: Any) -> list[Any]:
        """Answer the objects of a list of at most 100; ``search[...]`` keys go by dictionary: ``**{"search[vis_state]": 1}``."""
        status, body, _ = self.get(PATHS[noun], params={"per_page": 100} | query)
        assert status == 200, body
        listed: list[Any] = body["response"]["result"][LISTED.get(noun, noun + "s")]
        return listed

    def remove(self, noun: str, object_id: int) -> None:
        """Send the DELETE of an object; fails when the server refuses."""
        status, body, _ = self.delete(f"{PATHS[noun]}/{object_id}")
        assert (status, body) == (200, {"response": {}}), body

    def token_for(self, scopes: str) -> str:
        """Make another token of the owner, with these scopes alone."""
        made = make_token(self.application.people, self.identity_id, scopes, "test", self.clock.now_us(), None)
        return self.place.run(made)

    def rate(self, code: str, day: str, rate: str) -> None:
        """Say what one unit of a currency is worth in the business's from a day on."""
        store = self.application.store
        values = {"business_id": self.business_id, "currency_code": code, "date": day, "billionths": int(Decimal(rate) * 10**9)}

        async def write(unit: Unit) -> None:
            await unit.session.run(store.inserting("rates"), values)

        self.place.run(store.unit(self.business_id, self.identity_id, write))

    @staticmethod
    def _object(noun: str, answer: Answer) -> Any:
        status, body, _ = answer
        assert status == 200, body
        return body["response"]["result"][noun]


def asked(fields: dict[str, Any]) -> str:
    """Take ``include`` out of some keywords and answer it as a query string."""
    include = fields.pop("include", ())
    return "?" + "&".join(f"include[]={name}" for name in include) if include else ""
