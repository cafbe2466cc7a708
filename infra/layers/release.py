"""The `release` layer: the data folder of a deployed function, read only, under /opt/sabiscore.

It holds the bundle in production and the publication that stood in a data folder when it was built: what
functions answer from until their bucket (``SABISCORE_BUCKET``) tells of something newer.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from infra.layers.archive import pack
from sabiscore.errors import NothingPublished
from sabiscore.inference.pointer import POINTERS, current
from sabiscore.publication.publish import COMING, read
from sabiscore.settings import read_settings

PRODUCTION = POINTERS[0]
NOTE = "Nothing was published when this layer was built: functions answer 503 until it is built again.\n"


def release(data_dir: Path, into: Path) -> str | None:
    """Write ``into/release.zip`` from ``home``; the bundle's version, None when nothing is published.

    Raises BadPublication or BadBundle rather than ship what would be refused when served.
    """
    folder = into / "release"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "sabiscore").mkdir(parents=True)
    version = _copy(data_dir, folder / "sabiscore")
    if version is None:
        (folder / "sabiscore/README").write_text(NOTE)
    pack(folder, into / "release.zip")
    return version


def _copy(data_dir: Path, to: Path) -> str | None:
    settings = read_settings({"SABISCORE_HOME": str(data_dir)})
    try:
        bundle, publication = current(settings.registry, PRODUCTION), read(settings.publication)
    except NothingPublished:
        return None
    models, published = to / settings.registry.name, to / settings.publication.name
    shutil.copytree(bundle, models / bundle.name)
    shutil.copyfile(settings.registry / PRODUCTION, models / PRODUCTION)
    published.mkdir()
    for path in (settings.publication / COMING, publication.states):
        shutil.copyfile(path, published / path.name)
    return bundle.name
