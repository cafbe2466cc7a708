"""Teams as a provider would write them: a spelling that the alias tables know, where they know one."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from infra.backtest.season import PastSeason
from sabiscore.domain.league import LEAGUE_BY_KEY
from sabiscore.identity.clubs import clubs
from sabiscore.identity.teams import Teams


class Spelling:
    """Writes the teams of ``season`` as ``provider`` does; what only the feed's own name tells stays that."""

    def __init__(self, provider: str, season: PastSeason) -> None:
        self._season = season.name
        self._names: dict[tuple[str, str], str] = {}
        teams: dict[tuple[str, str], str] = {}
        for key, division in season.divisions.items():
            for played in division.matches:
                teams[key, played.match.home] = played.home
                teams[key, played.match.away] = played.away
        rosters = {
            (key, season.name): frozenset(team for league, team in teams if league == key)
            for key in season.divisions
        }
        finder = Teams(provider, rosters)
        for (league, team), own in teams.items():
            self._names[league, team] = self._best(finder, league, team, own)

    def of(self, league: str, team: str) -> str:
        """The name of ``team``, which is a slug."""
        return self._names[league, team]

    def _best(self, finder: Teams, league: str, team: str, own: str) -> str:
        club = clubs().get(team)
        written = _common().get(LEAGUE_BY_KEY[league].country, {}).get(team, [])
        for name in (*written, *([club.name] if club else []), own):
            if finder.find(league, self._season, name) == team:
                return name
        return team


@cache
def _common() -> Mapping[str, Mapping[str, list[str]]]:
    """Country → slug → spellings that any provider may use."""
    text = files("sabiscore.identity").joinpath("aliases", "spellings.toml").read_text("utf-8")
    return tomllib.loads(text)
