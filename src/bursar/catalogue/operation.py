"""Operations: what a caller can do with a resource, declared in one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from bursar.catalogue.change import Change, keep
from bursar.catalogue.facts import Facts

if TYPE_CHECKING:
    from collections.abc import Callable

    Decide = Callable[[Any, Any], Change]


class Phase(NamedTuple):
    """A part of a PUT: a body that names one of ``keys`` runs this alone, with ``params``; the rest is dropped (accounting fact 3).

    One that is not ``alone`` is data with an effect: it runs behind the data, as every phase of a POST does.
    """

    keys: frozenset[str]
    decide: Decide
    facts: type[Facts] = Facts
    params: frozenset[str] = frozenset()
    alone: bool = True


class Operation(NamedTuple):
    """One thing a caller can do: verb, plain-English phrase, core row, event, decision and the facts it needs.

    ``access`` is ``read`` or ``write``; ``risk`` 0 (reads) to 3 (moves money out of sight); ``built`` False answers 501;
    ``unverified`` says what about it nobody has seen the real service do; ``needs`` are fields that every body must have, ``replaces``
    those that an update empties where the body leaves them out (``wire.time_entry_put``).
    """

    verb: str
    phrase: str
    method: str
    access: str
    row: int | None = None
    event: str = ""
    decide: Decide | None = None
    facts: type[Facts] = Facts
    phases: tuple[Phase, ...] = ()
    risk: int = 0
    built: bool = True
    name: str = ""
    unverified: str = ""
    needs: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()


def list_(phrase: str, *, row: int | None = None, built: bool = True) -> Operation:
    """Declare the paged, searchable list."""
    return Operation("list", phrase, "GET", "read", row, built=built)


def get(phrase: str, *, row: int | None = None, built: bool = True) -> Operation:
    """Declare reading one object."""
    return Operation("get", phrase, "GET", "read", row, built=built)


def create(
    phrase: str,
    *,
    row: int | None = None,
    event: str = "",
    decide: Decide = keep,
    facts: type[Facts] = Facts,
    phases: tuple[Phase, ...] = (),
    risk: int = 1,
    built: bool = True,
) -> Operation:
    """Declare making one object; ``phases`` run after it exists, for keys the body names."""
    return Operation("create", phrase, "POST", "write", row, event, decide, facts, phases, risk, built)


def update(
    phrase: str,
    *,
    row: int | None = None,
    event: str = "",
    decide: Decide = keep,
    facts: type[Facts] = Facts,
    phases: tuple[Phase, ...] = (),
    risk: int = 1,
    built: bool = True,
) -> Operation:
    """Declare changing one object."""
    return Operation("update", phrase, "PUT", "write", row, event, decide, facts, phases, risk, built)


def delete(
    phrase: str,
    *,
    row: int | None = None,
    event: str = "",
    decide: Decide,
    facts: type[Facts] = Facts,
    risk: int = 2,
    built: bool = True,
) -> Operation:
    """Declare removing one object, softly or for good: the decision says which."""
    return Operation("delete", phrase, "DELETE", "write", row, event, decide, facts, (), risk, built)


def unverified(operation: Operation, doubt: str) -> Operation:
    """Say what about an operation nobody has seen the real service do."""
    return operation._replace(unverified=doubt)


def needing(operation: Operation, *names: str) -> Operation:
    """Name the fields that every body must have."""
    return operation._replace(needs=names)


def replacing(operation: Operation, *names: str) -> Operation:
    """Name the fields that an update empties where its body leaves them out."""
    return operation._replace(replaces=names)


def remove(record: Any, known: Any) -> Change:
    """Delete the row for good."""
    del known
    return Change(removes=(record,))


def hide(record: Any, known: Any) -> Change:
    """Delete softly: ``vis_state`` 1; a second delete changes nothing (accounting section 0.5)."""
    del known
    return Change(saves=(record.replace(vis_state=1),))
