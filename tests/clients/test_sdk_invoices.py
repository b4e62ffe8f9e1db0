"""The official SDK with invoices: what they add up to, what becomes of them, how they are found."""

from __future__ import annotations

import string
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from freshbooks import FilterBuilder, PaginateBuilder, SortBuilder
from freshbooks.models import VisState

from tests.clients.methods import calls
from tests.clients.program import including, just_now, price, refusal, today
from tests.clients.running import bare

if TYPE_CHECKING:
    from tests.clients.program import Program

LINES: list[dict[str, Any]] = [
    {"name": "Design", "description": "Pages", "qty": 7.25, "unit_cost": price("95.00"), "taxName1": "HST", "taxAmount1": 13},
    {
        "name": "Hosting",
        "qty": "2",
        "unit_cost": price("4.005"),
        "taxName1": "GST",
        "taxAmount1": "5",
        "taxName2": "QST",
        "taxAmount2": "9.975",
    },
    {"name": "Goodwill", "qty": 1, "unit_cost": {"amount": "-10"}},
]


@calls("invoices.create", "invoices.get")
def test_an_invoice_adds_up(program: Program) -> None:
    client = program.client(p_street="1 Main St", p_city="Toronto", vat_name="VAT", vat_number="123")
    body = {"customerid": client.id, "create_date": "2026-01-31", "due_offset_days": 30, "discount_value": 10, "lines": LINES}
    created = program.sdk.invoices.create(program.account, body)
    # 688.75 + 8.01 - 10.00 = 686.76; less 68.68 (68.676); HST 13 % of 619.875 = 80.58 (80.58375);
    # GST 5 % of 7.209 = 0.36, QST 9.975 % of it 0.72 (0.71909...): 686.76 - 68.68 + 80.58 + 0.36 + 0.72 = 699.74
    assert created.amount.data == price("699.74")
    assert created.discount_total.data == price("-68.68")
    assert (created.outstanding.data, created.paid.data) == (price("699.74"), price("0.00"))
    assert (created.discount_value, created.description, created.data["discount"]["type"]) == ("10", "Pages", "percent")
    assert (created.create_date, created.due_date) == (date(2026, 1, 31), date(2026, 3, 2))
    assert (created.status, created.v3_status, created.payment_status, created.display_status) == (1, "draft", "unpaid", "draft")
    assert (created.street, created.city, created.vat_name, created.vat_number) == ("1 Main St", "Toronto", "VAT", "123")
    assert (created.organization, created.current_organization) == (client.organization, client.organization)
    assert (created.id, created.customerid, created.accountid) == (created.invoiceid, client.id, program.account)
    assert created.lines is None
    assert just_now(created.created_at)
    assert program.sdk.invoices.get(program.account, created.id).data == created.data


@calls("invoices.create", "invoices.get")
def test_lines_come_when_they_are_included(program: Program) -> None:
    body = {"customerid": program.client().id, "create_date": today(), "lines": LINES}
    created = program.sdk.invoices.create(program.account, body, including("lines"))
    shown = [
        (
            line.data["lineid"],
            line.name,
            line.data["qty"],
            line.unit_cost.amount,
            line.amount.amount,
            line.taxName1,
            line.data["taxAmount1"],
        )
        for line in created.lines
    ]
    assert shown == [
        (1, "Design", "7.25", "95.00", "688.75", "HST", "13"),
        (2, "Hosting", "2", "4.005", "8.01", "GST", "5"),
        (3, "Goodwill", "1", "-10.00", "-10.00", "", "0"),
    ]
    assert created.lines[1].data["taxAmount2"] == "9.975"
    assert created.lines[0].data["taxNumber1"] == "84311 0975 RT0001"
    read = program.sdk.invoices.get(program.account, created.id, including("lines", "presentation", "owner"))
    assert read.data["lines"] == created.data["lines"]
    assert (read.presentation.theme_layout, read.owner.id) == ("simple", 1)


