"""What must agree in stored books beyond a single row: sums over other rows, and control accounts of the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bursar.catalogue.links import Balance
    from bursar.domain.policy import Policy
    from bursar.domain.when import Condition


class Mismatch(NamedTuple):
    """Something stored that is not what it should be."""

    what: str
    expected: Any
    found: Any


class Control(NamedTuple):
    """An account that holds, per client and currency, the sum of an amount over rows (semantics 8.7).

    ``sign`` is 1 where the account is debited, -1 where it is credited; ``less`` names an amount taken off.
    """

    account: str
    client: str
    amount: str
    where: Condition
    sign: int = 1
    less: str = ""


class Proof(NamedTuple):
    """How a stored document is proven: ``reckon(record, policy)`` yields mismatches, ``sums`` are columns that equal sums."""

    reckon: Callable[[Any, Policy], Iterable[Mismatch]] | None = None
    sums: tuple[tuple[str, Balance], ...] = ()
    control: Control | None = None


def compared(record: Any, expected: dict[str, Any]) -> Iterable[Mismatch]:
    """Yield the columns of a stored row that are not what they should be."""
    for column, value in expected.items():
        if record.row[column] != value:
            yield Mismatch(column, value, record.row[column])
