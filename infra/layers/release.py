"""The `release` layer: the home folder of a deployed function, read only, under /opt/sabiscore.

It holds the registry of bundles and the publication that stood in a home folder when it was built.
Until bundles live in object storage, deploying again is how a new bundle or publication gets out.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from infra.layers.archive import pack
from sabiscore.settings import read_settings

NOTE = "Nothing was published when this layer was built: functions answer 503 until it is built again.\n"


def release(home: Path, into: Path) -> bool:
    """Write ``into/release.zip`` from ``home``; True when there was a publication to take."""
    settings = read_settings({"SABISCORE_HOME": str(home)})
    folder = into / "release"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "sabiscore").mkdir(parents=True)
    for part in (settings.registry, settings.publication):
        if part.is_dir():
            shutil.copytree(part, folder / "sabiscore" / part.name, ignore=shutil.ignore_patterns(".*"))
    published = (folder / "sabiscore" / settings.publication.name / "coming.json").exists()
    if not published:
        (folder / "sabiscore/README").write_text(NOTE)
    pack(folder, into / "release.zip")
    return published
