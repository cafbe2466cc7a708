"""The home of a rehearsal: a store that knows earlier seasons only, and the bundle fitted on them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from infra.backtest.season import PastSeason
from infra.cli.progress import Report, Steps
from infra.local.as_of import AsOf
from infra.local.data_dirs import data_dir_settings
from infra.local.run import Train, history_of, trained
from sabiscore.clock import Clock
from sabiscore.domain.data_kind import DataKind
from sabiscore.domain.league import League
from sabiscore.domain.match import season_start_year
from sabiscore.errors import NothingPublished, Refused
from sabiscore.files import write_atomically
from sabiscore.history import History
from sabiscore.publication.publish import publish, read
from sabiscore.settings import Settings

MARK = "REHEARSAL"
"""The marker of a data folder that may be emptied; it names the season that the bundle is made for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestPlan:
    """What is rehearsed, from which season files and in which home; ``distort`` is fit_bundle's."""

    season: PastSeason
    paths: Sequence[Path]
    kind: DataKind
    data_dir: Path
    leagues: Sequence[League]
    distort: float = 1.0

    @property
    def settings(self) -> Settings:
        """Of the rehearsal's own data folder: nothing of the environment gets there, least of all keys."""
        return data_dir_settings(self.kind, {"SABISCORE_HOME": str(self.data_dir)})

    @property
    def made_for(self) -> str:
        names = " ".join(sorted(league.key for league in self.leagues))
        return f"season {self.season.name}, leagues {names}, distort {self.distort}\n"


def prepare(plan: BacktestPlan, train: Train | None, clock: Clock, steps: Steps) -> str:
    """The version in production of an empty data folder that knows the seasons before the one to be played.

    Raises Refused for a folder that holds something else than a rehearsal.
    """
    _empty(plan)
    _ingest_earlier(plan, steps)
    settings = plan.settings
    with steps.step("Opening the archive"):
        history = history_of(settings)
    return trained(
        history,
        AsOf(clock.now(), rehearsal=True),
        settings=settings,
        kind=plan.kind,
        train=train or _fitting(plan, clock),
        steps=steps,
    )


def own_up(folder: Path, at: datetime) -> None:
    """Has what is published in ``folder``, if anything is, say that a past season was played until ``at``.

    Whoever serves it afterwards shows it as of then.
    """
    try:
        last = read(folder)
    except NothingPublished:
        return
    publish(
        folder,
        last.matches.values(),
        lambda path: shutil.copyfile(last.states, path),
        as_of=at,
        published_at=at,
        kind=last.kind,
        rehearsal=True,
        source=last.source,
        rosters=last.rosters,
        may_play=last.may_play,
        roster_sources=last.roster_sources,
        renamed=last.renamed,
        states=last.states.name,
    )


def _fitting(plan: BacktestPlan, clock: Clock) -> Train:
    from infra.backtest.bundle import fit_bundle

    def fit(past: History, settings: Settings, *, kind: DataKind, report: Report) -> str:
        return fit_bundle(past, settings, kind, report, clock=clock, distort=plan.distort)

    return fit


def _empty(plan: BacktestPlan) -> None:
    """Leaves nothing but bundles that were made for the very same."""
    data_dir, mark = plan.data_dir, plan.data_dir / MARK
    if data_dir.exists() and any(data_dir.iterdir()) and not mark.exists():
        raise Refused(
            f"{data_dir} holds something else than a rehearsal.", hint="Name another folder with --data-dir."
        )
    same = mark.exists() and mark.read_text(encoding="utf-8") == plan.made_for
    kept = [mark, *([plan.settings.registry] if same else [])]
    for path in _all_but(data_dir, kept):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    write_atomically(mark, plan.made_for.encode())


def _all_but(folder: Path, kept: Sequence[Path]) -> list[Path]:
    """What may be removed of ``folder`` without touching any of ``kept``."""
    found: list[Path] = []
    for path in folder.iterdir() if folder.exists() else ():
        if not any(folder.is_relative_to(path) for folder in kept):
            found.append(path)
        elif path not in kept:
            found += _all_but(path, kept)
    return found


def _ingest_earlier(plan: BacktestPlan, steps: Steps) -> None:
    from sabiscore.seasons.ingest import ingest
    from sabiscore.store.database import Store

    settings = plan.settings
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    earlier = [path for path in plan.paths if _year(path) < season_start_year(plan.season.name)]
    if not earlier:
        raise Refused(
            f"There is no season before {plan.season.name} to learn from.",
            hint="Give older season files too.",
        )
    with (
        Store.open(settings.database_url, settings.archive) as store,
        steps.step("Reading earlier seasons") as at,
    ):
        ingest(earlier, store, kind=plan.kind, on_progress=lambda done, total, name: at(name, done / total))


def _year(path: Path) -> int:
    """The year in which the season of the file begins; past every season for what is no season file."""
    from sabiscore.errors import BadSeasonFile
    from sabiscore.sources.football_data_names import read_file_name

    try:
        return season_start_year(read_file_name(path.resolve().as_posix()).season)
    except BadSeasonFile:
        return 9999
