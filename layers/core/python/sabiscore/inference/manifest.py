"""What a bundle says of itself: ``manifest.json``, checked field by field with the standard library."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, NoReturn, TypeVar

from sabiscore.errors import BadBundle
from sabiscore.untrusted import untrusted

MODEL, STATES, BASELINE, MANIFEST = "model.onnx", "states.npz", "baseline.npy", "manifest.json"
POPULATION = "population.npy"
HELD_OUT, CARD = "held_out.npz", "card.json"
FILES = (MODEL, STATES, BASELINE)
"""The files that every manifest vouches for."""
PROBES = "probes.npz"
EDGE_GRAPH = "edge_graph.bin"
OPTIONAL = (POPULATION, HELD_OUT, CARD, PROBES, EDGE_GRAPH)
"""Those that it may vouch for besides, which older bundles do not have; no other name is ever opened."""

IR = 10
OPSETS: Mapping[str, int] = {"": 21, "ai.onnx.ml": 3}
"""What graphs are written in, and the newest that the pinned onnxruntime is trusted with."""

TOLERANCE = 1e-6
"""The largest difference from Python's probabilities a graph may have been released with."""

KINDS = ("real", "simulated")
MAX_MANIFEST_BYTES = 1 << 20
MAX_MODEL_BYTES = 16 << 20
"""Of the graph: one as it is trained is below a megabyte, and all of it is held in memory."""
MAX_FILE_BYTES = 64 << 20
"""Of any other file."""

_VERSION = re.compile(r"(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})")
_SHA256 = re.compile(r"[0-9a-f]{64}")

T = TypeVar("T")
Matrix3 = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class FileDigest:
    """The SHA-256 (64 hex digits) and size in bytes of one file."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class CalibrationTable:
    """``p' = softmax(log(p) @ matrix + bias)``; the default changes nothing."""

    matrix: Matrix3 = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    bias: tuple[float, ...] = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One release of the model.

    ``training`` is the window fitted on (``from``, ``to``, ``matches``…), ``metrics`` whatever the
    evaluation reported, ``agreement`` what model_export.verify measured against Python, ``libraries``
    name → version. ``created_at`` is ISO 8601 in UTC.
    """

    version: str
    created_at: str
    kind: str
    schema: str
    n_features: int
    files: Mapping[str, FileDigest]
    training: Mapping[str, Any]
    leagues: tuple[str, ...]
    metrics: Mapping[str, Any]
    agreement: Mapping[str, Any]
    calibration: CalibrationTable
    libraries: Mapping[str, str]
    ir: int
    opsets: Mapping[str, int]


def parse_version(text: str) -> tuple[int, int, int]:
    """(major, minor, patch) of a semantic version.

    >>> parse_version("2.10.0")
    (2, 10, 0)

    Raises BadBundle for anything else, so that a version is always safe as a folder's name.
    """
    match = _VERSION.fullmatch(text)
    if match is None:
        raise BadBundle(f"{text[:40]!r} is not a version like 1.4.0.")
    major, minor, patch = (int(part) for part in match.groups())
    return major, minor, patch


def is_version(text: str) -> bool:
    """Whether ``parse_version`` takes ``text``."""
    return _VERSION.fullmatch(text) is not None


def parse_manifest(raw: bytes) -> Manifest:
    """The manifest in ``raw``; raises BadBundle naming the first field that cannot be used."""
    document = parse_json(raw, "The manifest")
    manifest = Manifest(
        version=_field(document, "version", str),
        created_at=_field(document, "created_at", str),
        kind=_field(document, "kind", str),
        schema=_field(document, "schema", str),
        n_features=_field(document, "n_features", int),
        files={name: _stamp(name, stamp) for name, stamp in _field(document, "files", dict).items()},
        training=_field(document, "training", dict),
        leagues=tuple(_field(document, "leagues", list)),
        metrics=_field(document, "metrics", dict),
        agreement=_field(document, "agreement", dict),
        calibration=_calibration(_field(document, "calibration", dict)),
        libraries=_field(document, "libraries", dict),
        ir=_field(document, "ir", int),
        opsets=_field(document, "opsets", dict),
    )
    _check(manifest)
    return manifest


def parse_json(raw: bytes, what: str) -> dict[str, Any]:
    """The JSON object in ``raw``; raises BadBundle for anything that is not one (NaN included)."""
    with untrusted(BadBundle, f"{what} is not JSON"):
        document = json.loads(raw, parse_constant=_no_constant)
    if not isinstance(document, dict):
        raise BadBundle(f"{what} is not a JSON object.")
    return document


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _field(document: Mapping[str, Any], name: str, kind: type[T]) -> T:
    value = document.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise BadBundle(f"The manifest's {name!r} is missing or not {kind.__name__}.")
    return value


def _stamp(name: str, stamp: Any) -> FileDigest:
    if not isinstance(stamp, dict):
        raise BadBundle(f"The manifest has no hash and size for {name[:40]!r}.")
    sha256, size = _field(stamp, "sha256", str), _field(stamp, "size", int)
    if not _SHA256.fullmatch(sha256):
        raise BadBundle(f"The manifest's hash of {name[:40]!r} is not a SHA-256.")
    return FileDigest(sha256, size)


def _calibration(document: Mapping[str, Any]) -> CalibrationTable:
    rows, bias = _field(document, "matrix", list), _field(document, "bias", list)
    for row in (*rows, bias):
        good = isinstance(row, list) and len(row) == 3
        if not good or not all(type(x) in (int, float) and isfinite(x) for x in row) or len(rows) != 3:
            raise BadBundle("The manifest's calibration is not a 3 × 3 matrix and 3 biases.")
    return CalibrationTable(tuple(tuple(map(float, row)) for row in rows), tuple(map(float, bias)))


def _check(manifest: Manifest) -> None:
    parse_version(manifest.version)
    if manifest.kind not in KINDS:
        raise BadBundle(f"The manifest's kind is {manifest.kind[:40]!r}, neither of {', '.join(KINDS)}.")
    if not set(FILES) <= set(manifest.files) <= {*FILES, *OPTIONAL}:
        raise BadBundle(
            f"The manifest must vouch for {', '.join(FILES)}, "
            f"perhaps for {', '.join(OPTIONAL)}, and for nothing else."
        )
    for name, stamp in manifest.files.items():
        limit = MAX_MODEL_BYTES if name == MODEL else MAX_FILE_BYTES
        if not 0 < stamp.size <= limit:
            raise BadBundle(f"{name} has {stamp.size} bytes; a bundle's may have up to {limit}.")
    if manifest.ir > IR:
        raise BadBundle(f"The graph is ONNX IR {manifest.ir}; this runtime is trusted up to {IR}.")
    for domain, version in manifest.opsets.items():
        if not isinstance(version, int) or version > OPSETS.get(domain, 0):
            raise BadBundle(
                f"The graph needs operator set {domain or 'ai.onnx'} {version}; "
                f"this runtime is trusted up to {OPSETS.get(domain, 0)}."
            )
    difference = manifest.agreement.get("max_difference")
    if not isinstance(difference, float | int) or not 0 <= difference <= TOLERANCE:
        raise BadBundle(f"The graph was not shown to agree with Python within {TOLERANCE}.")
