"""JSON numbers without floats: decimals stay exact from the wire to the books."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec


def plain_decoder() -> msgspec.json.Decoder[Any]:
    """Make the decoder of request bodies: integers as integers, every other number as the Decimal it is written as."""
    return msgspec.json.Decoder(float_hook=Decimal)
