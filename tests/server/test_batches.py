"""Requests that share a transaction do what they would do one after the other, though they share what was read, too."""

from __future__ import annotations

import asyncio
import re
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pytest

from bursar.catalogue.facts import Business
from bursar.errors import Refusal
from bursar.oauth.scopes import GRANTABLE
from bursar.runtime.call import Call, Caller
from bursar.store.verify import Verifier

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.tenant import Tenant

BATCHES, WIDTH, LAST = 16, 24, 0.999
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Deed(NamedTuple):
    """One request: to make (``which`` None) or change one of the objects that are there, whichever ``which`` falls on."""

    noun: str
    which: float | None
    fields: dict[str, Any]
    points: dict[str, tuple[str, float]]


def deed(dice: Random) -> Deed:
    day, amount, number = f"2026-03-{dice.randint(1, 28):02d}", f"{dice.randint(1, 90)}.00", f"{dice.randint(1, 25):07d}"
    tax = {"taxName1": "HST", "taxAmount1": "13"} if dice.random() < 0.4 else {}
    lines = [{"qty": "1", "unit_cost": {"amount": amount}, **tax} for _ in range(dice.randint(0, 2))]
    which, client, invoice = dice.random(), {"customerid": ("client", dice.random())}, {"invoiceid": ("invoice", dice.random())}
    billed = [{"type": 1, "expenseid": ("expense", dice.random())} for _ in range(2)]
    choices: list[Callable[[], Deed]] = [
        lambda: Deed("client", None, {"organization": f"Acme {number}", "email": f"a{number}@example.com"}, {}),
        lambda: Deed("client", which, {"organization": f"Boole {number}", "contacts": [{"email": f"b{number}@example.com"}]}, {}),
        lambda: Deed("invoice", None, {"create_date": day, "lines": lines, "status": 2}, client),
        lambda: Deed("invoice", None, {"create_date": day, "invoice_number": number}, client),
        lambda: Deed("invoice", None, {"create_date": day, "status": 2, "lines": billed}, client),
        lambda: Deed("invoice", None, {"create_date": day, "status": 2}, {**client, "estimateid": ("estimate", which)}),
        lambda: Deed("invoice", which, {"notes": number, "lines": lines}, {}),
        lambda: Deed("invoice", which, {"invoice_number": number}, client),
        lambda: Deed("invoice", which, {"vis_state": dice.randint(0, 1)}, {}),
        lambda: Deed("payment", None, {"amount": amount, "date": day}, invoice),
        lambda: Deed("payment", None, {"amount": amount, "date": day, "from_credit": True}, invoice),
        lambda: Deed("payment", which, {"amount": amount, "date": day}, {}),
        lambda: Deed("payment", which, {"vis_state": dice.randint(0, 1)}, {}),
        lambda: Deed("estimate", None, {"create_date": day, "lines": lines}, client),
        lambda: Deed("estimate", which, {"estimate_number": number}, {}),
        lambda: Deed("expense", None, {"amount": amount, "date": day, "staffid": 1}, {"categoryid": ("category", 0)}),
        lambda: Deed("tax", None, {"name": f"T{number[-1]}", "amount": "5"}, {}),
        lambda: Deed("tax", which, {"name": f"T{number[-1]}"}, {}),
    ]
    return dice.choice(choices + choices[2:4] * 4)()  # what is counted shares most


