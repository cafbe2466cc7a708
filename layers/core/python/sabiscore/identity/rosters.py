"""Which clubs play in a league's season: by its matches, and before those by last season's tables."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from sabiscore.domain.league import LEAGUE_BY_KEY, LEAGUES
from sabiscore.domain.match import Match, season_on, season_start_year
from sabiscore.identity.promotion import Outlook, neighbours, outlook
from sabiscore.identity.resolve import Fixtures
from sabiscore.identity.spellings import established
from sabiscore.identity.teams import Rosters

FILES = "football-data.co.uk"
SEEN_BY_ALL = 4
"""Matches of a club in a season after which each other club of its league has been seen too."""

Seasons = Mapping[tuple[str, str], Sequence[Match]]


@dataclass(frozen=True, slots=True)
class Roster:
    """The clubs of ``league`` in ``season`` so far, each with the source that says so.

    Until it is ``whole``, those that ``may_play`` in it count as well: last season's clubs of the country
    that are in no other league yet, and clubs from below what we read.
    """

    league: str
    season: str
    clubs: Mapping[str, str]
    may_play: frozenset[str] = frozenset()
    whole: bool = True

    @property
    def understood(self) -> frozenset[str]:
        """All clubs that a name may mean in this league and season."""
        return frozenset(self.clubs) | self.may_play


class KnownMatches:
    """Matches that are known, played or to come, with what is asked of all of them again and again.

    ``elsewhere`` are matches of other leagues and of last season, which say who may play in ``leagues``
    (those of ``matches`` by default) at ``today``; ``told_by``: match id → the source that alone tells of it.
    """

    def __init__(
        self,
        matches: Iterable[Match],
        elsewhere: Iterable[Match] = (),
        today: date | None = None,
        told_by: Mapping[str, str] | None = None,
        leagues: Iterable[str] | None = None,
    ) -> None:
        self.matches = tuple(matches)
        self._leagues = frozenset({match.league for match in self.matches} if leagues is None else leagues)
        self._elsewhere = tuple(elsewhere)
        self._today = today
        self.told_by = told_by or {}

    @cached_property
    def by_id(self) -> Mapping[str, Match]:
        return {match.id: match for match in self.matches}

    @cached_property
    def rosters(self) -> Rosters:
        """The clubs of every league and season of which something is known, and of those that come next."""
        found = dict(rosters_of(self.matches))
        if self._today is not None:
            for roster in coming_rosters(self.seasons, self._today, self.told_by):
                if roster.league in self._leagues:
                    found[roster.league, roster.season] = roster.understood
        return found

    @cached_property
    def seasons(self) -> Seasons:
        """All matches, those of other leagues too, by league and season."""
        return by_season(self.everything)

    @cached_property
    def everything(self) -> Sequence[Match]:
        """All matches, those of other leagues and seasons too."""
        return tuple({match.id: match for match in (*self._elsewhere, *self.matches)}.values())

    @cached_property
    def fixtures(self) -> Fixtures:
        return Fixtures(self.matches)


def rosters_of(matches: Iterable[Match]) -> Rosters:
    """The teams of every league and season that ``matches`` tell of."""
    teams: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for match in matches:
        teams[match.league, match.season] |= {match.home, match.away}
    return {season: frozenset(of) for season, of in teams.items()}


def by_season(matches: Iterable[Match]) -> Seasons:
    """The matches by league and season."""
    found: defaultdict[tuple[str, str], list[Match]] = defaultdict(list)
    for match in matches:
        found[match.league, match.season].append(match)
    return found


def current_rosters(
    matches: Iterable[Match], today: date, told_by: Mapping[str, str] | None = None
) -> dict[str, Roster]:
    """By league, the roster of the season that is on at ``today``, or of the one that comes next."""
    seasons = by_season(matches)
    evidence = _Evidence(seasons, today, told_by or {})
    return {
        league: evidence.roster(league, season)
        for league in sorted({key for key, _ in seasons})
        if (season := _current_season(seasons, league, today)) is not None
    }


def coming_rosters(seasons: Seasons, today: date, told_by: Mapping[str, str] | None = None) -> list[Roster]:
    """The rosters of each league's current season and of the next one, which sources tell of early."""
    evidence, found = _Evidence(seasons, today, told_by or {}), []
    for league in sorted({key for key, _ in seasons}):
        season = _current_season(seasons, league, today)
        if season is not None:
            found += [evidence.roster(league, each_season) for each_season in (season, following(season))]
    return found


