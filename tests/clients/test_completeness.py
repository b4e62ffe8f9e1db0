"""Every public method of the official SDK whose resource is built is driven by some test of this folder."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from tests.clients.methods import methods


def driven() -> set[str]:
    """Collect what the tests say they call; the fixture ``program`` has held each of them to it."""
    modules = [import_module(f"tests.clients.{file.stem}") for file in Path(__file__).parent.glob("test_*.py")]
    return {name for module in modules for test in vars(module).values() for name in getattr(test, "calls", ())}


@pytest.mark.parametrize("method", sorted(methods()))
def test_is_driven(method: str) -> None:
    assert method in driven()


def test_the_contract_names_the_methods_of_the_core() -> None:
    assert len(methods()) == 84
    assert {
        "clients.create",
        "invoices.delete",
        "projects.delete",
        "time_entries.update",
        "service_rates.list",
        "tasks.get",
        "staff.update",
        "callbacks.resend_verification",
        "images.upload",
        "current_user",
        "get_access_token",
    } <= methods().keys()
