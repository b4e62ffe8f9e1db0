"""Expenses: money spent; the amount includes its taxes (semantics 5.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bursar.catalogue import Change, Facts, Posts, Record, Resource, facts, op
from bursar.catalogue import fields as f
from bursar.catalogue import filters as s
from bursar.catalogue.amounts import sent_amount
from bursar.domain import ledger
from bursar.domain.expense import contained
from bursar.domain.ledger import PAR, Exchange
from bursar.domain.money import MILLION, is_currency
from bursar.domain.postings import PaidTax, Spent, expense_entry
from bursar.domain.when import row
from bursar.errors import Kind, refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bursar.domain.ledger import Entry
    from bursar.resources.categories import Category
    from bursar.resources.clients import Client
    from bursar.resources.taxes import Tax

INTERNAL, OUTSTANDING, INVOICED, RECOUPED = 0, 1, 2, 4


class Expense(Record, noun="expense"):
    """One expense; the number of its invoice and its status follow the invoice that bills it."""

    account_name = f.Text(nullable=True, default="")
    accountid = f.Int(nullable=True)
    accounting_systemid = f.FromCall("accountid")
    amount = f.Money(required=True)
    background_jobid = f.Constant(None)
    bank_name = f.Text(nullable=True, default="")
    bill_matches = f.Constant([])
    billable = f.Flag()
    categoryid = f.Ref("category", required=True)
    clientid = f.Ref("client")
    compounded_tax = f.Flag()
    converse_projectid = f.Constant(None)
    currency_code = f.Currency(shown=False, writable=False)
    date = f.Date(required=True, indexed=True)
    expenseid = f.Alias("id")
    ext_accountid = f.Text(nullable=True)
    ext_invoiceid = f.Int()
    ext_systemid = f.Int()
    from_bulk_import = f.Constant(False)  # noqa: FBT003 - the value shown
    has_receipt = f.Flag()
    id = f.Id()
    include_receipt = f.Flag()
    invoiceid = f.Ref("invoice", none=None, writable=False)
    is_cogs = f.Flag()
    isduplicate = f.Flag(unverified=True)
    markup_percent = f.Percent(most=1_000 * MILLION)
    modern_projectid = f.Ref("project", none=None)
    notes = f.Text(nullable=True, default="", most=65_535)
    potential_bill_payment = f.Flag()
    profileid = f.Int(nullable=True, writable=False)
    projectid = f.Ref("project")
    staffid = f.Ref("staff", required=True)
    status = f.Int(choices=(0, 1, 2, 4), writable="create", unverified=True)
    taxAmount1 = f.Money(nullable=True, least=0)
    taxAmount2 = f.Money(nullable=True, least=0)
    taxName1 = f.Text(nullable=True)
    taxName2 = f.Text(nullable=True)
    taxPercent1 = f.Percent(nullable=True, most=1_000 * MILLION)
    taxPercent2 = f.Percent(nullable=True, most=1_000 * MILLION)
    transactionid = f.Int(nullable=True, writable=False)
    updated = f.Instant("eastern", auto="save", indexed=True)
    vendor = f.Text(nullable=True)
    version = f.Instant("eastern_us", of="updated")
    vis_state = f.Int(choices=(0, 1, 2), effect="visibility")

    base_code = f.Text(shown=False, writable=False)
    base_rate = f.Int(shown=False, writable=False, default=PAR)
    taxes = f.Object(kind="array", shown=False, writable=False)

    attachment = f.Object(nullable=True, include="attachment")
    category = f.Embed("category", by="categoryid", include="category")
    expense_profile = f.Constant(None, include="expense_profile")
    project = f.Embed("project", by="modern_projectid projectid", include="project", nullable=True)
    account = f.Constant(None, include="account")

    @classmethod
    def currency(cls, sent: Mapping[str, Any], known: Any) -> str:
        """Return the code the amount was sent in, else the business's."""
        code = sent_amount(sent.get("amount"))[1]
        return code if is_currency(code) else str(known.business.currency_code)


def tax_names(expense: Any, _known: Any) -> set[str]:
    """Return the names of the contained taxes."""
    return {name for name in (expense.row["taxName1"], expense.row["taxName2"]) if name}


class Spending(Facts):
    """What an expense rests on."""

    category: Category = facts.one("category", by="categoryid")
    client: Client | None = facts.one("client", by="clientid")
    taxes: dict[str, Tax] = facts.named("tax", "name", tax_names)
    files: dict[str, str] = facts.uploads(
        lambda expense, _: {str((expense.attachment or {}).get("jwt"))} if "attachment" in expense.sent else set()
    )
    alike: tuple[Expense, ...] = facts.many("expense", categoryid="categoryid", date="date", when=lambda expense, _: expense.was is None)
    rate: int = facts.rate(on="date")


