"""Setting the faults of sample books: what is asked, and by whom it is followed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

ASK: Final = 'send {"faults": ["5%:429"]}, and "seed" with a whole number if you like'


class Faults(Protocol):
    """What the page asks of a fault plan."""

    seed: int

    def plan(self, texts: Iterable[str], seed: int) -> None:
        """Put rules in the place of those before. Raises ValueError."""
        ...

    def told(self) -> dict[str, Any]:
        """Show the rules."""
        ...


def follow(faults: Faults, raw: bytes) -> None:
    """Set what a body asks for: ``{"faults": ["5%:429"], "seed": 7}``. Raises ValueError with words for whoever sent it."""
    try:
        asked: Any = msgspec.json.decode(raw)
    except msgspec.DecodeError:
        asked = None
    match asked:
        case {"faults": [*texts], **more} if set(more) <= {"seed"} and all(isinstance(text, str) for text in texts):
            seed = more.get("seed", faults.seed)
        case _:
            raise ValueError(ASK)
    match seed:
        case int() if not isinstance(seed, bool):
            faults.plan(texts, seed)
        case _:
            raise ValueError(ASK)
