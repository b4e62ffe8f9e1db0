"""The official SDK with estimates, from a draft to the invoice it becomes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from freshbooks import FilterBuilder, PaginateBuilder, SortBuilder
from freshbooks.models import VisState

from tests.clients.methods import calls
from tests.clients.program import including, price, refusal, today

if TYPE_CHECKING:
    from freshbooks.models import Result

    from tests.clients.program import Program

LINES = [
    {"name": "Logo", "qty": 5, "unit_cost": price("30.00"), "taxName1": "HST", "taxAmount1": "13"},
    {"name": "Cards", "qty": "2", "unit_cost": price("25.00")},
]


@pytest.fixture
def draft(program: Program) -> Result:
    """An estimate of 197.55."""
    body = {"customerid": program.client().id, "create_date": "2026-02-03", "discount_value": "10", "lines": LINES}
    return program.sdk.estimates.create(program.account, body)


def states(estimate: Result) -> tuple[int, str, str, bool, bool]:
    """Answer the five fields that tell how far an estimate has come."""
    return (estimate.status, estimate.display_status, estimate.ui_status, estimate.accepted, estimate.invoiced)


@calls("estimates.create", "estimates.get")
def test_an_estimate_adds_up(program: Program, draft: Result) -> None:
    assert (draft.amount.data, draft.discount_total.data) == (price("197.55"), price("-20.00"))
    assert (draft.id, draft.create_date, states(draft)) == (draft.estimateid, date(2026, 2, 3), (1, "draft", "draft", False, False))
    assert draft.lines is None
    assert program.sdk.estimates.get(program.account, draft.id).data == draft.data
    lines = program.sdk.estimates.get(program.account, draft.id, including("lines")).lines
    assert [(line.name, line.data["qty"], line.amount.amount) for line in lines] == [("Logo", "5", "150.00"), ("Cards", "2", "50.00")]


@calls("estimates.update")
def test_an_estimate_is_mailed_and_accepted(program: Program, draft: Result) -> None:
    words = {"subject": "Our offer", "body": "See ::estimate number::"}
    sent = program.sdk.estimates.update(
        program.account, draft.id, {"action_email": True, "email_recipients": ["you@example.org"], "estimate_customized_email": words}
    )
    assert states(sent) == (2, "sent", "open", False, False)
    accepted = program.sdk.estimates.update(program.account, draft.id, {"action_accept": True, "notes": "dropped"})
    assert (*states(accepted), accepted.notes) == (5, "accepted", "accepted", True, False, "")


@calls("estimates.update")
def test_what_an_estimate_does_not_know_is_ignored(program: Program, draft: Result) -> None:
    same = program.sdk.estimates.update(program.account, draft.id, {"action_mark_as_sent": True, "status": 5, "accepted": True})
    assert states(same) == (1, "draft", "draft", False, False)


@calls("estimates.get", "invoices.create")
def test_an_estimate_becomes_an_invoice(program: Program, draft: Result) -> None:
    body = {"customerid": draft.customerid, "create_date": today(), "estimateid": draft.id}
    invoice = program.sdk.invoices.create(program.account, body, including("lines"))
    assert (invoice.amount.data, invoice.data["discount_value"], invoice.status) == (price("197.55"), "10", 1)
    assert [line.name for line in invoice.lines] == ["Logo", "Cards"]
    assert program.sdk.estimates.get(program.account, draft.id).invoiced is False
    program.sdk.invoices.update(program.account, invoice.id, {"action_mark_as_sent": True})
    billed = program.sdk.estimates.get(program.account, draft.id, including("invoices"))
    assert states(billed) == (6, "invoiced", "invoiced", False, True)
    assert [each.id for each in billed.invoices] == [invoice.id]
    program.sdk.invoices.delete(program.account, invoice.id)
    assert states(program.sdk.estimates.get(program.account, draft.id)) == (1, "draft", "draft", False, False)


@calls("estimates.update")
def test_lines_that_are_sent_replace_all_lines(program: Program, draft: Result) -> None:
    changed = program.sdk.estimates.update(program.account, draft.id, {"lines": LINES[1:], "notes": "shorter"})
    assert (changed.amount.amount, changed.discount_total.amount, changed.notes) == ("45.00", "-5.00", "shorter")
    trapped = program.sdk.estimates.update(program.account, draft.id, {"vis_state": 0, "notes": "dropped"})
    assert trapped.notes == "shorter"


@calls("estimates.delete", "estimates.get", "estimates.update", "estimates.list")
def test_a_deleted_estimate_leaves_the_list_and_can_be_restored(program: Program, draft: Result) -> None:
    mine = [FilterBuilder().equals("estimateid", draft.id)]
    assert program.sdk.estimates.delete(program.account, draft.id).data == {}
    assert len(program.sdk.estimates.list(program.account, mine)) == 0
    gone = program.sdk.estimates.get(program.account, draft.id)
    assert gone.vis_state == VisState.DELETED
    assert program.sdk.estimates.delete(program.account, draft.id).data == {}
    assert program.sdk.estimates.get(program.account, draft.id).updated == gone.updated
    assert program.sdk.estimates.update(program.account, draft.id, {"vis_state": 0}).vis_state == VisState.ACTIVE
    assert [each.id for each in program.sdk.estimates.list(program.account, mine)] == [draft.id]


@calls("estimates.create")
def test_numbers_go_on_from_the_last(program: Program) -> None:
    client = program.client()
    body = {"customerid": client.id, "create_date": today()}
    own = f"E{client.id}/9"
    numbers = [
        program.sdk.estimates.create(program.account, body | more).data["estimate_number"] for more in ({"estimate_number": own}, {})
    ]
    assert numbers == [own, f"E{client.id}/10"]
    taken = refusal(lambda: program.sdk.estimates.create(program.account, body | {"estimate_number": own}))
    assert (taken.status, taken.code, taken.field) == (422, 1029, "estimate_number")


@calls("estimates.create")
@pytest.mark.parametrize(
    ("sent", "status", "code", "field"),
    [
        pytest.param({"create_date": None}, 422, 1001, "create_date", id="without a date"),
        pytest.param({"customerid": 999_999_999}, 404, 1012, "customerid", id="for nobody"),
        pytest.param({"discount_value": 101}, 422, 1004, "discount_value", id="with more than all off"),
        pytest.param({"lines": "none"}, 422, 1035, "lines", id="with a word for lines"),
    ],
)
def test_refused(program: Program, sent: dict[str, Any], status: int, code: int, field: str) -> None:
    body = {"customerid": program.client().id, "create_date": today()} | sent
    refused = refusal(lambda: program.sdk.estimates.create(program.account, body))
    assert (refused.status, refused.code, refused.field) == (status, code, field)


@calls("estimates.list")
@pytest.mark.parametrize(
    ("narrowed", "count"),
    [
        pytest.param(lambda f: f.equals("statusid", 2), 4, id="sent"),
        pytest.param(lambda f: f.equals("statusid", 3), 3, id="viewed"),
        pytest.param(lambda f: f.equals("statusid", 5), 4, id="accepted"),
        pytest.param(lambda f: f.in_list("statusids", [5, 6]), 10, id="accepted or invoiced"),
        pytest.param(lambda f: f.like("estimate_number_like", "000001"), 11, id="like in the number"),
        pytest.param(lambda f: f.like("notes", "VALID FOR"), 14, id="like in the notes"),
    ],
)
def test_searches_the_sample_estimates(program: Program, narrowed: Any, count: int) -> None:
    oldest = program.sdk.estimates.list(program.account, [SortBuilder().ascending("made"), PaginateBuilder(per_page=20)])
    sample = FilterBuilder().in_list("estimateid", [estimate.id for estimate in oldest])
    listed = program.sdk.estimates.list(program.account, [narrowed(sample)])
    assert listed.pages.total == count
