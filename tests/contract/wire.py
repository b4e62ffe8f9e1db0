"""Addresses and envelopes of every resource, read off the catalogue: how tests ask for one thing or many, in any family."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bursar.app import declarations
from bursar.catalogue.book import paths
from bursar.wire.families import families

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bursar.catalogue.resource import Resource, View
    from bursar.wire.family import Family
    from tests.support.tenant import Answer, Tenant

BOOK, TABLES = declarations()
FAMILIES = families()
BRACKETED = ("accounting", "events")
NOUNS = [noun for noun, resource in BOOK.resources.items() if any(operation.built for operation in resource.operations)]


def verbs(noun: str) -> set[str]:
    """Return what can be done with a resource."""
    return {operation.verb for operation in BOOK.resources[noun].operations if operation.built}


def those_that(verb: str) -> list[str]:
    """Return the nouns of resources that offer an operation."""
    return [noun for noun in NOUNS if verb in verbs(noun)]


def whole_path(server: Tenant, family: Family, rest: str, object_id: object = "", key: str | None = None) -> str:
    """Return a path below a family's prefix in these books; ``key`` names other books than the server's."""
    keys = {"account": server.account_id, "business": str(server.business_id), "uuid": server.business_uuid}
    named = [keys[family.key] if key is None else key] if family.key else []
    return "/".join(["", *family.prefix, *named, rest.replace("{id}", str(object_id))])


def path_of(server: Tenant, noun: str, verb: str, object_id: object = "") -> str:
    """Return the first path of an operation."""
    resource = BOOK.resources[noun]
    operation = next(each for each in resource.operations if each.verb == verb)
    return whole_path(server, FAMILIES[resource.family], paths(resource, operation)[0], object_id)


def id_of(noun: str, thing: dict[str, Any]) -> int:
    """Return the id of a shown object."""
    return int(thing[BOOK.resources[noun].id_field])


def is_bracketed(noun: str) -> bool:
    """Whether a resource is searched as ``search[key]`` rather than ``key``."""
    return BOOK.resources[noun].family in BRACKETED


def single(answer: Answer, noun: str) -> Any:
    """Take one object out of its envelope; fails when the server refuses or the envelope is another."""
    status, body, _ = answer
    assert status == 200, body
    return _inner(body, noun)[BOOK.resources[noun].wrapper]


def listed(answer: Answer, noun: str) -> list[Any]:
    """Take the objects of a list out of its envelope; fails when the server refuses."""
    status, body, _ = answer
    assert status == 200, body
    found: list[Any] = _inner(body, noun)[BOOK.resources[noun].listed]
    return found


def paging(answer: Answer, noun: str) -> dict[str, Any]:
    """Return ``page``, ``pages``, ``per_page`` and ``total`` of a list."""
    inner = _inner(answer[1], noun)
    told = inner if is_bracketed(noun) else inner["meta"]
    return {name: told[name] for name in ("page", "pages", "per_page", "total")}


def _inner(body: Any, noun: str) -> Any:
    return body["response"]["result"] if is_bracketed(noun) else body


def asking(noun: str, includes: Iterable[str]) -> list[tuple[str, str]]:
    """Write includes as a query, in the family's way."""
    return [("include[]", name) if is_bracketed(noun) else (name, "true") for name in includes]


def searching(noun: str, key: str, value: Any) -> dict[str, Any]:
    """Write one search as a query, in the family's way."""
    if not is_bracketed(noun):
        return {key: value}
    many = BOOK.resources[noun].filters[key].how == "any"
    return {f"search[{key}]{'[]' if many else ''}": value}


def wrapped(noun: str, body: dict[str, Any]) -> dict[str, Any]:
    """Put an object into the envelope of bodies."""
    resource: Resource | View = BOOK.resources[noun]
    return {resource.wrapper: body}


def message(family: str, body: Any) -> str:
    """Find the message in a refusal, where the SDKs look for it."""
    if family == "accounting":
        return str(body["response"]["errors"][0]["message"])
    if family == "ledger":
        return str(body["errors"]["message"])
    if family == "auth":
        return str(body["error_description"])
    return str(body["error"] if family == "uploads" or "message" not in body else body["message"])
