"""The installed plugin: what its fixtures give to a project's tests, and what it leaves alone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
from freshbooks import FreshBooksError

from bursar.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from bursar.testing.books import Books, ServerClock, ServerFaults, ServerSnapshots
    from bursar.testing.webhooks import Webhooks

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "testing.md"
ELSEWHERE = {
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
    "BURSAR_PUBLIC_URL": "https://elsewhere.example.com",
    "BURSAR_LIMITS__PER_MINUTE": "1",
    "HTTP_PROXY": "http://127.0.0.1:1",
    "http_proxy": "http://127.0.0.1:1",
}


def run(folder: Path, files: dict[str, str], *options: str, **variables: str) -> str:
    """Run a project's own tests as its owner does, warnings being errors; answers what pytest says last."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    left_out = (f"-pno:{name}" for name in ("cacheprovider", "schemathesis", "hypothesispytest", "anyio", "timeout"))
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", *left_out, *options]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "FRESHBOOKS_"))}
    done = subprocess.run(command, cwd=folder, env=environment | variables, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return re.sub(r" in [\d.]+s.*", "", done.stdout.strip().splitlines()[-1])


def test_the_guide_is_true(tmp_path: Path) -> None:
    files = dict(re.findall(r"```python\n# (\S+)\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL))
    assert sorted(files) == ["overdue.py", "test_overdue.py", "test_two.py"]
    assert run(tmp_path, files, "-n", "2") == "4 passed"


def test_a_run_that_asks_for_nothing_loads_nothing(tmp_path: Path) -> None:
    text = """
import sys

def test_it():
    loaded = {name for name in sys.modules if name.partition(".")[0] in {"bursar", "uvicorn", "sqlalchemy", "pydantic"}}
    assert loaded == {"bursar", "bursar.testing", "bursar.testing.plugin"}
"""
    assert run(tmp_path, {"test_it.py": text}) == "1 passed"


def test_what_surrounds_the_run_is_about_another_server(tmp_path: Path) -> None:
    text = """
import logging
import os
import pytest

@pytest.fixture(autouse=True)
def environment():
    before = os.environ.copy()
    del before["PYTEST_CURRENT_TEST"]
    yield
    assert before.items() <= os.environ.items()
    assert {name for name in os.environ if name.startswith("FRESHBOOKS_")} == set()

@pytest.mark.parametrize("time", [1, 2])
def test_it(bursar, bursar_client, time):
    assert os.environ["FRESHBOOKS_API_URL"] == bursar.url
    assert os.environ["FRESHBOOKS_ACCESS_TOKEN"] == bursar.token
    books = bursar_client()
    assert books.clients.list(bursar.account_id).data["clients"] == []
    assert books.clients.create(bursar.account_id, {"organization": "Acme"}).organization == "Acme"
    assert logging.getLogger("bursar").level == logging.NOTSET
"""
    (tmp_path / "bursar.toml").write_text("no_such_setting = 1\n")
    without_sdk = """
import sys
import urllib.request

def test_without_the_sdk_there_are_credentials(bursar, bursar_client, monkeypatch):
    monkeypatch.setitem(sys.modules, "freshbooks", None)
    given = bursar_client("user:clients:read")
    path = f"{given.base_url}/accounting/account/{given.account_id}/users/clients"
    asked = urllib.request.Request(path, headers={"Authorization": f"Bearer {given.access_token}"})
    with urllib.request.urlopen(asked) as answer:
        assert answer.status == 200
"""
    assert run(tmp_path, {"test_it.py": text, "test_without.py": without_sdk}, **ELSEWHERE) == "3 passed"


def test_a_project_chooses_its_books(tmp_path: Path) -> None:
    conftest = """
import pytest

@pytest.fixture
def bursar_business():
    return {"currency_code": "EUR", "timezone": "Europe/Berlin", "country": "DE", "name": "Hafen GmbH"}

@pytest.fixture(scope="session")
def bursar_settings():
    return {"limits": {"per_minute": 2}}
"""
    text = """
import pytest
from freshbooks import FreshBooksError

def test_it(bursar, bursar_client):
    books = bursar_client(auto_retry=False)
    assert books.current_user().business_memberships[0].business.name == "Hafen GmbH"
    client = books.clients.create(bursar.account_id, {"organization": "Acme"})
    assert client.currency_code == "EUR"
    with pytest.raises(FreshBooksError) as refused:
        books.current_user()
    assert refused.value.status_code == 429
"""
    assert run(tmp_path, {"conftest.py": conftest, "test_it.py": text}) == "1 passed"


@pytest.mark.parametrize("chosen", ["option", "ini"])
def test_sample_books_are_the_same_for_every_test(tmp_path: Path, chosen: str) -> None:
    text = """
import pytest

@pytest.mark.parametrize("time", [1, 2])
def test_it(bursar, bursar_client, bursar_clock, time):
    books = bursar_client()
    before = books.clients.list(bursar.account_id).data["total"]
    assert before > 3
    books.clients.create(bursar.account_id, {"organization": "Number", "email": "n@example.com"})
    assert books.clients.list(bursar.account_id).data["total"] == before + 1
    assert before == known.setdefault("clients", before)
    bursar_clock.advance(days=400)

known = {}
"""
    files = {"test_it.py": text} | ({"pytest.ini": "[pytest]\nbursar_demo = true\n"} if chosen == "ini" else {})
    assert run(tmp_path, files, *(["--bursar-demo"] if chosen == "option" else [])) == "2 passed"


def test_scopes_are_held_to(bursar: Books, bursar_client: Callable[..., Any]) -> None:
    reader = bursar_client("user:clients:read", auto_retry=False)
    assert reader.clients.list(bursar.account_id).data["clients"] == []
    calls: tuple[Callable[[], Any], ...] = (
        lambda: reader.clients.create(bursar.account_id, {"organization": "Acme"}),
        lambda: reader.invoices.list(bursar.account_id),
        lambda: reader.projects.list(bursar.business_id),
    )
    for call in calls:
        with pytest.raises(FreshBooksError) as refused:
            call()
        assert refused.value.status_code == 403
    with pytest.raises(Refusal, match="no scope 'user:everything:write'"):
        bursar.access("user:everything:write")


def test_one_clients_token_leaves_those_of_others(bursar: Books, bursar_client: Callable[..., Any]) -> None:
    first, second = bursar_client(expires=True), bursar_client(expires=True)
    second.refresh_access_token()
    for each in (first, second, bursar_client()):
        assert each.current_user().email == bursar.credentials.owner_email


@pytest.mark.parametrize("time", [1, 2])
def test_the_clock_moves_and_is_back_for_the_next_test(bursar_clock: ServerClock, time: int) -> None:
    began = datetime.now(UTC)
    assert abs(bursar_clock.now - began) < timedelta(minutes=1)
    assert abs(bursar_clock.advance(days=30, hours=1) - began - timedelta(days=30, hours=1)) < timedelta(minutes=1)
    moment = (began + timedelta(days=60)).replace(microsecond=0)
    assert abs(bursar_clock.set(moment) - moment) < timedelta(minutes=1)
    assert abs(bursar_clock.advance(timedelta(seconds=90)) - moment) < timedelta(minutes=2)


def test_the_clock_never_goes_back(bursar_clock: ServerClock) -> None:
    with pytest.raises(ValueError, match="never goes back"):
        bursar_clock.advance(days=-1)
    with pytest.raises(ValueError, match="never goes back"):
        bursar_clock.set(datetime.now(UTC) - timedelta(hours=1))
    with pytest.raises(ValueError, match="time zone"):
        bursar_clock.set(datetime(2030, 1, 1))  # noqa: DTZ001 - that is what is refused


def test_the_next_call_goes_wrong_and_no_other(bursar: Books, bursar_client: Callable[..., Any], bursar_faults: ServerFaults) -> None:
    books = bursar_client(auto_retry=False)
    bursar_faults.next("clients.list", "500")
    with pytest.raises(FreshBooksError) as refused:
        books.clients.list(bursar.account_id)
    assert refused.value.status_code == 500
    assert books.clients.list(bursar.account_id).data["clients"] == []
    assert bursar_faults.struck == 1


def test_what_was_stored_before_the_connection_went_stays(
    bursar: Books, bursar_client: Callable[..., Any], bursar_faults: ServerFaults
) -> None:
    books = bursar_client(auto_retry=False)
    bursar_faults.next("clients.create", "drop-after")
    with pytest.raises(requests.ConnectionError):
        books.clients.create(bursar.account_id, {"organization": "Acme"})
    assert [each.organization for each in books.clients.list(bursar.account_id)] == ["Acme"]


def test_a_fault_that_cannot_be_is_refused_and_none_is_left_over(bursar: Books, bursar_faults: ServerFaults) -> None:
    with pytest.raises(ValueError, match="there is no fault 'melt'"):
        bursar_faults.plan("5%:melt")
    bursar_faults.plan("100%:500")
    bursar_faults.clear()
    assert bursar.client(auto_retry=False).current_user().email == bursar.credentials.owner_email


def test_webhooks_are_verified_signed_and_waited_for(bursar: Books, bursar_webhooks: Webhooks) -> None:
    bursar_webhooks.register("client")
    books = bursar.client()
    client = books.clients.create(bursar.account_id, {"organization": "Acme"})
    books.taxes.create(bursar.account_id, {"name": "VAT", "amount": 20})
    books.clients.update(bursar.account_id, client.id, {"organization": "Acme Ltd"})
    (changed,) = bursar_webhooks.wait("client.update")
    assert (changed.object_id, changed.signed, changed.fields["account_id"]) == (client.id, True, bursar.account_id)
    assert [each.event for each in bursar_webhooks.received] == ["client.create", "client.update"]
    with pytest.raises(ValueError, match="Unrecognized event"):
        bursar_webhooks.register("client.explode")


def test_a_refused_webhook_comes_again_when_its_time_has_come(bursar: Books, bursar_webhooks: Webhooks, bursar_clock: ServerClock) -> None:
    bursar_webhooks.register("tax.create")
    bursar_webhooks.status = 503
    bursar.client().taxes.create(bursar.account_id, {"name": "VAT", "amount": 20})
    (first,) = bursar_webhooks.wait("tax.create")
    bursar_webhooks.status = 200
    bursar_clock.advance(minutes=2)
    again = bursar_webhooks.wait("tax.create", 2)
    assert [each.event_id for each in again] == [first.event_id] * 2
    bursar_clock.advance(days=2)
    assert len(bursar_webhooks.received) == 2


def test_books_are_brought_back(bursar: Books, bursar_snapshots: ServerSnapshots, bursar_clock: ServerClock) -> None:
    books = bursar.client()
    books.clients.create(bursar.account_id, {"organization": "Acme"})
    bursar_snapshots.save("one-client")
    before = bursar_clock.now
    books.clients.create(bursar.account_id, {"organization": "Other"})
    bursar_clock.advance(days=40)
    bursar_snapshots.load("one-client")
    assert [each.organization for each in books.clients.list(bursar.account_id)] == ["Acme"]
    assert abs(bursar_clock.now - before) < timedelta(minutes=2)
    with pytest.raises(ValueError, match="never-saved"):
        bursar_snapshots.load("never-saved")
