"""A manifest is taken only when every field of it can be used."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_export.bundle import write_bundle
from sabiscore.errors import BadBundle
from sabiscore.inference.manifest import MANIFEST, parse_manifest
from sabiscore.inference.pointer import PointerChange, read_changes, standing
from tests.support.ensembles import release


@pytest.fixture
def document(tmp_path: Path) -> dict[str, Any]:
    folder = write_bundle(release(tmp_path), tmp_path, "1.0.0", datetime(2025, 5, 10, tzinfo=UTC))
    found: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    return found


def test_every_field_is_needed(document: dict[str, Any]) -> None:
    assert parse_manifest(json.dumps(document).encode()).version == "1.0.0"
    for name in document:
        without = {key: value for key, value in document.items() if key != name}
        with pytest.raises(BadBundle, match=name):
            parse_manifest(json.dumps(without).encode())


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("version", "1.0", "not a version"),
        ("version", "../1.0.0", "not a version"),
        ("version", "1.0.0\n", "not a version"),
        ("version", "01.0.0", "not a version"),
        ("kind", "invented", "neither of real, simulated"),
        ("n_features", True, "n_features"),
        ("n_features", "12", "n_features"),
        ("files", {}, "vouch"),
        ("ir", 11, "IR 11"),
        ("ir", 10.0, "ir"),
        ("opsets", {"": 28}, "operator set ai.onnx 28"),
        ("opsets", {"com.unknown": 1}, "com.unknown"),
        ("opsets", {"": "21"}, "operator set"),
        ("agreement", {}, "agree"),
        ("agreement", {"max_difference": 2e-6}, "agree"),
        ("agreement", {"max_difference": -1.0}, "agree"),
        ("calibration", {"matrix": [[1, 0, 0]], "bias": [0, 0, 0]}, "calibration"),
        ("calibration", {"matrix": [[1, 0, 0], [0, 1, 0], [0, 0]], "bias": [0, 0, 0]}, "calibration"),
        ("calibration", {"matrix": [[1, 0, 0], [0, 1, 0], [0, 0, "1"]], "bias": [0, 0, 0]}, "calibration"),
        ("calibration", {"matrix": [[1, 0, 0], [0, 1, 0], [0, 0, 1e999]], "bias": [0, 0, 0]}, "calibration"),
    ],
)
def test_names_what_cannot_be_used(document: dict[str, Any], name: str, value: Any, sentence: str) -> None:
    text = json.dumps(document | {name: value}).replace("Infinity", "1e999")
    with pytest.raises(BadBundle, match=sentence):
        parse_manifest(text.encode())


@pytest.mark.parametrize(
    "name", ["../model.onnx", "/etc/passwd", "model.onnx/../x", "C:\\model.onnx", "model.onnx\0"]
)
def test_no_other_file_is_ever_named(document: dict[str, Any], name: str) -> None:
    files = dict(document["files"])
    files[name] = files.pop("model.onnx")
    with pytest.raises(BadBundle, match="vouch"):
        parse_manifest(json.dumps(document | {"files": files}).encode())


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b"\xff\xfe", b'{"version": NaN}', b"[" * 200_000])
def test_what_is_not_a_json_object_is_refused(raw: bytes) -> None:
    with pytest.raises(BadBundle, match="The manifest is not"):
        parse_manifest(raw)


@given(st.binary(max_size=200))
def test_no_bytes_get_past_it(raw: bytes) -> None:
    with pytest.raises(BadBundle):
        parse_manifest(raw)


MOVES = st.lists(st.sampled_from(["1.0.0", "1.1.0", "rollback"]), max_size=30)


@given(MOVES)
def test_a_rollback_undoes_the_newest_promotion_exactly(steps: list[str]) -> None:
    moves = [
        PointerChange("1.0.0", "", "rollback") if x == "rollback" else PointerChange(x, "", "promote")
        for x in steps
    ]
    before = standing(moves)
    assert standing([*moves, PointerChange("2.0.0", "", "promote")]) == (*before, "2.0.0")
    assert (
        standing([*moves, PointerChange("2.0.0", "", "promote"), PointerChange("1.0.0", "", "rollback")])
        == before
    )


@pytest.mark.parametrize(
    "line", [b"1.0.0", b'{"version": "../x", "why": "promote"}', b'{"version": "1.0.0", "why": "x"}', b"\xff"]
)
def test_a_pointer_with_a_bad_line_is_refused(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "production"
    path.write_bytes(b'{"version": "1.0.0", "moved_at": "", "why": "promote"}\n' + line + b"\n")
    with pytest.raises(BadBundle):
        read_changes(path)