class Books:
    """A business whose requests are made here, in an order that is known."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant, self.application = tenant, tenant.application
        self.ids = {"category": [tenant.found("category")[0]["id"]]}
        self.business = Business(tenant.business_id, tenant.account_id, tenant.business_uuid, "Books", "USD", "America/Toronto", "CA")
        self.caller = Caller(tenant.identity_id, frozenset(GRANTABLE))

    def one(self, noun: str, which: float) -> int:
        there = self.ids.get(noun, [])
        return there[int(which * len(there))] if there else 0

    def call(self, deed: Deed) -> Call:
        resource = self.application.book.resources[deed.noun]
        operation = next(each for each in resource.operations if each.verb == ("create" if deed.which is None else "update"))
        fields = deed.fields | {name: self.one(*at) for name, at in deed.points.items()}
        lines = [{**line, "expenseid": self.one(*line["expenseid"])} if "expenseid" in line else line for line in fields.get("lines", ())]
        number = 0 if deed.which is None else self.one(deed.noun, deed.which)
        body = {resource.single or deed.noun: {**fields, "lines": lines} if "lines" in fields else fields}
        return Call(resource, operation, self.caller, self.business, number, str(number), body=body)

    async def send(self, deed: Deed) -> Any:
        """Answer the object, or the kinds and fields of a refusal."""
        try:
            reply = await self.application.upstream.send(self.call(deed))
        except Refusal as refused:
            return [(problem.kind.name, problem.field) for problem in refused.problems]
        return msgspec.json.decode(msgspec.json.encode(reply.body))["response"]["result"][deed.noun]

    async def play(self, deeds: list[Deed], *, together: bool) -> list[Any]:
        answers = await asyncio.gather(*map(self.send, deeds)) if together else [await self.send(each) for each in deeds]
        for each, answer in zip(deeds, answers, strict=True):
            if each.which is None and isinstance(answer, dict):
                self.ids.setdefault(each.noun, []).append(answer["id"])
        return [self.alike(answer) for answer in answers]

    def alike(self, found: Any) -> Any:
        """Leave out what no two books have in common."""
        if isinstance(found, dict):
            return {name: self.alike(value) for name, value in found.items()}
        if isinstance(found, list):
            return [self.alike(value) for value in found]
        if isinstance(found, str):
            return UUID.sub("", found.replace(self.tenant.account_id, ""))
        return 0 if type(found) is int else found

    async def disagreements(self) -> list[str]:
        verifier = Verifier(self.application.store, self.application.settings.chosen_policy(), self.business.id)
        return [str(found) async for found in verifier.disagreements()]


@pytest.mark.parametrize("seed", [1, 2])
def test_a_batch_does_what_its_works_do_one_after_the_other(server: Tenant, seed: int) -> None:
    dice, run = Random(seed), server.place.run
    batched, single = Books(server), Books(server.another())
    for _ in range(BATCHES):
        deeds = [deed(dice) for _ in range(dice.randint(1, WIDTH))]
        pairs = zip(run(batched.play(deeds, together=True)), run(single.play(deeds, together=False)), strict=True)
        for each, (shared, alone) in zip(deeds, pairs, strict=True):
            assert shared == alone, each
    assert run(batched.disagreements()) == run(single.disagreements()) == []


def test_a_batch_counts_on_from_whatever_it_wrote(server: Tenant) -> None:
    books, run = Books(server), server.place.run
    new = Deed("invoice", None, {"create_date": "2026-03-03"}, {"customerid": ("client", 0)})

    def numbered(number: str) -> Deed:
        return new._replace(fields={**new.fields, "invoice_number": number})

    def renumbered(which: float, number: str) -> Deed:
        return Deed("invoice", which, {"invoice_number": number}, {})

    def numbers(*deeds: Deed) -> list[Any]:
        answers = run(books.play(list(deeds), together=True))
        return [int(answer["invoice_number"]) if isinstance(answer, dict) else answer for answer in answers]

    run(books.play([Deed("client", None, {"organization": "Acme"}, {})], together=False))
    assert numbers(numbered("0000010")) == [10]
    assert numbers(*[new] * 5, numbered("0000018"), numbered("0000017"), new) == [11, 12, 13, 14, 15, 18, 17, 19]
    assert numbers(*[new] * 5, renumbered(0, "0000025"), new) == [20, 21, 22, 23, 24, 25, 26]
    assert numbers(numbered("0000025"), renumbered(LAST, "0000500"), new) == [[("DUPLICATE", "invoice_number")], 500, 501]
