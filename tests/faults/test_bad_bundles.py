"""F10: whatever is wrong with a bundle, the old one keeps serving and health says why."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from model_export.registry import Registry
from sabiscore.errors import BadBundle, NothingPublished
from sabiscore.inference.loader import Loader
from sabiscore.inference.manifest import BASELINE, MANIFEST, MODEL, POPULATION, STATES
from tests.support.ensembles import SCHEMA, fitted, release

Break = Callable[[Path], None]


def truncated(name: str) -> Break:
    def damage(folder: Path) -> None:
        (folder / name).write_bytes((folder / name).read_bytes()[:-10])

    return damage


def flipped(name: str) -> Break:
    def damage(folder: Path) -> None:
        data = bytearray((folder / name).read_bytes())
        data[len(data) // 2] ^= 1
        (folder / name).write_bytes(data)

    return damage


def missing(name: str) -> Break:
    return lambda folder: (folder / name).unlink()


def grown(name: str) -> Break:
    def damage(folder: Path) -> None:
        (folder / name).write_bytes((folder / name).read_bytes() + b"more")

    return damage


def a_folder(name: str) -> Break:
    def damage(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).mkdir()

    return damage


def manifest(**changes: Any) -> Break:
    def damage(folder: Path) -> None:
        document = json.loads((folder / MANIFEST).read_text())
        (folder / MANIFEST).write_text(json.dumps(document | changes))

    return damage


def garbage_manifest(folder: Path) -> None:
    (folder / MANIFEST).write_bytes(b"\x00\xffnot json")


def huge_manifest(folder: Path) -> None:
    (folder / MANIFEST).write_bytes(b" " * (2 << 20))


def traversal(folder: Path) -> None:
    document = json.loads((folder / MANIFEST).read_text())
    document["files"]["../1.0.0/model.onnx"] = document["files"].pop(MODEL)
    (folder / MANIFEST).write_text(json.dumps(document))


def vouched(name: str, change: Callable[[bytes], bytes]) -> Break:
    """Another content whose hash the manifest vouches for: only the runtime can tell."""

    def damage(folder: Path) -> None:
        data = change((folder / name).read_bytes())
        (folder / name).write_bytes(data)
        document = json.loads((folder / MANIFEST).read_text())
        document["files"][name] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
        (folder / MANIFEST).write_text(json.dumps(document))

    return damage


def newer(model: bytes) -> bytes:
    graph = onnx.load_from_string(model)
    graph.ir_version = 99
    return graph.SerializeToString()


def newer_operators(model: bytes) -> bytes:
    graph = onnx.load_from_string(model)
    graph.opset_import[0].version = 99
    return graph.SerializeToString()


def other_names(model: bytes) -> bytes:
    return model.replace(b"vectors", b"vektors")


def not_numbers(model: bytes) -> bytes:
    graph = onnx.load_from_string(model)
    (bias,) = [item for item in graph.graph.initializer if item.name == "head_bias"]
    bias.CopyFrom(onnx.numpy_helper.from_array(np.full(9, np.nan), "head_bias"))
    return graph.SerializeToString()


FAULTS: dict[str, Break] = {
    **{f"{name} truncated": truncated(name) for name in (MODEL, STATES, BASELINE, POPULATION, MANIFEST)},
    **{f"{name} altered": flipped(name) for name in (MODEL, STATES, BASELINE, POPULATION)},
    **{f"{name} missing": missing(name) for name in (MODEL, STATES, BASELINE, POPULATION, MANIFEST)},
    **{f"{name} grown": grown(name) for name in (MODEL, STATES, BASELINE, POPULATION, MANIFEST)},
    **{f"{name} is a folder": a_folder(name) for name in (MODEL, MANIFEST)},
    "manifest is garbage": garbage_manifest,
    "manifest is huge": huge_manifest,
    "manifest names a path outside": traversal,
    "another version's manifest": manifest(version="1.0.0"),
    "wrong feature schema": manifest(schema="another"),
    "wrong number of features": manifest(n_features=13),
    "never verified": manifest(agreement={"max_difference": 0.44}),
    "wrong IR": manifest(ir=14),
    "wrong opset": manifest(opsets={"": 28, "ai.onnx.ml": 3}),
    "wrong IR in the graph only": vouched(MODEL, newer),
    "wrong opset in the graph only": vouched(MODEL, newer_operators),
    "graph of other inputs": vouched(MODEL, other_names),
    "graph is garbage": vouched(MODEL, lambda _: b"garbage"),
    "graph is empty": vouched(MODEL, lambda _: b""),
    "graph gives no numbers": vouched(MODEL, not_numbers),
    "baseline is garbage": vouched(BASELINE, lambda _: b"garbage"),
}


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """Two bundles, 1.0.0 in production."""
    registry = Registry(tmp_path / "models", SCHEMA)
    for matches in (1, 2):
        registry.add(release(tmp_path, matches=matches))
    registry.promote("1.0.0")
    return registry


@pytest.mark.parametrize("damage", FAULTS.values(), ids=FAULTS.keys())
def test_the_old_bundle_keeps_serving(registry: Registry, damage: Break) -> None:
    loader = Loader(registry.root, SCHEMA)
    before = loader.model().predict(fitted().X)
    assert loader.degraded is None
    registry.promote("1.1.0")
    damage(registry.root / "1.1.0")
    model = loader.model()
    assert model.version == "1.0.0"
    assert np.array_equal(model.predict(fitted().X), before)
    assert loader.degraded is not None
    assert loader.degraded.startswith("Bundle 1.0.0 serves instead of the production one: ")
    assert str(registry.root) not in loader.degraded


@pytest.mark.parametrize("damage", FAULTS.values(), ids=FAULTS.keys())
def test_a_new_process_serves_the_one_before(registry: Registry, damage: Break) -> None:
    registry.promote("1.1.0")
    damage(registry.root / "1.1.0")
    loader = Loader(registry.root, SCHEMA)
    assert loader.model().version == "1.0.0"
    assert loader.degraded is not None


@pytest.mark.parametrize("damage", FAULTS.values(), ids=FAULTS.keys())
def test_it_is_never_promoted(registry: Registry, damage: Break) -> None:
    damage(registry.root / "1.1.0")
    with pytest.raises(BadBundle):
        registry.promote("1.1.0")
    assert registry.current() == "1.0.0"


def test_a_good_bundle_ends_it(registry: Registry, tmp_path: Path) -> None:
    loader = Loader(registry.root, SCHEMA)
    loader.model()
    registry.promote("1.1.0")
    truncated(MODEL)(registry.root / "1.1.0")
    assert loader.model().version == "1.0.0"
    assert loader.degraded
    registry.promote(registry.add(release(tmp_path, matches=3)).name)
    assert loader.model().version == "1.2.0"
    assert loader.degraded is None


def test_a_repaired_bundle_is_taken_when_promoted_again(registry: Registry) -> None:
    registry.promote("1.1.0")
    path = registry.root / "1.1.0" / MODEL
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    loader = Loader(registry.root, SCHEMA)
    assert loader.model().version == "1.0.0"
    path.write_bytes(whole)
    registry.promote("1.1.0")
    assert loader.model().version == "1.1.0"
    assert loader.degraded is None


def test_a_bad_bundle_is_not_read_again_for_every_request(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    loader = Loader(registry.root, SCHEMA)
    loader.model()
    registry.promote("1.1.0")
    truncated(MODEL)(registry.root / "1.1.0")
    loader.model()
    monkeypatch.setattr("sabiscore.inference.loader.read_bundle", lambda *_: pytest.fail("read again"))
    assert loader.model().version == "1.0.0"


@pytest.mark.parametrize("content", [b"\xff\xfe", b'{"version": "../../etc", "why": "promote"}', b""])
def test_a_spoilt_pointer_leaves_the_old_one(registry: Registry, content: bytes) -> None:
    loader = Loader(registry.root, SCHEMA)
    loader.model()
    pointer = registry.root / "production"
    other = pointer.with_name("other")
    other.write_bytes(content)
    other.replace(pointer)
    assert loader.model().version == "1.0.0"
    assert loader.degraded


def test_a_pointer_that_is_gone_leaves_the_old_one(registry: Registry) -> None:
    loader = Loader(registry.root, SCHEMA)
    loader.model()
    (registry.root / "production").unlink()
    assert loader.model().version == "1.0.0"
    assert loader.degraded


def test_nothing_good_at_all_is_an_error(registry: Registry, tmp_path: Path) -> None:
    truncated(MODEL)(registry.root / "1.0.0")
    with pytest.raises(BadBundle, match="truncated"):
        Loader(registry.root, SCHEMA).model()
    with pytest.raises(NothingPublished):
        Loader(tmp_path / "nowhere", SCHEMA).model()
