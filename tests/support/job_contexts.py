"""A job context over a simulated world whose matches made-up providers tell of."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

from sabiscore.bootstrap.job_context import open_job_context
from sabiscore.clock import FixedClock
from sabiscore.domain.league import SERVED
from sabiscore.domain.match import Match
from sabiscore.jobs.context import JobContext
from sabiscore.jobs.registry import run_job
from sabiscore.jobs.report import JobReport
from sabiscore.seasons.ingest import ingest
from sabiscore.settings import Settings, read_settings
from sabiscore.store.database import Store
from tests.support.local_world import NOW
from tests.support.local_world import World as Home
from tests.support.mortal_jobs import ALONE
from tests.support.provider_server import KEY, NAMES, World, serving

ODDS = (2.1, 3.4, 3.6)


@dataclass(kw_only=True)
class Rig:
    """A job context, the clock it goes by, what the providers know, and the coming matches by kick-off."""

    context: JobContext
    clock: FixedClock
    world: World
    soon: list[Match]
    url: str
    environ: dict[str, str]

    def run(self, job: str) -> JobReport:
        return run_job(job, self.context)

    def quote(self, match: Match, odds: tuple[float, float, float] = ODDS) -> None:
        self.world.odds[match.id] = odds, self.clock.at - timedelta(minutes=1)

    def play(self, match: Match, goals: tuple[int, int]) -> None:
        self.world.status[match.id] = "finished"
        self.world.goals[match.id] = goals

    def announce(self, count: int) -> None:
        """Adds matches that no calendar knew of until ``count`` are coming, all announced and quoted."""
        known = self.context.store.known([league.key for league in SERVED])
        met = {(event.home, event.away) for event in known if event.season == self.soon[0].season}
        busy = {(event.day, team) for event in self.world.matches for team in (event.home, event.away)}
        for league in SERVED:
            season = self.soon[0].season
            teams = sorted(
                {event.home for event in known if (event.league, event.season) == (league.key, season)}
            )
            for home, away in permutations(teams, 2):
                days = (self.clock.at.date() + timedelta(days=ahead) for ahead in range(1, 13))
                day = next((day for day in days if busy.isdisjoint({(day, home), (day, away)})), None)
                if len(self.world.matches) >= count or day is None or (home, away) in met:
                    continue
                kickoff_at = datetime.combine(day, time(15), UTC)
                self.world.matches.append(
                    Match(
                        league=league.key, season=season, day=day, home=home, away=away, kickoff_at=kickoff_at
                    )
                )
                busy |= {(day, home), (day, away)}
        for match in self.world.matches:
            self.quote(match)
            self.world.status[match.id] = "scheduled"

    def record(self) -> tuple[Any, ...]:
        """All that schedules have put down, the times of runs aside."""
        publication = self.context.insights.publications.get()
        ids = [match.id for match in self.soon]
        return (
            [entry.body for entry in self.context.ledger.entries()],
            self.context.bets.unsettled() + self.context.bets.settled(),
            self.context.snapshots.latest(ids, self.clock.at),
            self.context.observations.current(NOW.date()),
            publication.matches,
            publication.states.read_bytes(),
        )


def settings_of(synced: Home, folder: Path, database_url: str = "") -> Settings:
    """The settings of a copy of ``home`` in ``folder``, its store at ``database_url``."""
    copy = folder / "simulated"
    shutil.copytree(synced.settings.data_dir, copy)
    environ = {"SABISCORE_HOME": str(copy), KEY: "made-up-key-1"}
    if not database_url:
        return read_settings(environ)
    settings = read_settings({**environ, "DATABASE_URL": database_url})
    with Store.open(settings.database_url, settings.archive) as store:
        ingest(synced.folder, store, kind="simulated")
    return settings


@contextmanager
def rig_of(settings: Settings, at: datetime = NOW) -> Iterator[Rig]:
    """The rig over ``settings``: every coming match is announced, the next forty are quoted."""
    clock, world = FixedClock(at), World(names={})
    with (
        serving(world) as url,
        open_job_context(
            settings, clock, "simulated", patience=ALONE, elsewhere=dict.fromkeys(NAMES, url)
        ) as context,
    ):
        coming = [match for match in context.store.coming() if match.kickoff_at is not None]
        coming.sort(key=lambda match: (match.kickoff_at or at, match.id))
        world.names, world.matches = context.store.team_names(), coming
        rig = Rig(
            context=context,
            clock=clock,
            world=world,
            soon=coming[:40],
            url=url,
            environ=dict(settings.environ),
        )
        for match in rig.soon:
            rig.quote(match)
            world.status[match.id] = "scheduled"
        yield rig
