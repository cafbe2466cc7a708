"""The API document passes redocly's recommended rules, and clients that are generated from it can be used.

They are made by the commands that the page at ``/docs`` shows.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
import uvicorn

from infra.local.cloud import reserve
from infra.project import ROOT
from sabiscore.pages.static_pages import docs_page
from tests.support.page_examples import examples_of
from tests.support.served import world

HERE = Path(__file__).parent / "clients"
GENERATOR = ROOT / "build" / "openapi-clients" / "bin"
INFRA_TOOLS = ROOT / "infra" / "node_modules" / ".bin"
EDGE_TOOLS = ROOT / "functions" / "edge" / "node_modules" / ".bin"
SILENT = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the API over made-up matches."""
    config = uvicorn.Config(
        world(tmp_path_factory.mktemp("publication")).app, log_level="warning", lifespan="off"
    )
    server, listener = uvicorn.Server(config), reserve(0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def document(served: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    import httpx

    path = tmp_path_factory.mktemp("document") / "openapi.json"
    path.write_bytes(httpx.get(f"{served}/openapi.json", trust_env=False).content)
    return path


def run(command: Sequence[str | Path], folder: Path, **environ: str) -> str:
    """What ``command`` prints in ``folder``; it must not fail."""
    environment = {**os.environ, **environ}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_the_document_passes_redocly_s_recommended_rules(document: Path) -> None:
    command = [INFRA_TOOLS / "redocly", "lint", document, "--extends=recommended", "--format=json"]
    found = json.loads(run(command, document.parent, **SILENT))
    assert found["totals"] == {"errors": 0, "warnings": 0, "ignored": 0}, found["problems"]


@pytest.fixture
def shown(served: str, document: Path, tmp_path: Path) -> Mapping[str, str]:
    """The examples of the page, in a folder that holds the document."""
    shutil.copy(document, tmp_path)
    return examples_of(docs_page(served, 100, {}).decode())


def test_the_document_is_where_the_page_says(
    shown: Mapping[str, str], document: Path, tmp_path: Path
) -> None:
    (tmp_path / "openapi.json").unlink()
    run(shlex.split(shown["document"]), tmp_path)
    assert (tmp_path / "openapi.json").read_bytes() == document.read_bytes()


def test_the_python_client_asks_and_is_answered_in_its_own_types(
    served: str, shown: Mapping[str, str], tmp_path: Path
) -> None:
    (tmp_path / "config.yml").write_text("post_hooks: []\n")
    pipx, its_run, tool, *words = shlex.split(shown["python"])
    assert (pipx, its_run) == ("pipx", "run")
    strict = ["--config", "config.yml", "--fail-on-warning"]
    said = run([GENERATOR / tool, *words, *strict], tmp_path)
    assert "warning" not in said.lower(), said
    python, known = GENERATOR / "python", {"PYTHONPATH": str(tmp_path)}
    assert run([python, HERE / "use.py", served], tmp_path, **known) == "used\n"
    assert run([python, "-c", shown["python-use"]], tmp_path, **known).startswith(
        "MatchList(matches=[MatchRow("
    )


def test_the_typescript_types_hold_for_the_answers(
    served: str, shown: Mapping[str, str], tmp_path: Path
) -> None:
    shutil.copy(HERE / "use.ts", tmp_path)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    npx, named, *words = shlex.split(shown["typescript"])
    tool, _, major = named.partition("@")
    installed = json.loads((ROOT / "infra" / "package.json").read_text())["devDependencies"][tool]
    assert (npx, installed.partition(".")[0]) == ("npx", major)
    # What has a default may be left out of a request.
    run([INFRA_TOOLS / tool, *words], tmp_path)
    types = ROOT / "functions" / "edge" / "node_modules" / "@types"
    strict = ["--strict", "--noEmit", "--module", "nodenext", "--allowImportingTsExtensions"]
    run(
        [
            EDGE_TOOLS / "tsc",
            *strict,
            "--target",
            "es2024",
            "--types",
            "node",
            "--typeRoots",
            types,
            "use.ts",
        ],
        tmp_path,
    )
    assert run([EDGE_TOOLS / "node", "use.ts", served], tmp_path) == "used true\n"
