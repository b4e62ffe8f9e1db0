"""The commands; see ``bursar --help``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line that this process was started with."""
    if not __debug__:
        sys.exit("bursar does not run with python -O: its assertions guard the books.")
    from bursar.cli.program import run

    sys.exit(run(sys.argv[1:]))
