"""The worked examples of invoice arithmetic, over the wire and into the ledger (semantics 2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.server.bodies import GST, HST, QST, Tax, client, invoice, line, pay
from tests.support.ledger import summed

if TYPE_CHECKING:
    from tests.support.tenant import Tenant

VAT20, VAT5, CT, VAT = Tax("VAT", "20"), Tax("VAT", "5"), Tax("CT", "10"), Tax("VAT", "10")
QST95, ODD = Tax("QST", "9.5"), Tax("Odd", "9.975")

# id, lines, discount, currency, line amounts, discount_total, taxes by name and rate in minor units, amount
EXAMPLES = [
    pytest.param([line("3", "19.99")], "0", "CAD", ["59.97"], "0.00", {}, "59.97", id="AMT-01"),
    pytest.param([line("1.5", "33.33")], "0", "CAD", ["50.00"], "0.00", {}, "50.00", id="AMT-02"),
    pytest.param([line("0.5", "0.05")], "0", "CAD", ["0.03"], "0.00", {}, "0.03", id="AMT-03"),
    pytest.param([line("1", "50.10", GST)], "0", "CAD", ["50.10"], "0.00", {GST: 251}, "52.61", id="AMT-04"),
    pytest.param([line("1", "3.35", HST)] * 3, "0", "CAD", ["3.35"] * 3, "0.00", {HST: 131}, "11.36", id="AMT-05"),
    pytest.param(
        [line("2", "31.00", HST), line("4", "7.45", GST)],
        *("0", "CAD", ["62.00", "29.80"], "0.00", {HST: 806, GST: 149}, "101.35"),
        id="AMT-06",
    ),
    pytest.param([line("1", "140.00", GST, QST)], "0", "CAD", ["140.00"], "0.00", {GST: 700, QST: 1397}, "160.97", id="AMT-07"),
    pytest.param([line("1", "8180.00", GST, QST)], "0", "CAD", ["8180.00"], "0.00", {GST: 40900, QST: 81596}, "9404.96", id="AMT-08"),
    pytest.param(
        [line("1", "100.00", GST, QST95, compounded_tax=True)],
        *("0", "CAD", ["100.00"], "0.00", {GST: 500, QST95: 998}, "114.98"),
        id="AMT-09",
    ),
    pytest.param([line("1", "100.00", GST, QST95)], "0", "CAD", ["100.00"], "0.00", {GST: 500, QST95: 950}, "114.50", id="AMT-10"),
    pytest.param(
        [line("5", "30.00", HST), line("2", "25.00")], "10", "CAD", ["150.00", "50.00"], "-20.00", {HST: 1755}, "197.55", id="AMT-11"
    ),
    pytest.param([line("1", "33.33", HST)] * 3, "10", "CAD", ["33.33"] * 3, "-10.00", {HST: 1170}, "101.69", id="AMT-12"),
    pytest.param([line("1", "80.00", HST)], "100", "CAD", ["80.00"], "-80.00", {}, "0.00", id="AMT-13"),
    pytest.param(
        [line("1", "200.00", HST), line("1", "-50.00", HST)], "0", "CAD", ["200.00", "-50.00"], "0.00", {HST: 1950}, "169.50", id="AMT-14"
    ),
    pytest.param([line("1", "100.00", HST)], "12.5", "CAD", ["100.00"], "-12.50", {HST: 1138}, "98.88", id="AMT-15"),
    pytest.param(
        [line("1", "40.00", VAT20), line("1", "60.00", VAT5)],
        *("0", "EUR", ["40.00", "60.00"], "0.00", {VAT20: 800, VAT5: 300}, "111.00"),
        id="AMT-16",
    ),
    pytest.param([line("3", "355", CT)], "0", "JPY", ["1065.00"], "0.00", {CT: 10700}, "1172.00", id="AMT-17"),
    pytest.param([line("3", "1.2345", VAT)], "0", "BHD", ["3.704"], "0.000", {VAT: 370}, "4.074", id="AMT-18"),
    pytest.param([line("1", "1.06", ODD)], "10", "CAD", ["1.06"], "-0.11", {ODD: 10}, "1.05", id="AMT-19"),
    pytest.param([line("7.25", "95.00", HST)], "0", "CAD", ["688.75"], "0.00", {HST: 8954}, "778.29", id="AMT-20"),
    pytest.param([line("4", "5.00", HST), line("6", "4.00")], "10", "CAD", ["20.00", "24.00"], "-4.40", {HST: 234}, "41.94", id="AMT-21"),
]


@pytest.mark.parametrize(("lines", "discount", "code", "amounts", "discount_total", "taxes", "amount"), EXAMPLES)
def test_an_invoice_adds_up(
    server: Tenant,
    lines: list[Any],
    discount: str,
    code: str,
    amounts: list[str],
    discount_total: str,
    taxes: dict[Tax, int],
    amount: str,
) -> None:
    made = invoice(server, *lines, discount_value=discount, currency_code=code, include=["lines"])
    assert [each["amount"]["amount"] for each in made["lines"]] == amounts
    assert made["discount_total"] == {"amount": discount_total, "code": code}
    assert made["amount"] == made["outstanding"] == {"amount": amount, "code": code}
    assert made["discount"] == {"amount": made["discount_total"], "rate": discount, "type": "percent"}
    booked = summed(server, lambda row: (row.tax_name, row.tax_rate) if row.tax_name else None, native=True)
    assert {key: -minor for key, minor in booked.items() if key} == {
        (tax.name, round(float(tax.percent) * 1_000_000)): minor for tax, minor in taxes.items()
    }
    assert server.read("invoice", made["id"], "lines") == made


@pytest.mark.parametrize(
    ("policy", "lines", "code", "amount"),
    [
        pytest.param({"rounding": "half_even"}, [line("0.5", "0.05")], "CAD", "0.02", id="AMT-03 half even"),
        pytest.param({"rounding": "half_even"}, [line("1", "50.10", GST)], "CAD", "52.60", id="AMT-04 half even"),
        pytest.param({"tax_rounding": "line"}, [line("1", "3.35", HST)] * 3, "CAD", "11.37", id="AMT-05 rounded by line"),
        pytest.param({"zero_decimal_rounding": "cents"}, [line("3", "355", CT)], "JPY", "1171.50", id="AMT-17 in cents"),
    ],
)
def test_a_policy_rounds_otherwise(server: Tenant, policy: dict[str, str], lines: list[Any], code: str, amount: str) -> None:
    made = invoice(server.under(policy=policy), *lines, currency_code=code)
    assert made["amount"]["amount"] == amount


@pytest.mark.parametrize(
    ("lines", "discount", "code", "amounts", "discount_total", "taxes", "amount"),
    [example for example in EXAMPLES if example.id in ("AMT-02", "AMT-09", "AMT-11", "AMT-17", "AMT-18")],
)
def test_an_estimate_adds_up_like_an_invoice(
    server: Tenant, lines: list[Any], discount: str, code: str, amounts: list[str], discount_total: str, taxes: Any, amount: str
) -> None:
    made = server.create(
        "estimate",
        customerid=client(server),
        create_date="2026-03-03",
        currency_code=code,
        discount_value=discount,
        lines=lines,
        include=["lines"],
    )
    assert [each["amount"]["amount"] for each in made["lines"]] == amounts
    assert (made["discount_total"]["amount"], made["amount"]["amount"]) == (discount_total, amount)
    assert summed(server, lambda row: row.account) == {}, "estimates never post"


def test_amt_21_outstanding_after_a_payment(server: Tenant) -> None:
    made = invoice(server, line("4", "5.00", HST), line("6", "4.00"), discount_value="10")
    pay(server, made["id"], "20.00")
    after = server.read("invoice", made["id"])
    assert [after[name]["amount"] for name in ("amount", "paid", "net_paid_amount", "outstanding")] == ["41.94", "20.00", "20.00", "21.94"]


def test_the_first_line_describes_the_invoice(server: Tenant) -> None:
    made = invoice(server, line("1", "5.00", description="Design"), line("1", "5.00", description="Print"))
    assert made["description"] == "Design"
    assert invoice(server)["description"] == ""


def test_lines_count_from_one_and_take_the_number_of_their_tax(server: Tenant) -> None:
    server.create("tax", name="HST", amount="13", number="RT 0001")
    made = invoice(server, line("1", "5.00", HST), line("1", "7.00", GST), include=["lines"])
    assert [(each["lineid"], each["taskno"], each["taxNumber1"]) for each in made["lines"]] == [(1, 1, "RT 0001"), (2, 2, None)]


def test_a_changed_tax_changes_no_document(server: Tenant) -> None:
    tax = server.create("tax", name="HST", amount="13", number="RT 0001")
    made = invoice(server, line("1", "100.00", HST), include=["lines"])
    server.change("tax", tax["id"], amount="15", number="RT 0002")
    server.change("invoice", made["id"], notes="after the tax changed")
    assert server.read("invoice", made["id"], "lines")["lines"][0] | {"updated": ""} == made["lines"][0] | {"updated": ""}
    server.remove("tax", tax["id"])
    assert server.read("invoice", made["id"])["amount"]["amount"] == "113.00"


def test_a_tax_without_a_second_one_compounds_nothing(server: Tenant) -> None:
    assert invoice(server, line("1", "100.00", GST, compounded_tax=True))["amount"]["amount"] == "105.00"
