"""Who may import whom, read from the source."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE = ROOT / "layers" / "core" / "python"

STANDARD_ONLY = {"domain"}
STRANGERS = ("cache", "sources", "store", "inference")
ROOTS = {"bootstrap", "bootstrap_desk", "bootstrap_schedules"}
NOT_DEPLOYED = {"model_export", "infra", "tests"}
ON_REQUEST_FORBIDDEN = {
    "sklearn", "xgboost", "lightgbm", "pandas", "polars", "scipy", "sqlalchemy", "boto3",
}  # fmt: skip
REQUEST_PATH = ("http", "insights", "cache", "inference", "features", "domain", "identity", "observability")


def modules() -> dict[str, Path]:
    """Every module of ours by its dotted name."""
    found = {}
    for base, package in ((CORE, "sabiscore"), (ROOT, "functions"), (ROOT, "model_export"), (ROOT, "infra")):
        for path in sorted((base / package).rglob("*.py")):
            if "node_modules" in path.parts:
                continue
            name = ".".join(path.relative_to(base).with_suffix("").parts).removesuffix(".__init__")
            found[name] = path
    return found


def imports(path: Path, name: str) -> set[str]:
    """Every module that the file imports at run time, wherever in it."""
    found: set[str] = set()
    for node in _running(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name} imports relatively"
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return found


def _running(node: ast.AST):
    """All nodes but those under ``if TYPE_CHECKING``."""
    yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        yield from _running(child)


MODULES = modules()
IMPORTS = {name: imports(path, name) for name, path in MODULES.items()}
OF_CORE = [name for name in MODULES if name.startswith("sabiscore.")]


def packages(names: set[str]) -> set[str]:
    """The sub-packages of sabiscore among ``names``."""
    return {name.split(".")[1] for name in names if name.startswith("sabiscore.")}


def test_there_is_something_to_look_at():
    assert len(MODULES) > 30


@pytest.mark.parametrize("name", [name for name in OF_CORE if name.split(".")[1] in STANDARD_ONLY])
def test_the_domain_knows_only_the_standard_library_and_our_errors(name):
    from sys import stdlib_module_names

    for imported in IMPORTS[name]:
        root = imported.split(".")[0]
        ours = imported.startswith(("sabiscore.domain", "sabiscore.errors"))
        assert ours or root in stdlib_module_names, f"{name} imports {imported}"


@pytest.mark.parametrize("name", [name for name in OF_CORE if name.split(".")[1] == "identity"])
def test_identity_knows_the_domain_only(name):
    assert packages(IMPORTS[name]) <= {"identity", "domain", "errors"}


@pytest.mark.parametrize("name", [name for name in OF_CORE if name.split(".")[1] == "features"])
def test_features_know_the_domain_and_the_history_only(name):
    assert packages(IMPORTS[name]) <= {"features", "domain", "history", "errors"}


@pytest.mark.parametrize("name", [name for name in OF_CORE if name.split(".")[1] in STRANGERS])
def test_adapters_do_not_know_each_other(name):
    own = name.split(".")[1]
    assert not packages(IMPORTS[name]) & (set(STRANGERS) - {own})


@pytest.mark.parametrize("name", OF_CORE + [name for name in MODULES if name.startswith("functions")])
def test_nothing_deployed_knows_how_it_is_trained_or_run(name):
    assert not {imported.split(".")[0] for imported in IMPORTS[name]} & NOT_DEPLOYED


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("functions.")])
def test_functions_are_wiring_and_never_import_each_other(name):
    imported = {module for module in IMPORTS[name] if not module.startswith("__future__")}
    assert not {module for module in imported if module.startswith("functions")}
    assert packages(imported) <= {*ROOTS, "observability"}


@pytest.mark.parametrize("name", [name for name in OF_CORE if name.split(".")[1] not in ROOTS])
def test_only_functions_know_the_composition_root(name):
    assert not packages(IMPORTS[name]) & ROOTS


@pytest.mark.parametrize("name", [name for name in OF_CORE if name.split(".")[1] in REQUEST_PATH])
def test_the_request_path_never_imports_what_is_heavy(name):
    assert not {imported.split(".")[0] for imported in IMPORTS[name]} & ON_REQUEST_FORBIDDEN


@pytest.mark.parametrize(
    "name", [name for name in OF_CORE if name.split(".")[1] in ("http", "insights", "cache")]
)
def test_reading_never_reaches_for_the_store_or_a_provider(name):
    assert not packages(IMPORTS[name]) & {"store", "sources", "net"}


@pytest.mark.parametrize("name", [name for name in OF_CORE if name.split(".")[1] == "pipeline"])
def test_steps_of_the_pipeline_do_not_know_the_jobs(name):
    assert "jobs" not in packages(IMPORTS[name])
