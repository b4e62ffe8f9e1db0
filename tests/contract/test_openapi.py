"""The OpenAPI document says what the catalogue says: everything that is built, nothing else, and no loose ends."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

from bursar.app import declarations
from bursar.errors import Kind, Problem, Refusal
from bursar.surfaces.openapi import PATH, document
from bursar.wire.families import families

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.tenant import Tenant

BOOK, _ = declarations()
DOCUMENT = document(BOOK, families(), "https://books.example", "1.2.3")
INVOICES = "/accounting/account/{account_id}/invoices/invoices"


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "$ref":
                yield inner
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def parameters(path: str, method: str) -> dict[str, dict[str, Any]]:
    return {each["name"]: each["schema"] for each in DOCUMENT["paths"][path][method]["parameters"]}


def sent(path: str, method: str) -> dict[str, Any]:
    body = DOCUMENT["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"]
    (inner,) = body["properties"].values()
    found: dict[str, Any] = DOCUMENT["components"]["schemas"][inner["$ref"].rpartition("/")[2]]
    return found


def test_it_is_served_to_anyone_with_the_server_s_own_address(server: Tenant) -> None:
    status, body, headers = server.get(PATH, token="")
    assert (status, headers["content-type"]) == (200, "application/json")
    assert body["openapi"] == "3.1.0"
    assert body["servers"] == [{"url": server.url}]
    assert body["paths"].keys() == DOCUMENT["paths"].keys()


def test_it_holds_every_operation_that_is_built_and_no_other() -> None:
    built = {f"{resource.plural}.{operation.verb}" for resource, operation in BOOK.operations() if operation.built}
    views = {view.name for view in BOOK.views.values() if view.built}
    assert {re.sub(r"\.\d+$", "", operation["operationId"]) for _, _, operation in operations()} == built | views


def test_operation_ids_are_unique_and_scopes_exist() -> None:
    ids = [operation["operationId"] for _, _, operation in operations()]
    assert len(ids) == len(set(ids))
    known = DOCUMENT["components"]["securitySchemes"]["oauth"]["flows"]["authorizationCode"]["scopes"]
    assert {scope for _, _, operation in operations() for scope in operation["security"][0]["oauth"]} <= known.keys()


def test_the_core_rows_carry_row_event_and_risk() -> None:
    rows = {(op.method.lower(), op.row): (op.event, op.risk) for _, op in BOOK.operations() if op.built and op.row}
    found = {
        (method, operation["x-bursar-row"]): (operation.get("x-bursar-event", ""), operation["x-bursar-risk"])
        for _, method, operation in operations()
        if "x-bursar-row" in operation
    }
    assert found == rows
    assert {number for _, number in found} == set(range(1, 40))


def test_every_reference_leads_somewhere_and_every_schema_is_one() -> None:
    known = DOCUMENT["components"]["schemas"]
    assert {f"#/components/schemas/{name}" for name in known} == set(references(DOCUMENT))
    for name, schema in known.items():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema)
        assert schema["type"] == "object", name


def test_every_place_in_a_path_has_a_parameter() -> None:
    for path, _, operation in operations():
        named = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
        assert named == set(re.findall(r"{(\w+)}", path)), path


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        pytest.param("page", "integer", id="the page"),
        pytest.param("per_page", "integer", id="its size"),
        pytest.param("search[customerid]", "integer", id="a reference"),
        pytest.param("search[customerids][]", "array", id="one of several"),
        pytest.param("search[date_min]", "string", id="from a day"),
        pytest.param("search[paid]", "boolean", id="yes or no"),
        pytest.param("search[v3_status]", "string", id="a status"),
        pytest.param("sort", "string", id="the order"),
        pytest.param("include[]", "array", id="an include"),
    ],
)
def test_a_list_names_its_parameters_as_its_family_spells_them(name: str, kind: str) -> None:
    assert parameters(INVOICES, "get")[name]["type"] == kind


def test_statuses_orders_and_includes_are_closed_sets() -> None:
    found = parameters(INVOICES, "get")
    assert "overdue" in found["search[v3_status]"]["enum"]
    assert found["sort"]["enum"] == ["invoice_date_asc", "invoice_date_desc"]
    assert {"lines", "owner"} <= set(found["include[]"]["items"]["enum"])


def test_a_body_requires_on_create_what_an_update_may_leave_out() -> None:
    assert set(sent(INVOICES, "post")["required"]) == {"create_date", "customerid"}
    assert "required" not in sent(INVOICES + "/{id}", "put")


def test_a_body_offers_no_field_that_is_read_only_or_refused() -> None:
    offered = sent(INVOICES, "post")["properties"]
    assert not {"id", "invoiceid", "amount", "due_date", "v3_status", "owner"} & offered.keys()
    assert {"lines", "status", "action_email", "presentation"} <= offered.keys()
    assert "estimateid" not in sent(INVOICES + "/{id}", "put")["properties"]


def test_a_new_invoice_may_be_of_fewer_statuses_than_one_that_is_there() -> None:
    offered = [sent(path, method)["properties"]["status"]["enum"] for path, method in ((INVOICES, "post"), (INVOICES + "/{id}", "put"))]
    assert offered == [[1, 2], [0, 1, 2, 3]]


def test_an_answer_requires_what_is_always_there_and_offers_includes() -> None:
    invoice = DOCUMENT["components"]["schemas"]["Invoice"]
    assert "outstanding" in invoice["required"]
    assert "lines" not in invoice["required"]
    assert "lines" in invoice["properties"]
    assert not {"delivery", "stage", "action_email"} & invoice["properties"].keys()


def test_refusals_have_the_shape_of_their_family() -> None:
    errors = DOCUMENT["components"]["schemas"]["AccountingRefusal422"]["properties"]["response"]["properties"]["errors"]
    assert set(errors["items"]["required"]) == {"errno", "field", "message", "object", "value"}
    assert set(DOCUMENT["components"]["schemas"]["AuthRefusal401"]["required"]) == {"error", "error_description"}


def test_reads_do_not_announce_the_refusals_of_bodies() -> None:
    answers = DOCUMENT["paths"][INVOICES + "/{id}"]["get"]["responses"].keys()
    assert {"200", "401", "403", "404"} <= answers
    assert not {"400", "409", "413"} & answers


@pytest.mark.parametrize("path", [path for path, method, _ in operations() if method == "post"])
def test_a_post_announces_how_the_key_of_another_request_is_refused(path: str) -> None:
    family = next(each for each in families().values() if path.startswith("/".join(["", *each.prefix, ""])))
    said = family.refusal(Refusal(Problem(Kind.REPLAYED, "Idempotency-Key")), None)
    assert str(said.status) in DOCUMENT["paths"][path]["post"]["responses"]
