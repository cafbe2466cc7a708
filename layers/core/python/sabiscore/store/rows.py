"""Columns of matches ↔ rows of the store's tables."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from sabiscore.domain.match import BOOKS, LINE_BOOKS, Market, Match, Phase, match_id
from sabiscore.history import UNKNOWN_TIME, Array, History, date_of, league_key, season_name

PHASES: tuple[Phase, Phase] = ("pre", "close")
DECIMALS = 5
"""Odds are kept as float32; rounded here they are again the decimals that were read."""

Values = dict[str, Any]

PriceRow = tuple[int, str, str, str, float, float, float | None]
PRICE_COLUMNS = ("match", "market", "book", "phase", "first", "second", "third")


def match_number(identity: str) -> int:
    """The 63-bit key of the match called ``identity``, the same in every store.

    >>> match_number("epl-2526-arsenal-chelsea") == match_number("epl-2526-arsenal-chelsea") < 2**63
    True
    """
    return int.from_bytes(hashlib.blake2b(identity.encode(), digest_size=8).digest()) >> 1


def ids(history: History) -> list[str]:
    """The match ids of ``history``, row by row."""
    teams = history.teams
    return [
        match_id(league_key(league), season_name(season), teams[home], teams[away], leg)
        for league, season, home, away, leg in zip(
            history.league.tolist(),
            history.season.tolist(),
            history.home.tolist(),
            history.away.tolist(),
            history.leg.tolist(),
            strict=True,
        )
    ]


def without(history: History, numbers: Container[int]) -> History:
    """The matches of ``history`` but those of ``numbers``."""
    kept = [match_number(identity) not in numbers for identity in ids(history)]
    return history.take(np.array(kept, np.bool_))


def match_rows(history: History, *, from_fixtures: bool) -> list[Values]:
    """The rows of table ``matches`` that ``history`` makes."""
    goals = history.goals.tolist()
    lines = history.line.tolist()
    return [
        {
            "number": match_number(identity),
            "id": identity,
            "league": league_key(history.league[row]),
            "season": season_name(int(history.season[row])),
            "day": date_of(history.day[row]),
            "kickoff_at": _instant(history.kickoff_at[row]),
            "home": history.teams[history.home[row]],
            "away": history.teams[history.away[row]],
            "leg": int(history.leg[row]),
            "home_goals": _whole(goals[row][0]),
            "away_goals": _whole(goals[row][1]),
            "rated": bool(history.rated[row]),
            "line_pre": _known(lines[row][0]),
            "line_close": _known(lines[row][1]),
            "priced_at": _instant(history.priced_at[row]),
            "from_fixtures": from_fixtures,
        }
        for row, identity in enumerate(ids(history))
    ]


def price_rows(history: History) -> list[PriceRow]:
    """The rows of table ``prices`` that ``history`` makes, in the order of PRICE_COLUMNS."""
    numbers = [match_number(identity) for identity in ids(history)]
    markets: tuple[tuple[Market, npt.NDArray[np.float32], tuple[str, ...]], ...] = (
        ("1x2", history.odds, BOOKS),
        ("ou25", history.totals, LINE_BOOKS),
        ("ah", history.handicap, LINE_BOOKS),
    )
    rows: list[PriceRow] = []
    for market, column, books in markets:
        for (row, phase, book), odds in _quotes(column):
            third = odds[2] if len(odds) == 3 else None
            rows.append((numbers[row], market, books[book], PHASES[phase], odds[0], odds[1], third))
    return rows


def read_matches(match_rows: Iterable[Any], price_rows: Iterable[Any]) -> list[Match]:
    """The matches that rows of both tables stand for, in the order of ``match_rows``."""
    prices: defaultdict[int, dict[tuple[Market, str, Phase], tuple[float, ...]]] = defaultdict(dict)
    for match, market, book, phase, first, second, third in price_rows:
        prices[match][market, book, phase] = (first, second) if third is None else (first, second, third)
    return [_match(row, prices.get(row.number, {})) for row in match_rows]


def _match(row: Any, prices: Mapping[tuple[Market, str, Phase], tuple[float, ...]]) -> Match:
    lines = {"pre": row.line_pre, "close": row.line_close}
    return Match(
        league=row.league,
        season=row.season,
        day=row.day,
        home=row.home,
        away=row.away,
        leg=row.leg,
        kickoff_at=row.kickoff_at,
        goals=None if row.home_goals is None else (row.home_goals, row.away_goals),
        rated=row.rated,
        prices=prices,
        lines={cast("Phase", phase): line for phase, line in lines.items() if line is not None},
        priced_at=row.priced_at,
    )


def _quotes(column: Array) -> Iterator[tuple[tuple[int, int, int], tuple[float, ...]]]:
    where = np.argwhere(~np.isnan(column[..., 0]))
    values = np.round(column[tuple(where.T)].astype(np.float64), DECIMALS)
    for place, odds in zip(where.tolist(), values.tolist(), strict=True):
        yield (place[0], place[1], place[2]), tuple(odds)


def _instant(seconds: np.int64) -> datetime | None:
    return None if seconds == UNKNOWN_TIME else datetime.fromtimestamp(int(seconds), UTC)


def _whole(value: float) -> int | None:
    return None if np.isnan(value) else int(value)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value
