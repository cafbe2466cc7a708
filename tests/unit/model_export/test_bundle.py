"""A bundle folder appears whole or not at all, and says the truth about itself."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from model_export.bundle import write_bundle
from sabiscore.inference.bundle import read_bundle
from sabiscore.inference.manifest import FILES, MANIFEST, OPTIONAL
from tests.support.ensembles import SCHEMA, F, release

AT = datetime(2025, 5, 10, 12, tzinfo=UTC)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    wanted = release(tmp_path)
    folder = write_bundle(wanted, tmp_path, "1.2.3", AT)
    bundle = read_bundle(folder, SCHEMA)
    assert bundle.model == wanted.model
    assert bundle.states.read_bytes() == wanted.states.read_bytes()
    manifest = bundle.manifest
    assert (manifest.version, manifest.created_at, manifest.n_features) == ("1.2.3", AT.isoformat(), F)
    assert (manifest.kind, manifest.leagues, manifest.metrics) == ("simulated", ("epl",), wanted.metrics)
    assert manifest.calibration == wanted.calibration
    assert manifest.agreement["max_difference"] <= 1e-6
    assert manifest.libraries["numpy"] == np.__version__


def test_manifest_holds_the_hash_of_every_other_file(tmp_path: Path) -> None:
    folder = write_bundle(release(tmp_path), tmp_path, "1.0.0", AT)
    files = json.loads((folder / MANIFEST).read_text())["files"]
    assert {path.name for path in folder.iterdir()} == {*FILES, *OPTIONAL, MANIFEST}
    for name in FILES:
        data = (folder / name).read_bytes()
        assert files[name] == {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}


def test_never_writes_over_a_version(tmp_path: Path) -> None:
    folder = write_bundle(release(tmp_path), tmp_path, "1.0.0", AT)
    before = (folder / MANIFEST).read_bytes()
    with pytest.raises(FileExistsError):
        write_bundle(release(tmp_path, matches=9), tmp_path, "1.0.0", AT)
    assert (folder / MANIFEST).read_bytes() == before


def test_leaves_nothing_behind_when_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = release(tmp_path)
    before = set(tmp_path.iterdir())

    def full(path: Path, target: Path) -> Path:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(OSError, match="no space"):
        write_bundle(wanted, tmp_path, "1.0.0", AT)
    assert set(tmp_path.iterdir()) == before
