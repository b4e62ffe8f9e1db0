"""Which methods of the official Python SDK the tests of this folder drive, checked against what it really sent."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Test = TypeVar("Test", bound="Callable[..., None]")
CONTRACT = Path(__file__).parent.parent / "contract" / "sdk-methods.json"
CORE = range(1, 40)
BUILT = frozenset(
    {"expense_category", "staff", "system", "payment_options", "upload_file", "identity", "service", "service_rate", "task", None}
)
"""Resources outside the core rows that are built; None is the grant of tokens."""


class Method(NamedTuple):
    """A public method of the SDK and the request it makes."""

    name: str
    verb: str
    path: re.Pattern[str]


@cache
def methods() -> dict[str, Method]:
    """Read every method of the Python SDK whose resource is built."""
    rows: list[dict[str, Any]] = json.loads(CONTRACT.read_text(encoding="utf-8"))
    built = (row for row in rows if row["sdk"] == "python" and (row["row"] in CORE or is_extra(row)))
    return {row["call"]: Method(row["call"], row["http"], _pattern(row["path"])) for row in built}


def is_extra(row: dict[str, Any]) -> bool:
    return row["row"] is None and row["resource"] in BUILT


def _pattern(path: str) -> re.Pattern[str]:
    text = re.escape(path.partition("?")[0].replace("{auth_host}", ""))
    return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", text) + "$")


def calls(*names: str) -> Callable[[Test], Test]:
    """Name the methods that a test calls."""
    unknown = set(names) - methods().keys()
    assert not unknown, f"the contract knows no {unknown}"

    def named(test: Test) -> Test:
        test.calls = names  # type: ignore[attr-defined]  # read by the fixture that watches the requests
        return test

    return named


def not_sent(names: Iterable[str], sent: Iterable[tuple[str, str]]) -> list[str]:
    """Answer the named methods whose request is not among those sent: verb and URL."""
    paths = [(verb, urlsplit(url).path) for verb, url in sent]
    return [name for name in names if not any(verb == methods()[name].verb and methods()[name].path.match(path) for verb, path in paths)]
