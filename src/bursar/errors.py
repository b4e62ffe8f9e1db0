"""The refusals of the product: a kind and facts, never a number or a shape.

Number, shape and words belong to the wire family that answers (``wire/``); only a rule with words of its own
brings text.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple


class Kind(Enum):
    """What is wrong, in the product's own terms; every wire family has words for each of them."""

    REQUIRED = auto()
    INVALID = auto()
    WRONG_TYPE = auto()
    NOT_TEXT = auto()
    NOT_A_LIST = auto()
    NOT_A_NUMBER = auto()
    NOT_A_DECIMAL = auto()
    NOT_A_DATE = auto()
    NOT_A_DATETIME = auto()
    NOT_A_FLAG = auto()
    TOO_LONG = auto()
    TOO_MANY = auto()
    BAD_TEXT = auto()
    BAD_PERCENT = auto()
    NEGATIVE = auto()
    BAD_TOTAL = auto()
    DUPLICATE = auto()
    DUPLICATE_TAX = auto()
    SAME_TAX = auto()
    READ_ONLY = auto()
    UNKNOWN = auto()
    DELETED = auto()
    BAD_PAGE = auto()
    BAD_PER_PAGE = auto()
    FILTER_DATE = auto()
    FILTER_NUMBER = auto()
    FILTER_FLAG = auto()
    FILTER_LIST = auto()
    FILTER_SCALAR = auto()
    MALFORMED = auto()
    TOO_LARGE = auto()
    NO_ROUTE = auto()
    NO_METHOD = auto()
    UNAUTHENTICATED = auto()
    FORBIDDEN = auto()
    CONFLICT = auto()
    REPLAYED = auto()
    THROTTLED = auto()
    BUSY = auto()
    NOT_BUILT = auto()
    FAULT = auto()


class Problem(NamedTuple):
    """One thing wrong with a request: the field as the wire names it, the value as sent, the noun it is about.

    ``limit`` is how many characters or parts there may be, where that is what is wrong; else 0.
    """

    kind: Kind
    field: str = ""
    value: object = ""
    noun: str = ""
    text: str = ""
    limit: int = 0


class Refusal(Exception):
    """A request that is turned down; nothing of it is stored."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems

    @property
    def kind(self) -> Kind:
        """The kind of the first problem, which decides the status."""
        return self.problems[0].kind


def refuse(kind: Kind, field: str = "", value: object = "", noun: str = "", text: str = "", limit: int = 0) -> Refusal:
    """Build the refusal of one problem, to be raised by the caller."""
    return Refusal(Problem(kind, field, value, noun, text, limit))
