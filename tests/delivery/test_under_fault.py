"""Delivery under fault: a receiver that fails, and workers that are killed in the middle of it; nothing is lost, nothing overtaken."""

from __future__ import annotations

import asyncio
import contextlib
import random
import subprocess
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Self

import pytest
import requests

from tests.cli.commands import BURSAR, WAIT_S, bursar, environment, serving
from tests.clients.running import NO_LIMITS
from tests.delivery.receiver import Receiver
from tests.store.databases import fresh_database, postgresql_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from tests.delivery.receiver import Received

COMPANY = ("--email", "ann@example.com", "--owner", "Ann Lee", "--business", "Lee Studio")
PLACE = ("--currency", "CAD", "--timezone", "America/Toronto", "--country", "CA")
ENV = {
    "BURSAR_ALLOW_PRIVATE_TARGETS": "true",
    "BURSAR_DELIVERIES__IN_SERVE": "false",
    "BURSAR_DELIVERIES__RETRIES_S": str([0.001] * 19),
    "BURSAR_DELIVERIES__TIMEOUT_S": "1",
    **NO_LIMITS,
}
FAILING = 0.3
OBJECTS = 25
SENDERS = 4


class Witness:
    """What a receiver that fails now and then has seen: of each object the events it took, and whatever came too early."""

    def __init__(self, chance: random.Random) -> None:
        self.taken: defaultdict[str, dict[int, str]] = defaultdict(dict)
        self.began: dict[int, str] = {}
        self.wrong: list[int] = []
        self.arrivals = 0
        self._chance, self._lock = chance, threading.Lock()

    def __call__(self, received: Received) -> int:
        fields = received.fields
        if fields["name"] == "callback.verify":
            return 200
        with self._lock:
            self.arrivals += 1
            event_id = int(received.event_id)
            about = f"{fields['name']} {fields['object_id']}"
            if self.began.setdefault(event_id, about) != about:
                self.wrong.append(event_id)
            if self._chance.random() < FAILING:
                return 500
            self.taken[fields["object_id"]].setdefault(event_id, fields["name"])
            return 200

    @property
    def number(self) -> int:
        """How many events were taken."""
        return sum(map(len, self.taken.values()))


@pytest.fixture
def database_url() -> Iterator[str]:
    with postgresql_server() as server_url, asyncio.Runner() as runner:
        database = fresh_database(server_url)
        yield runner.run(database.__aenter__())
        runner.run(database.__aexit__(None, None, None))


@pytest.mark.parametrize(
    ("events", "kills"),
    [
        pytest.param(500, 2, id="five hundred events"),
        pytest.param(10_000, 20, id="ten thousand events", marks=[pytest.mark.soak, pytest.mark.timeout(1_800)]),
    ],
)
def test_every_event_arrives_and_none_overtakes_another(tmp_path: Path, database_url: str, events: int, kills: int) -> None:
    flags = ("--data", str(tmp_path / "data"), "--database-url", database_url)
    opened = bursar("init", *COMPANY, *PLACE, *flags, "--password-file", "-", cwd=tmp_path, stdin="correct horse battery")
    assert opened.code == 0, opened.err
    chance = random.Random(7)
    witness, receiver = Witness(chance), Receiver()
    receiver.answers = witness
    with contextlib.closing(receiver), serving(*flags, cwd=tmp_path, env=ENV) as server, Workers(tmp_path, flags) as workers:
        program = Program(server.url, tmp_path, flags)
        program.subscribe(receiver)
        marks = [events * at // (kills + 1) for at in range(1, kills + 1)]
        killing = threading.Thread(target=workers.kill, args=(marks, lambda: witness.number))
        killing.start()
        program.make(events)
        killing.join()
        until(lambda: witness.number >= events, 300)
    assert witness.number == events
    assert witness.wrong == [], "an event id belongs to one event"
    told = {object_id: list(of) for object_id, of in witness.taken.items()}
    assert told == {object_id: sorted(of) for object_id, of in told.items()}, "what is about one object is taken in its order"
    assert all(next(iter(of.values())) == "client.create" for of in witness.taken.values())
    assert workers.killed == kills
    assert witness.arrivals > events / (1 - FAILING) * 0.9


class Program:
    """A program that registers a callback and makes things happen."""

    def __init__(self, url: str, folder: Path, flags: tuple[str, ...]) -> None:
        token = bursar("token", "add", *flags, cwd=folder).out.strip()
        account = bursar("business", "list", *flags, "--json", cwd=folder).row["account_id"]
        self.callbacks = f"{url}/events/account/{account}/events/callbacks"
        self.clients = f"{url}/accounting/account/{account}/users/clients"
        self._headers = {"Authorization": f"Bearer {token}"}
        self._own = threading.local()

    def send(self, verb: str, url: str, body: Any) -> Any:
        if not hasattr(self._own, "http"):
            self._own.http = requests.Session()
            self._own.http.trust_env = False
        answer = self._own.http.request(verb, url, json=body, headers=self._headers, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()["response"]["result"]

    def subscribe(self, receiver: Receiver) -> None:
        body = {"callback": {"event": "client", "uri": receiver.url}}
        callback_id = self.send("POST", self.callbacks, body)["callback"]["callbackid"]
        code = receiver.wait(1)[0].fields["verifier"]
        self.send("PUT", f"{self.callbacks}/{callback_id}", {"callback": {"verifier": code}})

    def make(self, events: int) -> None:
        """Create some clients and change them in turn."""
        with ThreadPoolExecutor(SENDERS) as senders:

            def create(at: int) -> int:
                return int(self.send("POST", self.clients, {"client": {"note": f"client {at}"}})["client"]["id"])

            ids = list(senders.map(create, range(OBJECTS)))

            def change(at: int) -> None:
                self.send("PUT", f"{self.clients}/{ids[at % OBJECTS]}", {"client": {"note": f"change {at}"}})

            list(senders.map(change, range(events - OBJECTS)))


class Workers:
    """Two processes that deliver; one that is killed is replaced."""

    def __init__(self, folder: Path, flags: tuple[str, ...]) -> None:
        self._folder, self._flags = folder, flags
        self._running: list[subprocess.Popen[bytes]] = []
        self.killed = 0

    def __enter__(self) -> Self:
        for _ in range(2):
            self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._begun(2 + self.killed)
        for each in self._running:
            each.terminate()
        assert [each.wait(WAIT_S) for each in self._running] == [0, 0]

    def kill(self, marks: Sequence[int], arrived: Callable[[], int]) -> None:
        """Kill one after the other, each when so many events have arrived and all work."""
        for mark in marks:
            self._begun(2 + self.killed)
            until(lambda mark=mark: arrived() >= mark, 300)
            one = self._running.pop(0)
            assert one.poll() is None, "it ended by itself"
            one.kill()
            one.wait(WAIT_S)
            self.killed += 1
            self._start()

    def _begun(self, number: int) -> None:
        """Wait until so many processes said that they work."""
        until(lambda: sum(b"delivering" in file.read_bytes() for file in self._folder.glob("worker-*.log")) >= number, WAIT_S)

    def _start(self) -> None:
        command = [str(BURSAR), "work", *self._flags]
        with (self._folder / f"worker-{self.killed}-{len(self._running)}.log").open("wb") as said:
            self._running.append(subprocess.Popen(command, cwd=self._folder, env=environment(**ENV), stdout=said, stderr=said))


def until(condition: Any, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "in vain"
        time.sleep(0.01)
