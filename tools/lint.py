"""House rules that no linter knows: sizes, names, whole numbers in pure code, a reason beside each silenced check.

Usage: `python tools/lint.py [path ...]`; without paths it reads all Python files of the project. Prints one line per
offence and exits 1 when there is any.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("src", "tests", "tools", "bench")
MAX_FILE = 400
MAX_FUNCTION = 70

PURE = ("src/bursar/domain/", "src/bursar/catalogue/", "src/bursar/resources/")
CLOCK_AND_CHANCE = frozenset({"time", "random", "secrets", "uuid", "bursar.clock"})
READS_CLOCK = frozenset({"now", "utcnow", "today"})

# One library, one folder (import-linter keeps the layers; this keeps single files).
HOMES = {
    "alembic": "src/bursar/store/",
    "apsw": "src/bursar/store/lite",  # lite.py and what was taken out of it
    "asyncpg": "src/bursar/store/pg.py",
    "limits": "src/bursar/throttling/",
    "redis": "src/bursar/throttling/",
    "sqlalchemy": "src/bursar/store/",
}

BANNED = frozenset({"manager", "handler", "helper", "util", "base", "common", "data", "info", "process", "do"})
BANNED_WORDS = BANNED | {word + "s" for word in BANNED}
# Terms of accounting and encoding that contain such a word, and the option --data with the setting of that name.
TERMS = frozenset({"base_62", "base_64", "base_amount", "base_currency", "base_minor", "tax_base", "data"})
TERM_FOLDERS = {"data": ("src/bursar/settings.py", "src/bursar/cli/")}
# A name that another library's protocol dictates carries this comment with the protocol's name.
THEIR_NAME = re.compile(r"#\s*their name: \w+")

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
SILENCED = re.compile(
    r"#\s*(?P<what>noqa|type:\s*ignore|pragma:\s*no cover|nosec|fmt:\s*(?:off|skip)|pyright:\s*ignore)"
    r"(?P<codes>\s*[:\[]\s*[\w\-]+(?:\s*,\s*[\w\-]+)*\]?)?(?P<rest>.*)",
    re.IGNORECASE,
)
NEEDS_CODES = ("noqa", "type")
WHOLE_FILE = re.compile(r"#\s*(?:ruff|flake8|mypy)\s*:", re.IGNORECASE)


class Offence(NamedTuple):
    """One broken rule: where, and what to do about it."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


class Source(NamedTuple):
    """A file as the rules see it: its path from the project's root, its text and its tree."""

    path: str
    text: str
    tree: ast.Module


def sizes(source: Source) -> Iterator[Offence]:
    """Files end at 400 lines and functions at 70."""
    lines = len(source.text.splitlines())
    if lines > MAX_FILE:
        yield Offence(source.path, MAX_FILE + 1, f"the file has {lines} lines, {MAX_FILE} is the limit: divide it by subject")
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > MAX_FUNCTION:
                yield Offence(source.path, node.lineno, f"{node.name} has {lines} lines, {MAX_FUNCTION} is the limit")


def whole_numbers(source: Source) -> Iterator[Offence]:
    """Pure code counts in integers and is told what day it is."""
    if not source.path.startswith(PURE):
        return
    for node in ast.walk(source.tree):
        text = _impurity(node)
        if text:
            yield Offence(source.path, getattr(node, "lineno", 1), text)


def _impurity(node: ast.AST) -> str:
    match node:
        case ast.Constant(value=float() | complex()):
            return f"{node.value!r} is a float: count in minor units or millionths"
        case ast.Name(id="float" | "complex"):
            return f"{node.id} in pure code: count in minor units or millionths"
        case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
            return "/ makes a float: use // or the rounding of domain/money.py"
        case ast.Call(func=ast.Name(id="round")):
            return "round() rounds half to even: use the rounding of domain/money.py"
        case ast.Call(func=ast.Attribute(attr=attr)) if attr in READS_CLOCK and not node.args:
            return f"{attr}() reads the clock: take the day or instant as an argument"
        case ast.Import(names=names) if found := {name.name for name in names} & CLOCK_AND_CHANCE:
            return f"{', '.join(sorted(found))} in pure code: clock and chance come in as arguments"
        case ast.ImportFrom(module=str() as module) if module in CLOCK_AND_CHANCE:
            return f"{module} in pure code: clock and chance come in as arguments"
    return ""