def following(season: str, by: int = 1) -> str:
    """The season ``by`` years after ``season``.

    >>> following("9900"), following("2526", -1)
    ('0001', '2425')
    """
    start = season_start_year(season) + by
    return f"{start % 100:02d}{(start + 1) % 100:02d}"


def _current_season(seasons: Seasons, league: str, today: date) -> str | None:
    """That of its next match or its last one; once that is over, the one that July begins."""
    mine = [(season, matches) for (key, season), matches in seasons.items() if key == league]
    played = [season for season, matches in mine if any(match.day < today for match in matches)]
    coming = [
        (match.day, season_start_year(season), season)
        for season, matches in mine
        for match in matches
        if match.day >= today
    ]
    known = [*played, *([min(coming)[2]] if coming else [])]
    if not known:
        return None
    newest = max(known, key=season_start_year)
    begun = season_on(today)
    return begun if not coming and begun == following(newest) else newest


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What is known at ``today``; results of later days are not looked at."""

    seasons: Seasons
    today: date
    told_by: Mapping[str, str]

    def roster(self, league: str, season: str) -> Roster:
        own = self._own(league, season)
        last = self._clubs(league, following(season, -1))
        country = [
            candidate.key for candidate in LEAGUES if candidate.country == LEAGUE_BY_KEY[league].country
        ]
        elsewhere = {club for key in country if key != league for club in self._clubs(key, season)}
        by_table = self._by_table(league, following(season, -1)) - elsewhere
        if not last or self._is_whole(league, season, len(last), by_table):
            return Roster(league, season, own)
        clubs = {**dict.fromkeys(sorted(by_table), f"table of {following(season, -1)}"), **own}
        others = {club for key in country for club in self._clubs(key, following(season, -1))}
        if neighbours(league)[1] is None and established(LEAGUE_BY_KEY[league].country) & last:
            others |= established(LEAGUE_BY_KEY[league].country)
        return Roster(league, season, clubs, frozenset(others) - elsewhere - clubs.keys(), whole=False)

    def _own(self, league: str, season: str) -> dict[str, str]:
        """Club → who says that it plays in this season: a season file or fixtures before any other source."""
        found: dict[str, str] = {}
        for match in self.seasons.get((league, season), ()):
            source = self.told_by.get(match.id, FILES)
            for club in (match.home, match.away):
                if found.get(club) != FILES:
                    found[club] = source
        return dict(sorted(found.items()))

    def _clubs(self, league: str, season: str) -> frozenset[str]:
        matches = self.seasons.get((league, season), ())
        return frozenset(club for match in matches for club in (match.home, match.away))

    def _is_whole(self, league: str, season: str, places: int, awaited: frozenset[str]) -> bool:
        """True when as many clubs as last season have been seen, and all that must be there; or all often."""
        played = Counter(
            club for match in self.seasons.get((league, season), ()) for club in (match.home, match.away)
        )
        if len(played) >= places and awaited <= played.keys():
            return True
        return bool(played) and min(played.values()) >= SEEN_BY_ALL

    def _by_table(self, league: str, last: str) -> frozenset[str]:
        """The clubs that last season's tables put into ``league``."""
        above, below = neighbours(league)
        found = set(self._outlook(league, last).stays)
        if above is not None:
            found |= self._outlook(above, last).down
        if below is not None:
            found |= self._outlook(below, last).up
        return frozenset(found)

    def _outlook(self, league: str, season: str) -> Outlook:
        """What the table of a season decides; nothing before its last match."""
        matches = self.seasons.get((league, season), ())
        if any(match.day >= self.today or match.goals is None for match in matches):
            return outlook(league, ())
        return outlook(
            league, [(match.home, match.away, *match.goals) for match in matches if match.goals is not None]
        )
