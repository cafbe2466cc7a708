"""Which of our matches a provider's events are: by team names within their league and season, and the leg.

What cannot be said for certain is refused with its reason: an unknown name, a ground that may be turned
round, a fixture that was played on another day (a play-off between the same teams), a leg that could be
two.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sabiscore.domain.facts import Event
from sabiscore.domain.league import LEAGUE_BY_KEY
from sabiscore.domain.match import Match, in_season, match_id, season_on, season_start_year
from sabiscore.identity.legs import SAME_DAY, Unresolved, leg_of
from sabiscore.identity.teams import Rosters, Teams, Unmatched


@dataclass(frozen=True, slots=True)
class Resolved:
    """``matches``: event id → match id. ``unmatched``: names without a team, each once. ``refused``: event
    id → why it is none of our matches; an event with an unmatched name is among them."""

    matches: Mapping[str, str]
    unmatched: tuple[Unmatched, ...]
    refused: Mapping[str, str]


class Fixtures:
    """The known matches, played or to come, by what events say of them."""

    def __init__(self, matches: Iterable[Match]) -> None:
        self._by_pair: defaultdict[tuple[str, str, str, str], list[Match]] = defaultdict(list)
        self._newest: dict[tuple[str, str], date] = {}
        for match in matches:
            self._by_pair[match.league, match.season, match.home, match.away].append(match)
            season = match.league, match.season
            if match.goals is not None:
                self._newest[season] = max(match.day, self._newest.get(season, match.day))

    def of(self, league: str, season: str, home: str, away: str) -> Sequence[Match]:
        """The meetings of two teams at the ground of the first, in the order of their legs."""
        return sorted(self._by_pair.get((league, season, home, away), ()), key=lambda match: match.leg)

    def newest_result(self, league: str, season: str) -> date | None:
        """The day of the newest result that is known."""
        return self._newest.get((league, season))


def resolve(provider: str, events: Iterable[Event], rosters: Rosters, fixtures: Fixtures) -> Resolved:
    """The match ids of ``events``; ``fixtures`` are those already known, of the seasons in ``rosters``.

    Two events of one match (a match that was put off and announced anew) are both that match when they
    kick off on one day; otherwise the later one is.
    """
    teams = Teams(provider, rosters)
    found: dict[str, str] = {}
    days: dict[str, date] = {}
    refused: dict[str, str] = {}
    unmatched: dict[tuple[str, str, str], Unmatched] = {}
    for event in sorted(events, key=_latest_first):
        try:
            season = _season(event, rosters)
            pair = _pair(event, season, teams, unmatched)
            match = _match(event, season, pair, fixtures)
            if days.setdefault(match, _day(event)) != _day(event):
                raise Unresolved("the same match is announced for a later day")
            found[event.id] = match
        except Unresolved as reason:
            refused[event.id] = str(reason)
    return Resolved(found, tuple(unmatched.values()), refused)


def _latest_first(event: Event) -> tuple[int, str]:
    return -_day(event).toordinal() if event.kickoff_at else 0, event.id


def _day(event: Event) -> date:
    return event.kickoff_at.date() if event.kickoff_at else date.max


def _season(event: Event, rosters: Rosters) -> str:
    season = event.season
    if season is None:
        if event.kickoff_at is None:
            raise Unresolved("neither a season nor a day is known")
        season = season_on(event.kickoff_at.date())
    elif event.kickoff_at and not in_season(event.kickoff_at.date(), season_start_year(season)):
        raise Unresolved("the kick-off is outside the season")
    if (event.league, season) not in rosters:
        raise Unresolved("no teams are known of this season")
    return season


def _pair(
    event: Event, season: str, teams: Teams, unmatched: dict[tuple[str, str, str], Unmatched]
) -> tuple[str, str]:
    found = []
    for name in (event.home, event.away):
        team = teams.find(event.league, season, name)
        if isinstance(team, Unmatched):
            unmatched[event.league, season, name] = team
        else:
            found.append(team)
    if len(found) < 2:
        raise Unresolved("a name is not matched")
    if found[0] == found[1]:
        raise Unresolved("both names are of one team")
    return found[0], found[1]


def _match(event: Event, season: str, pair: tuple[str, str], fixtures: Fixtures) -> str:
    home, away = pair
    known = fixtures.of(event.league, season, home, away)
    _refuse_turned(event, known, fixtures.of(event.league, season, away, home))
    if LEAGUE_BY_KEY[event.league].meetings > 1:
        newest = fixtures.newest_result(event.league, season)
        leg = leg_of(event.kickoff_at, known, LEAGUE_BY_KEY[event.league].meetings, newest)
        return match_id(event.league, season, home, away, leg)
    if any(match.goals is not None and not _near(event, match) for match in known):
        raise Unresolved("this fixture was played on another day")
    return match_id(event.league, season, home, away)


def _refuse_turned(event: Event, known: Sequence[Match], turned: Sequence[Match]) -> None:
    if any(_near(event, match) for match in known):
        return
    if any(_near(event, match) for match in turned):
        raise Unresolved("home and away may be turned round")
    if event.neutral:
        raise Unresolved("on neutral ground, and no such fixture is known for that day")


def _near(event: Event, match: Match) -> bool:
    return event.kickoff_at is None or abs(event.kickoff_at.date() - match.day) <= SAME_DAY
