"""What docstrings say is raised exists: an error that was renamed is renamed in them too."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("layers/core/python", "functions", "infra", "model_export")
FILES = sorted(
    path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "node_modules" not in path.parts
)
_RAISES = re.compile(r"[Rr]aises? ((?:[A-Z]\w+(?:, and |, | and | or )?)+)")


def documented(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The line and the text of each docstring."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text:
                yield getattr(node, "lineno", 1), text


def raised(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The line and the name of each error that a docstring says is raised."""
    for line, text in documented(tree):
        for found in _RAISES.finditer(text):
            yield from ((line, name) for name in re.findall(r"[A-Z]\w+", found[1]))


def names_in(tree: ast.AST) -> set[str]:
    """The classes that ``tree`` defines and the names that it imports."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).rpartition(".")[2] for alias in node.names}
    return names


TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
KNOWN = set(dir(builtins)).union(*map(names_in, TREES.values()))


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_every_error_that_a_docstring_names_exists(path: Path) -> None:
    assert [(line, name) for line, name in raised(TREES[path]) if name not in KNOWN] == []


def test_an_error_that_was_renamed_is_found() -> None:
    tree = ast.parse('def f():\n    """Nothing. Raises ValueError, GoneError or TypeError when it is."""')
    assert [name for _, name in raised(tree)] == ["ValueError", "GoneError", "TypeError"]
    assert "GoneError" not in KNOWN
