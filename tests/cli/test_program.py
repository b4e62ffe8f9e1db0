"""The program as a whole: help, version, completion, and how quick it is."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bursar.domain.policy import CHOICES, DEFAULT
from bursar.settings import Settings
from tests.cli.commands import BURSAR, bursar, environment

if TYPE_CHECKING:
    from pathlib import Path


def test_help_names_every_command(tmp_path: Path) -> None:
    said = bursar("--help", cwd=tmp_path)
    names = [line.split()[0] for line in said.out.partition("Commands:\n")[2].splitlines()]
    expected = "serve init env doctor verify backup restore migrate trigger listen work"
    expected += " business user app token rate snapshot deliveries clock completion"
    assert sorted(names) == sorted(expected.split())
    assert "..." not in said.out.partition("Commands:\n")[2]


def test_help_of_serving_lists_every_setting(tmp_path: Path) -> None:
    said = bursar("serve", "--help", cwd=tmp_path).out.partition("Settings in bursar.toml")[2]
    found = {words[0]: " ".join(words[1:]) for words in map(str.split, said.splitlines()[1:]) if len(words) > 1}
    assert found["limits.per_minute"] == "600"
    assert found["wire.accounting_401"] == "both, live"
    assert found["policy.tax_rounding"].split(", ")[0] == str(DEFAULT.tax_rounding)
    assert found["smtp.tls"] == "starttls, tls, none"
    assert set(Settings.model_fields) <= {key.partition(".")[0] for key in found}
    assert {f"policy.{name}" for name in CHOICES} <= set(found)


def test_the_version_is_the_package_s(tmp_path: Path) -> None:
    assert bursar("--version", cwd=tmp_path).out == "bursar 0.1.0\n"
    module = subprocess.run(
        [sys.executable, "-m", "bursar", "--version"], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=True
    )
    assert module.stdout == "bursar 0.1.0\n"


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        pytest.param("bursar to", ["token"], id="a command"),
        pytest.param("bursar token re", ["revoke"], id="a command of a command"),
    ],
)
def test_a_shell_completes(tmp_path: Path, typed: str, offered: list[str]) -> None:
    assert "_bursar_completion" in bursar("completion", "bash", cwd=tmp_path).out
    asked = {"_BURSAR_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1)}
    assert bursar(cwd=tmp_path, env=asked).out.split() == offered


@pytest.mark.parametrize(
    ("words", "never"),
    [
        pytest.param(["--help"], ["sqlalchemy", "alembic", "pydantic", "starlette", "rich"], id="help"),
        pytest.param(["verify", "--data", "DATA"], ["alembic", "asyncpg", "uvicorn", "bursar.demo", "bursar.cli.serve"], id="verify"),
    ],
)
def test_what_is_slow_to_import_is_imported_by_who_needs_it(opened_once: Path, tmp_path: Path, words: list[str], never: list[str]) -> None:
    words = [str(opened_once / "data") if word == "DATA" else word for word in words]
    command = [sys.executable, "-X", "importtime", str(BURSAR), *words]
    said = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=True).stderr
    imported = {line.rpartition("|")[2].strip() for line in said.splitlines()}
    assert not imported & set(never)
