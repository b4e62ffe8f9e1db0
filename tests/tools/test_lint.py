from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools import lint

if TYPE_CHECKING:
    from pathlib import Path

PURE = "src/bursar/domain/money.py"
SHELL = "src/bursar/runtime/perform.py"
RESOURCE = "src/bursar/resources/projects.py"


def texts(path: str, text: str) -> list[str]:
    return [found.text for found in lint.offences(path, text)]


@pytest.mark.parametrize(
    ("lines", "refused"),
    [
        pytest.param(400, False, id="four hundred lines are allowed"),
        pytest.param(401, True, id="one more is not"),
    ],
)
def test_a_file_ends_at_four_hundred_lines(lines: int, refused: bool) -> None:
    assert any("the file has" in text for text in texts(SHELL, "x = 1\n" * lines)) is refused


@pytest.mark.parametrize(
    ("lines", "refused"),
    [
        pytest.param(70, False, id="seventy lines are allowed"),
        pytest.param(71, True, id="one more is not"),
    ],
)
@pytest.mark.parametrize("word", ["def", "async def"])
def test_a_function_ends_at_seventy_lines(word: str, lines: int, refused: bool) -> None:
    function = f"{word} settle():\n" + "    x = 1\n" * (lines - 1)
    assert any("settle has" in text for text in texts(SHELL, function)) is refused


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("rate = 0.5", id="a float literal"),
        pytest.param("def f(x: float) -> None: ...", id="a float annotation"),
        pytest.param("x = float(y)", id="a float made"),
        pytest.param("x = a / b", id="a division"),
        pytest.param("x /= b", id="a division in place"),
        pytest.param("x = round(y)", id="rounding half to even"),
        pytest.param("import time", id="the clock's module"),
        pytest.param("from random import choice", id="chance"),
        pytest.param("import uuid", id="a fresh uuid"),
        pytest.param("from bursar.clock import today", id="our own clock"),
        pytest.param("x = datetime.datetime.now()", id="now"),
        pytest.param("x = date.today()", id="today"),
    ],
)
def test_pure_code_counts_in_integers_and_is_told_the_day(code: str) -> None:
    assert len(texts(PURE, code)) == 1
    assert texts(SHELL, code) == []


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("x = a // b", id="whole division"),
        pytest.param("x = known.today", id="the day as a fact"),
        pytest.param("x = timedelta(days=30)", id="a span of days"),
        pytest.param("x = 'float 0.5'", id="a float in a text"),
    ],
)
def test_pure_code_may(code: str) -> None:
    assert texts(PURE, code) == []


@pytest.mark.parametrize(
    ("path", "code", "count"),
    [
        pytest.param("src/bursar/store/lite.py", "import apsw", 0, id="apsw at home"),
        pytest.param("src/bursar/store/pg.py", "import apsw", 1, id="apsw next door"),
        pytest.param("src/bursar/store/lite.py", "from asyncpg import exceptions", 1, id="asyncpg next door"),
        pytest.param("src/bursar/store/plan.py", "from sqlalchemy.dialects import sqlite", 0, id="sqlalchemy in the store"),
        pytest.param("src/bursar/cli/verify.py", "def verify():\n    import sqlalchemy.sql", 1, id="sqlalchemy in a command"),
        pytest.param("tests/server/test_store.py", "import apsw", 0, id="apsw in a test"),
    ],
)
def test_a_library_is_imported_in_one_place(path: str, code: str, count: int) -> None:
    assert len(texts(path, code)) == count


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("class InvoiceManager: ...", id="a manager"),
        pytest.param("def do_it(): ...", id="a do"),
        pytest.param("def f(user_info): ...", id="an argument"),
        pytest.param("HTTPHandler = 1", id="camel case after capitals"),
        pytest.param("self.data = 1", id="an attribute"),
        pytest.param("import x as common", id="an alias"),
        pytest.param("for process in them: ...", id="a loop's variable"),
        pytest.param("utils = 1", id="a plural"),
        pytest.param("base_url = 1", id="a word in front"),
    ],
)
def test_a_vague_name_is_refused(code: str) -> None:
    assert [text for text in texts(SHELL, code) if "say what it is" in text]


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("business_id = database_url = 1", id="words that contain one"),
        pytest.param("processed = basement = doing = 1", id="words that begin with one"),
        pytest.param("base_amount = base_currency = tax_base = 1", id="terms of accounting"),
        pytest.param("_BASE62 = base64_text = 1", id="terms of encoding"),
        pytest.param("make(data=1)", id="another library's keyword"),
        pytest.param("from x import BaseModel", id="another library's class"),
        pytest.param("def test_agents_do_not_process(): ...", id="a test's sentence"),
        pytest.param("def data_received(self): ...  # their name: asyncio", id="another library's protocol"),
    ],
)
def test_a_name_that_is_a_term_is_allowed(code: str) -> None:
    assert texts(SHELL, code) == []


def test_a_record_carries_the_wire_s_names_but_its_functions_do_not() -> None:
    assert texts(RESOURCE, "class Project(Record):\n    project_manager_id = f.Int()\n    data: int = 1\n") == []
    assert len(texts(RESOURCE, "project_manager_id = 1")) == 1


def test_the_option_data_has_its_name_in_settings_and_commands_only() -> None:
    assert texts("src/bursar/settings.py", "data = 1") == []
    assert texts("src/bursar/cli/serve.py", "def serve(data): ...") == []
    assert len(texts(SHELL, "data = 1")) == 1


def test_files_and_folders_have_names_too() -> None:
    assert texts("src/bursar/store/helpers.py", "x = 1") == ["'helpers' in the name helpers: say what it is"]
    assert texts("src/bursar/common/x.py", "x = 1") == ["'common' in the name common: say what it is"]


@pytest.mark.parametrize(
    ("comment", "count"),
    [
        pytest.param("# noqa", 2, id="neither code nor reason"),
        pytest.param("# noqa: S608", 1, id="a code without a reason"),
        pytest.param("# noqa: S608, S101", 1, id="two codes without a reason"),
        pytest.param("# noqa: S608  # only names of our own tables", 0, id="code and reason"),
        pytest.param("# noqa: S608 - only names of our own tables", 0, id="code, dash and reason"),
        pytest.param("# type: ignore", 2, id="a type ignored"),
        pytest.param("# type: ignore[arg-type]", 1, id="a type ignored by code"),
        pytest.param("# type: ignore[arg-type]  # the stub lacks this overload", 0, id="a type ignored with reason"),
        pytest.param("# pragma: no cover", 1, id="an uncovered line"),
        pytest.param("# mypy: ignore-errors", 1, id="a whole file"),
        pytest.param("# ruff: noqa: S608  # only names of our own tables", 1, id="a whole file with reason"),
        pytest.param("# the order matters here", 0, id="an ordinary comment"),
    ],
)
def test_a_silenced_check_names_its_code_and_reason(comment: str, count: int) -> None:
    assert len(texts(SHELL, f"x = 1  {comment}\n")) == count


def test_the_project_keeps_its_own_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert lint.main(["tools", "tests/tools"]) == 0
    assert capsys.readouterr().out == ""


def test_an_offence_is_printed_with_its_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(lint, "ROOT", tmp_path)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "ledger.py").write_text("x = 1\nhelper = 2\n")
    assert lint.main([]) == 1
    assert capsys.readouterr().out == "src/ledger.py:2: 'helper' in the name helper: say what it is\n"