def homes(source: Source) -> Iterator[Offence]:
    """A library that decides how we are built is imported in one place of the product only."""
    if not source.path.startswith("src/"):
        return
    for node in ast.walk(source.tree):
        modules: list[str] = []
        if isinstance(node, ast.Import):
            modules = [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            modules = [node.module or ""]
        for library in {module.split(".")[0] for module in modules} & HOMES.keys():
            if not source.path.startswith(HOMES[library]):
                yield Offence(source.path, getattr(node, "lineno", 1), f"only {HOMES[library]} imports {library}")


def names(source: Source) -> Iterator[Offence]:
    """Names are terms of the field, never words that fit everything."""
    lines = source.text.splitlines()
    for part in Path(source.path).parts:
        stem = part.removesuffix(".py")
        if word := vague_word(stem, source.path):
            yield Offence(source.path, 1, f"'{word}' in the name {stem}: say what it is")
    for line, name in _defined(source):
        word = vague_word(name, source.path)
        if word and not THEIR_NAME.search(lines[line - 1]):
            yield Offence(source.path, line, f"'{word}' in the name {name}: say what it is")


def vague_word(name: str, path: str = "") -> str:
    """The first banned word among the parts of a name, in snake or camel case; "" when there is none."""
    plain = "_".join(part.lower() for part in WORD.findall(name))
    for term in TERMS:
        if path.startswith(TERM_FOLDERS.get(term, "")):
            plain = re.sub(rf"(?<![a-z]){term}(?![a-z])", "", plain)
    return next((word for word in plain.split("_") if word in BANNED_WORDS), "")


def _defined(source: Source) -> Iterator[tuple[int, str]]:
    wire = _wire_names(source)
    for node in ast.walk(source.tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                if not name.startswith("test_"):  # the name of a test is a sentence
                    yield node.lineno, name
            case ast.arg():
                yield node.lineno, node.arg
            case ast.Name(ctx=ast.Store()) if node not in wire:
                yield node.lineno, node.id
            case ast.Attribute(ctx=ast.Store()):
                yield node.lineno, node.attr
            case ast.alias(asname=str() as name):
                yield node.lineno, name


def _wire_names(source: Source) -> frozenset[ast.AST]:
    """Fields of records carry exactly the wire's names, whatever these are."""
    if not source.path.startswith("src/bursar/resources/"):
        return frozenset()
    found: set[ast.AST] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef):
            for statement in node.body:
                if isinstance(statement, ast.Assign):
                    found.update(statement.targets)
                elif isinstance(statement, ast.AnnAssign):
                    found.add(statement.target)
    return frozenset(found)


def reasons(source: Source) -> Iterator[Offence]:
    """A silenced check names its code and says why, on the same line."""
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type != tokenize.COMMENT:
            continue
        line = token.start[0]
        if WHOLE_FILE.match(token.string):
            yield Offence(source.path, line, "a whole file is excused: write the exception, with its reason, into pyproject.toml")
        elif found := SILENCED.search(token.string):
            what = found["what"].lower()
            if what.startswith(NEEDS_CODES) and not found["codes"]:
                yield Offence(source.path, line, f"'{what}' without a code silences everything: name the code")
            if not re.search(r"[A-Za-z]{2}.*\s.*[A-Za-z]{2}", found["rest"]):
                yield Offence(source.path, line, f"'{what}' without a reason: add it after the code, behind another #")


RULES: tuple[Callable[[Source], Iterator[Offence]], ...] = (sizes, whole_numbers, homes, names, reasons)


def offences(path: str, text: str) -> list[Offence]:
    """All offences of one file; `path` is relative to the project and decides which rules hold.

    Raises SyntaxError for text that is not Python.
    """
    source = Source(path, text, ast.parse(text, path))
    return sorted({offence for rule in RULES for offence in rule(source)}, key=lambda found: found.line)


def sources(arguments: Sequence[str]) -> Iterator[Path]:
    """The files to read: those named, and everything under the folders named."""
    for start in [ROOT / argument for argument in arguments or FOLDERS]:
        if start.is_dir():
            yield from sorted(path for path in start.rglob("*.py") if "__pycache__" not in path.parts)
        elif start.exists():
            yield start


def main(arguments: Sequence[str]) -> int:
    """Report on all files; the answer is the exit code."""
    count = 0
    for path in sources(arguments):
        for offence in offences(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")):
            print(offence)
            count += 1
    if count:
        print(f"{count} offences against the house rules", file=sys.stderr)
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
