"""The workflows on GitHub: sound as they are, and a fault of each kind is found by what `make check` runs."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from infra.project import ROOT

WORKFLOWS = Path(".github/workflows")
BIN = Path(sys.executable).parent
CHECKS = [
    line.strip().replace("$(BIN)", str(BIN))
    for line in (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    if re.search(r"\$\(BIN\)/(zizmor|check-jsonschema) ", line)
]


def said(folder: Path) -> tuple[bool, str]:
    """Whether every check holds for the workflows below ``folder``, and what they write."""
    done = [
        subprocess.run(["bash", "-c", check], cwd=folder, capture_output=True, text=True) for check in CHECKS
    ]
    return all(each.returncode == 0 for each in done), "".join(each.stdout + each.stderr for each in done)


def swapped(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return change


FAULTS = {
    "unpinned-uses": swapped(
        "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2", "actions/checkout@v4"
    ),
    "artipacked": swapped("persist-credentials: false", "fetch-depth: 1"),
    "template-injection": swapped(
        '--stage "$STAGE" --yes', '--stage "${{ github.event.pull_request.title }}"'
    ),
    "excessive-permissions": swapped(
        "environment: preview\n    permissions:\n      contents: read\n      id-token: write",
        "environment: preview\n    permissions: write-all",
    ),
    "dangerous-triggers": swapped("  pull_request:", "  pull_request_target:"),
    "secrets-inherit": swapped(
        "    secrets:\n      CLOUDFLARE_API_TOKEN: ${{ secrets.CLOUDFLARE_API_TOKEN }}\n    with:",
        "    secrets: inherit\n    with:",
    ),
    "'timeout-minute' was unexpected": swapped("timeout-minutes: 30", "timeout-minute: 30"),
}


def test_the_workflows_are_sound() -> None:
    assert len(CHECKS) == 2
    sound, output = said(ROOT)
    assert sound, output


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found_and_named(fault: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / ".github", tmp_path / ".github")
    planted = tmp_path / WORKFLOWS / "preview.yml"
    planted.write_text(FAULTS[fault](planted.read_text(encoding="utf-8")), encoding="utf-8")
    sound, output = said(tmp_path)
    assert (sound, fault in output) == (False, True), output


def test_credentials_reach_only_jobs_of_an_environment_that_may_ask_for_them() -> None:
    for path in (ROOT / WORKFLOWS).glob("*.yml"):
        workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert workflow["permissions"] == {}
        for name, job in workflow["jobs"].items():
            signs_in = job.get("permissions", {}).get("id-token") == "write"
            assert signs_in == ("environment" in job or "deploy.yml" in job.get("uses", "")), (
                path.name,
                name,
            )
            assert "${{ secrets." not in str(job) or signs_in, (path.name, name)
