"""The number after a number, as documents count (semantics 2.5)."""

from __future__ import annotations

from typing import Final

FIRST: Final = "0000001"
"""The number of the first document of an account."""


def following(last: str | None) -> str:
    """Give the number that follows the one last used, keeping its prefix and its zero padding.

    Only the trailing run counts. A run that ends in a digit is its trailing digits: ``INV-099`` gives ``INV-100``,
    ``9999999`` grows to ``10000000``, a letter before the digits is prefix (``A9`` gives ``A10``). A run that ends in a
    letter counts the letter up, ``Z`` turning to ``A`` with a carry to the left, through letters and then digits:
    ``00AZ`` gives ``00BA``, ``0ZZ`` gives ``1AA``, ``99Z`` gives ``100A``, ``Z`` grows to ``AA``; case is kept. What
    ends in neither gets a 1. So the numbers after a number never repeat.
    """
    if not last:
        return FIRST
    if last.isdecimal() and last.isascii():
        return str(int(last) + 1).zfill(len(last))
    at = len(last) - 1
    if not _counts(last[at]):
        return last + "1"
    turned: list[str] = []
    while True:
        sign = last[at]
        if sign not in "9Zz":
            return last[:at] + chr(ord(sign) + 1) + "".join(reversed(turned))
        turned.append({"9": "0", "Z": "A", "z": "a"}[sign])
        before = last[at - 1] if at else ""
        if not _counts(before) or (sign == "9" and not before.isdigit()):
            return last[:at] + {"9": "1", "Z": "A", "z": "a"}[sign] + "".join(reversed(turned))
        at -= 1


def _counts(sign: str) -> bool:
    return sign.isascii() and sign.isalnum()