@calls("invoices.update")
def test_lines_that_are_sent_replace_all_lines(program: Program) -> None:
    invoice = program.sdk.invoices.create(program.account, {"customerid": program.client().id, "create_date": today(), "lines": LINES})
    changed = program.sdk.invoices.update(
        program.account, invoice.id, {"lines": [{"name": "One", "unit_cost": price("7")}]}, including("lines")
    )
    assert [(line.name, line.data["qty"], line.amount.amount) for line in changed.lines] == [("One", "1", "7.00")]
    assert changed.amount.amount == "7.00"
    renamed = program.sdk.invoices.update(program.account, invoice.id, {"notes": "kept"}, including("lines"))
    assert (renamed.notes, len(renamed.lines), renamed.amount.amount) == ("kept", 1, "7.00")


@calls("invoices.create")
@pytest.mark.parametrize(
    ("client_code", "sent", "lines", "expected"),
    [
        pytest.param("EUR", None, [None], "EUR", id="the client's"),
        pytest.param("EUR", None, ["USD", "USD"], "USD", id="what the lines agree on"),
        pytest.param("EUR", "GBP", [None], "GBP", id="its own"),
        pytest.param("CAD", None, [], "CAD", id="the business's, of an invoice without lines"),
    ],
)
def test_the_currency_of_an_invoice(program: Program, client_code: str, sent: str | None, lines: list[str | None], expected: str) -> None:
    client = program.client(currency_code=client_code)
    costs = [{"amount": "5.00"} | ({"code": code} if code else {}) for code in lines]
    body = {"customerid": client.id, "create_date": today(), "lines": [{"name": "x", "unit_cost": cost} for cost in costs]}
    created = program.sdk.invoices.create(program.account, body | ({"currency_code": sent} if sent else {}))
    assert (created.currency_code, created.amount.data) == (expected, price(f"{5 * len(lines)}.00", expected))


@calls("invoices.create")
def test_lines_in_two_currencies_are_refused(program: Program) -> None:
    lines = [{"name": "x", "unit_cost": price("1", code)} for code in ("USD", "EUR")]
    body = {"customerid": program.client().id, "create_date": today(), "lines": lines}
    refused = refusal(lambda: program.sdk.invoices.create(program.account, body))
    assert (refused.status, refused.code) == (422, 1004)


@calls("invoices.create", "invoices.delete")
def test_numbers_go_on_from_the_last_and_are_never_used_twice(program: Program) -> None:
    client = program.client()
    own = f"T-{client.id}-099"
    numbers = [program.invoice(client.id, **more).data["invoice_number"] for more in ({"invoice_number": own}, {}, {})]
    assert numbers == [own, f"T-{client.id}-100", f"T-{client.id}-101"]
    program.sdk.invoices.delete(program.account, program.invoice(client.id, invoice_number=f"T-{client.id}-D1").id)
    taken = refusal(lambda: program.invoice(client.id, invoice_number=f"T-{client.id}-D1"))
    assert (taken.status, taken.code, taken.field, taken.value) == (422, 1029, "invoice_number", f"T-{client.id}-D1")


@calls("invoices.update")
def test_the_due_date_follows_the_offset_and_cannot_be_written(program: Program) -> None:
    invoice = program.invoice(program.client().id, create_date="2026-03-03", status=1)
    assert invoice.due_date == date(2026, 3, 3)
    assert program.sdk.invoices.update(program.account, invoice.id, {"due_offset_days": 30}).due_date == date(2026, 4, 2)
    refused = refusal(lambda: program.sdk.invoices.update(program.account, invoice.id, {"due_date": "2026-05-01", "notes": "x"}))
    assert (refused.status, refused.code, refused.field) == (403, 1038, "due_date")
    assert "due_date" in refused.message
    kept = program.sdk.invoices.get(program.account, invoice.id)
    assert (kept.due_date, kept.notes) == (date(2026, 4, 2), "")


@calls("invoices.update")
@pytest.mark.parametrize(("status", "shown"), [pytest.param(2, "sent", id="sent"), pytest.param(3, "viewed", id="viewed")])
def test_a_state_is_written_beside_data(program: Program, status: int, shown: str) -> None:
    draft = program.invoice(program.client().id, due_offset_days=7, status=1)
    invoice = program.sdk.invoices.update(program.account, draft.id, {"status": status, "notes": "kept"})
    assert (invoice.status, invoice.display_status, invoice.notes) == (status, shown, "kept")


