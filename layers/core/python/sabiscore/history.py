"""Matches as columns: what the archive stores, the replay reads and training learns from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from sabiscore.domain.league import LEAGUES
from sabiscore.domain.match import BOOKS, LINE_BOOKS, STATISTICS, Market, Match, Phase, season_start_year

EPOCH = date(1970, 1, 1)
UNKNOWN_TIME = np.iinfo(np.int64).min
"""Stands in ``kickoff_at`` and ``priced_at`` where no instant is known."""

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_PHASE_INDEX: Mapping[Phase, int] = {"pre": 0, "close": 1}
_LEAGUE_INDEX = {league.key: index for index, league in enumerate(LEAGUES)}


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """n matches as columns, in any order until ``in_order``.

    ``teams`` names the rows that ``home`` and ``away`` point at. Floats are NaN where unknown.

    =============  ==============  =====================================================
    league         int16 [n]       index into LEAGUES
    season         int16 [n]       the year the season begins in
    day            int32 [n]       days since 1970-01-01, local date of the feed
    kickoff_at     int64 [n]       seconds since 1970 UTC, or UNKNOWN_TIME
    home, away     int32 [n]       index into ``teams``
    leg            int8 [n]        1, or 2… where a fixture is repeated
    rated          bool [n]        False for awarded results
    goals          float32 [n, 2]  home, away; NaN until played
    statistics     float32 [n, S, 2]  in the order of STATISTICS
    odds           float32 [n, 2, B, 3]  phase (pre, close), book in BOOKS, home/draw/away
    totals         float32 [n, 2, L, 2]  phase, book in LINE_BOOKS, over/under 2.5
    handicap       float32 [n, 2, L, 2]  phase, book in LINE_BOOKS, home/away
    line           float32 [n, 2]  phase; goals given to home in the handicap market
    priced_at      int64 [n]       when the ``pre`` prices were collected, or UNKNOWN_TIME
    =============  ==============  =====================================================
    """

    teams: tuple[str, ...]
    league: npt.NDArray[np.int16]
    season: npt.NDArray[np.int16]
    day: npt.NDArray[np.int32]
    kickoff_at: npt.NDArray[np.int64]
    home: npt.NDArray[np.int32]
    away: npt.NDArray[np.int32]
    leg: npt.NDArray[np.int8]
    rated: npt.NDArray[np.bool_]
    goals: npt.NDArray[np.float32]
    statistics: npt.NDArray[np.float32]
    odds: npt.NDArray[np.float32]
    totals: npt.NDArray[np.float32]
    handicap: npt.NDArray[np.float32]
    line: npt.NDArray[np.float32]
    priced_at: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.day)

    @property
    def played(self) -> npt.NDArray[np.bool_]:
        """bool [n]: True where the result is known."""
        played: npt.NDArray[np.bool_] = ~np.isnan(self.goals[:, 0])
        return played

    def take(self, rows: Array | slice) -> History:
        """The matches of ``rows`` (a mask, indices or a slice), over the same teams."""
        return replace(self, **{name: getattr(self, name)[rows] for name in COLUMNS})

    def in_order(self) -> History:
        """The matches in canonical order: by day, then league, then home team's name.

        The order inside a day is canonical so that sums, and so vectors, never depend on the
        order of the files.
        """
        rank = np.empty(len(self.teams), np.int64)
        rank[np.argsort(np.array(self.teams))] = np.arange(len(self.teams))
        order = np.lexsort((rank[self.home], self.league, self.day))
        return self if np.array_equal(order, np.arange(len(self))) else self.take(order)


COLUMNS = tuple(column.name for column in fields(History) if column.name != "teams")

_SHAPES: Mapping[str, tuple[str, tuple[int, ...]]] = {
    "league": ("int16", ()),
    "season": ("int16", ()),
    "day": ("int32", ()),
    "kickoff_at": ("int64", ()),
    "home": ("int32", ()),
    "away": ("int32", ()),
    "leg": ("int8", ()),
    "rated": ("bool", ()),
    "goals": ("float32", (2,)),
    "statistics": ("float32", (len(STATISTICS), 2)),
    "odds": ("float32", (2, len(BOOKS), 3)),
    "totals": ("float32", (2, len(LINE_BOOKS), 2)),
    "handicap": ("float32", (2, len(LINE_BOOKS), 2)),
    "line": ("float32", (2,)),
    "priced_at": ("int64", ()),
}


def blank(n: int, teams: Sequence[str] = ()) -> History:
    """n matches of which nothing is known yet: NaN, UNKNOWN_TIME or 0 in every column."""
    columns: dict[str, Any] = {}
    for name, (dtype, tail) in _SHAPES.items():
        fill: float = np.nan if dtype == "float32" else 0
        if name in ("kickoff_at", "priced_at"):
            fill = UNKNOWN_TIME
        columns[name] = np.full((n, *tail), fill, dtype)
    columns["rated"][:] = True
    columns["leg"][:] = 1
    return History(teams=tuple(teams), **columns)


def instant(at: datetime | None) -> int:
    """Whole seconds since 1970 UTC of an aware ``at``; UNKNOWN_TIME for None."""
    return UNKNOWN_TIME if at is None else int(at.timestamp())


def day_number(day: date) -> int:
    """Days from 1970-01-01 to ``day``."""
    return (day - EPOCH).days


def date_of(number: int) -> date:
    """The date that ``day_number`` gave ``number``."""
    return EPOCH + timedelta(days=int(number))


def columns_of(matches: Sequence[Match]) -> History:
    """The same matches as columns, in the order given, over their own sorted team names."""
    teams = tuple(sorted({team for match in matches for team in (match.home, match.away)}))
    team_index = {team: index for index, team in enumerate(teams)}
    history = blank(len(matches), teams)
    history.league[:] = [_LEAGUE_INDEX[match.league] for match in matches]
    history.season[:] = [season_start_year(match.season) for match in matches]
    history.day[:] = [day_number(match.day) for match in matches]
    history.kickoff_at[:] = [instant(match.kickoff_at) for match in matches]
    history.home[:] = [team_index[match.home] for match in matches]
    history.away[:] = [team_index[match.away] for match in matches]
    history.leg[:] = [match.leg for match in matches]
    history.rated[:] = [match.rated for match in matches]
    history.priced_at[:] = [instant(match.priced_at) for match in matches]
    for row, match in enumerate(matches):
        if match.goals is not None:
            history.goals[row] = match.goals
        for phase, line in match.lines.items():
            history.line[row, _PHASE_INDEX[phase]] = line
    _fill_statistics(history.statistics, matches)
    _fill_prices(history, matches)
    return history


def _fill_statistics(statistics: Array, matches: Sequence[Match]) -> None:
    for index, name in enumerate(STATISTICS):
        rows = [row for row, match in enumerate(matches) if name in match.statistics]
        if rows:
            statistics[rows, index] = [matches[row].statistics[name] for row in rows]


def _fill_prices(history: History, matches: Sequence[Match]) -> None:
    # Gathered by quote and written at once: one number at a time takes three times as long.
    quotes: dict[tuple[Market, str, Phase], tuple[list[int], list[tuple[float, ...]]]] = {}
    for row, match in enumerate(matches):
        for key, prices in match.prices.items():
            try:
                rows, values = quotes[key]
            except KeyError:
                rows, values = quotes[key] = [], []
            rows.append(row)
            values.append(prices)
    columns = {
        "1x2": (history.odds, BOOKS),
        "ou25": (history.totals, LINE_BOOKS),
        "ah": (history.handicap, LINE_BOOKS),
    }
    for (market, book, phase), (rows, values) in quotes.items():
        column, books = columns[market]
        flat = np.fromiter(chain.from_iterable(values), np.float32, len(rows) * column.shape[-1])
        column[rows, _PHASE_INDEX[phase], books.index(book)] = flat.reshape(len(rows), -1)


def join(parts: Iterable[History]) -> History:
    """All matches of ``parts`` over the union of their teams, in canonical order."""
    parts = list(parts)
    if not parts:
        return blank(0)
    teams = tuple(sorted({team for part in parts for team in part.teams}))
    index = {team: row for row, team in enumerate(teams)}
    rows = [np.array([index[team] for team in part.teams], np.int32) for part in parts]

    def column(name: str) -> Array:
        if name in ("home", "away"):
            return np.concatenate([row[getattr(part, name)] for row, part in zip(rows, parts, strict=True)])
        return np.concatenate([getattr(part, name) for part in parts])

    # In order column by column, so that only one of them is in memory twice; teams are sorted, so
    # that the order of their indices is that of their names.
    order = np.lexsort((column("home"), column("league"), column("day")))
    return History(teams=teams, **{name: column(name)[order] for name in COLUMNS})


def split(history: History, at: datetime) -> tuple[History, History]:
    """What was known at ``at``: (matches of earlier days, matches still to come).

    A match belongs to the past when its day is before the UTC date of ``at``, so days are whole.
    From the matches to come everything is removed that was not known at ``at``: results,
    statistics, closing prices, and prices collected later. The past is as it stands.
    """
    today = day_number(at.astimezone(UTC).date())
    past = history.take(history.day < today)
    coming = history.take(history.day >= today)
    unpriced = coming.priced_at > instant(at)
    coming.goals[:] = np.nan
    coming.statistics[:] = np.nan
    coming.rated[:] = True
    for column in (coming.odds, coming.totals, coming.handicap, coming.line):
        column[:, 1] = np.nan
        column[unpriced] = np.nan
    coming.priced_at[unpriced] = UNKNOWN_TIME
    return past, coming


def league_key(index: int) -> str:
    """The key of the league at ``index`` of LEAGUES."""
    return LEAGUES[index].key


def season_name(start_year: int) -> str:
    """The feed's name of the season that begins in ``start_year``.

    >>> season_name(2024), season_name(1999)
    ('2425', '9900')
    """
    return f"{start_year % 100:02d}{(start_year + 1) % 100:02d}"


_PHASES: tuple[Phase, ...] = ("pre", "close")


Prices = dict[tuple[Market, str, Phase], tuple[float, ...]]


def matches_of(history: History) -> list[Match]:
    """The matches of ``history`` one by one, in its order, without results: the inverse of columns_of."""
    return [_match(history, row) for row in range(len(history))]


def _match(history: History, row: int) -> Match:
    return Match(
        league=league_key(int(history.league[row])),
        season=season_name(int(history.season[row])),
        day=date_of(int(history.day[row])),
        home=history.teams[history.home[row]],
        away=history.teams[history.away[row]],
        leg=int(history.leg[row]),
        kickoff_at=_instant(history.kickoff_at[row]),
        prices=_prices(history, row),
        lines={
            phase: float(line)
            for phase, line in zip(_PHASES, history.line[row], strict=True)
            if not np.isnan(line)
        },
        priced_at=_instant(history.priced_at[row]),
    )


def _prices(history: History, row: int) -> Prices:
    prices: Prices = {}
    markets: tuple[tuple[Market, tuple[str, ...], npt.NDArray[np.float32]], ...] = (
        ("1x2", BOOKS, history.odds[row]),
        ("ou25", LINE_BOOKS, history.totals[row]),
        ("ah", LINE_BOOKS, history.handicap[row]),
    )
    for market, books, odds in markets:
        for phase, book in zip(*np.nonzero(~np.isnan(odds).any(2)), strict=True):
            # float32 holds 2.1 as 2.0999999: three decimals are what books quote at most
            prices[market, books[book], _PHASES[phase]] = tuple(round(float(x), 3) for x in odds[phase, book])
    return prices


def _instant(seconds: np.int64) -> datetime | None:
    return None if seconds == UNKNOWN_TIME else datetime.fromtimestamp(int(seconds), UTC)
