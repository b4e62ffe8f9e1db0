"""What lines of an invoice move elsewhere: expenses they bill, inventory they sell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bursar.domain.expense import markup
from bursar.domain.money import MILLION, wire_scale
from bursar.errors import Kind, refuse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bursar.resources.expenses import Expense
    from bursar.resources.items import Item

BILLED_EXPENSE = 1
INTERNAL, OUTSTANDING, INVOICED, RECOUPED = 0, 1, 2, 4


def expense_status(invoice_row: dict[str, Any]) -> int:
    """Return the status of an expense on this invoice: recouped once the invoice is paid (semantics 5.3)."""
    return RECOUPED if invoice_row["paid"] > 0 and invoice_row["paid"] >= invoice_row["amount"] else INVOICED


def priced(invoice: Any, known: Any) -> None:
    """Check the lines that are to bill expenses, and give those without a price the amount with its markup.

    An expense is billed once, in its own currency.
    """
    for line in invoice.children["lines"] if "lines" in invoice.sent else ():
        mine = line.row
        if mine["type"] != BILLED_EXPENSE:
            mine["expenseid"] = 0
            continue
        expense = known.expenses.get(mine["expenseid"])
        if expense is None:
            kind = Kind.UNKNOWN if mine["expenseid"] else Kind.REQUIRED
            raise refuse(kind, "expenseid", mine["expenseid"], "expense")
        check(expense, invoice)
        if not mine["unit_cost"] and not mine["currency_code"]:
            mine["unit_cost"] = marked_up(expense, known)


def billed(invoice: Any, known: Any) -> tuple[Expense, ...]:
    """Return the expenses that sent lines take or let go; those of stored lines follow what the invoice comes to (EXP-06)."""
    if not known.expenses:
        return ()
    mine = tuple(expense for expense in known.expenses.values() if expense.row["invoiceid"] == invoice.row["id"])
    if "lines" not in invoice.sent:
        return settled_expenses(invoice, mine)
    stands = {"invoiceid": invoice.row["id"], "status": expense_status(invoice.row)}
    taken = {line.row["expenseid"] for line in invoice.children["lines"]}
    kept = (expense for number, expense in known.expenses.items() if number in taken and not stands.items() <= expense.row.items())
    return (*(expense.replace(**stands) for expense in kept), *freed(expense for expense in mine if expense.row["id"] not in taken))


def check(expense: Expense, invoice: Any) -> None:
    """Refuse an expense that is deleted, billed elsewhere, or in another currency than the invoice."""
    if expense.row["vis_state"] == 1:
        raise refuse(Kind.DELETED, "expenseid", expense.row["id"], "expense")
    if expense.row["invoiceid"] not in (None, invoice.row["id"]):
        raise refuse(Kind.INVALID, "expenseid", expense.row["id"], text="The expense is on another invoice already.")
    if expense.row["currency_code"] != invoice.row["currency_code"]:
        raise refuse(Kind.INVALID, "expenseid", expense.row["id"], text="An expense can only be billed in its own currency.")


def marked_up(expense: Expense, known: Any) -> int:
    """Return the unit cost, in millionths, that bills an expense with its markup (EXP-04)."""
    minor = markup(expense.amount, expense.row["markup_percent"], known.policy)
    return int(minor * MILLION // 10 ** wire_scale(expense.row["currency_code"]))


def freed(expenses: Iterable[Expense]) -> tuple[Expense, ...]:
    """Return expenses that no invoice bills any more (DEL-04)."""
    return tuple(expense.replace(invoiceid=None, status=OUTSTANDING if expense.row["clientid"] else INTERNAL) for expense in expenses)


def settled_expenses(invoice: Any, expenses: Iterable[Expense]) -> tuple[Expense, ...]:
    """Return the expenses on an invoice whose status follows its payment (EXP-06)."""
    status = expense_status(invoice.row)
    return tuple(expense.replace(status=status) for expense in expenses if expense.row["status"] != status)


def restocked(invoice: Any, known: Any) -> tuple[Item, ...]:
    """Return the tracked items whose inventory moves by what the lines sell more or less than before (accounting section 3)."""
    if not known.items:
        return ()
    sold: dict[str, int] = {}
    before = invoice.was.children.get("lines", ()) if invoice.was else ()
    for lines, sign in ((invoice.children.get("lines", ()), 1), (before, -1)):
        for line in lines:
            name = line.row["name"]
            sold[name] = sold.get(name, 0) + sign * line.row["qty"]
    moved = []
    for name, qty in sold.items():
        item = known.items.get(name)
        if item is not None and item.row["inventory"] is not None and qty and item.row["vis_state"] != 1:
            moved.append(item.replace(inventory=item.row["inventory"] - qty))
    return tuple(moved)
