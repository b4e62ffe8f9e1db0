"""Estimates, their conversion into invoices, and the presentation of documents (semantics 5.1, accounting sections 3 and 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.server.bodies import HST, client, invoice, line, refused
from tests.support.ledger import balances, everything

if TYPE_CHECKING:
    from tests.support.tenant import Tenant


def estimate(server: Tenant, **fields: Any) -> Any:
    body = {"customerid": fields.pop("customerid", None) or client(server), "create_date": "2026-03-03", **fields}
    return server.create("estimate", **body)


def converted(server: Tenant, source: Any, **fields: Any) -> Any:
    body = {"customerid": source["customerid"], "create_date": "2026-03-05", "estimateid": source["id"], **fields}
    return server.create("invoice", **body, include=["lines"])


def state(server: Tenant, number: int) -> tuple[int, str, str, bool, bool]:
    found = server.read("estimate", number)
    return tuple(found[name] for name in ("status", "display_status", "ui_status", "accepted", "invoiced"))


def test_the_life_of_an_estimate(server: Tenant) -> None:
    made = estimate(server, lines=[line("1", "100.00", HST)])
    assert state(server, made["id"]) == (1, "draft", "draft", False, False)
    server.change("estimate", made["id"], action_email=True)
    assert state(server, made["id"]) == (2, "sent", "open", False, False)
    server.change("estimate", made["id"], action_accept=True)
    assert state(server, made["id"]) == (5, "accepted", "accepted", True, False)
    bill = converted(server, made)
    assert state(server, made["id"]) == (5, "accepted", "accepted", True, False), "not before the invoice is sent"
    server.change("invoice", bill["id"], action_mark_as_sent=True)
    assert state(server, made["id"]) == (6, "invoiced", "invoiced", True, True)
    server.remove("invoice", bill["id"])
    assert state(server, made["id"]) == (5, "accepted", "accepted", True, False)
    server.change("invoice", bill["id"], vis_state=0)
    assert state(server, made["id"]) == (6, "invoiced", "invoiced", True, True)


def test_conversion_copies_lines_discount_and_taxes(server: Tenant) -> None:
    server.create("tax", name="HST", amount="13", number="RT1")
    source = estimate(server, lines=[line("2", "50.00", HST, name="Design"), line("1", "7.50")], discount_value="10", include=["lines"])
    bill = converted(server, source)
    assert (bill["status"], bill["estimateid"], bill["discount_value"]) == (1, source["id"], "10")
    assert bill["amount"] == source["amount"]
    kept = ("name", "qty", "unit_cost", "amount", "taxName1", "taxAmount1", "taxNumber1", "lineid")
    assert [{name: each[name] for name in kept} for each in bill["lines"]] == [
        {name: each[name] for name in kept} for each in source["lines"]
    ]
    assert [each["id"] for each in server.read("estimate", source["id"], "invoices")["invoices"]] == [bill["id"]]
    assert balances(server) == {}


def test_lines_and_discount_of_the_body_beat_those_of_the_estimate(server: Tenant) -> None:
    source = estimate(server, lines=[line("2", "50.00")], discount_value="10")
    assert converted(server, source, lines=[line("1", "30.00")])["amount"]["amount"] == "30.00"
    assert converted(server, source, discount_value="50")["amount"]["amount"] == "50.00"


@pytest.mark.parametrize("fields", [{}, {"currency_code": "EUR"}])
def test_conversion_keeps_the_currency_and_books_its_rate(server: Tenant, fields: dict[str, Any]) -> None:
    server.rate("EUR", "2026-01-01", "1.10")
    source = estimate(server, lines=[line("1", "100.00")], currency_code="EUR")
    bill = converted(server, source, status=2, **fields)
    assert bill["amount"] == {"amount": "100.00", "code": "EUR"}
    assert balances(server) == {"1200/1": "110.00", "4000/1": "-110.00"}


def test_conversion_into_another_currency_is_refused(server: Tenant) -> None:
    source = estimate(server, lines=[line("1", "100.00")], currency_code="EUR")
    body = {"customerid": source["customerid"], "create_date": "2026-03-05", "estimateid": source["id"], "currency_code": "USD"}
    before = everything(server)
    assert refused(server.post("invoices/invoices", {"invoice": body})) == (422, 1004, "currency_code")
    assert everything(server) == before


def test_an_invoice_sent_at_once_converts_at_once(server: Tenant) -> None:
    source = estimate(server, lines=[line("1", "5.00")])
    bill = converted(server, source, status=2)
    assert state(server, source["id"])[0] == 6
    assert balances(server)["1200/1"] == "5.00"
    server.change("invoice", bill["id"], status=1)
    assert server.read("invoice", bill["id"])["status"] == 1


def test_a_payment_on_the_draft_converts_too(server: Tenant) -> None:
    source = estimate(server, lines=[line("1", "5.00")])
    bill = converted(server, source)
    server.create("payment", invoiceid=bill["id"], amount="1.00", date="2026-03-05")
    assert state(server, source["id"])[0] == 6


def test_one_of_two_invoices_of_an_estimate_is_deleted(server: Tenant) -> None:
    source = estimate(server, lines=[line("1", "5.00")])
    sent, other, draft = (converted(server, source, status=status)["id"] for status in (2, 2, 1))
    server.remove("invoice", draft)
    server.remove("invoice", other)
    assert state(server, source["id"])[0] == 6, "one is sent still"
    server.remove("invoice", sent)
    assert state(server, source["id"])[0] == 1
    server.change("invoice", draft, vis_state=0)
    assert state(server, source["id"])[0] == 1
    server.change("invoice", other, vis_state=0)
    assert state(server, source["id"])[0] == 6


def test_estimates_are_found_by_their_status(server: Tenant) -> None:
    draft, sent, accepted = (estimate(server) for _ in range(3))
    server.change("estimate", sent["id"], action_email=True)
    server.change("estimate", accepted["id"], action_accept=True)
    for status, made in ((1, draft), (2, sent), (5, accepted)):
        assert [each["id"] for each in server.found("estimate", **{"search[statusid]": status})] == [made["id"]]
    found = server.found("estimate", **{"search[statusids][]": [1, 5]})
    assert {each["id"] for each in found} == {draft["id"], accepted["id"]}


@pytest.mark.parametrize("way", ["DELETE", "vis_state"])
def test_a_deleted_estimate_comes_back(server: Tenant, way: str) -> None:
    made = estimate(server, lines=[line("1", "5.00")])
    if way == "DELETE":
        server.remove("estimate", made["id"])
    else:
        server.change("estimate", made["id"], vis_state=1)
    assert server.found("estimate") == []
    assert refused(server.put(f"estimates/estimates/{made['id']}", {"estimate": {"notes": "x"}})) == (422, 1011, "estimateid")
    assert server.change("estimate", made["id"], vis_state=0) == made
    assert [each["id"] for each in server.found("estimate")] == [made["id"]]


@pytest.mark.parametrize(
    ("sections", "problem"),
    [
        pytest.param(["Scope"], (422, 1035, "sections[0]"), id="a word"),
        pytest.param([{"type": "overview"}, {"type": "epilogue"}], (422, 1004, "sections[1].type"), id="an unknown kind"),
    ],
)
def test_a_section_of_a_proposal_is_refused(server: Tenant, sections: list[Any], problem: tuple[int, int, str]) -> None:
    body = {"customerid": client(server), "create_date": "2026-03-03", "sections": sections}
    assert refused(server.post("estimates/estimates", {"estimate": body})) == problem


def test_a_deleted_estimate_makes_no_invoice(server: Tenant) -> None:
    made = estimate(server, lines=[line("1", "5.00")])
    server.remove("estimate", made["id"])
    body = {"customerid": made["customerid"], "create_date": "2026-03-03", "estimateid": made["id"]}
    before = everything(server)
    assert refused(server.post("invoices/invoices", {"invoice": body})) == (422, 1011, "estimateid")
    assert everything(server) == before


BLUE = {"theme_primary_color": "#0000ff", "theme_layout": "modern", "date_format": "dd/mm/yyyy"}


@pytest.mark.parametrize("noun", ["invoice", "estimate"])
def test_a_document_takes_the_style_of_the_one_before(server: Tenant, noun: str) -> None:
    customer = client(server)

    def style(**fields: Any) -> Any:
        made = server.create(noun, customerid=customer, create_date="2026-03-03", **fields, include=["presentation"])
        assert made["presentation"].pop("invoiceid") == made["id"]
        return made["presentation"]

    plain = style()
    assert (plain["theme_layout"], plain["theme_font_name"], plain["date_format"]) == ("simple", "modern", "mm/dd/yyyy")
    blue = style(presentation=BLUE)
    assert blue == plain | BLUE
    assert style() == blue
    assert style(presentation={"theme_layout": "classic"}) == blue | {"theme_layout": "classic"}


def test_an_invoice_may_begin_with_the_plain_style(server: Tenant) -> None:
    customer = client(server)
    invoice(server, customerid=customer, presentation=BLUE)
    made = invoice(server, customerid=customer, use_default_presentation=False, include=["presentation"])
    assert made["presentation"]["theme_layout"] == "simple"


def test_a_style_is_changed_in_part(server: Tenant) -> None:
    made = invoice(server, presentation=BLUE)
    after = server.change("invoice", made["id"], presentation={"theme_font_name": "classic"}, include=["presentation"])
    assert {name: after["presentation"][name] for name in BLUE} == BLUE
    assert after["presentation"]["theme_font_name"] == "classic"


@pytest.mark.parametrize(
    ("style", "problem"),
    [
        pytest.param({"theme_layout": "baroque"}, (422, 1004, "presentation.theme_layout"), id="an unknown layout"),
        pytest.param({"date_format": 7}, (422, 1004, "presentation.date_format"), id="a number for a format"),
        pytest.param([BLUE], (422, 1035, "presentation"), id="a list"),
        pytest.param({"theme_primary_color": "red"}, (422, 1004, "presentation.theme_primary_color"), id="a colour by name"),
        pytest.param({"label": 5}, (422, 1004, "presentation.label"), id="a number for a word"),
        pytest.param({"image_banner_position_y": "top"}, (422, 1004, "presentation.image_banner_position_y"), id="a word for a place"),
    ],
)
def test_a_style_is_refused(server: Tenant, style: Any, problem: tuple[int, int, str]) -> None:
    body = {"customerid": client(server), "create_date": "2026-03-03", "presentation": style}
    before = everything(server)
    assert refused(server.post("invoices/invoices", {"invoice": body})) == problem
    assert everything(server) == before
