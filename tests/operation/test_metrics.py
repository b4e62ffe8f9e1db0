"""The numbers a server counts, and who gets to see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

if TYPE_CHECKING:
    from tests.support.tenant import Tenant


def samples(tenant: Tenant, **headers: str) -> dict[tuple[str, ...], float]:
    answer = tenant.place.http.get(tenant.url + "/_/metrics", headers=headers, timeout=20)
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.text)
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


def test_requests_are_counted_by_operation_and_status(server: Tenant) -> None:
    before = samples(server)
    server.get("users/clients")
    server.get("users/clients/99999")
    server.post("users/clients", {"client": {"organization": "Acme"}})
    after = samples(server)
    counted = {key: after[key] - before.get(key, 0) for key in after if key[0] == "bursar_request_seconds_count"}
    assert {key[1:]: count for key, count in counted.items() if count and key[1].startswith("clients.")} == {
        ("clients.list", "200"): 1,
        ("clients.get", "404"): 1,
        ("clients.create", "200"): 1,
    }


def test_a_histogram_ends_with_everything(server: Tenant) -> None:
    server.get("users/clients")
    found = samples(server)
    assert (
        found["bursar_request_seconds_bucket", "+Inf", "clients.list", "200"]
        == found["bursar_request_seconds_count", "clients.list", "200"]
    )
    assert 0 < found["bursar_request_seconds_sum", "clients.list", "200"] < 60


@pytest.mark.parametrize("name", ["bursar_store_works_total", "bursar_store_batches_total", "process_resident_memory_bytes"])
def test_the_store_and_the_process_are_told_of(server: Tenant, name: str) -> None:
    server.post("users/clients", {"client": {"organization": "Acme"}})
    assert samples(server)[(name,)] > 0


def test_waiting_mails_are_counted(server: Tenant) -> None:
    before = samples(server)["bursar_mails_waiting",]
    customer = server.create("client", email="ann@acme.example")["id"]
    server.create("invoice", customerid=customer, create_date="2026-03-03", action_email=True)
    assert samples(server)["bursar_mails_waiting",] == before + 1


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_what_comes_through_a_proxy_is_not_from_this_machine(server: Tenant, header: str) -> None:
    status, body, _ = server.get("/_/metrics", token="", headers={header: "127.0.0.1"})
    assert (status, body["error"]) == (403, "forbidden")


def test_the_token_lets_anybody_see_them(server: Tenant) -> None:
    tenant = server.under(metrics_token="let-me-see")
    away = {"X-Forwarded-For": "203.0.113.9"}
    assert samples(tenant, Authorization="Bearer let-me-see", **away)
    assert tenant.get("/_/metrics", token="let-me-se", headers=away)[0] == 403


def test_an_empty_token_opens_nothing(server: Tenant) -> None:
    status, _, _ = server.get("/_/metrics", token="", headers={"X-Forwarded-For": "203.0.113.9", "Authorization": "Bearer "})
    assert status == 403
