"""Statistics and squad values from a feed that its holder has a licence for: FBref, Transfermarkt, Opta.

None of them may be read without one, so each is switched off until its setting names the address of a
feed, which the holder fills from what the licence gives. The feed is CSV, or JSON
``{"rows": [{…}, …]}`` with the same names. Every row has ``league`` (key, division code or name) and
``season`` (``2526``); then, of a match: ``kickoff_at`` (ISO 8601 with offset), ``home``, ``away``, and
any of ``home_goals``/``away_goals``, ``home_xg``/``away_xg``, and ``home_…``/``away_…`` for shots,
on_target, corners, fouls, yellows and reds; of a team: ``team``, ``day`` and ``squad_value_eur``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sabiscore.domain.facts import Event, ExpectedGoals, Fact, Kind, Result, SquadValue, TeamStatistics
from sabiscore.domain.match import season_start_year
from sabiscore.errors import UnknownLeague
from sabiscore.identity.leagues import find_league
from sabiscore.sources.base import Reply, Request, Wanted
from sabiscore.sources.columns import read_rows
from sabiscore.sources.reading import (
    Fields,
    InvalidRow,
    OutOfScope,
    bad_answer,
    read_json,
    read_number,
    read_season,
)
from sabiscore.sources.row_collector import ParsedRow, RowCollector

STATISTICS = ("shots", "on_target", "corners", "fouls", "yellows", "reds")
_MOST_EUROS = 1e10
_MOST_GOALS = 50
_MOST_XG = 20.0
_MOST = 200


class LicensedFeed:
    """A provider known by ``name`` whose rows come from ``url``."""

    keys: tuple[str, ...] = ()

    def __init__(self, name: str, url: str, gives: frozenset[Kind]) -> None:
        self.name = name
        self.gives = gives
        self._url = url

    @property
    def origin(self) -> str:
        return "/".join(self._url.split("/", 3)[:3])

    def requests(self, wanted: Wanted, now: datetime) -> list[Request]:  # noqa: ARG002
        """The one document of the feed."""
        return [Request(url=self._url, name="feed")] if wanted.kinds & self.gives else []

    def parse(self, request: Request, data: bytes, headers: Mapping[str, str]) -> Reply:  # noqa: ARG002
        """Every row of the feed; CSV and JSON are distinguished by how they begin."""
        collector = RowCollector(provider=self.name)
        rows: Sequence[object]
        try:
            if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
                rows = Fields(read_json(self.name, data), "the feed").rows("rows")
            else:
                rows = read_rows(self.name, data, ("league", "season"))
            collector.each(rows, _row)
        except InvalidRow as reason:
            raise bad_answer(self.name, str(reason)) from None
        return collector.reply()


def fbref(url: str) -> LicensedFeed:
    """FBref's match reports."""
    return LicensedFeed("fbref.com", url, frozenset({"statistics", "xg", "results"}))


def transfermarkt(url: str) -> LicensedFeed:
    """Transfermarkt's squad values."""
    return LicensedFeed("transfermarkt.com", url, frozenset({"squad_value"}))


def opta(url: str) -> LicensedFeed:
    """Opta's match statistics."""
    return LicensedFeed("opta", url, frozenset({"statistics", "xg", "results"}))


def _row(row: object) -> ParsedRow:
    fields = Fields(row)
    try:
        league = find_league(fields.word("league")).key
    except UnknownLeague:
        raise OutOfScope("another league") from None
    season = fields.word("season")
    if len(season) != 4 or not season.isascii() or not season.isdigit():
        raise InvalidRow("season: not like 2526")
    return _team(fields, league, season) if fields.has("team") else _match(fields, league, season)


def _team(fields: Fields, league: str, season: str) -> ParsedRow:
    euros = fields.number("squad_value_eur")
    if not 0 < euros <= _MOST_EUROS:
        raise InvalidRow("squad_value_eur: not a value")
    fact = SquadValue(
        league=league,
        season=_season(season, None),
        team=fields.name("team"),
        euros=euros,
        day=fields.read("day", _day),
    )
    return ParsedRow(facts=(fact,))


def _match(fields: Fields, league: str, season: str) -> ParsedRow:
    kickoff_at = fields.instant("kickoff_at")
    home, away = fields.name("home"), fields.name("away")
    event = Event(
        id=f"{league}-{season}-{kickoff_at:%Y%m%d}-{home}-{away}".replace(" ", "_"),
        league=league,
        season=_season(season, kickoff_at),
        kickoff_at=kickoff_at,
        home=home,
        away=away,
    )
    facts: list[Fact] = []
    if (goals := _pair(fields, "goals", _MOST_GOALS)) is not None:
        facts.append(Result(event.id, "finished", (int(goals[0]), int(goals[1]))))
    if (xg := _pair(fields, "xg", _MOST_XG)) is not None:
        facts.append(ExpectedGoals(event.id, *xg))
    pairs = {name: pair for name in STATISTICS if (pair := _pair(fields, name, _MOST)) is not None}
    for side, team in enumerate((home, away)):
        if pairs:
            facts.append(TeamStatistics(event.id, team, {name: pair[side] for name, pair in pairs.items()}))
    if not facts:
        raise InvalidRow("nothing is said of the match")
    return ParsedRow(event, tuple(facts))


def _pair(fields: Fields, name: str, most: float) -> tuple[float, float] | None:
    home, away = (fields.maybe(f"{side}_{name}", read_number) for side in ("home", "away"))
    if home is None and away is None:
        return None
    if home is None or away is None:
        raise InvalidRow(f"{name} of one side only")
    whole = name == "xg" or (home.is_integer() and away.is_integer())
    if not whole or not (0 <= home <= most and 0 <= away <= most):
        raise InvalidRow(f"{name}: not a count")
    return home, away


def _season(season: str, kickoff_at: datetime | None) -> str:
    if read_season(season_start_year(season), kickoff_at) != season:
        raise InvalidRow("season: its two years do not follow each other")
    return season


def _day(value: object) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise InvalidRow("not a day") from None
