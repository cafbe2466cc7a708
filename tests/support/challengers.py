"""A challenger beside the bundle in production, and what is said of both: its graph, leaning to home wins."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from model_export.registry import Registry
from sabiscore.features.vector import SCHEMA
from sabiscore.inference.manifest import MANIFEST
from sabiscore.insights.track_record import (
    DriftView,
    FeatureAbsence,
    FeatureShift,
    PopulationShift,
    TrialView,
)

VERSION = "1.1.0"

DRIFT = DriftView(
    bundle="1.0.0", n=380, accuracy=0.52, promised_accuracy=0.53, accuracy_z=0.4, log_loss=0.99,
    promised_log_loss=0.97, log_loss_z=1.1, against_market=0.004, promised_against_market=None,
    market_z=None, failing=False, because="accuracy is 52.0% on 380 matches, promised 53.0%",
)  # fmt: skip
MOVED = PopulationShift(
    bundle="1.0.0", n=800, index=0.031, by_group={"form": 0.31}, beyond=40, shifted=True,
    largest=(FeatureShift(feature="form.shots", index=2.5),), because="What is predicted is not what it was.",
    absent=(FeatureAbsence(group="market_now", missing=0.43, expected=0.12),),
    absence="More values are missing than when the model was evaluated: market_now 43% (12% then).",
)  # fmt: skip
TRIAL = TrialView(
    challenger="1.1.0", production="1.0.0", n=150, difference=-0.002, low=-0.01, high=0.006,
    verdict="No difference beyond chance on 150 matches.",
)  # fmt: skip


def put_on_trial(models: Path, of: str = "1.0.0") -> str:
    """The version of a copy of bundle ``of`` that leans to home wins, named by the challenger's pointer."""
    folder = models / VERSION
    shutil.copytree(models / of, folder)
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest |= {"version": VERSION}
    manifest["calibration"]["bias"] = [0.3, 0.0, -0.3]
    (folder / MANIFEST).write_text(json.dumps(manifest))
    Registry(models, SCHEMA).promote(VERSION, "challenger")
    return VERSION
