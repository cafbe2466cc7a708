"""The docs name every setting, route, command and error that the code has, none that it lacks, each once."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest
import typer
from typer.main import get_command

from infra.api_document.routes import every_page, every_route
from infra.cli import app
from infra.local.cloud import routes
from sabiscore import errors
from sabiscore.events.webhooks import PING, TYPES, message_of
from sabiscore.features.vector import FEATURES
from sabiscore.insights.health import CheckName
from sabiscore.jobs.timetable import TIMETABLE
from sabiscore.observability.exposition import exposition
from sabiscore.observability.totals import Totals
from tests.support.sample_events import every_kind

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "functions/edge/README.md",
    *sorted(DOCS.rglob("*.md")),
]
MOST_README, MOST_PAGE = 9_000, 16_000
"""Bytes: what is longer is not read."""
OURS = ("layers/core/python/sabiscore", "functions", "model_export", "infra", "tests")

OURS_BEGIN = re.compile(r"SABISCORE_[A-Z_]*[A-Z]")
FOREIGN = {
    "AWS_",  # set by Lambda and boto3
    "PYTHON", "PYENV_", "PATH", "HOME", "CI", "VIRTUAL_ENV", "UV_", "PIP_", "NODE_", "XDG_", "TMPDIR", "LANG",
    "OMP_",
}  # fmt: skip
"""Beginnings of variables that are not settings of ours."""


def _first_cells(page: str, head: str) -> list[str]:
    """The code in the first cells of the tables of ``page`` whose header begins with ``head``, sorted."""
    tables = (DOCS / page).read_text(encoding="utf-8").split(f"| {head} |")[1:]
    table = "\n".join(rows.split("\n\n", 1)[0] for rows in tables)
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
        if command.hidden:
            continue
        inner = getattr(command, "commands", None)
        found |= {f"sabiscore {name} {sub}" for sub in inner or ()}
        if not inner or command.invoke_without_command:
            found.add(f"sabiscore {name}")
    return found


def test_every_setting_is_in_the_docs() -> None:
    assert _first_cells("settings.md", "variable") == sorted(_named_in_code())


def test_every_route_is_in_the_docs() -> None:
    served = {
        f"{method} {route.path}" for route in every_route() for method in (route.methods or set()) - {"HEAD"}
    }
    assert _first_cells("api.md", "route") == sorted(served)


def test_every_path_is_routed_to_a_function_whatever_the_method() -> None:
    routed = {str(route) for route in routes()}
    served = {f"ANY {route.path}" for route in (*every_route(), *every_page())}
    assert routed == served | {"ANY /api/{proxy+}"}


def test_every_page_is_in_the_docs() -> None:
    assert _first_cells("site.md", "page") == sorted(route.path for route in every_page())


def test_the_worker_asks_the_functions_for_every_path_of_theirs() -> None:
    declared = (ROOT / "functions" / "edge" / "wrangler.jsonc").read_text(encoding="utf-8")
    variables = dict(re.findall(r'"((?:ORIGIN|PAGE)_PATHS)": "([^"]+)"', declared))
    paths = [path for value in variables.values() for path in value.split()]
    known = ["/", *paths]
    missing = [
        route.path
        for route in (*every_route(), *every_page())
        if not any(
            route.path == each or (each.endswith("/") and route.path.startswith(each)) for each in paths
        )
        and route.path not in known
    ]
    assert missing == []


def test_every_command_is_in_the_docs() -> None:
    assert _first_cells("cli.md", "command") == sorted(_commands())


def test_every_error_is_in_the_docs() -> None:
    public = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, Exception) and not name.startswith("_")
    }
    assert _first_cells("errors.md", "error") == sorted(public)


def test_every_metric_is_in_the_docs() -> None:
    exposed = re.findall(r"^# TYPE (\S+)", exposition(Totals(), ()), re.MULTILINE)
    assert _first_cells("observability.md", "metric") == sorted(exposed)


def test_every_check_of_health_is_in_the_docs() -> None:
    assert _first_cells("operations.md", "check") == sorted(get_args(CheckName))


def test_every_message_of_webhooks_is_in_the_docs_with_its_members() -> None:
    page = (DOCS / "webhooks.md").read_text(encoding="utf-8")
    table = page.split("| type |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    rows = [line.split("|")[1:4] for line in table]
    listed = re.findall(r"`([^`]+)`", " ".join(row[0] for row in rows))
    assert sorted(listed) == sorted((*TYPES.values(), PING))
    goal = next(event for event in every_kind(1) if event.kind == "goal")
    (example,) = re.findall(r"```json\n(.+?)```", page, re.DOTALL)
    shown, sent = json.loads(example), json.loads(message_of(goal).body)
    assert (list(shown), list(shown["data"])) == (list(sent), list(sent["data"]))
    (of_goals,) = [row[2] for row in rows if "match.goal" in row[0]]
    assert re.findall(r"`([^`]+)`", of_goals) == list(sent["data"])


def test_every_job_is_in_the_docs() -> None:
    assert _first_cells("schedules.md", "job") == sorted(TIMETABLE)


def test_every_feature_group_is_in_the_docs_with_its_number_of_features() -> None:
    sizes = Counter(feature.group for feature in FEATURES)
    assert _first_cells("models.md", "group") == sorted(sizes)
    page = (DOCS / "models.md").read_text(encoding="utf-8")
    assert dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", page, re.MULTILINE)) == {
        group: str(size) for group, size in sizes.items()
    }


def test_every_error_is_in_the_tree_of_its_module() -> None:
    assert errors.__doc__ is not None
    assert all(name in errors.__doc__ for name in _first_cells("errors.md", "error"))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_is_short_and_what_it_names_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert len(text.encode()) <= (MOST_README if page == ROOT / "README.md" else MOST_PAGE)
    assert [verb for verb in re.findall(r"`make ([a-z-]+)", text) if f"\n{verb}:" not in makefile] == []
    links = [link for link in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", text) if not link.startswith("/")]
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-W",
        "--keep-going",
        "-q",
        "-b",
        "html",
        str(DOCS),
        str(tmp_path),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "index.html").is_file()


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
