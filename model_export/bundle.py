"""Writes a bundle folder: the graph, the states, the baseline, and the manifest that vouches for them."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import onnx

from model_export.graph.compiled import compile_graph
from model_export.verify import Agreement
from sabiscore.files import new_folder
from sabiscore.inference.manifest import (
    BASELINE,
    CARD,
    EDGE_GRAPH,
    HELD_OUT,
    MANIFEST,
    MODEL,
    POPULATION,
    PROBES,
    STATES,
    CalibrationTable,
    FileDigest,
    Manifest,
)
from sabiscore.inference.promotion import TEMPORARY
from sabiscore.learning.feature_drift import FeatureDistribution

LIBRARIES = (
    "scikit-learn",
    "xgboost-cpu",
    "lightgbm",
    "numpy",
    "onnx",
    "skl2onnx",
    "onnxmltools",
    "onnxruntime",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Everything a bundle is made of, before it has a version.

    ``states`` is a file that is copied; ``baseline`` float32 [F] is the typical served vector,
    ``population`` how the vectors were spread that ``metrics`` are of, ``held_out`` the forecasts that
    they are of, and ``card`` what the model card says beside the manifest.
    """

    model: bytes = field(repr=False)
    agreement: Agreement
    states: Path
    baseline: npt.NDArray[np.float32] = field(repr=False)
    schema: str
    kind: Literal["real", "simulated"]
    training: Mapping[str, Any]
    leagues: tuple[str, ...]
    metrics: Mapping[str, Any]
    calibration: CalibrationTable = field(default_factory=CalibrationTable)
    population: FeatureDistribution | None = field(default=None, repr=False)
    held_out: bytes | None = field(default=None, repr=False)
    card: Mapping[str, Any] | None = field(default=None, repr=False)


def write_bundle(release: Release, parent: Path, version: str, created_at: datetime) -> Path:
    """The folder ``parent/version`` with ``release`` in it, which appears whole or not at all.

    Raises FileExistsError when there is such a version already, and BadBundle for a graph that the evaluator
    at the edge does not know.
    """
    content = {
        MODEL: release.model,
        STATES: release.states.read_bytes(),
        BASELINE: _npy(release.baseline),
        PROBES: release.agreement.probes.to_bytes(),
        EDGE_GRAPH: compile_graph(release.model).to_bytes(),
    }
    if release.population is not None:
        content[POPULATION] = _npy(release.population.as_array())
    if release.held_out is not None:
        content[HELD_OUT] = release.held_out
    if release.card is not None:
        content[CARD] = _json(release.card)
    manifest = _manifest(release, content, version, created_at)
    content[MANIFEST] = _json(asdict(manifest))
    target = parent / version
    with new_folder(target, prefix=TEMPORARY) as folder:
        for name, data in content.items():
            (folder / name).write_bytes(data)
    return target


def _manifest(release: Release, content: Mapping[str, bytes], version: str, created_at: datetime) -> Manifest:
    graph = onnx.load_from_string(release.model)
    stamps = {name: FileDigest(hashlib.sha256(data).hexdigest(), len(data)) for name, data in content.items()}
    return Manifest(
        version=version,
        created_at=created_at.isoformat(),
        kind=release.kind,
        schema=release.schema,
        n_features=len(release.baseline),
        files=stamps,
        training=release.training,
        leagues=release.leagues,
        metrics=release.metrics,
        agreement=release.agreement.to_json(),
        calibration=release.calibration,
        libraries={name: installed(name) for name in LIBRARIES},
        ir=graph.ir_version,
        opsets={item.domain: item.version for item in graph.opset_import},
    )


def _json(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, indent=2, allow_nan=False) + "\n").encode()


def _npy(array: npt.NDArray[np.float32]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.asarray(array, np.float32), allow_pickle=False)
    return buffer.getvalue()
