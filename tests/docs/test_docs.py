"""The README names every setting, route, command and error that the code has, and none that it lacks."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import typer
from typer.main import get_command

from infra.api_document.routes import every_route
from infra.cli import app
from infra.local.cloud import routes
from sabiscore import errors

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
OURS = ("layers/core/python/sabiscore", "functions", "model_export", "infra", "tests")

OURS_BEGIN = re.compile(r"SABISCORE_[A-Z_]*[A-Z]")
FOREIGN = {
    "AWS_",  # set by Lambda and boto3
    "PYTHON", "PYENV_", "PATH", "HOME", "CI", "VIRTUAL_ENV", "UV_", "PIP_", "NODE_", "XDG_", "TMPDIR", "LANG",
    "OMP_",
}  # fmt: skip
"""Beginnings of variables that are not settings of ours."""


def _first_cells(head: str) -> list[str]:
    """The code in the first cell of each row of the table whose header begins with ``head``, in order."""
    table = README.split(f"| {head} |", 1)[1].split("\n\n", 1)[0]
    return sorted(match for line in table.splitlines() for match in re.findall(r"^\| `([^`]+)` \|", line))


def _named_in_code() -> set[str]:
    """Names of the environment variables that our code reads: asked of an environ, envvars, our prefix."""
    found = set()
    for folder in OURS:
        for path in (ROOT / folder).rglob("*.py"):
            if "node_modules" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                found |= _variables(node)
    return {name for name in found if not name.startswith(tuple(FOREIGN))}


def _variables(node: ast.AST) -> set[str]:
    text = node if isinstance(node, ast.Constant) and OURS_BEGIN.fullmatch(str(node.value)) else None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        if node.func.attr in ("get", "getenv") and "environ" in ast.unparse(node.func):
            text = node.args[0]
    elif isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("environ"):
        text = node.slice
    elif isinstance(node, ast.keyword) and node.arg == "envvar":
        text = node.value.elts[0] if isinstance(node.value, ast.List) else node.value
    return {text.value} if isinstance(text, ast.Constant) and isinstance(text.value, str) else set()


def _commands() -> set[str]:
    root = get_command(app)
    assert isinstance(root, typer.core.TyperGroup)
    found = set()
    for name, command in root.commands.items():
        inner = getattr(command, "commands", None)
        found |= {f"sabiscore {name} {sub}" for sub in inner} if inner else {f"sabiscore {name}"}
    return found


def test_every_setting_is_in_the_readme() -> None:
    assert _first_cells("variable") == sorted(_named_in_code())


def test_every_route_is_in_the_readme() -> None:
    served = {
        f"{method} {route.path}" for route in every_route() for method in (route.methods or set()) - {"HEAD"}
    }
    assert _first_cells("route") == sorted(served)


def test_every_path_is_routed_to_a_function_whatever_the_method() -> None:
    routed = {str(route) for route in routes()}
    assert routed == {f"ANY {route.path}" for route in every_route()} | {"ANY /api/{proxy+}"}


def test_every_command_is_in_the_readme() -> None:
    assert _first_cells("command") == sorted(_commands())


def test_every_error_is_in_the_readme() -> None:
    public = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, Exception) and not name.startswith("_")
    }
    assert _first_cells("error") == sorted(public)


def test_every_error_is_in_the_tree_of_its_module() -> None:
    assert errors.__doc__ is not None
    assert all(name in errors.__doc__ for name in _first_cells("error"))


def test_every_make_verb_the_readme_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert all(f"\n{verb}:" in makefile for verb in re.findall(r"`?make ([a-z]+)", README))


def test_every_linked_file_exists() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert all((ROOT / link).exists() for link in links)


def test_nothing_that_is_kept_names_a_package_registry() -> None:
    hosts = re.compile(r"pypi\.org|files\.pythonhosted|registry\.npmjs|index-url *=|extra-index")
    kept = [
        *ROOT.glob("infra/requirements/*.txt"),
        *ROOT.glob("layers/*/requirements.txt"),
        ROOT / "infra/package-lock.json",
    ]
    assert kept
    assert not [
        path.name for path in kept if path.exists() and hosts.search(path.read_text(encoding="utf-8"))
    ]