@calls("invoices.update")
@pytest.mark.parametrize(
    ("sent", "status", "shown"),
    [
        pytest.param({"action_mark_as_sent": True}, 2, "sent", id="marked as sent"),
        pytest.param({"action_email": True, "email_recipients": ["you@example.org"]}, 2, "sent", id="mailed to somebody"),
        pytest.param({"action_email": True}, 2, "sent", id="mailed to the client"),
    ],
)
def test_a_draft_is_sent(program: Program, sent: dict[str, Any], status: int, shown: str) -> None:
    draft = program.invoice(program.client().id, due_offset_days=7, status=1)
    assert draft.fulfillment_date is None
    invoice = program.sdk.invoices.update(program.account, draft.id, {**sent, "notes": "dropped: an action stands alone"})
    assert (invoice.status, invoice.display_status, invoice.v3_status) == (status, shown, shown)
    assert (invoice.fulfillment_date, invoice.notes) == (draft.create_date, "")


@calls("invoices.update")
@pytest.mark.parametrize(
    ("sent", "code", "message"),
    [
        pytest.param({"status": 4}, 1004, "Status must be one of 'draft', 'sent', 'viewed' or 'disputed'.", id="paid by decree"),
        pytest.param({"status": "sent"}, 1015, "The field 'status' must be a number.", id="a word"),
    ],
)
def test_statuses_that_cannot_be_written(program: Program, sent: dict[str, Any], code: int, message: str) -> None:
    invoice = program.invoice(program.client().id)
    refused = refusal(lambda: program.sdk.invoices.update(program.account, invoice.id, sent))
    assert (refused.status, refused.code, refused.message, refused.field) == (422, code, message, "status")
    assert program.sdk.invoices.get(program.account, invoice.id).status == 2


@calls("invoices.update", "invoices.get")
def test_what_the_day_makes_of_an_invoice(program: Program) -> None:
    long_ago = (date.fromisoformat(today()) - timedelta(days=10)).isoformat()
    invoice = program.invoice(program.client().id, create_date=long_ago, due_offset_days=9)
    assert (invoice.status, invoice.v3_status) == (2, "overdue")
    on_the_day = program.sdk.invoices.update(program.account, invoice.id, {"due_offset_days": 10})
    assert on_the_day.v3_status == "sent"
    program.pay(invoice.id, "40.00")
    assert program.sdk.invoices.get(program.account, invoice.id).v3_status == "partial"
    disputed = program.sdk.invoices.update(program.account, invoice.id, {"status": 0})
    assert (disputed.status, disputed.v3_status) == (0, "disputed")


@calls("invoices.create", "invoices.get")
def test_a_deposit_fills_up_first(program: Program) -> None:
    invoice = program.invoice(program.client().id, "847.50", deposit_percentage="25", due_offset_days=30)
    assert (invoice.deposit_amount.amount, invoice.deposit_status, invoice.v3_status) == ("211.88", "unpaid", "sent")
    seen = []
    for amount in ("100.00", "111.88", "635.62"):
        program.pay(invoice.id, amount)
        now = program.sdk.invoices.get(program.account, invoice.id)
        seen.append((now.deposit_status, now.v3_status, now.outstanding.amount, now.status))
    assert seen == [
        ("partial", "deposit-partial", "747.50", 2),
        ("paid", "deposit-paid", "635.62", 2),
        ("paid", "paid", "0.00", 4),
    ]


@calls("invoices.update")
def test_a_visibility_sent_along_drops_the_rest(program: Program) -> None:
    invoice = program.invoice(program.client().id, notes="first")
    whole = {name: value for name, value in invoice.data.items() if name != "due_date"}
    answer = program.running.send("PUT", f"invoices/invoices/{invoice.id}", json={"invoice": {**whole, "notes": "second"}})
    assert answer.status_code == 200
    assert answer.json()["response"]["result"]["invoice"] == invoice.data
    assert "notes" in answer.headers["X-Bursar-Ignored-Fields"].split(",")
    assert program.sdk.invoices.update(program.account, invoice.id, {"vis_state": 0, "notes": "second"}).notes == "first"


