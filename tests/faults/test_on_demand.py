"""Faults on demand as a client meets them."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
import requests
from freshbooks import Client

from tests.cli.commands import bursar, serving
from tests.operation.test_metrics import samples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.tenant import Tenant

    Plan = Callable[..., Tenant]

CLIENT = {"client": {"organization": "Acme"}}


@pytest.fixture
def plan(server: Tenant) -> Iterator[Plan]:
    """Set faults and answer the server; they end with the test."""

    def planned(*faults: str, **more: Any) -> Tenant:
        status, body, _ = server.post("/_/test/fault", {"faults": faults, **more})
        assert (status, [each["fault"] for each in body["faults"]]) == (200, list(faults))
        return server

    yield planned
    assert server.delete("/_/test/fault")[:2] == (200, {"seed": 1, "faults": []})


@pytest.mark.parametrize(
    ("path", "fault", "wanted"),
    [
        ("users/clients", "429", {"errno": 429, "field": "", "message": "HTTP_RATE_LIMITED", "object": "", "value": ""}),
        ("/projects/business/{0.business_id}/projects", "429", {"errno": 429, "message": "HTTP_RATE_LIMITED"}),
        ("/auth/api/v1/users/me", "500", {"error": "internal_server_error", "error_description": "internal server error"}),
        ("/projects/business/{0.business_id}/projects", "500", {"errno": 500, "message": "An internal error has occurred."}),
    ],
)
def test_an_error_has_the_shape_and_the_headers_of_a_real_one(plan: Plan, path: str, fault: str, wanted: Any) -> None:
    server = plan(f"100%:{fault}", seed=1)
    status, body, headers = server.get(path.format(server))
    assert status == int(fault)
    assert body == ({"response": {"errors": [wanted]}} if path == "users/clients" else wanted)
    assert headers["x-request-id"]
    assert headers.get("retry-after") == ("1" if fault == "429" else None)


def test_a_429_on_demand_tells_an_empty_bucket(server: Tenant) -> None:
    tenant = server.under(limits={"per_minute": 600}, fault=("100%:429",))
    _, _, headers = tenant.get("users/clients")
    assert (headers["x-ratelimit-limit"], headers["x-ratelimit-remaining"], headers["retry-after"]) == ("600", "0", "60")
    _, _, headers = tenant.post("users/clients", CLIENT)
    assert (headers["x-ratelimit-limit"], headers["x-ratelimit-remaining"]) == ("250", "0")


@pytest.mark.parametrize(("fault", "stored"), [("500", 0), ("429", 0), ("drop-before", 0), ("drop-after", 1)])
def test_what_is_stored(plan: Plan, fault: str, stored: int) -> None:
    server = plan(f"clients.create@100%x1:{fault}")
    if fault.startswith("drop"):
        with pytest.raises(requests.ConnectionError):
            server.post("users/clients", CLIENT)
    else:
        assert server.post("users/clients", CLIENT)[0] == int(fault)
    assert len(server.found("client")) == stored
    assert server.post("users/clients", CLIENT)[0] == 200


def test_a_drop_leaves_no_byte_of_an_answer(plan: Plan) -> None:
    server = plan("clients.list@100%x1:drop-before")
    with pytest.raises(requests.ConnectionError) as failed:
        server.get("users/clients")
    assert "RemoteDisconnected" in repr(failed.value) or "reset" in repr(failed.value)


def test_the_answer_to_a_call_that_is_refused_is_dropped_too(plan: Plan) -> None:
    server = plan("clients.get@100%x1:drop-after")
    with pytest.raises(requests.ConnectionError):
        server.get("users/clients/99999")


def test_a_timeout_holds_the_answer_and_ends_when_the_caller_leaves(plan: Plan) -> None:
    server = plan("clients.create@100%x1:timeout=600")
    counted = ("bursar_request_seconds_count", "clients.create", "200")
    before = samples(server).get(counted, 0)
    with pytest.raises(requests.ReadTimeout):
        server.http.post(
            f"{server.url}/accounting/account/{server.account_id}/users/clients",
            json=CLIENT,
            headers={"Authorization": f"Bearer {server.token}"},
            timeout=0.3,
        )
    ends = time.monotonic() + 20
    while samples(server).get(counted, 0) == before:
        assert time.monotonic() < ends, "the answer is still held"
    assert len(server.found("client")) == 1


def test_a_held_answer_comes_after_its_time(plan: Plan) -> None:
    server = plan("clients.list@100%x1:timeout=1")
    began = time.monotonic()
    assert server.get("users/clients")[0] == 200
    assert time.monotonic() - began >= 1


def test_the_official_sdk_tries_a_429_again(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    server = plan("clients.list@100%x2:429")
    monkeypatch.setenv("FRESHBOOKS_API_URL", server.url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    books = Client("a test", access_token=server.token)
    assert list(books.clients.list(server.account_id)) == []
    assert server.get("/_/test/fault")[1]["faults"] == [{"fault": "clients.list@100%x2:429", "asked": 3, "struck": 2}]


def test_faults_are_counted(plan: Plan) -> None:
    server = plan("clients.list@100%x1:500")
    key = ("bursar_faults_total", "500", "clients.list")
    before = samples(server).get(key, 0)
    server.get("users/clients")
    assert samples(server)[key] == before + 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"faults": ["5%:418"]}, "there is no fault '418'"),
        ({"faults": "5%:429"}, "send {"),
        ({"faults": [5]}, "send {"),
        ({"faults": [], "seed": "x"}, "send {"),
        ({"faults": [], "more": 1}, "send {"),
        ([], "send {"),
    ],
)
def test_what_cannot_be_set_is_refused(server: Tenant, body: Any, said: str) -> None:
    status, answer, _ = server.post("/_/test/fault", body)
    assert (status, said in answer["error"]) == (422, True)


def test_another_site_cannot_set_them(server: Tenant) -> None:
    answer = server.http.post(server.url + "/_/test/fault", data='{"faults": []}', headers={"Content-Type": "text/plain"}, timeout=20)
    assert answer.status_code == 415


def test_real_books_have_no_faults(server: Tenant) -> None:
    assert server.under(demo=False).get("/_/test/fault")[0] == 404


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--fault", "5%:429"], "goes with --demo"),
        (["--demo", "--fault", "5%:418"], "there is no fault '418'"),
        (["--demo", "--fault", "nothing.*@5%:429"], "no operation is called nothing.*"),
        (["--demo", "--fault", "5%:429", "--workers", "2", "--database-url", "postgresql://127.0.0.1:1/x"], "goes with one process"),
    ],
)
def test_a_flag_that_cannot_be_followed(tmp_path: Path, flags: list[str], said: str) -> None:
    refused = bursar("serve", "--data", tmp_path / "data", "--port", 0, *flags, cwd=tmp_path)
    assert (refused.code, said in refused.err, "Traceback" in refused.err) == (4, True, False), refused.err


def test_flags_set_faults_and_a_stop_lets_held_answers_go(tmp_path: Path) -> None:
    flags = ("--fault", "clients.list@100%x1:500", "--fault", "identity.me@100%:timeout=3000", "--fault-seed", 9)
    with serving("--demo", "--data", tmp_path / "data", *flags, cwd=tmp_path) as server:
        token = json.loads((tmp_path / "data" / "demo.json").read_text())["access_token"]
        held: list[int] = []
        asking = threading.Thread(target=lambda: held.append(server.get("/auth/api/v1/users/me", token).status_code))
        asking.start()
        ends = time.monotonic() + 20
        with requests.Session() as other:
            other.trust_env = False
            while True:
                shown = other.get(server.url + "/_/test/fault", timeout=20).json()
                if shown["faults"][1]["struck"]:
                    break
                assert time.monotonic() < ends, "the call did not arrive"
        assert (shown["seed"], len(shown["faults"])) == (9, 2)
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 20, "it waited for the answer that was held"
        asking.join()
    assert held == [200]
