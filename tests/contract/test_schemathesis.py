"""The server keeps what its OpenAPI document promises, whatever valid requests are made of it.

Only promises are checked: no fault, a declared status, content type, headers and schema. That bad data is turned down is
not promised: the wire ignores what it does not know.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bursar.surfaces.openapi import PATH, document
from tests.contract.objects import PNG, SORTS, made, sent_invoice
from tests.contract.wire import BOOK, FAMILIES, id_of

if TYPE_CHECKING:
    from schemathesis import Case

    from tests.support.tenant import Tenant

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
DOCUMENT = document(BOOK, FAMILIES, "http://books.example", "1")
OPERATIONS = {
    operation["operationId"]: (path, method) for path, methods in DOCUMENT["paths"].items() for method, operation in methods.items()
}
UNCHECKED = {HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large, HealthCheck.large_base_example}
GENERATED = settings(print_blob=True, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=UNCHECKED)
FEW, MANY = 6, 400
BUSY_S = 60
"""How long an answer may take on a machine that has other things to do as well."""


@cache
def described(url: str) -> Any:
    """Load the document from a running server, once."""
    return schemathesis.openapi.from_url(url + PATH)


class Books:
    """One object of every kind in a business, for requests to be about."""

    def __init__(self, server: Tenant) -> None:
        self.server = server
        self.ids = {noun: id_of(noun, made(server, noun)) for noun in SORTS}
        self.ids["invoice"] = sent_invoice(server)

    def place(self, operation_id: str) -> dict[str, Any]:
        """Return what stands in the path of an operation."""
        plural = operation_id.split(".", maxsplit=1)[0]
        noun = next((noun for noun in SORTS if BOOK.resources[noun].plural == plural), "invoice")
        of_system = {"systems": self.server.business_id}
        return {
            "account_id": self.server.account_id,
            "business_id": self.server.business_id,
            "business_uuid": self.server.business_uuid,
            "id": of_system.get(plural, self.ids[noun]),
        }

    def real(self, body: Any) -> Any:
        """Let references in a body point at something, as chance will hardly do."""
        if isinstance(body, dict):
            return {name: self.ids[REFERS[name]] if name in REFERS and value else self.real(value) for name, value in body.items()}
        return [self.real(each) for each in body] if isinstance(body, list) else body


REFERS = {
    ref.name: ref.noun
    for noun in SORTS
    for ref in BOOK.resources[noun].record.refs
    if ref.noun in SORTS and ref.name not in ("creditid", "expenseid")
}


def held(server: Tenant, operation_id: str, examples: int) -> Any:
    """Return what holds an operation to its promises that many times."""
    path, method = OPERATIONS[operation_id]
    books = Books(server)
    operation = described(server.url)[path][method.upper()]
    place = {name: value for name, value in books.place(operation_id).items() if f"{{{name}}}" in path}
    headers = {"Authorization": f"Bearer {server.token}"}

    @settings(GENERATED, max_examples=examples)
    @given(case=operation.as_strategy(path_parameters=place, headers={}))
    def promised(case: Case[Any]) -> None:
        if operation_id.endswith(".upload"):
            case.body = {"content": PNG}  # type: ignore[dict-item]  # a part of a form
        elif method in ("post", "put"):
            case.body = books.real(case.body)
        case.call_and_validate(headers=headers, checks=CHECKS, timeout=BUSY_S)

    return promised


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_an_operation_keeps_its_promises(server: Tenant, operation_id: str) -> None:
    seed(1)(held(server, operation_id, FEW))()


@pytest.mark.soak
@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_an_operation_keeps_its_promises_for_long(server: Tenant, operation_id: str) -> None:
    """Others each time; hypothesis says how to repeat what fails."""
    held(server, operation_id, MANY)()
