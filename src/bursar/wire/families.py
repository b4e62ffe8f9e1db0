"""All eight families, found by the first segments of a path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bursar.wire.accounting import Accounting
from bursar.wire.business import Business
from bursar.wire.plain import Auth, Events, Ledger, Payments, Uploads

if TYPE_CHECKING:
    from bursar.wire.family import Family


def families(*, live_401: bool = False, grpc_errors: bool = False, date_max_exclusive: bool = False) -> dict[str, Family]:
    """Make the families by name, with the switches of the contract's table of doubts."""
    made: tuple[Family, ...] = (
        Accounting(live_401=live_401, grpc_errors=grpc_errors, date_max_exclusive=date_max_exclusive),
        Auth(),
        Business("projects", 30),
        Business("timetracking", 100),
        Business("comments", 50),
        Events(),
        Payments(),
        Uploads(),
        Ledger(),
    )
    return {family.name: family for family in made}
