"""Draft the next migration: ``python -m bursar.store.migrations "add late fees"`` (``make migration name="add late fees"``).

``--first`` writes 0001 anew from the declared tables; it ends with the first release, when 0001 becomes history.
"""

from __future__ import annotations

import subprocess
import sys

import bursar.resources
from bursar.catalogue.book import collect
from bursar.store.migrations import VERSIONS, known
from bursar.store.migrations.drafting import draft
from bursar.store.schema import nouns
from bursar.store.tables import build


def main() -> int:
    """Write the draft into ``versions/``, and say what is left to do."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    book = collect(bursar.resources)
    first = sys.argv[1] == "--first"
    title = "the first tables" if first else sys.argv[1]
    written = draft(title, build(book), nouns(book), since=() if first else known())
    if written is None:
        print("The migrations already make exactly the declared tables.")
        return 0
    name, text = written
    path = VERSIONS / name
    path.write_text(text, encoding="utf-8")
    for arguments in (["format", "--quiet"], ["check", "--fix", "--quiet", "--exit-zero"]):
        subprocess.run([sys.executable, "-m", "ruff", *arguments, str(path)], check=False)
    print(f"{path}: read it, turn drop and add into a rename where it is one, fill new columns that searches rest on.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
