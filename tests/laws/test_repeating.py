"""A POST with an Idempotency-Key is done once: its first answer is given again for 48 hours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.objects import PNG, SORTS, sent_invoice
from tests.contract.wire import path_of, those_that, wrapped
from tests.support.ledger import everything

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.tenant import Answer, Tenant

KEY = {"Idempotency-Key": "order 66"}
TELLING = ("content-type", "x-bursar-ignored-fields")


def told(answer: Answer) -> tuple[int, Any, dict[str, str | None]]:
    """Return what of an answer must be the same again."""
    status, body, headers = answer
    return status, body, {name: headers.get(name) for name in TELLING}


class Asked:
    """A create that can be sent again and again."""

    def __init__(self, server: Tenant, noun: str) -> None:
        sort = SORTS[noun]
        assert sort.plain
        self.server, self.noun = server, noun
        self.path = path_of(server, noun, "create", sort.within(server))
        self.body = sort.plain(server) | {"nonsense": 1}

    def send(self, headers: Mapping[str, str] | None = KEY, **more: Any) -> Answer:
        return self.server.post(self.path, wrapped(self.noun, self.body | more), headers=dict(headers or {}))


@pytest.mark.parametrize("noun", those_that("create"))
def test_the_first_answer_is_given_again_and_nothing_is_done(server: Tenant, noun: str) -> None:
    asked = Asked(server, noun)
    first = told(asked.send())
    before = everything(server)
    server.clock.pass_time(seconds=48 * 3600 - 1)
    assert first[0] == 200
    assert told(asked.send()) == first
    assert everything(server) == before


@pytest.mark.parametrize("noun", those_that("create"))
def test_another_body_under_the_same_key_is_refused(server: Tenant, noun: str) -> None:
    asked = Asked(server, noun)
    asked.send()
    before = everything(server)
    status, body, _ = asked.send(nonsense=2)
    assert status == 422, body
    assert everything(server) == before


@pytest.mark.parametrize("name", ["\0", "a,a", ",", "\\", '"', "\U0001f984"])
def test_a_member_that_means_nothing_may_be_named_by_anything(server: Tenant, name: str) -> None:
    asked = Asked(server, "tax")
    asked.body[name] = 1
    first = told(asked.send())
    assert first[0] == 200
    assert told(asked.send()) == first


def test_after_48_hours_the_key_is_free_again(server: Tenant) -> None:
    asked = Asked(server, "client")
    first = asked.send()[1]["response"]["result"]["client"]["id"]
    server.clock.pass_time(seconds=48 * 3600)
    second = asked.send()[1]["response"]["result"]["client"]["id"]
    assert second != first
    assert asked.send()[1]["response"]["result"]["client"]["id"] == second


def test_a_refused_request_does_not_use_up_its_key(server: Tenant) -> None:
    asked = Asked(server, "item")
    assert asked.send(name=" ")[0] == 422
    assert asked.send()[0] == 200


def test_a_key_means_something_for_one_kind_of_object_only(server: Tenant) -> None:
    assert [Asked(server, noun).send()[0] for noun in ("client", "item", "tax")] == [200, 200, 200]


def test_without_a_key_each_request_is_done(server: Tenant) -> None:
    asked = Asked(server, "client")
    ids = {asked.send(headers=None)[1]["response"]["result"]["client"]["id"] for _ in range(3)}
    assert len(ids) == 3


def test_a_key_is_no_concern_of_an_update(server: Tenant) -> None:
    client = server.create("client", organization="Acme")["id"]
    for name in ("Bell", "Cray"):
        status, body, _ = server.put(f"users/clients/{client}", {"client": {"organization": name}}, headers=KEY)
        assert (status, body["response"]["result"]["client"]["organization"]) == (200, name)


def test_payment_options_are_chosen_once(server: Tenant) -> None:
    where = f"/payments/account/{server.account_id}/invoice/{sent_invoice(server)}/payment_options"
    first = server.post(where, {"gateway_name": "stripe"}, headers=KEY)
    server.post(where, {"gateway_name": "paypal"})
    assert told(server.post(where, {"gateway_name": "stripe"}, headers=KEY)) == told(first)
    assert server.get(where)[1]["payment_options"]["gateway_name"] == "paypal"
    assert server.post(where, {"gateway_name": "paypal"}, headers=KEY)[0] == 422


def test_a_file_is_kept_once(server: Tenant) -> None:
    where = f"/uploads/account/{server.account_id}/attachments"
    answers = [server.call("POST", where, files={"content": ("a.png", PNG, "image/png")}, headers=KEY) for _ in range(2)]
    assert told(answers[0]) == told(answers[1])
    assert len(everything(server)["uploads"]) == 1
