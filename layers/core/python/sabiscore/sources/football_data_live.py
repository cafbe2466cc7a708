"""football-data.co.uk as a live source: this season's files and the list of coming matches, without a key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from sabiscore.domain.facts import Event, Fact, Kind, Quote, Result, TeamStatistics
from sabiscore.domain.league import LEAGUE_BY_KEY
from sabiscore.domain.match import Match, season_on, season_start_year
from sabiscore.errors import BadSeasonFile, NotFound, NotPublishedYet
from sabiscore.sources.base import Reply, Request, Wanted
from sabiscore.sources.football_data import SITE, FootballData
from sabiscore.sources.football_data_names import is_fixtures
from sabiscore.sources.reading import bad_answer

NOT_YET = "not yet"
"""What a request is given while its season may have had no match."""
BEGUN_BY = 10
"""By this month of its first year every season has had its first match."""
_SIDED = ("shots", "on_target", "corners", "fouls", "yellows", "reds")


class FootballDataLive:
    """The source; an event's id is our own match id, for its names are the ones we go by."""

    name = FootballData.name
    origin = SITE
    gives: frozenset[Kind] = frozenset({"fixtures", "results", "odds", "statistics"})
    keys: tuple[str, ...] = ()

    def __init__(self) -> None:
        self._files = FootballData()

    def requests(self, wanted: Wanted, now: datetime) -> list[Request]:
        """The coming matches for fixtures and odds; the season's files for results and statistics."""
        asked = [self._files.fixtures()] if wanted.kinds & {"fixtures", "odds"} else []
        if wanted.kinds & {"results", "statistics"}:
            leagues = [LEAGUE_BY_KEY[key] for key in wanted.leagues if key in LEAGUE_BY_KEY]
            season = season_on(wanted.last)
            may_be_absent = "" if _has_begun(season, now) else NOT_YET
            asked += [
                replace(request, given=may_be_absent) for request in self._files.seasons([season], leagues)
            ]
        return asked

    def parse(self, request: Request, data: bytes, headers: Mapping[str, str]) -> Reply:  # noqa: ARG002
        """The matches of a file, each an event with its facts.

        Raises NotFound for what the provider sends before a season's first match, while it may not be there.
        """
        try:
            parsed = self._files.parse(request.name, data)
        except NotPublishedYet as error:
            if request.given == NOT_YET:
                raise NotFound(f"{self.name}: {error}", hint=error.hint) from None
            raise bad_answer(self.name, str(error).rstrip(".")) from None
        except BadSeasonFile as error:
            raise bad_answer(self.name, str(error).rstrip(".")) from None
        if is_fixtures(request.name) and parsed.refused and not parsed.matches:
            raise bad_answer(self.name, f"no row of it is a match ({parsed.refused[0].reason})")
        return Reply(
            provider=self.name,
            events=tuple(_event(match, parsed.names) for match in parsed.matches),
            facts=tuple(fact for match in parsed.matches for fact in _facts(match, parsed.names)),
            refused=parsed.refused,
            set_aside=parsed.notes.set_aside,
        )


def _has_begun(season: str, now: datetime) -> bool:
    return (now.year, now.month) >= (season_start_year(season), BEGUN_BY)


def _event(match: Match, names: Mapping[str, str]) -> Event:
    home, away = names.get(match.home, match.home), names.get(match.away, match.away)
    return Event(
        id=match.id,
        league=match.league,
        season=match.season,
        kickoff_at=match.kickoff_at,
        home=home,
        away=away,
    )


def _facts(match: Match, names: Mapping[str, str]) -> Iterator[Fact]:
    if match.goals is not None:
        half_time = match.statistics.get("half_time")
        known = half_time is not None and all(side == side for side in half_time)
        half = (int(half_time[0]), int(half_time[1])) if known and half_time else None
        yield Result(match.id, "finished" if match.rated else "awarded", match.goals, half)
    for side, team in enumerate((match.home, match.away)):
        values = {name: match.statistics[name][side] for name in _SIDED if name in match.statistics}
        values = {name: value for name, value in values.items() if value == value}
        if values:
            yield TeamStatistics(match.id, names.get(team, team), values)
    for (market, book, phase), prices in match.prices.items():
        line = match.lines.get(phase) if market == "ah" else None
        at = match.priced_at if phase == "pre" else None
        yield Quote(
            event=match.id, market=market, book=book, prices=prices, line=line, quoted_at=at, phase=phase
        )
