"""The choices no source settled, gathered in one table so that a single setting flips each of them (semantics 0)."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Policy(NamedTuple):
    """How money is rounded and documents behave where the real service was never observed."""

    tax_rounding: str = "total"
    """``total`` adds unrounded taxes and rounds once per tax; ``line`` rounds every tax on every line (2.1)."""
    rounding: str = "half_up"
    """``half_up`` is away from zero on the five, ``half_even`` is the banker's way (1.7)."""
    zero_decimal_rounding: str = "currency"
    """``currency`` rounds JPY to whole yen, ``cents`` to two places like everything else (1.6)."""
    round_taxable: bool = False
    """Whether what a line is taxed on is rounded before its tax is taken (2.1, AMT-19)."""
    hours_scale: int = 2
    """Decimal places of the hours a duration becomes on a generated line (5.2)."""
    aging_from: str = "due"
    """Whether a receivable ages from its ``due`` date or its ``issue`` date (8.5)."""
    currency_from_lines: bool = True
    """Whether a document without a code takes the one its lines agree on (2.1)."""
    refresh_draft_snapshots: bool = True
    """Whether an edit of a client is copied onto its drafts (3.3)."""
    unique_client_email: bool = False
    """Whether two clients may not share an e-mail address (6)."""
    organization_from_email: bool = True
    """Whether a new client without any name is called by its e-mail address (accounting 4)."""
    payment_on_draft: str = "sends"
    """A payment on a draft ``sends`` it first, or is ``refused`` (3.2)."""
    date_paid: str = "cleared"
    """Whether the day an invoice was paid on is ``cleared`` or ``kept`` when a payment is taken back (3.2)."""
    contained_taxes: bool = True
    """Whether the taxes inside an expense are computed where only their percentages are sent (5.3)."""
    change_deleted: bool = False
    """Whether the data of a deleted object can be changed (6)."""


DEFAULT: Final = Policy()

CHOICES: Final[Mapping[str, tuple[str | int | bool, ...]]] = MappingProxyType(
    {
        "tax_rounding": ("total", "line"),
        "rounding": ("half_up", "half_even"),
        "zero_decimal_rounding": ("currency", "cents"),
        "round_taxable": (False, True),
        "hours_scale": (0, 1, 2, 3, 4, 5, 6),
        "aging_from": ("due", "issue"),
        "currency_from_lines": (True, False),
        "refresh_draft_snapshots": (True, False),
        "unique_client_email": (False, True),
        "organization_from_email": (True, False),
        "payment_on_draft": ("sends", "refused"),
        "date_paid": ("cleared", "kept"),
        "contained_taxes": (True, False),
        "change_deleted": (False, True),
    },
)
"""Every value a policy may take; settings refuse any other."""
