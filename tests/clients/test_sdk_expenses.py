"""The official SDK with expenses and their categories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from freshbooks import FilterBuilder, PaginateBuilder, SortBuilder
from freshbooks.models import VisState

from tests.clients.methods import calls
from tests.clients.program import including, iso, price, refusal, today

if TYPE_CHECKING:
    from freshbooks.models import Result

    from tests.clients.program import Program


def category(program: Program, name: str = "Advertising") -> int:
    """Answer the id of a built-in category."""
    listed = program.sdk.expenses_categories.list(program.account, [PaginateBuilder(per_page=100)])
    return next(int(each.id) for each in listed if each.category == name)


def spend(program: Program, cost: str, **fields: Any) -> Result:
    """Log an expense in CAD."""
    body = {"amount": price(cost), "categoryid": category(program), "staffid": 1, "date": today()} | fields
    return program.sdk.expenses.create(program.account, body)


@calls("expenses_categories.list", "expenses_categories.get")
def test_the_built_in_categories_have_two_levels(program: Program) -> None:
    listed = program.sdk.expenses_categories.list(program.account, [PaginateBuilder(per_page=100), including("subcategories")])
    names = [each.data["category"] for each in listed]
    assert 56 <= listed.pages.total <= 59
    assert names == sorted(names)
    assert not any(each.is_editable for each in listed)
    cars = next(each for each in listed if each.category == "Car & Truck Expenses")
    assert cars.parentid is None
    assert {each.parentid for each in cars.subcategories} == {cars.id}
    goods = [each for each in listed if each.is_cogs]
    assert {each.parentid for each in goods} == {None, next(each.id for each in goods if each.category == "Cost of Goods Sold")}
    assert program.sdk.expenses_categories.get(program.account, cars.id).data == {
        name: value for name, value in cars.data.items() if name != "subcategories"
    }


@calls("expenses.create", "expenses.get")
def test_an_expense(program: Program) -> None:
    number = category(program, "Office Supplies")
    sent = {
        "amount": price("54.00"),
        "categoryid": number,
        "staffid": 1,
        "date": "2026-02-03",
        "vendor": "Papierhaus Weiß",
        "notes": "paper",
    }
    expense = program.sdk.expenses.create(program.account, {**sent, "taxName1": "HST", "taxPercent1": 13})
    assert {name: expense.data[name] for name in sent} == sent
    assert (expense.taxName1, expense.data["taxPercent1"], expense.taxAmount1.data) == ("HST", "13", price("6.21"))
    assert (expense.id, expense.status, expense.clientid, expense.projectid, expense.invoiceid) == (expense.expenseid, 0, 0, 0, None)
    assert (expense.has_receipt, expense.isduplicate, expense.is_cogs) == (False, False, False)
    assert program.sdk.expenses.get(program.account, expense.id).data == expense.data
    whole = program.sdk.expenses.get(program.account, expense.id, including("category"))
    assert (whole.category.category, whole.category.transaction_posted) == ("Office Supplies", True)


@calls("expenses.create")
@pytest.mark.parametrize(
    ("amount", "taxes", "contained"),
    [
        pytest.param("113.00", {"taxName1": "HST", "taxPercent1": "13"}, ("13.00", None), id="one tax"),
        pytest.param(
            "229.95",
            {"taxName1": "GST", "taxPercent1": "5", "taxName2": "QST", "taxPercent2": "9.975"},
            ("10.00", "19.95"),
            id="two taxes",
        ),
        pytest.param("50.00", {"taxName1": "HST", "taxAmount1": price("5.00")}, ("5.00", None), id="an amount is taken as it is"),
    ],
)
def test_taxes_are_contained_in_the_amount(program: Program, amount: str, taxes: dict[str, Any], contained: tuple[str, str | None]) -> None:
    expense = spend(program, amount, **taxes)
    shown = [expense.data[name] and expense.data[name]["amount"] for name in ("taxAmount1", "taxAmount2")]
    assert (expense.amount.amount, tuple(shown)) == (amount, contained)


@calls("expenses.create")
def test_the_same_again_is_marked_as_a_duplicate(program: Program) -> None:
    first, second = (spend(program, "77.31", date="2026-01-07") for _ in range(2))
    assert (first.isduplicate, second.isduplicate) == (False, True)


@calls("expenses.create", "expenses.get")
def test_an_expense_goes_onto_an_invoice_and_is_recouped(program: Program) -> None:
    client = program.client()
    expense = spend(program, "56.50", clientid=client.id, markup_percent="20")
    assert expense.status == 1
    line = {"type": 1, "expenseid": expense.id, "name": "Expense", "qty": 1}
    invoice = program.invoice(client.id, lines=[line])
    assert invoice.amount.amount == "67.80"

    def now() -> tuple[int, int | None]:
        shown = program.sdk.expenses.get(program.account, expense.id)
        return shown.status, shown.invoiceid

    assert now() == (2, invoice.id)
    payment = program.pay(invoice.id, "67.80")
    assert now() == (4, invoice.id)
    program.sdk.payments.delete(program.account, payment.id)
    assert now() == (2, invoice.id)
    program.sdk.invoices.delete(program.account, invoice.id)
    assert now() == (1, None)


@calls("expenses.update")
def test_an_update_changes_what_it_names(program: Program) -> None:
    expense = spend(program, "10.00", taxName1="HST", taxPercent1="13", vendor="Before")
    client = program.client()
    changed = program.sdk.expenses.update(
        program.account, expense.id, {"amount": price("226.00"), "vendor": "After", "clientid": client.id}
    )
    assert (changed.amount.amount, changed.taxAmount1.amount, changed.vendor, changed.status) == ("226.00", "26.00", "After", 1)
    assert iso(changed.date) == today()
    whole = program.sdk.expenses.update(program.account, expense.id, {**changed.data, "notes": "sent whole", "vis_state": 2})
    assert (whole.notes, whole.vis_state, whole.amount.amount) == ("sent whole", VisState.ARCHIVED, "226.00")


@calls("expenses.delete", "expenses.update", "expenses.list")
def test_a_deleted_expense_leaves_the_list_and_can_be_restored(program: Program) -> None:
    expense = spend(program, "10.10")
    mine = [FilterBuilder().equals("expenseid", expense.id)]
    assert program.sdk.expenses.delete(program.account, expense.id).vis_state == VisState.DELETED
    assert len(program.sdk.expenses.list(program.account, mine)) == 0
    assert program.sdk.expenses.update(program.account, expense.id, {"vis_state": 0}).vis_state == VisState.ACTIVE
    assert [each.id for each in program.sdk.expenses.list(program.account, mine)] == [expense.id]


@calls("expenses.create")
@pytest.mark.parametrize(
    ("sent", "status", "code", "field"),
    [
        pytest.param({"amount": None}, 422, 1001, "amount", id="without an amount"),
        pytest.param({"categoryid": 999_999_999}, 404, 1012, "categoryid", id="in no category"),
        pytest.param({"staffid": 77}, 404, 1012, "staffid", id="by nobody"),
        pytest.param({"date": "2026-02-30"}, 422, 1033, "date", id="on no day"),
        pytest.param({"amount": {"amount": "1,50"}}, 422, 1015, "amount", id="with a comma"),
        pytest.param({"vendor": "x" * 256}, 422, 1017, "vendor", id="with a long vendor"),
    ],
)
def test_refused(program: Program, sent: dict[str, Any], status: int, code: int, field: str) -> None:
    refused = refusal(lambda: spend(program, "1.00", **sent))
    assert (refused.status, refused.code, refused.field) == (status, code, field)


@pytest.fixture(scope="module")
def trio(settled: Program) -> list[int]:
    """Three expenses of a vendor nobody else buys from."""
    client = settled.client()
    vendor = f"Vendor {client.id}"
    return [
        spend(settled, "10.00", vendor=vendor, date="2026-01-01", clientid=client.id).id,
        spend(settled, "20.00", vendor=vendor, date="2026-01-02", categoryid=category(settled, "Wages")).id,
        spend(settled, "30.00", vendor=vendor, date="2026-01-03", categoryid=category(settled, "Cost of Materials")).id,
    ]


@calls("expenses.list")
@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        pytest.param(lambda f, _: f, [3, 2, 1], id="of a vendor"),
        pytest.param(lambda f, ids: f.in_list("expenseid", ids[1:]), [3, 2], id="in a list"),
        pytest.param(lambda f, _: f.between("amount", 15, 25), [2], id="between amounts"),
        pytest.param(lambda f, _: f.between("amount_min", min="10.01"), [3, 2], id="from an amount on"),
        pytest.param(lambda f, _: f.between("date", "2026-01-01", "2026-01-02"), [2, 1], id="between days"),
        pytest.param(lambda f, _: f.equals("clientid", 0), [3, 2], id="of no client"),
        pytest.param(lambda f, _: f.equals("has_receipt", value="false"), [3, 2, 1], id="without a receipt"),
        pytest.param(lambda f, _: f.equals("status", 1), [3, 2, 1], id="status is ignored, as the service does"),
    ],
)
def test_searches(program: Program, trio: list[int], narrowed: Any, expected: list[int]) -> None:
    vendor = program.sdk.expenses.get(program.account, trio[0]).vendor
    listed = program.sdk.expenses.list(
        program.account, [narrowed(FilterBuilder().equals("vendor", vendor), trio), SortBuilder().desc("updated")]
    )
    assert sorted((trio.index(each.id) + 1 for each in listed), reverse=True) == expected


@calls("expenses.list", "expenses.get")
def test_searches_by_client(program: Program, trio: list[int]) -> None:
    first = program.sdk.expenses.get(program.account, trio[0])

    def found(narrowed: FilterBuilder) -> list[int]:
        listed = program.sdk.expenses.list(program.account, [narrowed.equals("vendor", first.vendor)])
        return [trio.index(each.id) + 1 for each in listed]

    assert found(FilterBuilder().equals("clientid", first.clientid)) == [1]
    assert found(FilterBuilder().in_list("clientid", [first.clientid, 0])) == [3, 2, 1]
    assert found(FilterBuilder().in_list("clientid", [first.clientid])) == [1]
    assert found(FilterBuilder().equals("clientid_not", first.clientid)) == [3, 2]
    assert found(FilterBuilder().equals("clientid_not", 0)) == [1]
