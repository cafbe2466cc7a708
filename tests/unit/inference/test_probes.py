"""A bundle whose graph is not the one that was released is refused where it is promoted and used."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from model_export.registry import Registry
from sabiscore.clock import FixedClock
from sabiscore.errors import BadBundle
from sabiscore.inference.bundle import read_verified
from sabiscore.inference.loader import Loader
from sabiscore.inference.manifest import MANIFEST, MAX_MODEL_BYTES, MODEL, PROBES
from sabiscore.inference.probes import read_probes
from tests.support.ensembles import SCHEMA, F, fitted, release


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """1.0.0 in production and 1.1.0 beside it."""
    made = Registry(tmp_path / "models", SCHEMA, FixedClock(datetime(2025, 5, 10, tzinfo=UTC)))
    made.promote(made.add(release(tmp_path)).name)
    made.add(release(tmp_path, matches=501))
    return made


def times(factor: float) -> bytes:
    """The sound graph, its answers multiplied by ``factor``."""
    graph = onnx.load_from_string(fitted().graph)
    last = next(node for node in graph.graph.node if "probabilities" in node.output)
    last.output[list(last.output).index("probabilities")] = "sound"
    graph.graph.initializer.append(helper.make_tensor("factor", TensorProto.FLOAT, [], [factor]))
    graph.graph.node.append(helper.make_node("Mul", ["sound", "factor"], ["probabilities"]))
    return graph.SerializeToString()


def mirrored() -> bytes:
    """A graph that gives probabilities, home and away exchanged."""
    graph = onnx.load_from_string(fitted().graph)
    last = next(node for node in graph.graph.node if "probabilities" in node.output)
    last.output[list(last.output).index("probabilities")] = "sound"
    graph.graph.initializer.append(helper.make_tensor("order", TensorProto.INT64, [3], [2, 1, 0]))
    graph.graph.node.append(helper.make_node("Gather", ["sound", "order"], ["probabilities"], axis=1))
    return graph.SerializeToString()


def replace_file(folder: Path, name: str, data: bytes) -> None:
    """Puts ``data`` into the bundle, with a manifest that vouches for it."""
    (folder / name).write_bytes(data)
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["files"][name] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    (folder / MANIFEST).write_text(json.dumps(manifest))


WRONG = {
    "times 0": 0.0,
    "times 2": 2.0,
    "times -1": -1.0,
    "not numbers": float("nan"),
    "infinite": float("inf"),
}


@pytest.mark.parametrize(
    ("name", "has_probes"),
    [*((name, True) for name in WRONG), *((name, False) for name in WRONG), ("mirrored", True)],
)
def test_a_graph_that_answers_otherwise_is_refused_and_the_old_bundle_serves(
    registry: Registry, name: str, has_probes: bool
) -> None:
    loader, folder = Loader(registry.root, SCHEMA), registry.root / "1.1.0"
    assert loader.model().version == "1.0.0"
    replace_file(folder, MODEL, mirrored() if name == "mirrored" else times(WRONG[name]))
    if not has_probes:
        forget_probes(folder)
    with pytest.raises(BadBundle, match=r"no probabilities|its own probes"):
        registry.promote("1.1.0")
    assert registry.current() == "1.0.0"
    name_in_pointer(registry, "1.1.0")
    assert loader.model().version == "1.0.0"
    assert loader.degraded is not None
    assert Loader(registry.root, SCHEMA).model().version == "1.0.0", "one that starts anew"


def forget_probes(folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    del manifest["files"][PROBES]
    (folder / MANIFEST).write_text(json.dumps(manifest))


def name_in_pointer(registry: Registry, version: str) -> None:
    """What somebody who can write files could do, past the checks of a promotion."""
    pointer = registry.root / "production"
    line = json.dumps({"version": version, "moved_at": "2025-05-11T00:00:00+00:00", "why": "promote"})
    pointer.write_text(pointer.read_text() + line + "\n")


def test_a_bundle_from_before_there_were_probes_still_serves(registry: Registry) -> None:
    forget_probes(registry.root / "1.1.0")
    registry.promote("1.1.0")
    assert Loader(registry.root, SCHEMA).model().version == "1.1.0"


def test_a_new_bundle_carries_rows_with_known_answers_some_of_them_unknown(registry: Registry) -> None:
    data = read_verified(registry.root / "1.1.0", PROBES)
    assert data is not None
    probes = read_probes(data, F)
    assert 24 <= len(probes.vectors) <= 100
    assert np.isnan(probes.vectors).any()
    assert np.isnan(probes.vectors).mean(axis=1).max() > 0.5, "a row of which next to nothing is known"
    ensemble = fitted().ensemble
    assert np.array_equal(probes.expected[:, :3], ensemble.predict_proba(probes.vectors))
    assert np.array_equal(probes.expected[:, 3], ensemble.over(probes.vectors))


@pytest.mark.parametrize("data", [b"x", b"PK", b"\x93NUMPY"])
def test_probes_that_cannot_be_read_are_refused(registry: Registry, data: bytes) -> None:
    replace_file(registry.root / "1.1.0", PROBES, data)
    with pytest.raises(BadBundle, match="probes"):
        registry.promote("1.1.0")


def test_a_graph_larger_than_any_of_ours_is_refused_unread(registry: Registry) -> None:
    folder = registry.root / "1.1.0"
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["files"][MODEL]["size"] = MAX_MODEL_BYTES + 1
    (folder / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(BadBundle, match=f"may have up to {MAX_MODEL_BYTES}"):
        registry.promote("1.1.0")


def test_a_manifest_nested_without_end_is_refused(registry: Registry) -> None:
    (registry.root / "1.1.0" / MANIFEST).write_text("[" * 200_000)
    with pytest.raises(BadBundle, match="nested too deep"):
        registry.promote("1.1.0")
