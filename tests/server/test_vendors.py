"""The names that expenses give to whom was paid (accounting section 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.tables import differences
from tests.server.bodies import refused

if TYPE_CHECKING:
    from tests.support.tenant import Tenant

NAMES = ("Paper Ltd", "Ink & Co", None, "Paper Ltd", "", "Aurora")


def spend(server: Tenant, vendor: str | None, date: str = "2026-03-05") -> Any:
    category = server.found("category")[0]["id"]
    return server.create("expense", amount="5.00", categoryid=category, staffid=1, date=date, vendor=vendor)


def vendors(server: Tenant, **query: Any) -> tuple[list[str], dict[str, int]]:
    status, body, headers = server.get("expenses/vendors", params=query)
    assert (status, headers.get("X-Bursar-Ignored-Fields")) == (200, None), body
    result = body["response"]["result"]
    found = result.pop("vendors")
    assert [text for each in found for text in differences(each, "expense_vendor")] == []
    return [each["vendor"] for each in found], result


def test_every_name_is_listed_once(server: Tenant) -> None:
    assert vendors(server) == ([], {"page": 1, "pages": 0, "per_page": 15, "total": 0})
    spend(server.another(), "Somebody else's")
    for name in NAMES:
        spend(server, name)
    assert vendors(server) == (["Aurora", "Ink & Co", "Paper Ltd"], {"page": 1, "pages": 1, "per_page": 15, "total": 3})
    assert vendors(server, page=2, per_page=2) == (["Paper Ltd"], {"page": 2, "pages": 2, "per_page": 2, "total": 3})
    assert vendors(server, page=9)[0] == []


def test_a_name_goes_with_its_last_expense(server: Tenant) -> None:
    first, second = (spend(server, "Paper Ltd", date)["id"] for date in ("2026-03-05", "2026-02-05"))
    server.change("expense", first, vis_state=1)
    assert vendors(server)[0] == ["Paper Ltd"]
    assert vendors(server, **{"search[date_min]": "2026-03-01"})[0] == []
    server.change("expense", second, vendor="Print Ltd")
    assert vendors(server)[0] == ["Print Ltd"]


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        pytest.param({"page": "x"}, (422, 1014, "page"), id="a word for a page"),
        pytest.param({"per_page": "-1"}, (422, 1013, "per_page"), id="a page of less than nothing"),
    ],
)
def test_bad_paging_is_refused(server: Tenant, query: dict[str, str], problem: tuple[int, int, str]) -> None:
    assert refused(server.get("expenses/vendors", params=query)) == problem


def test_what_means_nothing_is_named(server: Tenant) -> None:
    status, _, headers = server.get("expenses/vendors", params={"nonsense": "1"})
    assert (status, headers["X-Bursar-Ignored-Fields"]) == (200, "nonsense")
