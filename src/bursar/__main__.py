"""``python -m bursar`` is ``bursar``."""

from __future__ import annotations

from bursar.cli import main

if __name__ == "__main__":
    main()
