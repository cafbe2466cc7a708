"""Where a local run's seasons come from: a folder, football-data.co.uk, or the simulator."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

from infra.cli.progress import Report
from infra.local.data_dirs import MARK, data_dir_settings, kind_of
from sabiscore.domain.data_kind import DataKind
from sabiscore.errors import Refused, SourceUnavailable
from sabiscore.files import write_atomically

SITE = "football-data.co.uk"
REAL_SEASONS = 15
"""Seasons downloaded: enough for the ratings to settle and to fit on."""
SIMULATED_SEASONS = 12
SEED = 1


@dataclass(frozen=True, slots=True)
class Seasons:
    """A folder of season files, whether they are real, and the source that insights name."""

    folder: Path
    kind: DataKind
    source: str


def given(folder: Path) -> Seasons:
    """The seasons in a folder that a person named."""
    kind = kind_of(folder)
    return Seasons(folder, kind, "simulator" if kind == "simulated" else SITE)


def downloaded(day: date, report: Report) -> tuple[Seasons, str]:
    """The seasons of football-data.co.uk as of ``day``, in the real data folder, with a sentence on them.

    When the site cannot be reached, what was fetched before serves. Raises SourceUnavailable when
    nothing was.
    """
    from sabiscore.net.client import Client
    from sabiscore.seasons.download import download, seasons_until

    folder = data_dir_settings("real").data_dir / "seasons"
    seasons = Seasons(folder, "real", SITE)
    try:
        with Client() as client:
            fetched = download(
                folder,
                seasons_until(day, REAL_SEASONS),
                client,
                on_progress=lambda done, total, name: report(name, done / total),
            )
        if fetched.failed:
            return seasons, f"{len(fetched.failed)} files of {SITE} could not be had; older ones serve."
        came = f"{len(fetched.fetched)} files fetched from {SITE}, {len(fetched.kept)} kept"
        absent = f", {len(fetched.not_there)} not published yet" if fetched.not_there else ""
        return seasons, " ".join((f"{came}{absent}.", *fetched.news))
    except SourceUnavailable as error:
        if not any(folder.glob("*_*.csv")):
            raise
        return seasons, f"{error} The files fetched before are used."


def simulated(day: date) -> Seasons:
    """Seasons made by our simulator as they stand on ``day``, in the simulated home.

    A home that another version of the simulator filled is emptied first: its matches never happened here.
    """
    data_dir = data_dir_settings("simulated").data_dir
    folder = data_dir / "seasons"
    if data_dir.exists() and _mark(folder) != _signature(SEED):
        shutil.rmtree(data_dir)
    simulate_into(folder, SEED, SIMULATED_SEASONS, day)
    return Seasons(folder, "simulated", "simulator")


def simulate_into(
    folder: Path, seed: int, seasons: int, day: date, divisions: Sequence[str] | None = None
) -> int:
    """Writes ``seasons`` simulated seasons as they stand on ``day`` to ``folder``; how many matches."""
    from infra.simulator.country import SIZES
    from infra.simulator.files import first_year, write_seasons

    unknown = set(divisions or ()) - set(SIZES)
    if unknown:
        raise Refused(f"There is no simulated division {min(unknown)!r}.", hint=f"Known: {', '.join(SIZES)}.")
    write_atomically(folder / MARK, _signature(seed).encode("ascii"))
    return write_seasons(folder, seed, first_year(day, seasons), day, divisions or None)


def today_utc() -> date:
    """Today's date in UTC."""
    return datetime.now(UTC).date()


def _signature(seed: int) -> str:
    """What a simulation depends on: the seed and the simulator's code."""
    code = sha256()
    for path in sorted((Path(__file__).parents[1] / "simulator").glob("*.py")):
        code.update(path.read_bytes())
    return f"seed {seed}, simulator {code.hexdigest()[:16]}\n"


def _mark(folder: Path) -> str:
    path = folder / MARK
    return path.read_text(encoding="ascii") if path.exists() else ""
