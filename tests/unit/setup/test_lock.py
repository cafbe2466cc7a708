"""Locks agree with pyproject.toml, name no index, and a check says so without a network."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from infra import lock
from infra.lock import LOCKS, disagreements, main, pins, requirements
from infra.project import ROOT


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for path in ("pyproject.toml", *(each.path for each in LOCKS)):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    monkeypatch.setattr(lock, "ROOT", tmp_path)
    return tmp_path


def found() -> str:
    return "\n".join(sentence for each in LOCKS for sentence in disagreements(each))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_the_locks_agree_with_pyproject(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0
    assert capsys.readouterr().out == f"{len(LOCKS)} locks agree with pyproject.toml.\n"


@pytest.mark.parametrize("path", [each.path for each in LOCKS])
def test_every_pin_has_a_hash_and_no_lock_names_an_address(path: str) -> None:
    text = (ROOT / path).read_text()
    assert pins(text)
    assert all("--hash=sha256:" in entry for entry in text.split("\n\n") if "==" in entry)
    assert "://" not in text
    assert "index" not in text
    assert "find-links" not in text


def test_a_requirement_added_to_pyproject_is_missed_in_the_locks(copy: Path) -> None:
    edit(copy / "pyproject.toml", '"mangum",', '"mangum",\n    "itsdangerous",')
    assert "layers/runtime/requirements.txt does not pin itsdangerous." in found()


def test_a_requirement_removed_from_pyproject_is_noticed(copy: Path) -> None:
    edit(copy / "pyproject.toml", '    "mangum",\n', "")
    assert "was made from other requirements" in found()


def test_a_version_that_no_longer_fits_is_noticed(copy: Path) -> None:
    edit(copy / "pyproject.toml", '"mangum"', '"mangum<0.1"')
    assert "but pyproject.toml asks for mangum<0.1." in found()


def test_a_layer_that_drifts_from_what_is_tested_is_noticed(copy: Path) -> None:
    pinned = pins((ROOT / "layers/inference/requirements.txt").read_text())["numpy"]
    edit(copy / "layers/inference/requirements.txt", f"numpy=={pinned}", "numpy==1.0")
    assert f"pins numpy 1.0, but infra/requirements/run.txt pins {pinned}." in found()


def test_a_missing_lock_and_a_lost_hash_are_noticed(copy: Path) -> None:
    (copy / "infra/requirements/lambda.txt").unlink()
    text = (copy / "infra/requirements/uv.txt").read_text()
    (copy / "infra/requirements/uv.txt").write_text(text.replace("--hash=sha256:", "--hash=md5:"))
    assert "infra/requirements/lambda.txt is missing." in found()
    assert "infra/requirements/uv.txt names an address or lacks a hash." in found()


def test_groups_are_joined_once_and_sorted() -> None:
    both = requirements(("", "inference"))
    assert list(both) == sorted(set(both))
    assert {"numpy", "starlette"} <= set(both)


def test_the_node_lock_names_no_registry() -> None:
    text = (ROOT / "infra/package-lock.json").read_text()
    assert '"resolved"' not in text
    assert "omit-lockfile-registry-resolved=true" in (ROOT / "infra/.npmrc").read_text()
