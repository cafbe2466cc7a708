"""A home with hundreds of fixtures, whose odds can be moved as often as a bench wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice, permutations
from pathlib import Path

from infra.rigs.made_up import made_up_bundle
from sabiscore.domain.match import Match, season_on
from sabiscore.publication.publish import Publication, publish
from sabiscore.settings import read_settings

FIXTURES = 200
LEAGUES = ("epl", "laliga", "bundesliga", "serie-a", "ligue-1")
TEAMS = tuple(f"club-{number}" for number in range(1, 21))
FIRST_KICKOFF, LAST_KICKOFF = timedelta(hours=3), timedelta(hours=30)


@dataclass
class MatchDay:
    """``matches`` as they are published in ``home``; ``refreshes`` counts how often odds were moved."""

    data_dir: Path
    matches: list[Match]
    save_states: Callable[[Path], None]
    refreshes: int = 0

    @property
    def paths(self) -> list[str]:
        """The address of each insight."""
        return [f"/api/v1/insights/{match.id}" for match in self.matches]

    def refresh(self, now: datetime) -> Publication:
        """Publishes all fixtures with odds of ``now``."""
        self.refreshes += 1
        prices = (1.8 + self.refreshes / 100, 3.7, 4.6)
        self.matches = [
            replace(match, prices={("1x2", "avg", "pre"): prices}, priced_at=now) for match in self.matches
        ]
        return publish(
            read_settings({"SABISCORE_HOME": str(self.data_dir)}).publication,
            self.matches,
            self.save_states,
            as_of=now,
            published_at=now,
            kind="simulated",
            rehearsal=False,
            source="made up for a bench",
            rosters=dict.fromkeys(LEAGUES, TEAMS),
        )


def match_day(
    data_dir: Path, now: datetime, fixtures: int = FIXTURES, within: timedelta = LAST_KICKOFF
) -> MatchDay:
    """A match day below ``data_dir``, published once; kick-offs lie 3 hours to ``within`` after ``now``."""
    listed = list(islice(_fixtures(now, fixtures, within), fixtures))
    day = MatchDay(data_dir, listed, made_up_bundle(data_dir))
    day.refresh(now)
    return day


def _fixtures(now: datetime, fixtures: int, within: timedelta) -> Iterator[Match]:
    step = (within - FIRST_KICKOFF) / fixtures
    for number, (league, (host, other)) in enumerate(
        (league, pair) for pair in permutations(TEAMS, 2) for league in LEAGUES
    ):
        kickoff = (now + FIRST_KICKOFF + number * step).astimezone(UTC).replace(second=0, microsecond=0)
        yield Match(
            league=league,
            season=season_on(kickoff.date()),
            day=kickoff.date(),
            home=host,
            away=other,
            kickoff_at=kickoff,
        )
