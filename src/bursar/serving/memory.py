"""How a running server treats its memory."""

from __future__ import annotations

import ctypes
import gc
import sys

from bursar.serving.large_pages import keep_large


def settle_memory(*, filled: bool) -> None:
    """Leave what start-up made out of garbage collections, and have fewer of them: requests leave few cycles behind.

    ``filled`` says that tables and sample books were made, which leaves garbage behind; a start without leaves none worth the search.
    """
    if filled:
        gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    if filled and sys.platform == "linux":
        # What making tables and sample books needed, 20 MB of it, would otherwise be kept for good; only glibc has it.
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
    keep_large()
