"""A challenger beside the bundle in production: the same graph, and another calibration of its own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from model_export.registry import Registry
from sabiscore.features.vector import SCHEMA
from sabiscore.inference.manifest import MANIFEST

VERSION = "1.1.0"


def put_on_trial(models: Path, of: str = "1.0.0") -> str:
    """The version of a copy of bundle ``of`` that leans to home wins, named by the challenger's pointer."""
    folder = models / VERSION
    shutil.copytree(models / of, folder)
    told = json.loads((folder / MANIFEST).read_text())
    told |= {"version": VERSION}
    told["calibration"]["bias"] = [0.3, 0.0, -0.3]
    (folder / MANIFEST).write_text(json.dumps(told))
    Registry(models, SCHEMA).promote(VERSION, "challenger")
    return VERSION
