"""What is deployed is named, package by package, in a form that scanners read."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from infra.project import ROOT

LAYERS = ("runtime", "inference", "formats", "store", "accounts")


@pytest.fixture(scope="module")
def bills(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sbom")
    subprocess.run(["make", "--silent", "sbom", f"SBOM={folder}"], cwd=ROOT, check=True, capture_output=True)
    return folder


def named(bill: Path) -> set[tuple[str, str]]:
    """(name, version) of each package in a CycloneDX document."""
    document = json.loads(bill.read_text(encoding="utf-8"))
    assert document["bomFormat"] == "CycloneDX"
    return {(part["name"], part["version"]) for part in document["components"]}


@pytest.mark.parametrize("layer", LAYERS)
def test_every_package_of_a_layer_is_named_with_its_version(bills: Path, layer: str) -> None:
    lock = (ROOT / "layers" / layer / "requirements.txt").read_text(encoding="utf-8")
    assert named(bills / f"{layer}.cdx.json") == set(
        re.findall(r"^([\w.-]+)==([\w.+-]+)", lock, re.MULTILINE)
    )


def test_every_package_in_the_worker_is_named_with_its_version(bills: Path) -> None:
    declared = json.loads((ROOT / "functions/edge/package.json").read_text(encoding="utf-8"))
    assert named(bills / "worker.cdx.json") == set(declared["dependencies"].items())


def test_every_layer_with_packages_of_others_has_a_bill() -> None:
    assert {path.parent.name for path in ROOT.glob("layers/*/requirements.txt")} == {*LAYERS}
