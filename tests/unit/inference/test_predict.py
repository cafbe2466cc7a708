"""Probabilities from a bundle: right sums, the calibration asked for, and light to import."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime

import numpy as np
import pytest

from model_export.bundle import write_bundle
from sabiscore.inference.bundle import read_bundle
from sabiscore.inference.manifest import CalibrationTable
from sabiscore.inference.predict import OnnxModel
from tests.support.ensembles import SCHEMA, fitted, release


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> OnnxModel:
    root = tmp_path_factory.mktemp("bundles")
    folder = write_bundle(release(root), root, "1.0.0", datetime(2025, 5, 10, tzinfo=UTC))
    return OnnxModel(read_bundle(folder, SCHEMA))


def test_says_what_python_says_and_sums_to_one(model: OnnxModel) -> None:
    shared = fitted()
    p = model.predict(shared.X)
    assert p.dtype == np.float64
    assert np.abs(p.sum(axis=1) - 1).max() <= 1e-15
    assert np.abs(p - shared.ensemble.predict_proba(shared.X)).max() <= 1e-6


def test_a_row_alone_is_the_row_in_a_batch(model: OnnxModel) -> None:
    X = fitted().X[:100]
    alone = np.concatenate([model.predict(X[row : row + 1]) for row in range(len(X))])
    assert np.array_equal(alone, model.predict(X))


def test_reads_rows_however_they_lie_in_memory(model: OnnxModel) -> None:
    X = fitted().X[:20]
    assert np.array_equal(model.predict(np.asfortranarray(X)), model.predict(X))


def test_no_rows_give_no_probabilities(model: OnnxModel) -> None:
    assert model.predict(fitted().X[:0]).shape == (0, 3)


def test_live_calibration_replaces_the_bundles_own(model: OnnxModel) -> None:
    X = fitted().X
    sharper = CalibrationTable(((2.0, 0.0, 0.0), (0.0, 2.0, 0.0), (0.0, 0.0, 2.0)), (0.1, 0.0, 0.0))
    p = model.predict(X)
    wanted = p**2 * np.exp([0.1, 0, 0])
    wanted /= wanted.sum(axis=1, keepdims=True)
    assert np.abs(model.predict(X, sharper) - wanted).max() <= 2e-6


def test_importing_it_loads_neither_numpy_nor_the_runtime() -> None:
    code = (
        "import sys, sabiscore.inference.loader; "
        "print([m for m in ('numpy', 'onnxruntime', 'sklearn', 'onnx') if m in sys.modules])"
    )
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, check=True, text=True
    )
    assert done.stdout.strip() == "[]"