@calls("invoices.delete", "invoices.get", "invoices.update", "invoices.list")
def test_a_deleted_invoice_takes_its_money_along_and_brings_it_back(program: Program) -> None:
    client = program.client()
    invoice = program.invoice(client.id, "90.40")
    payment = program.pay(invoice.id, "90.40")

    def world() -> tuple[list[int], list[int], list[Any]]:
        mine = [FilterBuilder().equals("customerid", client.id)]
        invoices = [each.id for each in program.sdk.invoices.list(program.account, mine)]
        payments = [each.id for each in program.sdk.payments.list(program.account, [FilterBuilder().equals("clientid", client.id)])]
        return (
            invoices,
            payments,
            program.sdk.clients.get(program.account, client.id, including("grand_total_balance")).data["grand_total_balance"],
        )

    before = world()
    assert before == ([invoice.id], [payment.id], [{"amount": price("90.40")}])
    assert program.sdk.invoices.delete(program.account, invoice.id).data == {}
    assert world() == ([], [], [])
    gone = program.sdk.invoices.get(program.account, invoice.id)
    assert (gone.vis_state, gone.amount.amount, gone.paid.amount) == (VisState.DELETED, "90.40", "90.40")
    assert program.sdk.invoices.delete(program.account, invoice.id).data == {}
    assert program.sdk.invoices.get(program.account, invoice.id).updated == gone.updated
    refused = refusal(lambda: program.sdk.invoices.update(program.account, invoice.id, {"notes": "x"}))
    assert (refused.status, refused.code, refused.field) == (422, 1011, "invoiceid")
    restored = program.sdk.invoices.update(program.account, invoice.id, {"vis_state": 0})
    assert (restored.vis_state, restored.v3_status, restored.status) == (VisState.ACTIVE, "paid", 4)
    assert world() == before


@calls("invoices.create")
def test_a_deleted_client_gets_no_new_invoices(program: Program) -> None:
    client = program.client()
    old = program.invoice(client.id)
    program.sdk.clients.delete(program.account, client.id)
    refused = refusal(lambda: program.invoice(client.id))
    assert (refused.status, refused.code, refused.field) == (422, 1011, "customerid")
    assert program.sdk.invoices.update(program.account, old.id, {"notes": "still editable"}).notes == "still editable"


@calls("invoices.get", "clients.update")
def test_drafts_follow_a_renamed_client_and_sent_invoices_do_not(program: Program) -> None:
    client = program.client(organization="Old Name")
    sent, draft = program.invoice(client.id), program.invoice(client.id, status=1)
    program.sdk.clients.update(program.account, client.id, {"organization": "New Name"})
    shown = [program.sdk.invoices.get(program.account, each.id) for each in (sent, draft)]
    assert [(each.organization, each.current_organization) for each in shown] == [("Old Name", "New Name"), ("New Name", "New Name")]


@calls("invoices.get")
def test_the_share_link_opens_the_invoice_and_marks_it_viewed(program: Program) -> None:
    client = program.client(organization="Côté <& Søn>")
    invoice = program.invoice(client.id, "1234.50", notes="Thank you")
    path = f"invoices/invoices/{invoice.id}/share_link?share_method=share_link"
    link = program.running.result("GET", path, "share_link")
    url = link.pop("share_link")
    assert link == {"clientid": client.id, "resource_type": "invoice", "resourceid": invoice.id, "share_method": "share_link"}
    assert url.startswith(program.running.url + "/")
    page = bare("GET", url)
    assert (page.status_code, page.headers["content-type"].split(";")[0]) == (200, "text/html")
    assert "Côté &lt;&amp; Søn&gt;" in page.text
    assert "1,234.50" in page.text or "1234.50" in page.text
    assert "<& Søn>" not in page.text
    viewed = program.sdk.invoices.get(program.account, invoice.id)
    assert (viewed.status, viewed.v3_status, viewed.display_status) == (3, "viewed", "viewed")
    letters = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
    for bit in (1, 2, 4, 32):  # the last letter has two bits to spare
        assert bare("GET", url[:-1] + letters[letters.index(url[-1]) ^ bit]).status_code == 404


def test_a_draft_has_no_share_link(program: Program) -> None:
    invoice = program.invoice(program.client().id, status=1)
    answer = program.running.send("GET", f"invoices/invoices/{invoice.id}/share_link?share_method=share_link")
    assert (answer.status_code, answer.json()["response"]["errors"][0]["errno"]) == (422, 1004)