def spend(expense: Expense, known: Spending) -> Change:
    """Save an expense: its contained taxes, its status, whether one like it is there already."""
    row_, was = expense.row, expense.was
    if known.client is not None and known.client.row["vis_state"] == 1 and expense.changed("clientid"):
        raise refuse(Kind.DELETED, "clientid", known.client.row["id"], "client")
    if was is not None and was.row["invoiceid"] is not None and expense.changed("amount", "vis_state"):
        raise refuse(Kind.INVALID, "amount", row_["id"], text="The expense is on an invoice: change that first.")
    row_["base_code"], row_["base_rate"] = known.business.currency_code, known.rate
    if "is_cogs" not in expense.sent and (was is None or expense.changed("categoryid")):
        row_["is_cogs"] = known.category.row["is_cogs"]
    contained_taxes(expense, known)
    if row_["invoiceid"] is None and expense.changed("clientid") and not (was is None and "status" in expense.sent):
        row_["status"] = OUTSTANDING if row_["clientid"] else INTERNAL
    if was is None and "isduplicate" not in expense.sent:
        row_["isduplicate"] = int(any(other.row["amount"] == row_["amount"] and other.row["vis_state"] != 1 for other in known.alike))
    attach(expense, known)
    used = () if known.category.row["transaction_posted"] else (known.category.replace(transaction_posted=True),)
    return Change(saves=(expense, *used), touches=() if used else (known.category,) if was is None else ())


def contained_taxes(expense: Expense, known: Spending) -> None:
    """Compute the taxes inside the amount where only percents came, and keep their identities for the ledger (EXP-01 to 03)."""
    row_ = expense.row
    percents = [row_["taxPercent1"] or 0, row_["taxPercent2"] or 0]
    found = contained(expense.amount, percents[0], percents[1], compounded=row_["compounded_tax"] == 1, policy=known.policy)
    taxes: list[PaidTax] = []
    for which, computed, percent in (("1", found.tax1, percents[0]), ("2", found.tax2, percents[1])):
        name = row_["taxName" + which]
        derive = "taxAmount" + which not in expense.sent and (expense.was is None or expense.changed("amount", "taxPercent" + which))
        if percent and derive and known.policy.contained_taxes:
            row_["taxAmount" + which] = computed
        minor = row_["taxAmount" + which]
        if minor:
            tax = known.taxes.get(name)
            number = (tax.row["number"] or "") if tax else ""
            taxes.append(PaidTax(name or "", percent, number, minor, 0, recoverable=tax is None or tax.row["recoverable"] == 1))
    if sum(tax.minor for tax in taxes) > abs(row_["amount"]):
        raise refuse(Kind.INVALID, "taxAmount1", expense.amount, text="The taxes are more than the amount.")
    net = row_["amount"] - sum(tax.minor for tax in taxes)
    row_["taxes"] = expense.replace(taxes=[list(tax._replace(taxable_minor=net)) for tax in taxes] or None).row["taxes"]


def attach(expense: Expense, known: Spending) -> None:
    """Check that an attached receipt was uploaded."""
    if "attachment" not in expense.sent:
        return
    sent = expense.attachment
    if sent is None:
        expense.row["has_receipt"] = 0
        return
    token = str(sent.get("jwt") or "")
    if token not in known.files:
        raise refuse(Kind.UNKNOWN, "attachment", token, "attachment")
    identifier = expense.row["id"]
    kept = expense.replace(attachment={"attachmentid": identifier, "id": identifier, "jwt": token, "media_type": known.files[token]})
    expense.row["attachment"], expense.row["has_receipt"] = kept.row["attachment"], 1


def posting(expense: Expense) -> Entry | None:
    """Book an expense on its date (P10); a deleted one stands in no book."""
    stored = expense.row
    if stored["vis_state"] == 1:
        return None
    spent = Spent(
        stored["date"],
        stored["currency_code"],
        stored["amount"],
        tuple(PaidTax(*tax) for tax in expense.taxes or ()),
        expense.clientid,
        expense.categoryid,
        ledger.COST_OF_GOODS if stored["is_cogs"] else ledger.EXPENSES,
    )
    return expense_entry(spent, Exchange(stored["base_code"], stored["base_rate"]))


EXPENSES = Resource(
    record=Expense,
    plural="expenses",
    group="Expenses",
    id_field="expenseid",
    family="accounting",
    path="expenses/expenses",
    scope="user:expenses",
    hidden=row.vis_state == 1,
    posts=Posts(posting, watch=("amount", "vis_state", "date", "taxes", "categoryid", "clientid", "is_cogs", "base_rate", "currency_code")),
    filters=s.eq("clientid", "staffid", "profileid", "categoryid", "projectid", "vendor", "has_receipt", "vis_state", expenseid="id")
    | s.unless(clientid_not="clientid")
    | s.any_of(
        expenseids="id", clientids="clientid", staffids="staffid", profileids="profileid", categoryids="categoryid", projectids="projectid"
    )
    | s.between(date="date", updated="updated", amount="amount"),
    sorts={"updated": "updated"},
    operations=(
        op.list_("listed expenses", row=10),
        op.get("looked at the expense of {amount}", row=11),
        op.create("logged an expense of {amount}", row=12, event="expense.create", decide=spend, facts=Spending, risk=1),
        op.update("changed the expense of {amount}", row=13, event="expense.update", decide=spend, facts=Spending, risk=2),
    ),
)
