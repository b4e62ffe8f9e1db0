"""``python -m bench``: measures what docs/performance.md promises and prints it; ``--write`` puts it on the page."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import time
from typing import TYPE_CHECKING

from bench import footprint, hours, lists, machine, postgres, rivals, snapshots, speed, throttle, webhooks
from bench.load import NoLoadTool, find_wrk
from bench.rounds import NOISE_LIMIT, Plan
from bench.servers import ROOT
from bench.stage import Stage, versions
from bench.table import markdown, show, write_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.table import Row

PAGE = ROOT / "docs" / "performance.md"
GROUPS: dict[str, Callable[[Stage], list[Row]]] = {
    "get": speed.get_rows,
    "create": speed.create_rows,
    "page": lists.page_rows,
    "peers": rivals.peer_rows,
    "start": footprint.footprint_rows,
    "throttle": throttle.throttle_rows,
    "depth": lists.depth_rows,
    "search": lists.search_rows,
    "flat": lists.flat_rows,
    "time": hours.time_rows,
    "callbacks": webhooks.callback_rows,
    "snapshots": snapshots.snapshot_rows,
    "postgres": postgres.postgres_rows,
}


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", metavar="GROUPS", default=",".join(GROUPS), help=f"some of {','.join(GROUPS)}")
    parser.add_argument("--quick", action="store_true", help="two rounds of one second: to see that it runs")
    parser.add_argument("--keep-books", action="store_true", help="take the big books that are there, whatever source made them")
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.relative_to(ROOT)}")
    given = parser.parse_args()
    given.groups = [name for name in given.only.split(",") if name]
    unknown = set(given.groups) - set(GROUPS)
    if unknown:
        parser.error(f"no such group: {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}")
    return given


def main() -> int:
    """Measure, print, and write the page if asked; 1 when a bar is missed, 2 without the load tool."""
    given = arguments()
    try:
        find_wrk()
    except NoLoadTool as missing:
        print(missing, file=sys.stderr)
        return 2
    plan = Plan(2, 1) if given.quick else Plan()
    began = time.perf_counter()
    rows: list[Row] = []
    with Stage(plan, keep_books=given.keep_books) as stage:
        for name in given.groups:
            rows += GROUPS[name](stage)
        compared = versions()
    notes = [
        (
            f"measured {dt.datetime.now(dt.UTC):%Y-%m-%d} in {(time.perf_counter() - began) / 60:.0f} minutes; medians of {plan.rounds} "
            f"interleaved rounds of {plan.seconds:g} s; a round in which other programs took over {NOISE_LIMIT:.0%} of a core was repeated"
        )
    ]
    facts = machine.describe() | {"compared with": ", ".join(f"{name} {version}" for name, version in compared.items())}
    show(rows, [f"{name}: {value}" for name, value in facts.items()] + notes)
    if given.write:
        write_page(PAGE, markdown(rows, facts, notes))
    return int(any(row.missed for row in rows))


if __name__ == "__main__":
    sys.exit(main())
