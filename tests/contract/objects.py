"""One object of every resource that is built, plain or with everything a body may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tests.contract.wire import asking, path_of, single, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.tenant import Answer, Tenant

    Body = dict[str, Any]

DAY = "2026-03-03"


class Sort(NamedTuple):
    """How objects of a resource come into being: its field table, a plain and a full body, the id its path needs.

    ``update`` is what every update must say, ``there`` finds the id of one that cannot be made by itself.
    """

    shape: str
    plain: Callable[[Tenant], Body] | None = None
    full: Callable[[Tenant], Body] | None = None
    within: Callable[[Tenant], int] = lambda _: 0
    update: Callable[[Tenant], Body] = lambda _: {}
    there: Callable[[Tenant], int] = lambda _: 1


def client(server: Tenant, **fields: Any) -> int:
    """Make a client."""
    return int(server.create("client", **{"organization": "Acme", "email": "pay@acme.example", **fields})["id"])


def category(server: Tenant) -> int:
    """Find a category."""
    return int(server.found("category")[0]["id"])


def sent_invoice(server: Tenant, amount: str = "80") -> int:
    """Make an invoice of one line that has been sent."""
    lines = [{"name": "Work", "unit_cost": {"amount": amount}}]
    return int(server.create("invoice", customerid=client(server), create_date=DAY, status=2, lines=lines)["id"])


def line(**fields: Any) -> Body:
    """Write a line with two taxes."""
    taxes = {"taxName1": "GST", "taxAmount1": "5", "taxName2": "QST", "taxAmount2": "9.975"}
    return {"name": "Design", "description": "Layout", "qty": "1.5", "unit_cost": {"amount": "33.333", "code": "USD"}, **taxes, **fields}


def plain_document(server: Tenant) -> Body:
    """Ask for an invoice or estimate with what it must have alone, for a client without names."""
    return {"customerid": client(server, organization="", email=""), "create_date": DAY}


LATE_FEE = {
    "enabled": True,
    "days": 30,
    "type": "percent",
    "value": 1.5,
    "repeat": False,
    "compounded_taxes": False,
    "first_tax_name": None,
    "first_tax_percent": None,
    "second_tax_name": None,
    "second_tax_percent": None,
}
REMINDERS = [{"body": "Please pay.", "delay": 7, "enabled": True, "position": 1}]


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c020000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082"
)


def uploaded(server: Tenant, plural: str = "attachments") -> tuple[int, Any]:
    """Upload a picture of one point; answers status and body."""
    files = {"content": ("receipt.png", PNG, "image/png")}
    status, body, _ = server.call("POST", f"/uploads/account/{server.account_id}/{plural}", files=files)
    return status, body


def receipt(server: Tenant) -> Body:
    """Upload a receipt and name it as bodies do."""
    status, body = uploaded(server)
    assert status == 201, body
    return {"jwt": body["attachment"]["jwt"], "media_type": "image/png"}


def full_invoice(server: Tenant) -> Body:
    """Ask for an invoice with everything."""
    contact = {"fname": "Ada", "lname": "Byron", "email": "ada@acme.example"}
    customer = server.create("client", organization="Acme", contacts=[contact], include=("contacts",))
    return {
        "customerid": customer["id"],
        "create_date": DAY,
        "due_offset_days": 30,
        "status": 2,
        "discount_value": "10",
        "discount_description": "Friends",
        "deposit_percentage": "25",
        "po_number": "PO-1",
        "notes": "Thank you",
        "terms": "Net 30",
        "lines": [line(), line(qty=2)],
        "presentation": {"theme_layout": "modern", "theme_primary_color": "#336699"},
        "late_fee": LATE_FEE,
        "late_reminders": REMINDERS,
        "contacts": [{"contactid": customer["contacts"][0]["contactid"]}],
        "attachments": [receipt(server)],
    }


def full_estimate(server: Tenant) -> Body:
    """Ask for an estimate with everything."""
    section = {"title": "Scope", "type": "scope_of_work", "body": "All of it", "group_name": "main"}
    return {
        "customerid": client(server),
        "create_date": DAY,
        "discount_value": "5",
        "lines": [line()],
        "presentation": {"theme_layout": "classic"},
        "sections": [section],
        "attachments": [receipt(server)],
        "rich_proposal": True,
    }


def full_client(server: Tenant) -> Body:
    """Ask for a client with everything."""
    del server
    return {
        "fname": "Ada",
        "lname": "Byron",
        "organization": "Acme",
        "email": "ada@acme.example",
        "home_phone": "1",
        "p_city": "Toronto",
        "vat_name": "VAT",
        "vat_number": "42",
        "contacts": [{"fname": "Grace", "lname": "H", "email": "grace@acme.example", "phone1": "2"}],
        "late_fee": LATE_FEE,
        "late_reminders": REMINDERS,
    }


def plain_expense(server: Tenant) -> Body:
    """Ask for an expense with what it must have alone."""
    return {"amount": {"amount": "113.00"}, "categoryid": category(server), "staffid": 1, "date": DAY}


def full_expense(server: Tenant) -> Body:
    """Ask for an expense with everything."""
    taxes = {"taxName1": "GST", "taxPercent1": "5", "taxName2": "QST", "taxPercent2": "9.975"}
    more = {"clientid": client(server), "vendor": "Paper Ltd", "notes": "Reams", "markup_percent": "12.5", "attachment": receipt(server)}
    return plain_expense(server) | more | taxes


def plain_payment(server: Tenant) -> Body:
    """Ask for a payment with what it must have alone."""
    return {"invoiceid": sent_invoice(server), "amount": {"amount": "30.00"}, "date": DAY}


def full_payment(server: Tenant) -> Body:
    """Ask for a payment of too much, which leaves a credit."""
    return plain_payment(server) | {"amount": {"amount": "95.00", "code": "USD"}, "type": "Check", "note": "Thanks", "orderid": 7}


def full_item(server: Tenant) -> Body:
    """Ask for an item with everything."""
    tax = server.create("tax", name="GST", amount="5")["id"]
    more = {"description": "Black", "inventory": "12", "qty": 3, "sku": "PEN-1", "unit_cost": {"amount": "1.255"}, "tax1": tax}
    return {"name": "Pen"} | more


def full_task(server: Tenant) -> Body:
    """Ask for a task with everything."""
    tax = server.create("tax", name="GST", amount="5")["id"]
    return {"name": "Layout", "description": "Pages", "rate": {"amount": "95.00", "code": "USD"}, "tax1": tax, "tax2": tax}


def new_service(server: Tenant) -> int:
    """Make a service."""
    return int(single(server.post(path_of(server, "service", "create"), {"service": {"name": "Design"}}), "service")["id"])


HOOK = {"event": "invoice.create", "uri": "https://hooks.example/new"}
HOUR = {"started_at": "2026-03-03T14:00:00Z", "duration": 3600}


def full_project(server: Tenant) -> Body:
    """Ask for a project with everything."""
    service = made(server, "service")["id"]
    return {
        "title": "Website",
        "description": "All of it",
        "due_date": "2027-03-05",
        "client_id": client(server),
        "budget": 36_000,
        "rate": "95.50",
        "billing_method": "service_rate",
        "project_manager_id": server.identity_id,
        "expense_markup": "12.5",
        "services": [{"id": service, "billable": False}],
    }


def full_time_entry(server: Tenant) -> Body:
    """Ask for a time entry with everything."""
    links = {"client_id": client(server), "project_id": made(server, "project")["id"], "service_id": made(server, "service")["id"]}
    return HOUR | links | {"task_id": made(server, "task")["id"], "note": "Layout", "local_timezone": "Asia/Tokyo"}


def running_timer(server: Tenant) -> int:
    """Start a timer."""
    return int(made(server, "time_entry", body={"started_at": "2026-03-03T14:00:00Z", "is_logged": False, "note": "Layout"})["timer"]["id"])


SORTS = {
    "invoice": Sort("invoice", plain_document, full_invoice),
    "client": Sort("client", lambda _: {"email": "a@b.example"}, full_client),
    "expense": Sort("expense", plain_expense, full_expense),
    "estimate": Sort("estimate", plain_document, full_estimate),
    "payment": Sort("payment", plain_payment, full_payment),
    "item": Sort("item", lambda _: {"name": "Pen"}, full_item),
    "tax": Sort("tax", lambda _: {"name": "GST"}, lambda _: {"name": "QST", "amount": 9.975, "number": "7"}),
    "category": Sort(
        "expense_category",
        lambda server: {"category": "Inks", "parentid": category(server)},
        lambda server: {"category": "Papers", "parentid": category(server)},
    ),
    "staff": Sort("staff"),
    "task": Sort("task", lambda _: {"name": "Design"}, lambda _: {"name": "Print", "description": "On paper", "rate": {"amount": "85"}}),
    "service": Sort("service", lambda _: {"name": "Design"}, lambda _: {"name": "Print", "billable": True, "project_default": True}),
    "project": Sort("project", lambda _: {"title": "Website"}, full_project, update=lambda _: {"title": "Website"}),
    "time_entry": Sort("time_entry", lambda _: dict(HOUR), full_time_entry, update=lambda _: HOUR | {"is_logged": True}),
    "timer": Sort("timer", there=running_timer),
    "callback": Sort("callback", lambda _: dict(HOOK), lambda _: {"event": "all", "uri": "http://127.0.0.1:9/hook?of=everything"}),
    "service_rate": Sort("service_rate", lambda _: {"rate": "85"}, lambda _: {"rate": 99.5}, within=new_service),
}


def made(server: Tenant, noun: str, *, full: bool = False, include: tuple[str, ...] = (), body: Body | None = None) -> Any:
    """Create an object and answer it as shown: plain, full, or as a body says; one that cannot be made is one that is there."""
    sort = SORTS[noun]
    ready = sort.full if full else sort.plain
    if ready is None:
        return single(server.get(path_of(server, noun, "get", sort.there(server)), params=asking(noun, include)), noun)
    where = path_of(server, noun, "create", sort.within(server))
    answer = single(server.post(where, wrapped(noun, ready(server) if body is None else body), params=asking(noun, include)), noun)
    if noun == "project":  # the answer to its creation alone has no list of invitations yet
        assert answer["group"].pop("pending_invitations") is None
        answer["group"]["pending_invitations"] = []
    return answer


def changed(server: Tenant, noun: str, object_id: int, body: Body, include: tuple[str, ...] = ()) -> Answer:
    """Update an object, with what every update of it must say."""
    whole = wrapped(noun, SORTS[noun].update(server) | body)
    return server.put(path_of(server, noun, "update", object_id), whole, params=asking(noun, include))
