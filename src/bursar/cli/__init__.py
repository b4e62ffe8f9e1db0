"""The commands; see ``bursar --help``."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run the command line that this process was started with."""
    if not __debug__:
        sys.exit("bursar does not run with python -O: its assertions guard the books.")
    # What is imported stays: collections that look for garbage in it meanwhile take a tenth of a start and find none.
    gc.set_threshold(200_000)
    from bursar.cli.program import run

    sys.exit(run(sys.argv[1:]))
