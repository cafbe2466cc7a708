"""Where real and simulated data live: two data folders that share nothing, so that they never mix."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from sabiscore.domain.data_kind import DataKind
from sabiscore.errors import Refused
from sabiscore.settings import Settings, read_settings

REAL_ONLY = ("DATABASE_URL", "SABISCORE_BUCKET", "SABISCORE_SEED")
MARK = "SIMULATED"
"""A file of this name says that the season files beside it were made by the simulator."""


def data_dir_settings(kind: DataKind, environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of the data folder of ``kind``.

    The real one is what the environment asks for. The simulated one lies beside ``.sabiscore/real``, or
    inside another data folder, keeps its store in a file and is shared with nobody: ``DATABASE_URL`` and
    ``SABISCORE_BUCKET`` are for real data.
    """
    environ = os.environ if environ is None else environ
    settings = read_settings(environ)
    if kind == "real":
        return settings
    data_dir = (
        settings.data_dir.with_name(kind) if settings.data_dir.name == "real" else settings.data_dir / kind
    )
    kept = {name: value for name, value in environ.items() if name not in REAL_ONLY}
    return read_settings({**kept, "SABISCORE_HOME": str(data_dir)})


def kind_of(folder: Path) -> DataKind:
    """Whether the season files in ``folder`` are real or were made by the simulator."""
    return "simulated" if (folder / MARK).exists() else "real"


def refuse_mixing(folder: Path, kind: DataKind) -> None:
    """Raises Refused when the season files in ``folder`` are not of ``kind``."""
    found = kind_of(folder)
    if found != kind:
        wanted = "add --simulated" if found == "simulated" else "leave --simulated out"
        raise Refused(
            f"The seasons in {folder} are {found}; they never go where {kind} ones are.",
            hint=f"To use them, {wanted}.",
        )
