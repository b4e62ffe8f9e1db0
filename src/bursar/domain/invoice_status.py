"""The status of an invoice, in the words of ``when.py``: read as Python for showing and as SQL for searching (semantics 3.1)."""

from __future__ import annotations

from bursar.domain.when import row, today

DISPUTED, DRAFT, SENT, VIEWED, PAID, AUTOPAID, RETRY, FAILED = range(8)
MADE_AS = (DRAFT, SENT)
"""What a new invoice may be (accounting section 3)."""
DELIVERIES = {DRAFT: "draft", SENT: "sent", VIEWED: "viewed"}
NUMBERS = {"disputed": DISPUTED, "paid": PAID, "autopaid": AUTOPAID, "retry": RETRY, "failed": FAILED}

settled = (row.outstanding <= 0) & (row.paid > 0)
has_deposit = row.deposit_amount != None  # noqa: E711 - a condition on the column, not a test of it

V3_STATUS = (
    (row.dispute_status == "disputed", "disputed"),
    ((row.dispute_status == "resolved") & (row.outstanding > 0), "resolved"),
    (row.delivery == DRAFT, "draft"),
    (settled & (row.autobill_status == "success"), "autopaid"),
    (settled, "paid"),
    (row.last_order_status == "pending", "pending"),
    (row.last_order_status == "declined", "declined"),
    (row.autobill_status == "retry", "retry"),
    (row.autobill_status == "failed", "failed"),
    (today > row.due_date, "overdue"),
    (has_deposit & (row.paid > 0) & (row.paid < row.deposit_amount), "deposit-partial"),
    (has_deposit & (row.paid > 0) & (row.paid >= row.deposit_amount), "deposit-paid"),
    (row.paid > 0, "partial"),
    (row.delivery == VIEWED, "viewed"),
)
PAYMENT_STATUS = (
    (settled & (row.autobill_status == "success"), "auto-paid"),
    (settled, "paid"),
    (row.paid > 0, "partial"),
)


def number(stage: str, delivery: int) -> int:
    """Return the numeric ``status`` of an invoice from its kept stage and its delivery; 8 (partial) is never printed."""
    return NUMBERS.get(stage, delivery)


def display(delivery: int) -> str:
    """Return ``display_status``, which speaks of delivery alone."""
    return DELIVERIES[delivery]
