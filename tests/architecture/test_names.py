"""Names that say type or role: no filler, and ``home`` and ``away`` are teams."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("layers/core/python", "functions", "infra", "model_export", "tests")
FILES = sorted(
    path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "node_modules" not in path.parts
)
FILLERS = {"told", "one"}
TEAMS = {"home", "away"}

Scope = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def bound(node: ast.AST) -> str | None:
    """The name that a node binds: a variable, a parameter, a field, an attribute, a function or a class."""
    if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
        name = node.id if isinstance(node, ast.Name) else node.attr
    elif isinstance(node, ast.arg):
        name = node.arg
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        name = node.name
    elif isinstance(node, ast.alias):
        name = node.asname or ""
    elif isinstance(node, ast.ExceptHandler):
        name = node.name or ""
    else:
        return None
    return name.strip("_")


def bindings(scope: ast.AST) -> Iterator[tuple[str, int]]:
    """Each name bound in ``scope``, functions within it left out, with its line."""
    for node in ast.iter_child_nodes(scope):
        if name := bound(node):
            yield name, getattr(node, "lineno", 0)
        if not isinstance(node, Scope):
            yield from bindings(node)


def words(scope: ast.AST) -> set[str]:
    """Every name, attribute and text that is written in ``scope``."""
    found: set[str] = set()
    for node in ast.walk(scope):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.arg | ast.keyword):
            found.add(node.arg or "")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found |= set(node.value.replace("-", " ").split())
    return found


def faults(tree: ast.Module) -> Iterator[str]:
    """Fillers, and a ``home`` or ``away`` that stands without the other team."""
    for scope in ast.walk(tree):
        if not isinstance(scope, Scope):
            continue
        both = words(scope) >= TEAMS
        for name, line in bindings(scope):
            if name in FILLERS or (name in TEAMS and not both):
                yield f"line {line}: {name}"


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_no_name_is_a_filler_and_home_and_away_are_teams(path: Path) -> None:
    assert list(faults(ast.parse(path.read_text()))) == []


@pytest.mark.parametrize(
    "source",
    [
        "told = 1",
        "[one for one in (1, 2)]",
        "def f(one): ...",
        "class Edge:\n    told: bool",
        "home = folder",
        "def away(names): ...",
        "try: ...\nexcept ValueError as told: ...",
        "import cache as one",
    ],
)
def test_a_filler_and_a_home_that_is_no_team_are_found(source: str) -> None:
    assert list(faults(ast.parse(source))) != []


def test_the_two_teams_of_a_match_are_names() -> None:
    assert list(faults(ast.parse("def f(home, away): return home - away"))) == []


def bound_again(tree: ast.Module) -> list[str]:
    """The names that ``tree`` binds twice at its top: whoever reads the first gets the second's value."""
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    for node in tree.body:
        targets = list(node.targets) if isinstance(node, ast.Assign) else []
        targets += [node.target] if isinstance(node, ast.AnnAssign) else []
        inner = [item for target in targets for item in ast.walk(target)]
        names += [item.id for item in inner if isinstance(item, ast.Name) and isinstance(item.ctx, ast.Store)]
    return sorted({name for name in names if names.count(name) > 1})


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_no_module_binds_a_name_twice(path: Path) -> None:
    assert bound_again(ast.parse(path.read_text())) == []


def test_a_name_that_is_bound_twice_is_found() -> None:
    assert bound_again(ast.parse("KEPT, OTHER = 400, 1\nKEPT = 30\nOTHERS = OTHER")) == ["KEPT"]
