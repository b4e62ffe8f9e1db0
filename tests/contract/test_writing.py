"""What a body may set and what it may not, field by field of the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.objects import DAY, LATE_FEE, REMINDERS, SORTS, category, changed, client, line, made, receipt, sent_invoice
from tests.contract.tables import shape
from tests.contract.wire import BOOK, asking, id_of, path_of, single, those_that, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.tenant import Tenant

IGNORED = "X-Bursar-Ignored-Fields"
MADE = those_that("create")
CHANGED = those_that("update")
MOVES = {"updated", "version", "updated_at"}
# What the tables call writable and rules decide all the same: statuses follow delivery, money and the day (semantics 3.1), also
# in a create; an expense is billed by a line; a payment is from a credit or not from the first. Contacts, timers, another credit
# and what is deleted have tests of their own.
COMPUTED = {
    ("invoice", "contacts"),
    ("invoice", "display_status"),
    ("invoice", "payment_status"),
    ("invoice", "v3_status"),
    ("estimate", "display_status"),
    ("expense", "invoiceid"),
    ("payment", "creditid"),
    ("payment", "from_credit"),
    ("time_entry", "active"),
    ("time_entry", "timer"),
    ("timer", "time_entries"),
    ("callback", "verifier"),
}
TEXTS = {
    "event": "tax",
    "uri": "https://hooks.example/other",
    "currency_code": "EUR",
    "language": "fr",
    "deposit_percentage": "50",
    "last_order_status": "pending",
    "country": "Canada",
    "theme_primary_color": "#336699",
}


def another(name: str, field: dict[str, Any], current: Any) -> Any:
    """Return a value for a field that is not the one it has."""
    if "enum" in field:
        return next(value for value in reversed(field["enum"]) if value != current)
    if name in TEXTS:
        return TEXTS[name]
    kinds: dict[str, Any] = {
        "bool": not current,
        "int": 4711,
        "string": "Something else",
        "decimal-string": "12.5",
        "date": "2026-01-31",
        "datetime": "2001-02-03 04:05:06",
        "uuid": "11111111-2222-4333-8444-555555555555",
        "money": {"amount": "17.25", "code": "USD"},
        "object": {"a": 1},
    }
    return kinds.get(field["type"], [{"a": 1}])


def includes(noun: str) -> tuple[str, ...]:
    return shape(SORTS[noun].shape).includes


def ignored_in(answer: Any) -> set[str]:
    return set(filter(None, answer[2].get(IGNORED, "").split(",")))


def change(server: Tenant, noun: str, object_id: int, body: dict[str, Any]) -> tuple[Any, set[str]]:
    answer = changed(server, noun, object_id, body, includes(noun))
    return single(answer, noun), ignored_in(answer)


def settled(thing: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in thing.items() if name not in MOVES}


def closed(noun: str) -> list[str]:
    return [name for name in shape(SORTS[noun].shape).writable(False) if name != "due_date"]


def values(noun: str, names: list[str], current: dict[str, Any]) -> dict[str, Any]:
    fields = shape(SORTS[noun].shape).fields
    return {name: another(name, fields[name], current.get(name)) for name in names}


@pytest.mark.unverified
@pytest.mark.parametrize("noun", MADE)
def test_a_create_ignores_and_names_read_only_fields(server: Tenant, noun: str) -> None:
    sort = SORTS[noun]
    assert sort.plain
    sent = values(noun, closed(noun), made(server, noun, include=includes(noun)))
    body = sort.plain(server) | ({"name": "PST"} if noun == "tax" else {}) | sent
    where = path_of(server, noun, "create", sort.within(server))
    answer = server.post(where, wrapped(noun, body), params=asking(noun, includes(noun)))
    after = single(answer, noun)
    assert [name for name in sent if after.get(name) == sent[name]] == []
    assert set(sent) <= ignored_in(answer)


@pytest.mark.unverified
@pytest.mark.parametrize("noun", CHANGED)
def test_an_update_ignores_and_names_read_only_and_create_only_fields(server: Tenant, noun: str) -> None:
    before = made(server, noun, include=includes(noun))
    sent = values(noun, closed(noun) + shape(SORTS[noun].shape).writable("create_only"), before)
    after, ignored = change(server, noun, id_of(noun, before), sent)
    assert settled(after) == settled(before)
    assert set(sent) <= ignored


@pytest.mark.parametrize("noun", CHANGED)
@pytest.mark.parametrize("without", [(), ("vis_state",), ("vis_state", "status")], ids=["whole", "without vis_state", "without states"])
def test_sending_back_what_was_read_changes_nothing(server: Tenant, noun: str, without: tuple[str, ...]) -> None:
    before = made(server, noun, full=True, include=includes(noun))
    sent = {name: value for name, value in before.items() if name != "due_date" and name not in without}
    after, _ = change(server, noun, id_of(noun, before), sent)
    assert settled(after) == settled(before)


@pytest.mark.unverified
@pytest.mark.parametrize("noun", ["invoice", "estimate"])
def test_a_create_ignores_and_names_statuses_that_follow(server: Tenant, noun: str) -> None:
    names = [name for name in shape(SORTS[noun].shape).writable("create_only") if (noun, name) in COMPUTED]
    before = made(server, noun)
    answer = server.post(path_of(server, noun, "create"), wrapped(noun, plain(server, noun) | values(noun, names, before)))
    assert {name: single(answer, noun)[name] for name in names} == {name: before[name] for name in names}
    assert ignored_in(answer) == set(names)


AT_TIMES = {("time_entry", "duration")}
"""What a create needs only sometimes: a running entry has no duration (platform section 7)."""


@pytest.mark.parametrize("noun", MADE)
def test_a_create_names_every_required_field_it_lacks(server: Tenant, noun: str) -> None:
    sort = SORTS[noun]
    needed = {name for name, field in shape(sort.shape).fields.items() if field["required_on_create"] and (noun, name) not in AT_TIMES}
    where = path_of(server, noun, "create", sort.within(server))
    for body in ({}, dict.fromkeys(needed)):
        status, answer, _ = server.post(where, wrapped(noun, body))
        if not needed:
            assert status == 200
        elif "response" in answer:
            errors = answer["response"]["errors"]
            assert (status, {error["field"] for error in errors}, {error["errno"] for error in errors}) == (422, needed, {1001})
        elif "details" in answer:
            assert (status, answer["errno"], set(answer["details"])) == (422, 422, {f"{name}: Field required" for name in needed})
        else:
            assert (status, answer["errno"], answer["error"]) == (422, 2001, dict.fromkeys(needed, "Field required"))


@pytest.mark.parametrize(
    ("noun", "field"),
    [(noun, ref.name) for noun in MADE for ref in BOOK.resources[noun].record.refs if ref.options.required],
)
def test_a_required_reference_to_nothing_is_unknown(server: Tenant, noun: str, field: str) -> None:
    sort = SORTS[noun]
    assert sort.plain
    status, answer, _ = server.post(path_of(server, noun, "create"), wrapped(noun, sort.plain(server) | {field: 0}))
    (error,) = answer["response"]["errors"]
    assert (status, error["errno"], error["field"], error["value"]) == (404, 1012, field, "0")


def test_a_due_date_is_refused(server: Tenant) -> None:
    invoice = sent_invoice(server)
    status, body, _ = server.put(f"invoices/invoices/{invoice}", {"invoice": {"due_date": "2027-01-01"}})
    error = body["response"]["errors"][0]
    assert (status, error["errno"], error["field"]) == (403, 1038, "due_date")
    assert "due_date" in error["message"]


def with_contacts(server: Tenant) -> Any:
    people = [{"fname": "Ada", "lname": "Byron", "email": "ada@acme.example"}, {"email": "office@acme.example"}]
    return server.create("client", organization="Acme", contacts=people, include=("contacts",))


def test_an_invoice_names_contacts_of_its_client(server: Tenant) -> None:
    customer = with_contacts(server)
    ada, office = (contact["contactid"] for contact in customer["contacts"])
    made_out = {"customerid": customer["id"], "create_date": DAY, "contacts": [{"contactid": ada}], "include": ("contacts",)}
    invoice = server.create("invoice", **made_out)
    assert [contact["fname"] for contact in invoice["contacts"]] == ["Ada"]
    invoice = server.change("invoice", invoice["id"], contacts=[{"contactid": office}], include=("contacts",))
    assert [contact["email"] for contact in invoice["contacts"]] == ["office@acme.example"]


def test_a_contact_of_another_client_is_unknown(server: Tenant) -> None:
    stranger = with_contacts(server)["contacts"][0]["contactid"]
    body = {"customerid": client(server), "create_date": DAY, "contacts": [{"contactid": stranger}]}
    status, answer, _ = server.post("invoices/invoices", {"invoice": body})
    error = answer["response"]["errors"][0]
    assert (status, error["errno"], error["field"], error["value"]) == (404, 1012, "contactid", str(stranger))


def test_a_contact_sent_back_with_its_id_stays_the_same_person(server: Tenant) -> None:
    customer = with_contacts(server)
    ada, office = (contact["contactid"] for contact in customer["contacts"])
    again = [{"contactid": office, "email": "desk@acme.example"}, {"fname": "Grace"}]
    after = server.change("client", customer["id"], contacts=again, include=("contacts",))["contacts"]
    assert (after[0]["contactid"], after[0]["email"]) == (office, "desk@acme.example")
    assert after[1]["contactid"] not in (ada, office)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        pytest.param("days", "soon", id="days that are no number"),
        pytest.param("enabled", "yes", id="a flag that is none"),
        pytest.param("type", "weekly", id="an unknown type"),
        pytest.param("value", "much", id="a value that is no number"),
    ],
)
def test_a_late_fee_is_read_member_by_member(server: Tenant, member: str, value: Any) -> None:
    status, answer, _ = server.post("users/clients", {"client": {"late_fee": LATE_FEE | {member: value}}})
    error = answer["response"]["errors"][0]
    assert (status, error["errno"], error["field"]) == (422, 1004, f"late_fee.{member}")


def test_three_reminders_are_the_most(server: Tenant) -> None:
    status, answer, _ = server.post("users/clients", {"client": {"late_reminders": REMINDERS * 4}})
    assert (status, answer["response"]["errors"][0]["errno"]) == (422, 1017)


def on(noun: str, kinds: tuple[object, ...]) -> list[Any]:
    table = shape(SORTS[noun].shape)
    return [pytest.param(noun, name, id=f"{noun}.{name}") for name in table.writable(*kinds) if (noun, name) not in COMPUTED]


def new_tax(server: Tenant) -> int:
    return int(server.create("tax", name="HST", amount="13")["id"])


def new_category(server: Tenant) -> int:
    return int(server.create("category", category="Inks", parentid=category(server))["id"])


def new_project(server: Tenant) -> int:
    return id_of("project", made(server, "project"))


def new_estimate(server: Tenant) -> int:
    return int(server.create("estimate", customerid=client(server), create_date=DAY)["id"])


# Values that must be there already, or that have members of their own.
SUITABLE: dict[tuple[str, str], Callable[[Tenant], Any]] = {
    ("invoice", "customerid"): client,
    ("invoice", "estimateid"): new_estimate,
    ("expense", "projectid"): new_project,
    ("expense", "modern_projectid"): new_project,
    ("invoice", "ownerid"): lambda _: 1,
    ("estimate", "ownerid"): lambda _: 1,
    ("invoice", "status"): lambda _: 2,
    ("invoice", "lines"): lambda _: [line(), line(name="Print")],
    ("invoice", "presentation"): lambda _: {"theme_layout": "classic", "label": "Bill"},
    ("invoice", "late_fee"): lambda _: LATE_FEE,
    ("invoice", "late_reminders"): lambda _: REMINDERS,
    ("invoice", "attachments"): lambda server: [receipt(server)],
    ("invoice", "sender_address"): lambda _: {"street": "1 Main St", "city": "Toronto"},
    ("estimate", "customerid"): client,
    ("estimate", "lines"): lambda _: [line()],
    ("estimate", "presentation"): lambda _: {"theme_font_name": "classic"},
    ("estimate", "attachments"): lambda server: [receipt(server)],
    ("estimate", "sections"): lambda _: [{"title": "Scope", "type": "overview", "body": "All", "group_name": "main"}],
    ("client", "username"): lambda _: "maya",
    ("client", "contacts"): lambda _: [{"fname": "Ada", "email": "ada@acme.example"}],
    ("client", "late_fee"): lambda _: LATE_FEE,
    ("client", "late_reminders"): lambda _: REMINDERS,
    ("expense", "attachment"): receipt,
    ("expense", "clientid"): client,
    ("expense", "staffid"): lambda _: 1,
    ("expense", "categoryid"): new_category,
    ("payment", "invoiceid"): sent_invoice,
    ("item", "tax1"): new_tax,
    ("item", "tax2"): new_tax,
    ("task", "tax1"): new_tax,
    ("task", "tax2"): new_tax,
    ("category", "parentid"): new_category,
    ("service_rate", "rate"): lambda _: "12.50",
    ("project", "client_id"): client,
    ("project", "fixed_price"): lambda _: "12.50",
    ("project", "rate"): lambda _: "12.50",
    ("project", "services"): lambda server: [{"id": made(server, "service")["id"], "billable": True}],
    ("time_entry", "client_id"): client,
    ("time_entry", "identity_id"): lambda server: server.identity_id,
    ("time_entry", "local_timezone"): lambda _: "Asia/Tokyo",
    ("time_entry", "project_id"): lambda server: made(server, "project")["id"],
    ("time_entry", "service_id"): lambda server: made(server, "service")["id"],
    ("time_entry", "started_at"): lambda _: "2026-03-04T10:00:00Z",
    ("time_entry", "task_id"): lambda server: made(server, "task")["id"],
}


@pytest.mark.parametrize(("noun", "name"), [each for noun in MADE for each in on(noun, (True, "create_only"))])
def test_a_field_keeps_what_a_create_puts_into_it(server: Tenant, noun: str, name: str) -> None:
    value, sort = suitable(server, noun, name), SORTS[noun]
    where = path_of(server, noun, "create", sort.within(server))
    answer = server.post(where, wrapped(noun, plain(server, noun) | {name: value}), params=asking(noun, includes(noun)))
    assert holds(single(answer, noun)[name], value)
    assert name not in ignored_in(answer)


@pytest.mark.parametrize(("noun", "name"), [each for noun in CHANGED for each in on(noun, (True,))])
def test_a_field_keeps_what_an_update_puts_into_it(server: Tenant, noun: str, name: str) -> None:
    object_id = id_of(noun, made(server, noun, body=plain(server, noun) if SORTS[noun].plain else None))
    value = suitable(server, noun, name)
    after, ignored = change(server, noun, object_id, {name: value})
    assert holds(after[name], value)
    assert name not in ignored
    read = single(server.get(path_of(server, noun, "get", object_id), params=asking(noun, includes(noun))), noun)
    assert holds(read[name], value)


def plain(server: Tenant, noun: str) -> dict[str, Any]:
    sort = SORTS[noun]
    assert sort.plain
    bare = line(unit_cost={"amount": "80"})
    return sort.plain(server) | ({"lines": [bare]} if noun in ("invoice", "estimate") else {})


def suitable(server: Tenant, noun: str, name: str) -> Any:
    field = shape(SORTS[noun].shape).fields[name]
    return SUITABLE[noun, name](server) if (noun, name) in SUITABLE else another(name, field, field.get("default"))


def holds(shown: Any, sent: Any) -> bool:
    """Whether an answer shows what was sent, with more members perhaps."""
    if isinstance(sent, dict):
        return isinstance(shown, dict) and all(name in shown and holds(shown[name], value) for name, value in sent.items())
    if isinstance(sent, list):
        return isinstance(shown, list) and len(shown) == len(sent) and all(map(holds, shown, sent))
    return bool(shown == sent)