@pytest.fixture(scope="module")
def five(settled: Program) -> list[int]:
    """Five invoices of one client: draft, sent, overdue, half paid, paid."""
    client = settled.client(organization="Five Invoices")
    dated = [("2026-02-05", 1), ("2026-02-01", 2), ("2024-02-03", 2), ("2026-02-04", 2), ("2026-02-02", 2)]
    ids = [
        settled.invoice(client.id, f"{number}0.00", create_date=day, due_offset_days=0 if day < "2025" else 9999, status=status).id
        for number, (day, status) in enumerate(dated, start=1)
    ]
    settled.pay(ids[3], "20.00")
    settled.pay(ids[4], "50.00")
    return ids


@calls("invoices.list")
@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        pytest.param(lambda f, _: f, [5, 4, 3, 2, 1], id="all of the client"),
        pytest.param(lambda f, ids: f.in_list("invoiceid", ids[:2]), [2, 1], id="in a list"),
        pytest.param(lambda f, ids: f.equals("invoiceid", ids[2]), [3], id="equals an id"),
        pytest.param(lambda f, _: f.equals("v3_status", "overdue"), [3], id="overdue, which depends on the day"),
        pytest.param(lambda f, _: f.equals("v3_status", "partial"), [4], id="partial"),
        pytest.param(lambda f, _: f.equals("v3_status", "paid"), [5], id="paid"),
        pytest.param(lambda f, _: f.equals("v3_status", "draft"), [1], id="draft"),
        pytest.param(lambda f, _: f.boolean("paid", value=True), [5], id="settled, a bare True"),
        pytest.param(lambda f, _: f.boolean("paid", value=False), [4, 3, 2, 1], id="not settled"),
        pytest.param(lambda f, _: f.boolean("outstanding", value=True), [4, 3, 2, 1], id="something owed"),
        pytest.param(lambda f, _: f.between("date", "2026-02-02", "2026-02-04"), [5, 4], id="dates, both ends included"),
        pytest.param(lambda f, _: f.between("date", date(2026, 2, 5)), [1], id="from a date on"),
        pytest.param(lambda f, _: f.between("date", max="2025-12-31"), [3], id="up to a date"),
        pytest.param(lambda f, _: f.between("updated", "2020-01-01"), [5, 4, 3, 2, 1], id="updated since"),
        pytest.param(lambda f, _: f.equals("status", 1), [5, 4, 3, 2, 1], id="status is ignored, as the service does"),
        pytest.param(lambda f, _: f.between("create_date", "2026-02-05"), [5, 4, 3, 2, 1], id="so is create_date"),
    ],
)
def test_searches(program: Program, five: list[int], narrowed: Any, expected: list[int]) -> None:
    client = program.sdk.invoices.get(program.account, five[0]).customerid
    listed = program.sdk.invoices.list(program.account, [narrowed(FilterBuilder().equals("customerid", client), five)])
    assert [five.index(invoice.id) + 1 for invoice in listed] == expected


@calls("invoices.list")
@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        pytest.param(SortBuilder().ascending("invoice_date"), [3, 2, 5, 4, 1], id="by date"),
        pytest.param(SortBuilder().descending("invoice_date"), [1, 4, 5, 2, 3], id="by date, backwards"),
        pytest.param(SortBuilder().descending("updated"), [1, 2, 3, 4, 5], id="by anything else: as they were made"),
    ],
)
def test_sorts(program: Program, five: list[int], sort: Any, expected: list[int]) -> None:
    client = program.sdk.invoices.get(program.account, five[0]).customerid
    mine = FilterBuilder().equals("customerid", client)
    pages = [program.sdk.invoices.list(program.account, [mine, sort, PaginateBuilder(page, 3)]) for page in (1, 2)]
    assert [five.index(invoice.id) + 1 for page in pages for invoice in page] == expected
    assert [tuple(page.pages) for page in pages] == [(1, 2, 3, 5), (2, 2, 3, 5)]


@calls("invoices.list")
def test_the_sample_books_hold_every_status(program: Program) -> None:
    statuses = ["draft", "sent", "viewed", "partial", "paid", "autopaid", "overdue", "deposit-partial", "deposit-paid"]
    statuses += ["disputed", "pending", "declined", "retry", "failed"]
    for status in statuses:
        listed = program.sdk.invoices.list(program.account, [FilterBuilder().equals("v3_status", status), PaginateBuilder(per_page=100)])
        assert listed.pages.total > 1
        assert {invoice.v3_status for invoice in listed} == {status}
