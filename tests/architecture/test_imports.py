"""Who may import whom, read from the source: a table to read, held to the imports as they are.

A room is a package of ``sabiscore`` or a module at its root. Data flows one way, so the rooms form layers and
no import leads back up.
"""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path
from sys import stdlib_module_names

import pytest

ROOT = Path(__file__).parents[2]
CORE = ROOT / "layers" / "core" / "python"

MAY_IMPORT: dict[str, str] = {
    # what everything stands on
    "errors": "",
    "clock": "",
    "files": "errors",
    "untrusted": "errors",
    # football and money, the standard library only
    "domain": "",
    "history": "domain",
    "identity": "domain errors",
    # what is known before a match, and the model that reads it
    "features": "domain files history",
    "inference": "cache errors files untrusted",
    # outside: settings, network, providers
    "settings": "domain errors",
    "observability": "errors settings untrusted",
    "net": "cache clock errors settings",
    "sources": "domain errors identity net",
    "fetching": "cache clock domain errors files identity net sources",
    # what is kept
    "accounts": "errors",
    "cache": "domain errors untrusted",
    "limits": "cache errors",
    "ledger": "domain errors untrusted",
    "events": "cache domain errors",
    "store": "accounts domain errors events files history identity ledger untrusted",
    "seasons": "domain errors files history identity net sources store",
    "publication": "cache domain errors files ledger untrusted",
    "sync": "clock errors files inference net publication settings untrusted",
    # what readers get
    "insights": (
        "cache clock domain errors features history identity inference ledger observability publication "
        "files untrusted"
    ),
    "pages": "domain errors insights",
    "edge_model": ("domain errors features history identity inference insights publication untrusted"),
    "http": "accounts cache clock domain errors insights limits observability pages",
    # what runs by the clock
    "learning": "domain history insights",
    "pipeline": (
        "cache clock domain errors features fetching files history identity inference insights "
        "edge_model learning ledger net observability publication sources store"
    ),
    "jobs": (
        "cache clock domain errors events fetching files identity inference insights learning ledger net "
        "observability pipeline publication seasons sources store"
    ),
    # where all of it is put together
    "bootstrap": (
        "accounts cache clock domain errors events fetching http identity insights jobs limits net "
        "observability pipeline publication seasons settings sources store sync"
    ),
}
"""Room → the rooms that it imports, each import here and none besides."""

MOST_LAYERS, MOST_LOOSE_MODULES = 10, 6

NEVER_TOGETHER = ("cache", "sources", "store", "inference")
LAST_GOOD = ("sabiscore.cache.last_good", "sabiscore.cache.file_stamp")
"""The holder of a last good copy: of a publication, of corrections, of a bundle."""
NOT_DEPLOYED = {"model_export", "infra", "tests"}
TOO_HEAVY_FOR_A_REQUEST = {
    "sklearn", "xgboost", "lightgbm", "pandas", "polars", "scipy", "sqlalchemy", "boto3",
}  # fmt: skip
REQUEST_PATH = (
    "http",
    "pages",
    "insights",
    "cache",
    "inference",
    "features",
    "domain",
    "identity",
    "observability",
)


def modules() -> dict[str, Path]:
    """Every module of ours by its dotted name."""
    paths = {}
    for base, package in ((CORE, "sabiscore"), (ROOT, "functions"), (ROOT, "model_export"), (ROOT, "infra")):
        for path in sorted((base / package).rglob("*.py")):
            if "node_modules" in path.parts:
                continue
            name = ".".join(path.relative_to(base).with_suffix("").parts).removesuffix(".__init__")
            paths[name] = path
    return paths


def imports(name: str, *, typing: bool) -> set[str]:
    """Every module that ``name`` imports, wherever in it; for type checkers only if ``typing``."""
    names: set[str] = set()
    for node in _nodes(TREES[name], typing=typing):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name} imports relatively"
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return names


def _nodes(node: ast.AST, *, typing: bool):
    yield node
    for child in ast.iter_child_nodes(node):
        if not typing and isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        yield from _nodes(child, typing=typing)


