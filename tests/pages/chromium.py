"""The browser of the page tests."""

from __future__ import annotations

import contextlib
import os
import shutil
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser that BURSAR_TEST_CHROMIUM names, or the one of the system."""
    path = os.environ.get("BURSAR_TEST_CHROMIUM") or shutil.which("chromium")
    assert path, "set BURSAR_TEST_CHROMIUM to the path of a Chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
