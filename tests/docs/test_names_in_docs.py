"""What the docs name exists: files of the repository, classes, and the constants in recipes."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "functions/edge/README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
CODE = ("layers", "functions", "model_export", "infra", "tests", "findings", "docs", ".github")
RULES = ROOT / "infra" / "observability" / "prometheus" / "rules.yml"
BASES = (ROOT, ROOT / "layers/core/python", ROOT / "functions/edge")
"""Where a path in the docs may begin."""

_PATH = re.compile(r"`([A-Za-z_.][\w.*-]*/[\w.*/-]*)`")
_FILE = re.compile(r"`(\w[\w.-]*\.(?:py|ts|toml|yml|conf|jsonc))`")
_CLASS = re.compile(r"`([A-Z][a-z]+(?:[A-Z][a-z]+)+)(?:\.(\w+))?`")
_CONSTANT = re.compile(r"`([A-Z][A-Z_]+)`")


def _ids(page: Path) -> str:
    return str(page.relative_to(ROOT))


@cache
def _files() -> frozenset[str]:
    """Names of all files of the repository."""
    inside = (
        path for folder in CODE for path in (ROOT / folder).rglob("*") if "node_modules" not in path.parts
    )
    return frozenset(path.name for path in (*inside, *ROOT.iterdir()) if path.is_file())


@cache
def _definitions() -> tuple[dict[str, frozenset[str]], frozenset[str]]:
    """Class → names of its methods and fields, and the names assigned at the top of a module."""
    classes: dict[str, frozenset[str]] = {}
    constants: set[str] = set()
    for folder in CODE[:5]:
        for path in (ROOT / folder).rglob("*.py"):
            if "node_modules" in path.parts:
                continue
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef):
                    members = {
                        item.name
                        for item in node.body
                        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)
                    }
                    classes[node.name] = classes.get(node.name, frozenset()) | members
                targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
                constants |= {target.id for target in targets if isinstance(target, ast.Name)}
    return classes, frozenset(constants)


@cache
def _alerts() -> frozenset[str]:
    """The names of all alerts."""
    return frozenset(re.findall(r"- alert: (\w+)", RULES.read_text(encoding="utf-8")))


def _is_of_the_repository(path: str, page: Path) -> bool:
    tops = {"sabiscore", *CODE} | ({"src", "test", "tiers", "public"} if page.name == "edge.md" else set())
    return path.split("/")[0] in tops and "NAME" not in path


@pytest.mark.parametrize("page", PAGES, ids=_ids)
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    bases = (*BASES, ROOT / "functions/edge/src")
    paths = [path for path in _PATH.findall(text) if _is_of_the_repository(path, page)]
    missing = [path for path in paths if not any(list(base.glob(path.rstrip("/"))) for base in bases)]
    assert missing == []
    assert [name for name in _FILE.findall(text) if name not in _files()] == []


@pytest.mark.parametrize("page", PAGES, ids=_ids)
def test_every_class_or_alert_that_a_page_names_exists(page: Path) -> None:
    classes = _definitions()[0] | dict.fromkeys(_alerts(), frozenset())
    named = _CLASS.findall(page.read_text(encoding="utf-8"))
    assert [name for name, _ in named if name not in classes] == []
    assert [f"{name}.{member}" for name, member in named if member and member not in classes[name]] == []


def test_every_constant_that_a_recipe_names_exists() -> None:
    _, constants = _definitions()
    named = _CONSTANT.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert named
    assert [name for name in named if name not in constants] == []