MODULES = modules()
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}
IMPORTS = {name: imports(name, typing=False) for name in MODULES}
WITH_TYPES = {name: imports(name, typing=True) for name in MODULES}
OF_CORE = [name for name in MODULES if name.startswith("sabiscore.")]


def rooms_in(names: set[str]) -> set[str]:
    """The rooms of sabiscore among ``names``."""
    return {name.split(".")[1] for name in names if name.startswith("sabiscore.")}


def room_of(name: str) -> str:
    return name.split(".")[1]


def room_imports() -> dict[str, set[str]]:
    """Room → the other rooms that it imports, types included."""
    edges: dict[str, set[str]] = {room_of(name): set() for name in OF_CORE}
    for name in OF_CORE:
        edges[room_of(name)] |= rooms_in(WITH_TYPES[name]) - {room_of(name)}
    return edges


def test_the_table_says_who_imports_whom():
    table = {room: set(names.split()) for room, names in MAY_IMPORT.items()}
    assert room_imports() == table


def test_no_import_leads_in_a_circle_and_the_layers_are_few():
    depth: dict[str, int] = {}
    edges = room_imports()
    for room in TopologicalSorter(edges).static_order():  # raises CycleError where there is a circle
        depth[room] = 1 + max((depth[below] for below in edges[room]), default=0)
    assert max(depth.values()) < MOST_LAYERS  # functions, infra and the command are the layer above


def test_no_module_imports_another_that_imports_it():
    at_run_time = {name: {known for known in IMPORTS[name] if known in MODULES} - {name} for name in MODULES}
    list(TopologicalSorter(at_run_time).static_order())  # raises CycleError where there is a circle


def test_few_modules_are_loose_at_the_root():
    loose = [path for path in (CORE / "sabiscore").glob("*.py") if path.name != "__init__.py"]
    assert len(loose) <= MOST_LOOSE_MODULES


@pytest.mark.parametrize("name", [name for name in OF_CORE if room_of(name) == "domain"])
def test_the_domain_knows_only_the_standard_library_and_our_errors(name):
    for imported in IMPORTS[name]:
        root = imported.split(".")[0]
        ours = imported.startswith(("sabiscore.domain", "sabiscore.errors"))
        assert ours or root in stdlib_module_names, f"{name} imports {imported}"


@pytest.mark.parametrize("name", [name for name in OF_CORE if room_of(name) in NEVER_TOGETHER])
def test_adapters_do_not_know_each_other(name):
    strange = {imported for imported in IMPORTS[name] if not imported.startswith(LAST_GOOD)}
    assert not rooms_in(strange) & (set(NEVER_TOGETHER) - {room_of(name)})


@pytest.mark.parametrize("name", OF_CORE + [name for name in MODULES if name.startswith("functions")])
def test_nothing_deployed_knows_how_it_is_trained_or_run(name):
    assert not {imported.split(".")[0] for imported in IMPORTS[name]} & NOT_DEPLOYED


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("functions.")])
def test_functions_import_the_composition_root_and_nothing_else(name):
    imported = {module for module in IMPORTS[name] if not module.startswith("__future__")}
    assert not {module for module in imported if module.startswith("functions")}
    assert rooms_in(imported) <= {"bootstrap"}


@pytest.mark.parametrize("name", [name for name in OF_CORE if room_of(name) in REQUEST_PATH])
def test_the_request_path_never_imports_what_is_heavy(name):
    assert not {imported.split(".")[0] for imported in IMPORTS[name]} & TOO_HEAVY_FOR_A_REQUEST


@pytest.mark.parametrize("name", [name for name in OF_CORE if room_of(name) in ("http", "insights", "cache")])
def test_reading_never_reaches_for_the_store_or_a_provider(name):
    assert not rooms_in(IMPORTS[name]) & {"store", "sources", "net"}


def test_each_public_class_name_has_one_meaning():
    defined: dict[str, list[str]] = {}
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                defined.setdefault(node.name, []).append(name)
    assert not {name: places for name, places in defined.items() if len(places) > 1}
