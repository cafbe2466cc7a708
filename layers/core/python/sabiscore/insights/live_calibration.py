"""The correction that settled predictions taught, by bundle version, beside the publication.

``calibration.json`` holds ``{"digest": sha256 of the canonical text of "calibrations", "calibrations":
{version: {"matrix": …, "bias": …, "n": …, "gain_nats": …}}}``; the schedules write it, serving reads it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from sabiscore.domain.calibration import Calibration, Row
from sabiscore.errors import BadPublication
from sabiscore.insights.whole import digest_of, put_whole

FILE = "calibration.json"


@dataclass(frozen=True, slots=True)
class Learned:
    """A bundle's correction, learnt from ``n`` settled predictions, and its gain where it was judged."""

    calibration: Calibration
    n: int
    gain_nats: float


def put_calibrations(folder: Path, learned: Mapping[str, Learned]) -> bool:
    """Whether ``learned`` (by version) is another than what was there; then it is what serving reads now."""
    body = {
        version: {
            "matrix": [list(row) for row in one.calibration.matrix],
            "bias": list(one.calibration.bias),
            "n": one.n,
            "gain_nats": one.gain_nats,
        }
        for version, one in sorted(learned.items())
    }
    if _plain(read_calibrations(folder)) == _plain(learned):
        return False
    folder.mkdir(parents=True, exist_ok=True)
    content = json.dumps({"digest": digest_of(body), "calibrations": body}, allow_nan=False)
    put_whole(folder / FILE, content.encode())
    return True


def read_calibrations(folder: Path) -> dict[str, Learned]:
    """By version; nothing where there never was any. Raises BadPublication where it was altered."""
    try:
        whole = json.loads((folder / FILE).read_bytes())
        if digest_of(whole["calibrations"]) != whole["digest"]:
            raise ValueError("altered after it was written")
        return {version: _learned(told) for version, told in whole["calibrations"].items()}
    except FileNotFoundError:
        return {}
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise BadPublication(
            f"{FILE} holds no calibrations.", hint="Run: sabiscore cron calibrate"
        ) from error


def mark_of(calibration: Calibration) -> str:
    """Letters that differ for every different correction."""
    return digest_of({"rows": [*calibration.matrix, calibration.bias]})[:16]


def _learned(told: Mapping[str, object]) -> Learned:
    rows = cast("list[list[float]]", told["matrix"])
    matrix = cast("tuple[Row, Row, Row]", tuple(tuple(float(x) for x in row) for row in rows))
    bias = cast("Row", tuple(float(x) for x in cast("list[float]", told["bias"])))
    if [len(row) for row in matrix] != [3, 3, 3] or len(bias) != 3:
        raise ValueError("no correction of three classes")
    return Learned(
        Calibration(matrix, bias), int(cast("int", told["n"])), float(cast("float", told["gain_nats"]))
    )


def _plain(learned: Mapping[str, Learned]) -> dict[str, Calibration]:
    """What serving does with it: the corrections that are none are left out."""
    return {version: one.calibration for version, one in learned.items() if not one.calibration.is_identity}
