"""Six values and more are passed by name: two that are swapped pass the type checker otherwise."""

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
MOST = 5
"""Values that may be passed by position."""
SIX_FIELDS = "".join(f"    {name}: int\n" for name in "abcdef")


def fields(definition: ast.ClassDef) -> list[str]:
    return [
        ast.unparse(part.target)
        for part in definition.body
        if isinstance(part, ast.AnnAssign) and "ClassVar" not in ast.unparse(part.annotation)
    ]


def takes_positions(definition: ast.ClassDef) -> bool:
    """Whether it is a dataclass or a named tuple whose fields can be given by position."""
    if any(ast.unparse(base).endswith("NamedTuple") for base in definition.bases):
        return True
    decorators = [ast.unparse(decorator) for decorator in definition.decorator_list]
    return any(name.startswith("dataclass") and "kw_only=True" not in name for name in decorators)


def positions(definition: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """Its parameters that can be given by position, but for what a method is bound to."""
    parameters = [given.arg for given in (*definition.args.posonlyargs, *definition.args.args)]
    return parameters[parameters[:1] in (["self"], ["cls"]) :]


def faults(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and takes_positions(node) and len(fields(node)) > MOST:
            yield f"line {node.lineno}: {node.name} takes {len(fields(node))} fields by position"
        is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if is_function and not node.name.startswith("test_") and len(positions(node)) > MOST:
            yield f"line {node.lineno}: {node.name} takes {len(positions(node))} values by position"


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_six_values_and_more_are_passed_by_name(path: Path) -> None:
    assert list(faults(ast.parse(path.read_text()))) == []


@pytest.mark.parametrize(
    "source",
    [
        "def f(a, b, c, d, e, f): ...",
        "class C:\n    def f(self, a, b, c, d, e, f): ...",
        f"@dataclass(frozen=True)\nclass C:\n{SIX_FIELDS}",
        f"class C(NamedTuple):\n{SIX_FIELDS}",
    ],
)
def test_six_by_position_are_found(source: str) -> None:
    assert len(list(faults(ast.parse(source)))) == 1


def test_five_by_position_and_any_number_by_name_pass() -> None:
    sound = "def f(a, b, c, d, e, *, f, g): ...\n@dataclass(kw_only=True)\nclass C:\n" + "\n".join(
        f"    f{number}: int" for number in range(9)
    )
    assert list(faults(ast.parse(sound))) == []
