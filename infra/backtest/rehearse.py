"""All steps of a rehearsal: what is played, where, and what it came to."""

from __future__ import annotations

import gc
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from infra.backtest.calendar import Tick, runs_in_all, ticks
from infra.backtest.data_dir import BacktestPlan, own_up, prepare
from infra.backtest.network import PastNetwork
from infra.backtest.play import Open, ScheduleRunner, play
from infra.backtest.season import PastSeason, Played, read_season
from infra.backtest.summary import Summary, summarize
from infra.cli.progress import Report, Steps
from infra.local.data_dirs import kind_of
from infra.local.run import Train
from sabiscore.clock import FixedClock
from sabiscore.domain.league import BIG_FIVE
from sabiscore.domain.match import season_start_year
from sabiscore.identity.leagues import find_league

SELDOM = 50_000
"""New objects before the youngest are looked through for garbage: a run leaves little of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestResult:
    """The figures of a rehearsal, its data folder, and what it took; ``asked`` counts calls by host.

    ``interrupted`` says that the figures are those of the matches before somebody ended it.
    """

    summary: Summary
    data_dir: Path
    simulated: bool
    ticks: int
    skipped: int
    asked: Mapping[str, int]
    prepare_s: float
    play_s: float
    interrupted: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            **self.summary.to_json(),
            "home": str(self.data_dir),
            "simulated": self.simulated,
            "ticks": self.ticks,
            "ticks_skipped": self.skipped,
            "asked": dict(self.asked),
            "prepare_s": self.prepare_s,
            "play_s": self.play_s,
            "interrupted": self.interrupted,
        }


@contextmanager
def plan_of(
    data: Path | None,
    season: str,
    *,
    leagues: Sequence[str] | None,
    data_dir: Path | None,
    weeks: int | None,
    distort: float,
) -> Iterator[BacktestPlan]:
    """What a person asked for; simulated seasons live as long as the context.

    Raises BadSetting, Refused or BadSeasonFile for what cannot be played.
    """
    from sabiscore.seasons.ingest import season_files_in

    chosen = tuple(find_league(name) for name in leagues) if leagues else BIG_FIVE
    with tempfile.TemporaryDirectory() as scratch:
        folder = data or _simulated(Path(scratch), season)
        paths = season_files_in(folder)[0]
        past = read_season(paths, season, chosen)
        place = data_dir or Path(".sabiscore") / _folder(season, distort)
        yield BacktestPlan(
            season=_first(past, weeks),
            paths=paths,
            kind=kind_of(folder),
            data_dir=place,
            leagues=chosen,
            distort=distort,
        )


def rehearse(
    plan: BacktestPlan, opened: Open, steps: Steps, *, train: Train | None = None, every_tick: bool = False
) -> BacktestResult:
    """Plays what is planned in its data folder, and what came of it; Ctrl+C ends the play, not the figures.

    Raises BrokenLedger if the chain breaks, KeyboardInterrupt before the first match.
    """
    matches = plan.season.matches
    runs = ticks(matches, every_tick=every_tick)
    left_out = runs_in_all(matches) - len(runs)
    clock = FixedClock(runs[0].at)
    began = time.monotonic()
    version = prepare(plan, train, clock, steps)
    prepared = time.monotonic()
    steps.say(f"{len(matches)} matches, bundle {version}, {len(runs)} runs of schedules.")
    network = PastNetwork(plan.season, clock)
    try:
        with _collected_seldom(), opened(plan, clock, network) as schedules:
            with steps.step("Playing the season") as report:
                interrupted = not _played(runs, clock, schedules, report)
            if interrupted:
                matches = _begun(matches, clock)
            summary = summarize(
                plan.season.name, matches, schedules.entries(), schedules.bets(), plan.distort
            )
    finally:
        own_up(plan.settings.publication, clock.now())
    played = time.monotonic()
    return BacktestResult(
        summary=summary,
        data_dir=plan.data_dir,
        simulated=plan.kind == "simulated",
        interrupted=interrupted,
        ticks=sum(run.at <= clock.now() for run in runs),
        skipped=left_out,
        asked=network.asked,
        prepare_s=prepared - began,
        play_s=played - prepared,
    )


def _played(runs: Sequence[Tick], clock: FixedClock, schedules: ScheduleRunner, report: Report) -> bool:
    """Plays ``runs``; False where somebody ended it by Ctrl+C."""
    try:
        play(runs, clock, schedules, report)
    except KeyboardInterrupt:
        return False
    return True


def _begun(matches: Sequence[Played], clock: FixedClock) -> list[Played]:
    """Those of ``matches`` that have kicked off; raises KeyboardInterrupt where none has."""
    begun = [match for match in matches if match.kickoff_at <= clock.now()]
    if not begun:
        raise KeyboardInterrupt
    return begun


@contextmanager
def _collected_seldom() -> Iterator[None]:
    """The earlier seasons stay: looking through them for garbage again and again is a tenth of a play."""
    usual = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


def _simulated(folder: Path, season: str) -> Path:
    from infra.local.seasons import SEED, SIMULATED_SEASONS, simulate_into

    after = date(season_start_year(season) + 1, 6, 30)
    simulate_into(folder, SEED, SIMULATED_SEASONS, after)
    return folder


def _folder(season: str, distort: float) -> str:
    return f"rehearsed-{season}" if distort == 1.0 else f"rehearsed-{season}-distorted-{distort:g}"


def _first(season: PastSeason, weeks: int | None) -> PastSeason:
    """The first ``weeks`` weeks of ``season``; all of it for None."""
    if weeks is None:
        return season
    ends = season.matches[0].kickoff_at + timedelta(weeks=weeks)
    shorter = {
        key: replace(division, matches=[played for played in division.matches if played.kickoff_at < ends])
        for key, division in season.divisions.items()
    }
    return replace(season, divisions=shorter)
